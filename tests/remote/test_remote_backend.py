"""The registry of another machine, against a real Samba: what comes back, and what goes wrong."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from anyreg.backends.base import MAXIMUM_ALLOWED, Lent
from anyreg.backends.remote.login import Login
from anyreg.backends.remote.opening import open_remote
from anyreg.backends.remote.world import RemoteBackend
from anyreg.backends.trees import make
from anyreg.errors import (
    AccessDeniedError,
    ClosedError,
    LimitError,
    NotSupportedError,
    OutcomeUnknownError,
    RegistryError,
    RemoteError,
    TransactionError,
)
from anyreg.paths import ROOTS
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.sddl import parse_sddl, print_sddl
from anyreg.values import Node, Value
from remote.proxy import DelayingProxy
from remote.registries import administrator, cleared, connected, login, ordinary
from remote.smbd import HOST, PASSWORD, Smbd, UnavailableError, free_port, server

USER = ROOTS["HKEY_CURRENT_USER"]
MACHINE = ROOTS["HKEY_LOCAL_MACHINE"]


@pytest.fixture
def world() -> Iterator[RemoteBackend]:
    backend = cleared()
    yield backend
    backend.close()


@pytest.fixture
def key(world: RemoteBackend) -> Node:
    return make(world, world.predefined(USER), r"Software\Test")[0]


def drawn_values(rnd: random.Random) -> list[Value]:
    """Of any type, size and spelling that Samba keeps; it compares names without case."""
    sizes = (0, 1, 2, 3, 4, 7, 8, 100, 1023, 1024, 1025, 5000, 70_000)
    types = (0, 1, 2, 3, 4, 5, 7, 11, 0x1234, 0xFFFFFFFF)
    names = ["", "a", "héllo wörld", "\U0001f511", "v" * 255]
    return [Value(name, rnd.choice(types), rnd.randbytes(rnd.choice(sizes))) for name in names]


@pytest.mark.parametrize("seed", range(4))
def test_values_come_back_byte_by_byte(world: RemoteBackend, key: Node, seed: int) -> None:
    """One by one and as a list, through a connection of its own too."""
    wanted = drawn_values(random.Random(seed))
    world.write(key, wanted)
    assert [world.read(key, value.name) for value in wanted] == wanted
    other = administrator()
    node = other.open(other.predefined(USER), ["Software", "Test"])
    assert node is not None
    with Lent(other, node):
        found = {value.name: value for value in other.values(node)}
    assert found == {value.name: value for value in wanted}
    other.close()


def test_samba_reads_what_was_written(world: RemoteBackend, key: Node) -> None:
    """Its own client sees the key and the text."""
    world.write(key, [Value("name", 1, "héllo\0".encode("utf-16-le"))])
    found = server()
    command = ["net", "-s", str(found.configuration), "rpc", "registry", "enumerate"]
    command += [r"HKCU\Software\Test", "-S", HOST, "-I", HOST, "-p", str(found.port)]
    command += ["-U", f"root%{PASSWORD}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    lines = [line.split("=", 1) for line in done.stdout.splitlines() if "=" in line]
    seen = {name.strip(): value.strip() for name, value in lines}
    assert seen == {"Valuename": "name", "Type": "REG_SZ", "Value": '"héllo"'}


def test_a_large_value_goes_in_many_fragments(world: RemoteBackend, key: Node) -> None:
    """Up to what a server takes; more is refused before it is sent."""
    data = random.Random(1).randbytes(1 << 20)
    world.write(key, [Value("large", 3, data)])
    assert world.read(key, "large") == Value("large", 3, data)
    with pytest.raises(LimitError, match="too long for a remote call"):
        world.write(key, [Value("larger", 3, bytes(0x40_0000))])
    assert [value.name for value in world.values(key)] == ["large"]


def test_names_that_harm_a_server_are_not_sent(world: RemoteBackend, key: Node) -> None:
    """Samba takes a key of 256 units, and then cannot read the key above any more."""
    for name in ("x" * 256, "\U0001f511" * 128):
        with pytest.raises(LimitError):
            world.create(key, [name])
        with pytest.raises(LimitError):  # of which Samba cuts the end off
            world.write(key, [Value(name, 1, b"")])
    with pytest.raises(NotSupportedError):
        world.create(key, ["a\0b"])
    with pytest.raises(NotSupportedError):
        world.write(key, [Value("a\0b", 1, b"")])
    assert world.open(key, ["x" * 257]) is None
    assert world.open(key, ["a\0b"]) is None
    assert world.subkeys(key) == []


def test_a_descriptor_is_set_and_read(world: RemoteBackend, key: Node) -> None:
    """Owner, group and list."""
    text = "O:BAG:SYD:P(A;CI;KR;;;WD)(A;CI;KA;;;BA)"
    below, made = world.create(key, ["secured"])
    assert made
    world.set_security(below, parse_sddl(text).build())
    assert print_sddl(SecurityDescriptor.from_bytes(world.security(below))) == text


def test_a_failed_change_of_several_steps_is_taken_back(world: RemoteBackend, key: Node) -> None:
    """Keys and values are as they were."""
    world.write(key, [Value("v", 1, b"old")])
    with pytest.raises(LimitError):
        world.write(key, [Value("v", 1, b"new"), Value("large", 3, bytes(0x40_0000))])
    assert world.values(key) == [Value("v", 1, b"old")]
    world.begin()
    world.create(key, ["a", "b", "c"])
    world.remove(key, "v")
    world.roll_back()
    assert world.subkeys(key) == []
    assert world.values(key) == [Value("v", 1, b"old")]


def test_calls_are_counted(world: RemoteBackend, key: Node) -> None:
    """A value is one round trip, a missing key one, a list two and its length at most."""
    world.write(key, [Value(name, 1, b"") for name in "abc"])

    def trips(action: object) -> int:
        before = world.waits()
        assert callable(action)
        action()
        return world.waits() - before

    assert trips(lambda: world.read(key, "a")) == 1
    assert trips(lambda: world.open(key, ["none"])) == 1
    assert trips(lambda: world.values(key)) <= 5
    assert trips(lambda: world.write(key, [Value("a", 1, b"x")])) == 1
    assert trips(lambda: world.predefined(MACHINE)) == 0


def test_handles_are_given_back(world: RemoteBackend, key: Node) -> None:
    """A node that was released cannot be used, and the server forgets its handle."""
    node = world.open(key, [])
    assert node is not None
    assert world.values(node) == []
    handle = world.handle(node)
    world.release(node)
    world.release(node)
    with pytest.raises(ClosedError, match="given back"):
        world.values(node)
    with pytest.raises(ClosedError, match="does not know the handle"):
        world.calls.counts(handle, "")


def test_an_ordinary_user_reads_and_does_not_write(world: RemoteBackend, key: Node) -> None:
    """What the server refuses is winerror 5, and nothing has changed."""
    world.write(key, [Value("v", 1, b"data")])
    backend = ordinary()
    node = backend.open(backend.predefined(USER), ["Software", "Test"], 0x20019)
    assert node is not None
    assert backend.values(node) == [Value("v", 1, b"data")]
    attempts = (
        lambda: backend.write(node, [Value("v", 1, b"")]),
        lambda: backend.remove(node, "v"),
        lambda: backend.create(node, ["new"]),
        lambda: backend.delete(node, False),
        lambda: backend.open(backend.predefined(MACHINE), ["SOFTWARE"], 0xF003F),
    )
    for attempt in attempts:
        with pytest.raises(AccessDeniedError) as caught:
            attempt()
        assert caught.value.winerror == 5
    backend.close()
    assert world.values(key) == [Value("v", 1, b"data")]


def test_what_is_open_for_reading_is_not_changed(world: RemoteBackend, key: Node) -> None:
    """It is refused here, before anything is sent."""
    backend = administrator(is_read_only=True)
    node = backend.open(backend.predefined(USER), ["Software", "Test"])
    assert node is not None
    for attempt in (
        lambda: backend.write(node, []),
        lambda: backend.create(node, ["a"]),
        lambda: backend.delete(node, True),
        lambda: backend.set_security(node, b""),
        backend.begin,
    ):
        before = backend.waits()
        with pytest.raises(NotSupportedError):
            attempt()
        assert backend.waits() == before
    backend.close()


def test_roots_are_there_and_stay(world: RemoteBackend) -> None:
    """Those that the server has; none is made or deleted."""
    found = {node.name for node in world.subkeys(world.root())}
    assert {"HKEY_LOCAL_MACHINE", "HKEY_USERS"} <= found
    with pytest.raises(AccessDeniedError):
        world.create(world.root(), ["HKEY_NEW"])
    with pytest.raises(AccessDeniedError):
        world.delete(world.predefined(MACHINE), True)
    with pytest.raises(TransactionError):
        world.commit(False)
    assert world.open(world.root(), ["hklm", "software"]) is not None
    assert world.open(world.root(), ["none"], MAXIMUM_ALLOWED) is None


# What goes wrong


def without_threads(limit: float = 30.0) -> bool:
    """Whether the threads of all connections are over, which may take a moment."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        names = [thread.name for thread in threading.enumerate()]
        if not any(name.startswith("msg_worker") for name in names):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("who", "code"),
    [(Login("root", "n0t-the-0ne", "ntlm"), 1326), (Login("nobody-here", PASSWORD, "ntlm"), 1326)],
)
def test_a_wrong_password_is_refused(who: Login, code: int) -> None:
    """The error has no password in it, nor a thread that stays."""
    port = server().port
    with pytest.raises(AccessDeniedError) as caught:
        connected(who, port)
    assert caught.value.winerror == code
    assert who.password not in str(caught.value)
    assert caught.value.__cause__ is None
    assert without_threads()


def test_a_login_shows_no_password() -> None:
    """However it is printed."""
    shown = f"{login()} {login()!r} {[login()]}"
    assert PASSWORD not in shown
    assert "root" in shown


def test_nobody_listens() -> None:
    """A port that is closed, and a name that is none."""
    server()
    for host, port in ((HOST, free_port()), ("no-such-host.invalid", 445)):
        with pytest.raises(RemoteError, match="connecting failed"):
            open_remote(host, login(), port, connect_timeout=5)
    assert without_threads()


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", bytes(64), b"\0\0\0\4abcd"])
def test_somebody_else_listens(words: bytes) -> None:
    """Who says nothing, or something else: an error within the limit, and no thread stays."""
    server()
    with socket.create_server((HOST, 0)) as listening:

        def talk() -> None:
            peer, _ = listening.accept()
            with peer:
                peer.sendall(words)
                while peer.recv(4096):
                    pass

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        with pytest.raises(RemoteError, match="connecting failed"):
            open_remote(HOST, login(), listening.getsockname()[1], connect_timeout=2)
        thread.join(10)
        assert not thread.is_alive()
    assert without_threads()


def died(smbd: Smbd, frame: bytes) -> bytes:
    """In place of an answer: the server has got the call, and nothing comes back."""
    smbd.end_all(signal.SIGKILL)
    raise ConnectionResetError(frame)


def test_a_server_that_dies_is_noticed() -> None:
    """In the middle of a read, or of a write, whose outcome is unknown then; later calls fail."""
    for is_write in (False, True):
        smbd = Smbd()
        server()
        try:
            port = smbd.start().port
        except UnavailableError as error:
            pytest.fail(str(error))
        with DelayingProxy(port, 0) as proxy:
            backend = connected(login(), proxy.port)
            node = make(backend, backend.predefined(USER), "Software")[0]
            proxy.tamper = partial(died, smbd)
            write = partial(backend.write, node, [Value("v", 1, b"")])
            read = partial(backend.read, node, "v")
            with pytest.raises(OutcomeUnknownError if is_write else RemoteError):
                (write if is_write else read)()
            with pytest.raises(RegistryError):
                backend.values(node)
            backend.close()
        smbd.stop()
    assert without_threads()


def test_mandatory_encryption_is_spoken() -> None:
    """A server that wants it, and a client that demands it."""
    port = server("required").port
    backend = connected(login(encrypt=True), port)
    assert backend.info(backend.predefined(MACHINE)).subkeys > 0
    backend.close()
    plain = connected(login(), port)
    assert plain.info(plain.predefined(MACHINE)).subkeys > 0
    plain.close()


def test_a_closed_registry_refuses_everything(world: RemoteBackend, key: Node) -> None:
    """And giving nodes back to it is fine."""
    world.close()
    world.close()
    world.release(key)
    for attempt in (lambda: world.values(key), world.root, lambda: world.predefined(USER)):
        with pytest.raises(ClosedError):
            attempt()
