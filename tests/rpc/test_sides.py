"""A client and a server that talk to each other, and to somebody who does not keep to the rules."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import RemoteError, RemoteProtocolError
from anyreg.rpc.client_side import CallResult, ClientSide
from anyreg.rpc.pdus import (
    FIRST,
    LAST,
    NDR,
    NDR_SYNTAX,
    WHOLE,
    BindAckPdu,
    BindNakPdu,
    BindPdu,
    Context,
    FaultPdu,
    RequestPdu,
    ResponsePdu,
    Syntax,
    Verdict,
)
from anyreg.rpc.server_side import (
    NO_SUCH_INTERFACE,
    NO_SUCH_METHOD,
    IncomingCall,
    ServerSide,
)
from anyreg.rpc.stubs import WINREG
from rpc.calls import error_of

INTERFACE = WINREG
OTHER = Syntax(bytes(range(16)), 1)
NOTHING = Syntax(bytes(16), 0)


def connected() -> tuple[ClientSide, ServerSide]:
    client, server = ClientSide(INTERFACE), ServerSide(INTERFACE, 77, b"\\PIPE\\winreg\0")
    [answer], calls = server.receive(client.bind())
    assert calls == []
    assert client.receive(answer) == []
    return client, server


def accepted(call_id: int = 1, longest: int = 5840, verdicts: int = 1) -> bytes:
    return BindAckPdu(call_id, [Verdict(0, 0, NDR_SYNTAX)] * verdicts, longest, longest, 9).encode()


def bound() -> ClientSide:
    client = ClientSide(INTERFACE)
    client.bind()
    client.receive(accepted())
    return client


def test_a_bind_opens_the_way() -> None:
    """The client knows then which group its handles belong to."""
    client, _ = connected()
    assert client.is_bound
    assert client.group == 77


def test_a_group_can_be_joined() -> None:
    """Handles of another connection are good there too."""
    client, server = ClientSide(INTERFACE, 1234), ServerSide(INTERFACE, 77)
    [answer], _ = server.receive(client.bind())
    client.receive(answer)
    assert client.group == server.group == 1234


@given(st.integers(0, 20_000), st.integers(0, 20_000), st.integers(0, 1 << 32))
def test_calls_and_answers_of_any_size_arrive(size: int, back: int, seed: int) -> None:
    """Whatever pieces their bytes come in."""
    rnd = random.Random(seed)
    client, server = connected()
    stub, results = rnd.randbytes(size), rnd.randbytes(back)
    call_id, messages = client.call(17, stub)
    calls = _fed(server, b"".join(messages), rnd)
    assert calls == [IncomingCall(call_id, 0, 17, stub, "little")]
    sent = b"".join(server.answer(calls[0], results))
    found: list[CallResult] = []
    while sent:
        piece = rnd.randint(1, 6000)
        found += client.receive(sent[:piece])
        sent = sent[piece:]
    assert found == [CallResult(call_id, results)]
    assert client.open_calls == 0


def _fed(server: ServerSide, sent: bytes, rnd: random.Random) -> list[IncomingCall]:
    calls = []
    while sent:
        piece = rnd.randint(1, 6000)
        messages, found = server.receive(sent[:piece])
        assert messages == []
        calls += found
        sent = sent[piece:]
    return calls


def test_several_calls_may_be_open() -> None:
    """Their answers come in any order."""
    client, server = connected()
    sent = [client.call(26, bytes([number])) for number in range(32)]
    calls = server.receive(b"".join(messages[0] for _, messages in sent))[1]
    assert client.open_calls == 32
    answers = [server.answer(call, call.stub)[0] for call in reversed(calls)]
    found = client.receive(b"".join(answers))
    assert [(one.call_id, one.stub[0]) for one in found] == [
        (call_id, number) for number, (call_id, _) in reversed(list(enumerate(sent)))
    ]


def test_a_fault_is_the_end_of_its_call_alone() -> None:
    """Whether anything was done is said, and the next call goes on."""
    client, server = connected()
    for was_begun in (False, True):
        call_id, messages = client.call(99, b"")
        [call] = server.receive(messages[0])[1]
        fault = server.fault(call, NO_SUCH_METHOD, was_begun)
        expected = CallResult(call_id, b"", "little", NO_SUCH_METHOD, was_begun)
        assert client.receive(fault) == [expected]


def test_a_fault_takes_the_place_of_half_an_answer() -> None:
    """What came of it before is dropped."""
    client = bound()
    call_id, _ = client.call(17, b"")
    client.receive(ResponsePdu(call_id, FIRST, 0, b"half").encode())
    found = client.receive(FaultPdu(call_id, WHOLE, 0, 5).encode())
    assert [(one.call_id, one.fault) for one in found] == [(call_id, 5)]
    again, _ = client.call(17, b"")
    assert client.receive(ResponsePdu(again, WHOLE, 0, b"").encode()) == [CallResult(again, b"")]


REFUSALS = {
    "nak": BindNakPdu(1, 4).encode(),
    "not offered": BindAckPdu(1, [Verdict(2, 1, NDR_SYNTAX)], 5840, 5840, 9).encode(),
    "another syntax": BindAckPdu(1, [Verdict(0, 0, OTHER)], 5840, 5840, 9).encode(),
    "two verdicts": accepted(verdicts=2),
    "none": accepted(verdicts=0),
    "short messages": accepted(longest=100),
    "another call": accepted(5),
    "an answer": ResponsePdu(1, WHOLE, 0, b"").encode(),
    "a call": RequestPdu(1, WHOLE, 0, 2, b"").encode(),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_bind_that_fails_is_an_error(name: str) -> None:
    """And no call can be made behind it."""
    client = ClientSide(INTERFACE)
    client.bind()
    with pytest.raises(RemoteError):
        client.receive(REFUSALS[name])
    with pytest.raises(RemoteError):
        client.call(2, b"")
    with pytest.raises(RemoteError, match="has ended"):
        client.receive(accepted())


HALF = ResponsePdu(2, FIRST, 0, b"").encode()
UNASKED = {
    "of no call": ResponsePdu(99, WHOLE, 0, b"").encode(),
    "a fault of no call": FaultPdu(99, WHOLE, 0, 5).encode(),
    "a second bind": accepted(),
    "a call": RequestPdu(2, WHOLE, 0, 2, b"").encode(),
    "mixed answers": ResponsePdu(2, FIRST, 0, b"").encode()
    + ResponsePdu(3, WHOLE, 0, b"").encode(),
    "a fault in an answer": ResponsePdu(2, FIRST, 0, b"").encode() + FaultPdu(3, 3, 0, 5).encode(),
    "twice": ResponsePdu(2, WHOLE, 0, b"").encode() * 2,
    "a rest": ResponsePdu(2, LAST, 0, b"").encode(),
    "nothing": b"",
    "rubbish": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}


@pytest.mark.parametrize("name", UNASKED)
def test_answers_that_nobody_asked_for_end_the_conversation(name: str) -> None:
    """Who sends one is not to be believed in anything else."""
    client = bound()
    client.call(17, b"")
    client.call(17, b"")
    with pytest.raises(RemoteProtocolError):
        client.receive(UNASKED[name])
    with pytest.raises(RemoteError, match="has ended"):
        client.call(17, b"")


def test_an_answer_is_limited() -> None:
    """A server that never ends one does not fill the memory."""
    client = ClientSide(INTERFACE, limit=10_000)
    client.bind()
    client.receive(accepted())
    call_id, _ = client.call(17, b"")
    client.receive(ResponsePdu(call_id, FIRST, 0, bytes(5000)).encode())
    client.receive(ResponsePdu(call_id, 0, 0, bytes(5000)).encode())
    with pytest.raises(RemoteProtocolError, match="too long"):
        client.receive(ResponsePdu(call_id, 0, 0, bytes(8)).encode())


def test_a_server_offers_one_interface() -> None:
    """Another one is refused in the answer, and a call of it by a fault."""
    server = ServerSide(INTERFACE, 1)
    asked = [Context(0, OTHER, [NDR_SYNTAX]), Context(1, INTERFACE, [OTHER, NDR_SYNTAX])]
    asked.append(Context(2, INTERFACE, [OTHER]))
    [answer], _ = server.receive(BindPdu(1, asked, 5840, 5840).encode())
    results = BindAckPdu(
        1,
        [Verdict(2, 1, NOTHING), Verdict(0, 0, NDR_SYNTAX), Verdict(2, 2, NOTHING)],
        5840,
        5840,
        1,
    )
    assert answer == results.encode()
    fault, calls = server.receive(RequestPdu(2, WHOLE, 0, 2, b"").encode())
    assert (fault, calls) == ([FaultPdu(2, 0x23, 0, NO_SUCH_INTERFACE).encode()], [])
    assert len(server.receive(RequestPdu(3, WHOLE, 1, 2, b"").encode())[1]) == 1


def test_a_server_takes_calls_in_either_byte_order() -> None:
    """And says which, since the arguments have it too."""
    server = ServerSide(INTERFACE, 1)
    server.receive(BindPdu(1, [Context(0, INTERFACE, [NDR_SYNTAX])], 5840, 5840).encode("big"))
    calls = server.receive(RequestPdu(2, WHOLE, 0, 2, b"x", 1, "big").encode())[1]
    assert calls == [IncomingCall(2, 0, 2, b"x", "big")]


def test_further_interfaces_can_be_asked_for() -> None:
    """Windows' clients do so on a connection that is bound."""
    client, server = connected()
    more = BindPdu(9, [Context(5, INTERFACE, [NDR_SYNTAX])], 5840, 5840, is_further=True)
    [answer], _ = server.receive(more.encode())
    assert answer[2] == 15
    assert len(server.receive(RequestPdu(10, WHOLE, 5, 2, b"").encode())[1]) == 1
    assert client.is_bound


BIND = BindPdu(1, [Context(0, INTERFACE, [NDR_SYNTAX])], 5840, 5840)
WRONG_CALLS = {
    "a call first": RequestPdu(1, WHOLE, 0, 2, b"").encode(),
    "an answer": BIND.encode() + ResponsePdu(1, WHOLE, 0, b"").encode(),
    "two binds": BIND.encode() * 2,
    "an alter-context first": BIND._replace(is_further=True).encode(),
    "a bind in a call": BIND.encode()
    + RequestPdu(1, FIRST, 0, 2, b"").encode()
    + BIND._replace(is_further=True).encode(),
    "messages too short": BIND._replace(max_receive=100).encode(),
    "too long a call": BIND.encode() + RequestPdu(1, WHOLE, 0, 2, bytes(2000)).encode(),
}


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_a_client_that_breaks_the_rules_is_not_served(name: str) -> None:
    """Its connection is over."""
    server = ServerSide(INTERFACE, 1, limit=1000)
    with pytest.raises(RemoteProtocolError):
        server.receive(WRONG_CALLS[name])
    with pytest.raises(RemoteError, match="has ended"):
        server.receive(BIND.encode())


ENDS = (None, RemoteError, RemoteProtocolError)


@given(st.integers(0, 1 << 32))
def test_a_side_survives_any_bytes(seed: int) -> None:
    """Messages changed, mixed, doubled and left out: something comes out, or a clear error."""
    rnd = random.Random(seed)
    client, server = connected()
    call_id, messages = client.call(17, rnd.randbytes(9000))
    [call] = server.receive(b"".join(messages))[1]
    answers = server.answer(call, rnd.randbytes(rnd.randrange(12_000)))
    answers += [FaultPdu(call_id, WHOLE, 0, 5).encode(), accepted(), BIND.encode()]
    rnd.shuffle(answers)
    sent = bytearray(b"".join(answers[: rnd.randint(1, len(answers))]))
    for _ in range(rnd.randrange(3)):
        sent[rnd.randrange(len(sent))] ^= 1 << rnd.randrange(8)
    assert error_of(lambda: client.receive(bytes(sent))) in ENDS
    assert error_of(lambda: server.receive(bytes(sent))) in ENDS


def test_ndr_is_what_ndr_is() -> None:
    """8a885d04-1ceb-11c9-9fe8-08002b104860, as it is stored."""
    assert NDR.hex() == "045d888aeb1cc9119fe808002b104860"
