"""Messages out of pieces, calls out of fragments: whatever is wrong with them is said."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import RemoteError, RemoteProtocolError
from anyreg.rpc.fragments import LONGEST_FRAGMENT, PduStream, Reassembly, parts_of
from anyreg.rpc.pdu_reading import read_pdu
from anyreg.rpc.pdus import (
    FIRST,
    LAST,
    NDR_SYNTAX,
    WHOLE,
    BindAckPdu,
    BindNakPdu,
    BindPdu,
    Context,
    FaultPdu,
    RequestPdu,
    ResponsePdu,
    Verdict,
)
from rpc.calls import error_of

MESSAGES = [
    BindPdu(1, [Context(0, NDR_SYNTAX, [NDR_SYNTAX])], 5840, 5840).encode(),
    BindAckPdu(1, [Verdict(0, 0, NDR_SYNTAX)], 5840, 5840, 7, b"\\PIPE\\winreg\0").encode(),
    BindNakPdu(1, 4).encode(),
    RequestPdu(2, WHOLE, 0, 17, b"stub", 4).encode(),
    ResponsePdu(2, WHOLE, 0, b"stub", 4).encode(),
    FaultPdu(2, WHOLE, 0, 0x1C010002).encode(),
]


def fragment(
    flags: int, stub: bytes = b"12345678", call_id: int = 1, context: int = 0
) -> ResponsePdu:
    return ResponsePdu(call_id, flags, context, stub)


@given(st.integers(0, 300), st.integers(32, 80))
def test_parts_make_the_whole(size: int, longest: int) -> None:
    """The first and the last say so, none is too long, and all but the last are even."""
    stub = random.Random(size).randbytes(size)
    parts = parts_of(stub, longest)
    assert b"".join(part for _, part in parts) == stub
    assert [flags & FIRST != 0 for flags, _ in parts] == [True] + [False] * (len(parts) - 1)
    assert [flags & LAST != 0 for flags, _ in parts] == [False] * (len(parts) - 1) + [True]
    assert all(len(part) + 24 <= longest for _, part in parts)
    assert all(len(part) % 8 == 0 for _, part in parts[:-1])


@given(st.lists(st.sampled_from(MESSAGES), max_size=6), st.randoms(use_true_random=False))
def test_messages_come_out_of_pieces_of_any_size(messages: list[bytes], rnd: random.Random) -> None:
    """A pipe may give half a message, or two."""
    stream, sent = PduStream(), b"".join(messages)
    found = []
    while sent:
        size = rnd.randint(1, 100)
        found += stream.feed(sent[:size])
        sent = sent[size:]
    assert found == [read_pdu(message) for message in messages]
    assert stream.is_empty


@given(st.sampled_from(MESSAGES), st.randoms(use_true_random=False))
def test_changed_messages_are_read_or_refused(message: bytes, rnd: random.Random) -> None:
    """With any bytes anywhere, and of any length."""
    changed = bytearray(message)
    for _ in range(rnd.randint(1, 5)):
        changed[rnd.randrange(len(changed))] = rnd.choice(
            (0, 1, 0x7F, 0x80, 0xFF, rnd.randrange(256))
        )
    changed = changed[: rnd.randint(0, len(changed))] if rnd.random() < 0.3 else changed
    assert error_of(lambda: read_pdu(bytes(changed))) in (None, RemoteProtocolError)


@pytest.mark.parametrize(
    ("at", "byte", "word"),
    [(0, 4, "version 5"), (2, 1, "kind 1"), (8, 5, "at least 16"), (10, 8, "no proof")],
)
def test_a_header_that_is_none_is_refused(at: int, byte: int, word: str) -> None:
    """Another version, an unknown kind, a length below that of a header, a proof of a sender."""
    message = bytearray(MESSAGES[3])
    message[at] = byte
    with pytest.raises(RemoteProtocolError) as caught:
        PduStream().feed(bytes(message))
    assert word in str(caught.value)
    assert caught.value.offset == at


def test_a_message_that_is_too_long_is_refused_by_its_header() -> None:
    """Nothing of it is waited for."""
    header = bytearray(MESSAGES[3][:16])
    header[8:10] = (LONGEST_FRAGMENT + 1).to_bytes(2, "little")
    with pytest.raises(RemoteProtocolError, match="longer than was agreed"):
        PduStream().feed(bytes(header))


def test_fragments_become_one_answer() -> None:
    """It looks as if it had come at one go."""
    answers = Reassembly(100)
    assert answers.add(fragment(FIRST)) is None
    assert answers.call_id == 1
    assert answers.add(fragment(0)) is None
    whole = answers.add(fragment(LAST, b"end"))
    assert whole == ResponsePdu(1, WHOLE, 0, b"12345678" * 2 + b"end", 19)
    assert answers.call_id is None


WRONG = {
    "none before": [fragment(LAST)],
    "begun anew": [fragment(FIRST), fragment(FIRST)],
    "another call between": [fragment(FIRST), fragment(0, call_id=2)],
    "another call whole": [fragment(FIRST), fragment(WHOLE, call_id=2)],
    "another interface": [fragment(FIRST), fragment(LAST, context=1)],
    "another byte order": [fragment(FIRST), fragment(LAST)._replace(order="big")],
    "behind the last": [fragment(WHOLE), fragment(LAST)],
    "too long": [fragment(FIRST), *[fragment(0)] * 12],
    "too long at once": [fragment(WHOLE, bytes(101))],
}


@pytest.mark.parametrize("name", WRONG)
def test_fragments_out_of_order_are_refused(name: str) -> None:
    """At the first that does not follow, or that is too much."""
    answers = Reassembly(100)
    *before, last = WRONG[name]
    for pdu in before:
        answers.add(pdu)
    with pytest.raises(RemoteProtocolError) as caught:
        answers.add(last)
    assert isinstance(caught.value, RemoteError)
    assert caught.value.expected


def test_another_method_does_not_go_on_with_a_call() -> None:
    """Each fragment of a call names it again."""
    calls = Reassembly(100)
    calls.add(RequestPdu(1, FIRST, 0, 17, b""))
    with pytest.raises(RemoteProtocolError, match="wrong order"):
        calls.add(RequestPdu(1, LAST, 0, 18, b""))
