"""What becomes of a connection that is lost, or slow, and of one that somebody meddles with."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from socket import SO_SNDTIMEO, SOL_SOCKET
from typing import Any

import pytest

from anyreg.backends.base import Lent
from anyreg.backends.remote import smb_library
from anyreg.backends.remote.file_service import FileService
from anyreg.backends.remote.world import RemoteBackend
from anyreg.backends.trees import make
from anyreg.errors import (
    KeyDeletedError,
    OutcomeUnknownError,
    RegistryError,
    RemoteError,
    TransactionError,
)
from anyreg.paths import ROOTS
from anyreg.values import Node, Value
from remote.proxy import DelayingProxy
from remote.registries import cleared, connected, login
from remote.smbd import HOST, server

USER = ROOTS["HKEY_CURRENT_USER"]
SIGNED = 8  # a flag of SMB
FLAGS_AT = 4 + 16
SIGNATURE_AT = 4 + 48
LIMIT = 2.0  # seconds
SLACK = 10.0  # seconds that a busy machine may take more


@pytest.fixture
def direct() -> Iterator[RemoteBackend]:
    """A connection that nobody stands in, and nothing where tests write."""
    backend = cleared()
    yield backend
    backend.close()


@pytest.fixture
def proxy(direct: RemoteBackend) -> Iterator[DelayingProxy]:
    """What can be cut."""
    with DelayingProxy(server().port, 0) as found:
        yield found


@pytest.fixture
def world(proxy: DelayingProxy) -> Iterator[RemoteBackend]:
    """A registry behind it."""
    backend = connected(login(), proxy.port)
    yield backend
    backend.close()


@pytest.fixture
def key(world: RemoteBackend) -> Node:
    found = make(world, world.predefined(USER), r"Software\Test")[0]
    world.write(found, [Value("v", 1, b"old")])
    return found


def cut(proxy: DelayingProxy, world: RemoteBackend) -> None:
    """Lose the connection, and wait until that is known here."""
    service = world.calls.channel._service
    proxy.cut()
    end = time.monotonic() + 10
    while service.is_alive and time.monotonic() < end:
        time.sleep(0.01)
    assert not service.is_alive


def cut_before_the_answer(proxy: DelayingProxy) -> None:
    """Lose the connection when the next answer comes: the server has got the call."""

    def cut_now(frame: bytes) -> bytes:
        proxy.tamper = lambda frame: frame
        proxy.cut()
        return frame

    proxy.tamper = cut_now


def hurry(world: RemoteBackend) -> None:
    """From here on nothing may take longer than so; connecting could take its time."""
    service = world.calls.channel._service
    service.limit = service._connect_limit = LIMIT
    sending = struct.pack("ll", int(LIMIT), 0)
    service._connection.transport._sock.setsockopt(SOL_SOCKET, SO_SNDTIMEO, sending)


def test_a_connection_that_was_lost_is_made_anew(
    world: RemoteBackend, key: Node, proxy: DelayingProxy
) -> None:
    """Where nothing was under way nobody notices, also with keys that were open."""
    other = world.open(key, [], 0x20019)
    assert other is not None
    cut(proxy, world)
    assert world.read(key, "v") == Value("v", 1, b"old")
    assert world.calls.channel.epoch == 2
    cut(proxy, world)
    world.write(key, [Value("w", 1, b"new")])
    assert world.values(other) == [Value("v", 1, b"old"), Value("w", 1, b"new")]
    world.release(other)
    assert world.calls.channel.epoch == 3


def test_a_walk_goes_on_over_a_lost_connection(
    world: RemoteBackend, key: Node, proxy: DelayingProxy
) -> None:
    """The next key is read over another one."""
    world.create(key, ["a", "b"])
    nodes, _ = world.read_all(key, key)
    assert [node.name for node in nodes] == ["a"]
    cut(proxy, world)
    assert [node.name for node in world.read_all(nodes[0], key)[0]] == ["b"]


def test_a_read_that_is_cut_off_is_an_error(
    world: RemoteBackend, key: Node, proxy: DelayingProxy
) -> None:
    """And the next one is none."""
    cut_before_the_answer(proxy)
    with pytest.raises(RemoteError) as caught:
        world.values(key)
    assert not isinstance(caught.value, OutcomeUnknownError)
    assert HOST in str(caught.value)
    assert world.values(key) == [Value("v", 1, b"old")]


def test_a_write_that_is_cut_off_says_that_its_outcome_is_unknown(
    world: RemoteBackend, key: Node, proxy: DelayingProxy
) -> None:
    """What has become of it can be read then."""
    cut_before_the_answer(proxy)
    with pytest.raises(OutcomeUnknownError):
        world.write(key, [Value("v", 1, b"new")])
    assert world.values(key) in ([Value("v", 1, b"old")], [Value("v", 1, b"new")])


def test_a_transaction_that_is_cut_off_is_taken_back(
    world: RemoteBackend, key: Node, proxy: DelayingProxy
) -> None:
    """Over a new connection: also the change of which nobody knows whether it was made."""
    world.begin()
    world.write(key, [Value("v", 1, b"new")])
    cut_before_the_answer(proxy)
    with pytest.raises(OutcomeUnknownError):
        world.write(key, [Value("w", 1, b"new")])
    world.roll_back()
    assert world.values(key) == [Value("v", 1, b"old")]


def test_a_transaction_that_cannot_be_taken_back_says_so(
    world: RemoteBackend, key: Node, proxy: DelayingProxy
) -> None:
    """Where the machine cannot be reached any more."""
    world.begin()
    world.write(key, [Value("v", 1, b"new")])
    proxy.__exit__(None, None, None)
    with pytest.raises(TransactionError, match="taken back"):
        world.roll_back()


def test_a_key_that_went_meanwhile_is_gone(
    world: RemoteBackend, direct: RemoteBackend, key: Node, proxy: DelayingProxy
) -> None:
    """It is not another one's."""
    cut(proxy, world)
    with Lent(direct, make(direct, direct.predefined(USER), r"Software\Test")[0]) as node:
        direct.delete(node, True)
    with pytest.raises(KeyDeletedError):
        world.values(key)


def test_a_closed_registry_does_not_connect_again(
    world: RemoteBackend, key: Node, proxy: DelayingProxy
) -> None:
    """Whether it was lost before or not."""
    cut(proxy, world)
    world.close()
    world.release(key)
    with pytest.raises(RegistryError):
        world.values(key)
    assert world.calls.channel.epoch == 1


def test_a_machine_that_is_silent_is_waited_for_so_long(
    direct: RemoteBackend, proxy: DelayingProxy
) -> None:
    """Be it read from, written to, or closed; many calls wait together."""
    node = make(direct, direct.predefined(USER), r"Software\Many")[0]
    direct.write(node, [Value(f"v{n}", 1, b"") for n in range(100)])
    for attempt in ("values", "write", "close"):
        proxy.delay = 0
        world = connected(login(), proxy.port)
        found = world.open(world.predefined(USER), ["Software", "Many"])
        assert found is not None
        hurry(world)
        proxy.delay = 3600
        start = time.monotonic()
        if attempt == "values":
            with pytest.raises(RemoteError, match="no answer within"):
                world.values(found)
        elif attempt == "write":
            with pytest.raises(OutcomeUnknownError, match="no answer within"):
                world.write(found, [Value("v", 3, bytes(1000))])
        world.close()
        assert time.monotonic() - start < LIMIT + SLACK
        proxy.cut()
    direct.release(node)


def test_a_machine_that_takes_nothing_is_waited_for_so_long(direct: RemoteBackend) -> None:
    """Sending ends too: buffers are full at some time."""
    with DelayingProxy(server().port, 0) as proxy:
        world = connected(login(), proxy.port)
        node = make(world, world.predefined(USER), r"Software\Deaf")[0]
        hurry(world)
        proxy.is_deaf = True
        start = time.monotonic()
        with pytest.raises(RemoteError):
            world.write(node, [Value("v", 3, bytes(3_000_000))])
        assert time.monotonic() - start < LIMIT + SLACK
        world.close()


@pytest.mark.parametrize("is_stripped", [True, False])
def test_an_answer_that_was_meddled_with_is_refused(
    world: RemoteBackend, key: Node, proxy: DelayingProxy, is_stripped: bool
) -> None:
    """With its signature, or without one, which smbprotocol would believe."""

    def meddle(frame: bytes) -> bytes:
        changed = bytearray(frame)
        changed[-8] ^= 1
        if is_stripped:
            changed[FLAGS_AT] &= ~SIGNED
            changed[SIGNATURE_AT : SIGNATURE_AT + 16] = bytes(16)
        return bytes(changed)

    proxy.tamper = meddle
    with pytest.raises(RemoteError):
        world.read(key, "v")
    proxy.tamper = lambda frame: frame
    assert world.read(key, "v") == Value("v", 1, b"old")


def test_an_answer_in_the_clear_is_refused(direct: RemoteBackend, proxy: DelayingProxy) -> None:
    """Where encryption was agreed on, though it be signed."""
    world = connected(login(encrypt=True), proxy.port)
    node = make(world, world.predefined(USER), r"Software\Test")[0]
    plain = b"\xfeSMB" + bytes(60)
    connection = world.calls.channel._service._connection  # which is cut by the first of them

    def meddle(frame: bytes) -> bytes:
        number = int(connection.sequence_window["low"]) - 1
        body = plain[:24] + number.to_bytes(8, "little") + plain[32:]
        return len(body).to_bytes(4, "big") + body

    proxy.tamper = meddle
    with pytest.raises(RemoteError, match="encryption"):
        world.read(node, "v")
    world.close()


@pytest.mark.parametrize(("times", "limit"), [(3, 30.0), (1000, 2.0)])
def test_a_service_that_starts_is_waited_for(
    direct: RemoteBackend, monkeypatch: pytest.MonkeyPatch, times: int, limit: float
) -> None:
    """Windows starts it when the pipe is first opened, and says meanwhile that it is not there."""
    library = smb_library.library()
    real, left = library.Open, [times]

    class Starting(real):  # type: ignore[misc,valid-type]
        def create(self, *how: Any, send: bool = True) -> Any:
            message, receive = super().create(*how, send=False)

            def received(request: Any) -> Any:
                response = library_response(receive, request)
                left[0] -= 1
                if left[0] >= 0:
                    response["status"] = 0xC000_00AC
                    raise library.SMBResponseException(response)
                return None

            return message, received

    def library_response(receive: Any, request: Any) -> Any:
        receive(request)
        return request.response

    def open_pipe(self: FileService, name: str) -> Any:
        self._connect_limit = limit  # behind connecting, which may take its time
        return opening(self, name)

    opening = FileService.open_pipe
    monkeypatch.setattr(FileService, "open_pipe", open_pipe)
    library.Open = Starting
    monkeypatch.setattr("anyreg.backends.remote.file_service.library", lambda: library)
    if times > 100:
        with pytest.raises(RemoteError, match="RemoteRegistry"):
            connected(login(), server().port)
    else:
        world = connected(login(), server().port)
        assert world.info(world.predefined(USER)).subkeys >= 0
        world.close()
    assert left[0] < times - 1
