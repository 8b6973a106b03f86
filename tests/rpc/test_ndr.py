"""Arguments: what is written is read again, and any bytes give arguments or a clear error."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import RemoteError, RemoteProtocolError
from anyreg.rpc.arguments import NO_HANDLE, NO_TEXT, ContextHandle, Room, WireText
from anyreg.rpc.ndr import LARGEST_ARRAY, NdrReader, NdrWriter, Order
from anyreg.rpc.registry_calls import (
    DescriptorAnswer,
    HandleAnswer,
    LoadKeyRequest,
    OpenKeyRequest,
    OpenLocalMachineRequest,
    PlainAnswer,
    QueryInfoKeyRequest,
)
from anyreg.rpc.registry_values import (
    ManyValuesAnswer,
    QueryValueAnswer,
    QueryValueRequest,
    SetValueRequest,
)
from anyreg.rpc.stubs import decode_request
from rpc.calls import answers, drawn, error_of, requests

ORDERS = st.sampled_from(["little", "big"])
KEY = ContextHandle(0, bytes(range(16)))
QUERY = QueryValueRequest(KEY, WireText.of("x"), 0, Room(b"", 8), 8, 0)


def test_numbers_stand_at_multiples_of_their_size() -> None:
    """What is between them is zeros, and not looked at."""
    writer = NdrWriter()
    writer.u8(1)
    writer.u32(2)
    writer.u8(3)
    writer.u16(4)
    assert writer.data.hex(" ", -4) == "01000000 02000000 03000400"
    reader = NdrReader(bytes(writer.data[:1]) + b"\xff\xff\xff" + bytes(writer.data[4:]))
    assert [reader.u8(), reader.u32(), reader.u8(), reader.u16(), reader.left] == [1, 2, 3, 4, 0]


def test_a_call_to_load_a_hive_has_its_names_in_line() -> None:
    """As MS-RRP has it: neither name is behind a pointer of its own."""
    stub = LoadKeyRequest(KEY, WireText.of("k"), WireText.of("f")).encode()
    text = "04000400 {} 02000000 00000000 02000000 {}0000"
    expected = [text.format("00000200", "6b00"), text.format("04000200", "6600")]
    assert stub[20:].hex(" ", -4) == " ".join(expected)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("kind", [*requests(), *answers()], ids=lambda kind: kind.__name__)
def test_what_is_written_is_read_again(kind: Any, order: Order) -> None:
    """Every call and every answer, in either byte order."""
    rnd = random.Random(kind.__name__)
    for _ in range(30):
        record = drawn(kind, rnd)
        stub = record.encode(order)
        if kind in requests():
            assert decode_request(kind.opnum, stub, order) == record
        else:
            asked = next(one for one in requests() if one.answer is kind)
            assert drawn(asked, rnd).decode_answer(stub, order) == record


@given(st.randoms(use_true_random=False), ORDERS, st.data())
def test_any_bytes_give_arguments_or_an_error(
    rnd: random.Random, order: Order, data: st.DataObject
) -> None:
    """Of calls and answers that were changed anywhere, cut or made longer."""
    kind = rnd.choice(requests())
    is_call = rnd.random() < 0.5
    request = drawn(kind, rnd)
    stub = bytearray((request if is_call else drawn(kind.answer, rnd)).encode(order))
    for _ in range(rnd.randrange(4)):
        at = rnd.randrange(len(stub) + 1)
        stub[at : at + rnd.choice((0, 1, 4))] = data.draw(st.binary(max_size=4))
    found = error_of(
        lambda: (
            decode_request(kind.opnum, bytes(stub), order)
            if is_call
            else request.decode_answer(bytes(stub), order)
        )
    )
    assert found in (None, RemoteProtocolError)


@pytest.mark.parametrize("text", ["", "a", "\U0001f511", "\ud800", "a\0b", "x" * 32766])
def test_a_name_has_its_nul_on_the_wire(text: str) -> None:
    """And none behind it; lone surrogates stay."""
    sent = WireText.of(text)
    assert sent.raw is not None
    assert sent.raw.endswith(b"\0\0")
    read = decode_request(15, OpenKeyRequest(KEY, sent).encode())
    assert isinstance(read, OpenKeyRequest)
    assert read.name.text == text


def test_a_name_that_no_call_can_carry_is_refused() -> None:
    """Its length would not fit the two bytes that say it."""
    with pytest.raises(RemoteProtocolError, match="too long"):
        WireText.of("x" * 32767)


def test_arguments_out_of_range_are_refused() -> None:
    """Nothing is cut to what fits."""
    with pytest.raises(RemoteProtocolError, match="access of OpenLocalMachineRequest"):
        OpenLocalMachineRequest(access=1 << 32).encode()
    with pytest.raises(RemoteProtocolError, match="half a character"):
        OpenKeyRequest(KEY, WireText(b"abc", 4)).encode()
    with pytest.raises(RemoteProtocolError, match="name of OpenKeyRequest"):
        OpenKeyRequest(KEY, WireText(b"", 0x10000)).encode()


def test_a_null_handle_is_one_of_zeros() -> None:
    """A server answers so to a close."""
    assert NO_HANDLE.is_null
    assert not KEY.is_null
    assert not ContextHandle(1, bytes(16)).is_null
    assert HandleAnswer(NO_HANDLE).encode() == bytes(24)


def test_no_buffer_is_not_an_empty_one() -> None:
    """Samba refuses a class with a buffer of no length."""
    without, empty = (
        QueryInfoKeyRequest(KEY, text).encode() for text in (NO_TEXT, WireText.room(0))
    )
    assert len(empty) == len(without) + 12


def test_a_room_is_not_sent() -> None:
    """The bytes that an answer may have are only said."""
    assert len(QueryValueRequest(KEY, WireText.of("x"), 0, Room(b"", 1 << 20)).encode()) < 100


LIES = {
    "more data than came": (QUERY, "04000200 01000000 00000200 08000000 00000000 08000000 00"),
    "more data than room": (QUERY, "00000000 00000200 04000000 00000000 08000000" + "00" * 20),
    "room for more than can be": (QUERY, "00000000 00000200 01000004 00000000 00000000"),
    "data from the middle": (QUERY, "00000000 00000200 08000000 01000000 00000000" + "00" * 20),
    "more behind": (QUERY, "00000000 00000000 00000000 00000000 00000000" + "00" * 16),
    "nothing": (QUERY, ""),
}


@pytest.mark.parametrize("name", LIES)
def test_counts_that_lie_are_refused(name: str) -> None:
    """Before anything is made of them."""
    request, stub = LIES[name]
    with pytest.raises(RemoteProtocolError) as caught:
        request.decode_answer(bytes.fromhex(stub))
    assert isinstance(caught.value, RemoteError)
    assert (caught.value.winerror, "expected" in str(caught.value)) == (1728, True)


def test_a_huge_count_of_entries_takes_no_memory() -> None:
    """Each entry would take bytes that are not there."""
    stub = (0x10000).to_bytes(4, "little") + bytes(4) + (0x10000).to_bytes(4, "little") + bytes(64)
    many = next(kind for kind in requests() if kind.answer is ManyValuesAnswer)
    with pytest.raises(RemoteProtocolError, match="at most 4 elements"):
        drawn(many, random.Random(1)).decode_answer(stub)


def test_the_largest_data_can_be_told() -> None:
    """64 MiB is what the interface allows, and one byte more is refused."""

    def room(size: int) -> bytes:
        return QueryValueAnswer(3, Room(b"", size), size, 0).encode()

    assert QUERY.decode_answer(room(LARGEST_ARRAY)).data == Room(b"", LARGEST_ARRAY)
    with pytest.raises(RemoteProtocolError, match="room for at most"):
        QUERY.decode_answer(room(LARGEST_ARRAY + 1))


def test_padding_behind_the_last_argument_is_left_alone() -> None:
    """Servers round the length of an answer up."""
    asked = SetValueRequest(KEY, WireText.of(""), 3, b"", 0)
    assert asked.decode_answer(PlainAnswer(5).encode() + bytes(12)) == PlainAnswer(5)


def test_a_descriptor_without_bytes_tells_the_room_that_it_needs() -> None:
    """So a client asks again with that much."""
    asked = next(kind for kind in requests() if kind.answer is DescriptorAnswer)
    stub = bytes.fromhex("00000000 78000000 00000000 7a000000")
    answer = drawn(asked, random.Random(1)).decode_answer(stub)
    assert answer == DescriptorAnswer(Room(b"", 0x78), 122)
