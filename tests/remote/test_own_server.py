"""The server of the tests' own: others' clients find it right, and it has what Samba lacks."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg import open as open_registry
from anyreg.backends.base import VIEW_32, VIEW_64
from anyreg.backends.remote.world import RemoteBackend
from anyreg.backends.trees import make
from anyreg.errors import AccessDeniedError
from anyreg.paths import ROOTS
from anyreg.rpc.arguments import WireText
from anyreg.rpc.registry_calls import (
    DeleteKeyExRequest,
    LoadKeyRequest,
    ReplaceKeyRequest,
    RestoreKeyRequest,
    SaveKeyExRequest,
    SaveKeyRequest,
    UnLoadKeyRequest,
)
from anyreg.values import Node, Value
from remote.own_server import OwnServer, own_server
from remote.registries import own_cleared, own_ordinary
from remote.smbd import ADMINISTRATOR, HOST, PASSWORD

USER = ROOTS["HKEY_CURRENT_USER"]
MACHINE = ROOTS["HKEY_LOCAL_MACHINE"]
PYTHON = "/usr/bin/python3"  # which Debian's python3-samba is for
CLIENT = Path(__file__).with_name("samba_client.py")


@pytest.fixture
def server() -> OwnServer:
    return own_server()


@pytest.fixture
def world(server: OwnServer) -> Iterator[RemoteBackend]:
    backend = own_cleared()
    yield backend
    backend.close()
    for file in (server.windows / "Temp").iterdir():
        file.unlink(missing_ok=True)  # the server may still take away what it made


@pytest.fixture
def key(world: RemoteBackend) -> Node:
    return make(world, world.predefined(USER), r"Software\Test")[0]


def needs(program: str) -> str:
    """A program of Samba's, or skip the test."""
    found = shutil.which(program)
    if found is None:
        if os.environ.get("ANYREG_EXPECT_SMBD"):
            pytest.fail(f"no {program}")
        pytest.skip(f"no {program}")
    return found


@pytest.mark.parametrize("way", ["over SMB", "over TCP"])
def test_what_samba_expects_of_windows_holds(server: OwnServer, way: str, tmp_path: Path) -> None:
    """Its suite of the interface goes through all roots, up to what it leaves out itself."""
    place = ["-p", str(server.port), "-W", "REGTEST", "-U", f"{ADMINISTRATOR}%{PASSWORD}"]
    place.append(f"//{HOST}/IPC$")
    if way == "over TCP":
        place = ["-U", "%", f"ncacn_ip_tcp:{HOST}[{server.pipe.listen_tcp()}]"]
    command = [needs("smbtorture"), "-s", str(server.configuration), *place, "rpc.winreg"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path
    )
    told = done.stdout + done.stderr
    assert re.findall(r"^(?:failure|error): .*", told, re.MULTILINE) == []
    ended = re.findall(r"^(?:skip|success): winreg\.(\w+)", told, re.MULTILINE)
    assert {"HKLM", "HKU", "HKCR", "HKCU"} <= set(ended)
    assert "security descriptor test disabled" in told  # which is why they end so


def saved(world: RemoteBackend, node: Node, name: str, format: int | None = None) -> int:
    """Save a key on the server; the code."""
    handle, file = world.handle(node), WireText.of(f"..\\Temp\\{name}")
    if format is None:
        return world.calls.channel.call(SaveKeyRequest(handle, file)).error
    return world.calls.channel.call(SaveKeyExRequest(handle, file, None, format)).error


@pytest.mark.parametrize("format", [None, 1, 2, 4])
def test_a_key_is_saved(
    world: RemoteBackend, key: Node, server: OwnServer, format: int | None
) -> None:
    """As a hive that stands in the folder of the server; never over another file."""
    world.write(key, [Value("v", 3, bytes(range(256)))])
    make(world, key, r"below\it")
    assert saved(world, key, "saved.tmp", format) == 0
    assert saved(world, key, "saved.tmp", format) == 183
    with open_registry(str(server.windows / "Temp" / "saved.tmp")) as hive:
        assert hive.check() == []
        assert hive.root.values["v"] == bytes(range(256))
        assert [one.name for one in (hive.root / "below").subkeys.values()] == ["it"]
    assert saved(world, key, "..\\..\\..\\out.tmp") == 3


def test_who_may_not_save_is_refused(server: OwnServer) -> None:
    """It takes a privilege, as does loading: 1314."""
    backend = own_ordinary()
    node = backend.open(backend.predefined(MACHINE), ["SOFTWARE"], 0x20019)
    assert node is not None
    assert saved(backend, node, "saved.tmp") == 1314
    users = backend.handle(backend.predefined(ROOTS["HKEY_USERS"]))
    request = LoadKeyRequest(users, WireText.of("Loaded"), WireText.of("..\\Temp\\no.dat"))
    assert backend.calls.channel.call(request).error == 1314
    with pytest.raises(AccessDeniedError):
        backend.write(node, [Value("v", 1, b"")])
    backend.close()
    assert list((server.windows / "Temp").iterdir()) == []


def test_hives_come_and_go(world: RemoteBackend, key: Node) -> None:
    """Loaded, changed, unloaded, restored; not below other keys than the two."""
    world.write(key, [Value("v", 1, b"a\0")])
    assert saved(world, key, "hive.dat") == 0
    users = world.predefined(ROOTS["HKEY_USERS"])
    call = world.calls.channel.call
    name, file = WireText.of("Loaded"), WireText.of(r"C:\Windows\Temp\hive.dat")
    assert call(LoadKeyRequest(world.handle(key), name, file)).error == 87
    assert call(LoadKeyRequest(world.handle(users), name, file)).error == 0
    loaded = world.open(users, ["Loaded"])
    assert loaded is not None
    assert world.values(loaded) == [Value("v", 1, b"a\0")]
    world.write(loaded, [Value("w", 1, b"b\0")])
    assert call(UnLoadKeyRequest(world.handle(users), name)).error == 5  # a key in it is open
    world.release(loaded)
    world.calls.channel.settle()
    assert call(UnLoadKeyRequest(world.handle(users), name)).error == 0
    assert world.open(users, ["Loaded"]) is None
    assert call(UnLoadKeyRequest(world.handle(users), name)).error in (2, 87)
    below = make(world, key, "restored")[0]
    world.write(below, [Value("old", 1, b"")])
    assert call(RestoreKeyRequest(world.handle(below), file)).error == 0
    assert world.values(below) == [Value("v", 1, b"a\0"), Value("w", 1, b"b\0")]
    files = WireText.of("..\\Temp\\new.dat"), WireText.of("..\\Temp\\old.dat")
    assert call(ReplaceKeyRequest(world.handle(users), name, *files)).error in (2, 87)


def test_views_are_two_trees(world: RemoteBackend) -> None:
    """A key of 32 bits is made, found and deleted in its own."""
    machine = world.predefined(MACHINE)
    way = ["SOFTWARE", "Of 32 bits"]
    node, made = world.create(machine, way, 0xF003F | VIEW_32)
    assert made
    assert world.open(machine, way, 0xF003F | VIEW_64) is None
    assert world.open(machine, ["SOFTWARE", "WOW6432Node", "Of 32 bits"]) is not None
    world.release(node)
    name = WireText.of("\\".join(way))
    handle = world.handle(machine)
    delete = world.calls.channel.call
    assert delete(DeleteKeyExRequest(handle, name, VIEW_64)).error == 2
    assert delete(DeleteKeyExRequest(handle, name, VIEW_32)).error == 0


def test_times_classes_and_order_are_kept(world: RemoteBackend, key: Node) -> None:
    """Which Samba does not."""
    before = world.info(key).last_written
    for name in ("b", "a", "C"):
        world.create(key, [name], class_name=f"of {name}")
    assert [node.name for node in world.subkeys(key)] == ["a", "b", "C"]
    below = world.open(key, ["C"])
    assert below is not None
    assert world.info(below).class_name == "of C"
    assert world.info(key).last_written > before > 0


def test_a_key_lies_deeper_than_one_call_names(world: RemoteBackend, key: Node) -> None:
    """A call of Windows takes 32 names: more are several calls, from a root too."""
    way = [f"level {number}" for number in range(70)]
    world.release(world.create(key, way)[0])
    node = world.open(world.root(), ["HKEY_CURRENT_USER", "Software", "Test", *way])
    assert node is not None
    world.write(node, [Value("v", 1, b"")])
    [found] = world.subkeys(world.open(key, way[:-1]) or key)
    assert world.values(found) == [Value("v", 1, b"")]
    world.release(found)
    world.delete(node, False)
    assert world.open(key, way) is None
    assert world.open(key, way[:-1]) is not None
    world.delete(key, True)
    assert world.open(world.predefined(USER), ["Software", "Test"]) is None


def test_samba_saves_and_restores(server: OwnServer, world: RemoteBackend, key: Node) -> None:
    """Debian's Python of Samba makes these calls, and gets what it expects."""
    world.write(key, [Value("v", 1, "text\0".encode("utf-16-le"))])
    line = json.dumps({"binding": f"ncacn_ip_tcp:{HOST}[{server.pipe.listen_tcp()}]"})
    done = subprocess.run(
        [PYTHON, str(CLIENT), str(server.configuration)],
        input=line,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 3 and not os.environ.get("ANYREG_EXPECT_SMBD"):
        pytest.skip("no python3-samba")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == {
        "version": 6,
        "saved": True,
        "again": 183,
        "saved as 1.5": True,
        "restored": [["v", 1, "74006500780074000000"]],
        "deleted with a view": True,
        "unloaded": 2,
    }


def test_a_key_that_was_opened_for_little_is_changed(world: RemoteBackend, key: Node) -> None:
    """As winreg opens it, to be deleted or to be written: each handle has its own rights."""
    for recursive, way in ((False, ["a"]), (True, ["b"])):
        world.release(world.create(key, way, 0x4)[0])  # KEY_CREATE_SUB_KEY
        found = world.open(key, way, 0x10000)  # DELETE
        assert found is not None
        world.delete(found, recursive)
        assert world.open(key, way) is None
    world.begin()
    found = world.open(world.root(), ["HKEY_CURRENT_USER", "Software", "Test"], 0x2)
    assert found is not None  # KEY_SET_VALUE
    world.write(found, [Value("new", 1, b"")])
    world.roll_back()
    assert world.values(key) == []
