"""Hives of another machine, through the abilities of the backend and the functions of winapi."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from anyreg import open as open_registry
from anyreg.backends import ask
from anyreg.backends.remote.hives import RemoteRegistry
from anyreg.backends.trees import make
from anyreg.errors import (
    AccessDeniedError,
    AddressError,
    ClosedError,
    KeyExistsError,
    LimitError,
    NotFoundError,
    NotHiveError,
    NotSupportedError,
    RemoteFaultError,
)
from anyreg.paths import ROOTS
from anyreg.registry import mounting
from anyreg.values import Node, Value
from anyreg.winapi import files, handles
from remote.own_server import OwnServer, own_server
from remote.registries import administrator, own_administrator, own_cleared, own_ordinary

USER = ROOTS["HKEY_CURRENT_USER"]
USERS = ROOTS["HKEY_USERS"]
MACHINE = ROOTS["HKEY_LOCAL_MACHINE"]
FILE = r"C:\Windows\Temp\hive.dat"


@pytest.fixture
def server() -> OwnServer:
    return own_server()


@pytest.fixture
def world(server: OwnServer) -> Iterator[RemoteRegistry]:
    backend = own_cleared()
    yield backend
    backend.close()
    for file in (server.windows / "Temp").iterdir():
        file.unlink(missing_ok=True)  # the server may still take away what it made


@pytest.fixture
def key(world: RemoteRegistry) -> Node:
    node = make(world, world.predefined(USER), r"Software\Test")[0]
    world.write(node, [Value("v", 3, b"kept")])
    make(world, node, r"below\it")
    return node


def number(world: RemoteRegistry, node: Node) -> int:
    """A handle of winapi."""
    return handles.add(handles.Handle(world, node, 0xF003F, 0, 0, False))


def test_a_hive_is_saved_loaded_and_unloaded(world: RemoteRegistry, key: Node) -> None:
    """All of it there: nothing stands here."""
    world.save_there(key, FILE, 2)
    with pytest.raises(KeyExistsError) as caught:
        world.save_there(key, FILE, 2)
    assert caught.value.winerror == 183
    with mounting.load(world, r"HKU\Loaded", FILE) as loaded:
        assert loaded.values["v"] == b"kept"
        with pytest.raises(AccessDeniedError, match="no open key"):
            mounting.unload(world, r"HKU\Loaded")
    with pytest.raises(KeyExistsError):
        mounting.load(world, r"HKU\Loaded", r"C:\Windows\Temp\other.dat")
    mounting.unload(world, r"HKU\Loaded")
    with pytest.raises(NotFoundError):
        mounting.unload(world, r"HKU\Loaded")
    with pytest.raises(LimitError):
        mounting.load(world, r"HKCU\Software\Loaded", FILE)


def test_a_hive_can_be_unloaded_right_behind_its_last_key(world: RemoteRegistry, key: Node) -> None:
    """Its keys are closed at the server by then, over whichever pipe that goes."""
    names = [f"k{number}" for number in range(40)]
    for name in names:
        make(world, key, name)
    world.save_there(key, FILE, 2)
    for count in range(10):
        with mounting.load(world, r"HKU\Loaded", FILE) as loaded:
            keys = [loaded.open(name) for name in names[: 4 * count]]
            assert len(loaded.records()) == 1
        for one in keys:
            one.close()
        mounting.unload(world, r"HKU\Loaded")
        assert world.open(world.predefined(USERS), ["Loaded"]) is None


def test_a_key_is_restored(world: RemoteRegistry, key: Node) -> None:
    """What it held is gone; not where it would have to be undone."""
    world.save_there(key, FILE, 1)
    other = make(world, key, "other")[0]
    make(world, other, "old")
    world.restore_there(other, FILE, 0)
    assert world.values(other) == [Value("v", 3, b"kept")]
    assert [node.name for node in world.subkeys(other)] == ["below"]
    world.begin()
    with pytest.raises(NotSupportedError, match="not undone"):
        world.restore_there(other, FILE, 0)
    world.roll_back()
    with pytest.raises(NotFoundError, match="no such key or file"):
        world.restore_there(other, r"C:\Windows\Temp\none.dat", 0)


def test_a_hive_is_replaced(world: RemoteRegistry, key: Node, server: OwnServer) -> None:
    """When it is unloaded, or its machine starts again; the old one is kept."""
    users = world.predefined(USERS)
    new, old = r"C:\Windows\Temp\new.dat", r"C:\Windows\Temp\old.dat"
    world.save_there(key, FILE, 2)
    world.write(key, [Value("v", 3, b"of the new one")])
    world.save_there(key, new, 2)
    world.load(users, "Loaded", FILE)
    world.replace(users, "Loaded", new, old)
    world.unload(users, "Loaded")
    found = {file.name for file in (server.windows / "Temp").iterdir() if file.suffix == ".dat"}
    assert found == {"hive.dat", "old.dat"}
    with open_registry(str(server.windows / "Temp" / "hive.dat")) as hive:
        assert hive.root.values["v"] == b"of the new one"


def test_who_lacks_the_privilege_learns_which(world: RemoteRegistry, key: Node) -> None:
    """And that it is the machine's administrators who have it."""
    world.save_there(key, FILE, 2)
    backend = own_ordinary()
    node = backend.open(backend.predefined(MACHINE), ["SOFTWARE"], 0x20019)
    assert node is not None
    users = backend.predefined(USERS)
    attempts: list[tuple[str, Callable[[], None]]] = [
        ("SeBackupPrivilege", lambda: backend.save_there(node, r"..\Temp\x.dat", 2)),
        ("SeRestorePrivilege", lambda: backend.restore_there(node, FILE, 0)),
        ("SeRestorePrivilege", lambda: backend.load(users, "Loaded", FILE)),
        ("SeRestorePrivilege", lambda: backend.unload(users, "Loaded")),
    ]
    for privilege, attempt in attempts:
        with pytest.raises(AccessDeniedError, match=privilege) as caught:
            attempt()
        assert caught.value.winerror == 1314
        assert "administrators" in str(caught.value)
    backend.close()


def test_what_is_no_hive_is_refused(world: RemoteRegistry, server: OwnServer) -> None:
    """As is a path that is none, a key that holds hives, and a registry open for reading."""
    (server.windows / "Temp" / "text.dat").write_text("no hive")
    users = world.predefined(USERS)
    with pytest.raises(NotHiveError):
        world.load(users, "Loaded", r"..\Temp\text.dat")
    for path in ("", "a\0b"):
        with pytest.raises(AddressError):
            world.load(users, "Loaded", path)
    with pytest.raises(NotFoundError):
        world.load(users, "Loaded", "/tmp/of this machine")
    with pytest.raises(LimitError):
        world.save_there(world.root(), FILE, 2)
    backend = own_administrator(is_read_only=True)
    with pytest.raises(NotSupportedError):
        backend.load(backend.predefined(USERS), "Loaded", FILE)
    backend.close()
    with pytest.raises(ClosedError):
        backend.load(backend.predefined(USERS), "Loaded", FILE)


def test_winapi_names_files_of_the_machine(world: RemoteRegistry, key: Node) -> None:
    """RegSaveKeyEx, RegRestoreKey, RegLoadKey and RegUnLoadKey of a remote handle."""
    handle, users = number(world, key), number(world, world.predefined(USERS))
    files.save_key(handle, FILE, 4)
    with pytest.raises(KeyExistsError, match="exists already"):
        files.save_key(handle, FILE)
    files.restore_key(handle, FILE)
    assert world.values(key) == [Value("v", 3, b"kept")]
    files.load_key(users, "Loaded", r"C:\Windows\Temp\made.dat")  # which is made there
    files.unload_key(users, "Loaded")
    with pytest.raises(NotFoundError):
        files.unload_key(users, "Loaded")
    with pytest.raises(OSError, match="parameter is incorrect"):
        files.load_key(users, r"a\b", FILE)
    for one in (handle, users):
        handles.close(one)


def test_samba_says_that_it_cannot() -> None:
    """It has no such methods, or refuses all paths: an error of its own each, and no more."""
    backend = administrator()
    users = backend.predefined(USERS)
    with pytest.raises(RemoteFaultError, match="did not carry out"):
        ask.unload(backend, users, "Loaded")
    with pytest.raises(RemoteFaultError, match="did not carry out"):
        ask.replace(backend, users, "Loaded", FILE, FILE)
    with pytest.raises(RemoteFaultError, match="did not carry out"):
        backend.save_there(users, FILE, 2)
    with pytest.raises(AddressError):
        backend.restore_there(users, FILE, 0)
    assert backend.info(users).subkeys >= 0
    backend.close()
