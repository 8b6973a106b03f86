"""A server that does not keep to the rules: an error within the time limit, and nothing stays."""

from __future__ import annotations

import contextlib
import resource
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg.backends.base import Lent
from anyreg.backends.remote.login import Login
from anyreg.backends.remote.opening import open_remote
from anyreg.backends.trees import make
from anyreg.errors import RegistryError
from anyreg.paths import ROOTS
from anyreg.values import Value
from remote.account_methods import SID
from remote.account_methods import USER as ADA
from remote.malice import LAYERS, DrawnMalice, waited
from remote.smb_server import HOST, Malice, Outgoing, SmbServer, serving

pytest.importorskip("smbprotocol", reason="no smbprotocol: anyreg[remote]")

USER = ROOTS["HKEY_CURRENT_USER"]
PASSWORD = "a Secret of the test"
LOGIN = Login("REGTEST\\somebody", PASSWORD, "ntlm")
LONGEST_SID = 68  # bytes
LIMIT = 1.0  # seconds that connecting and a call may take
SLACK = 20.0  # seconds that a busy machine may take more
UNWANTED = 8  # of the last answers: nobody waits for some, and some do not come each time
QUICK = 120
WHOLE = 20_000
ENCRYPTED = 4_000  # more of them, encrypted
PART = 1000
ROOM = 150 << 20  # bytes that a conversation may take at most, with whatever is said in it


@pytest.fixture(params=["signed"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SmbServer]:
    with serving(tmp_path, monkeypatch, PASSWORD, request.param == "encrypted") as made:
        yield made


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
                sid = world.sid_of(ADA)
                assert sid is None or len(sid) <= LONGEST_SID
                world.account(SID)
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
    assert converse(server, SLACK) == ""
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
    assert converse(server, SLACK) == ""
    return noticed


@pytest.mark.parametrize("server", ["signed", "encrypted"], indirect=True)
def test_whatever_a_server_sends_is_an_error_or_an_answer(server: SmbServer) -> None:
    """In results, messages, the file service and bytes: a share of all that is drawn."""
    assert waited(10, lambda: over(server))
    before = sockets()
    noticed = attacked(server, range(QUICK))
    assert len(noticed) == 4, noticed
    assert waited(10, lambda: over(server) and sockets() <= before + 1)


class Unsealing(Malice):
    """Sends one message in the clear, though encryption was agreed upon."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.sealed = 0  # messages that were encrypted
        self._at = at
        self._plain = b""

    def smb(self, message: Outgoing) -> list[bytes]:
        """Keep it as it is."""
        self._plain = message.data
        return [message.data]

    def raw(self, command: int, data: bytes) -> list[bytes]:
        """Send what was kept, once."""
        if data[4:8] != b"\xfdSMB":
            return [data]
        self.sealed += 1
        if self.sealed - 1 != self._at:
            return [data]
        return [struct.pack(">I", len(self._plain)) + self._plain]


@pytest.mark.parametrize("server", ["encrypted"], indirect=True)
def test_where_encryption_was_agreed_upon_no_answer_in_the_clear_is_taken(
    server: SmbServer,
) -> None:
    """Whichever it is; all behind the logon are encrypted."""
    whole = Unsealing(-1)
    server.malice = whole
    assert converse(server, SLACK) == ""
    assert whole.sealed > LAYERS["messages"]
    for at in range(0, whole.sealed - UNWANTED, 5):
        server.malice = Unsealing(at)
        assert converse(server) != ""


@pytest.mark.long
@pytest.mark.parametrize("part", range(QUICK, WHOLE, PART))
def test_all_that_is_drawn(server: SmbServer, part: int) -> None:
    """20,000 conversations."""
    attacked(server, range(part, min(part + PART, WHOLE)))


@pytest.mark.long
@pytest.mark.parametrize("server", ["encrypted"], indirect=True)
@pytest.mark.parametrize("part", range(WHOLE, WHOLE + ENCRYPTED, PART))
def test_all_that_is_drawn_encrypted(server: SmbServer, part: int) -> None:
    """4,000 more, where bytes that were changed cannot be decrypted."""
    attacked(server, range(part, part + PART))
