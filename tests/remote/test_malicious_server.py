"""A server that does not keep to the rules: an error within the time limit, and nothing stays."""

from __future__ import annotations

import contextlib
import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg.backends.base import Lent
from anyreg.backends.memory_registry import open_memory
from anyreg.backends.remote.login import Login
from anyreg.backends.remote.opening import open_remote
from anyreg.backends.trees import make
from anyreg.errors import RegistryError
from anyreg.paths import ROOTS
from anyreg.values import Value
from remote.malice import DrawnMalice, waited
from remote.registry_methods import Methods
from remote.smb_server import HOST, Malice, SmbServer

pytest.importorskip("smbprotocol", reason="no smbprotocol: anyreg[remote]")

USER = ROOTS["HKEY_CURRENT_USER"]
PASSWORD = "a Secret of the test"
LOGIN = Login("REGTEST\\somebody", PASSWORD, "ntlm")
LIMIT = 1.0  # seconds that connecting and a call may take
SLACK = 20.0  # seconds that a busy machine may take more
QUICK = 120
WHOLE = 20_000
PART = 1000
ROOM = 150 << 20  # bytes that a conversation may take at most, with whatever is said in it


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmbServer]:
    users = tmp_path / "users"
    users.write_text(f"REGTEST:somebody:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(users))
    registry = open_memory()
    made = SmbServer(lambda: Methods(registry, tmp_path))
    yield made
    made.stop()
    registry.close()


def converse(server: SmbServer, limit: float = LIMIT) -> str:
    """All kinds of calls; what has gone wrong, "" if nothing has."""
    told = ""
    try:
        world = open_remote(HOST, LOGIN, server.port, connect_timeout=limit, timeout=limit)
        try:
            world.subkeys(world.root())
            node = make(world, world.predefined(USER), r"Software\Conversation")[0]
            with Lent(world, node):
                world.write(node, [Value("a", 1, b"a\0"), Value("long", 3, bytes(9000))])
                make(world, node, "below")
                found = world.values(node)
                assert all(len(value.raw) < 1 << 22 for value in found)
                world.read(node, "long")
                world.security(node)
                for below in world.subkeys(node):
                    world.release(below)
                world.info(node)
                world.remove(node, "a")
                world.delete(node, True)
        finally:
            world.close()
    except RegistryError as error:
        told = f"{error} {error!r}"
    assert PASSWORD not in told
    return told


def over(server: SmbServer) -> bool:
    """Whether neither side has anything left of its connections."""
    names = [thread.name for thread in threading.enumerate()]
    return not server.connections and not any(name.startswith("msg_worker") for name in names)


def sockets() -> int:
    """How many sockets this process has open."""
    found = 0
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # it is closed by now
            found += str(file.readlink()).startswith("socket:")
    return found


def highest() -> int:
    """The most bytes that the process has had in memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def attacked(server: SmbServer, seeds: range) -> dict[str, int]:
    """Conversations of which something goes wrong in each: how often which layer was noticed."""
    noticed: dict[str, int] = {}
    server.malice = Malice()
    assert converse(server) == ""
    before = highest()
    for seed in seeds:
        malice = DrawnMalice(seed)
        server.malice = malice
        began = time.monotonic()
        try:
            told = converse(server)
        except Exception as error:
            raise AssertionError(f"seed {seed}, {malice!r}") from error
        took = time.monotonic() - began
        assert took < 3 * LIMIT + SLACK, f"seed {seed}, {malice!r}: {took} seconds, {told}"
        if told:
            noticed[malice.layer] = noticed.get(malice.layer, 0) + 1
        grown = highest() - before
        assert grown < ROOM, f"seed {seed}, {malice!r}: {grown} bytes more"
    server.malice = Malice()
    assert waited(10, lambda: over(server)), threading.enumerate()
    assert converse(server) == ""
    return noticed


def test_whatever_a_server_sends_is_an_error_or_an_answer(server: SmbServer) -> None:
    """In results, messages, the file service and bytes: a share of all that is drawn."""
    assert waited(10, lambda: over(server))
    before = sockets()
    noticed = attacked(server, range(QUICK))
    assert len(noticed) == 4, noticed
    assert waited(10, lambda: over(server) and sockets() <= before + 1)


@pytest.mark.long
@pytest.mark.parametrize("part", range(QUICK, WHOLE, PART))
def test_all_that_is_drawn(server: SmbServer, part: int) -> None:
    """20,000 conversations."""
    attacked(server, range(part, min(part + PART, WHOLE)))
