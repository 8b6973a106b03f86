"""Records: nk, vk, sk and db, parsed and built."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import CorruptHiveError
from anyreg.regf.records import (
    KeyRecord,
    SecurityRecord,
    ValueRecord,
    build_big_data,
    build_value,
    parse_big_data,
    parse_key,
    parse_security,
    parse_value,
    renamed_key,
    signature_text,
)
from conftest import Expected, each_expected
from hives import DESCRIPTOR, TIME, Maker
from regf.models import fields

U16, U32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
NAMES = st.text(st.characters(codec=None, exclude_characters="\\"), max_size=20) | st.text(
    st.characters(max_codepoint=0xFF), max_size=20
)
PARSERS = (parse_key, parse_value, parse_security, parse_big_data)


def payload(maker: Maker, cell: int) -> bytes:
    (size,) = struct.unpack_from("<i", maker.cells, cell)
    return bytes(maker.cells[cell + 4 : cell - size])


def test_a_key_made_by_hand_is_parsed() -> None:
    """Name, time, parent and flags stand where the format says."""
    maker = Maker()
    maker.key("root")
    record = parse_key(payload(maker, maker.key("Álpha", 0x1234)))
    assert (record.name, record.parent, record.last_written) == ("Álpha", 0x1234, TIME)
    assert record.flags == 0x20
    assert record.security == maker.security


def test_a_value_made_by_hand_is_parsed() -> None:
    """Short data stands in the record itself."""
    maker = Maker()
    record = parse_value(payload(maker, maker.value("v", b"\1\2", 4)))
    assert (record.name, record.type, record.size, record.inline) == ("v", 4, 2, True)
    assert record.data == 0x0201


def test_a_security_record_made_by_hand_is_parsed() -> None:
    """The descriptor, its neighbours and how many keys use it."""
    maker = Maker()
    maker.key("root")
    record = parse_security(payload(maker, maker.security))
    assert (record.next, record.previous, record.references) == (maker.security, maker.security, 1)
    assert record.descriptor == DESCRIPTOR


@pytest.mark.parametrize("parse", PARSERS)
def test_another_signature_is_refused(parse: Callable[[bytes], object]) -> None:
    """The error says what should be there and what is."""
    with pytest.raises(CorruptHiveError) as caught:
        parse(b"zz".ljust(100, b"\0"))
    assert caught.value.actual == "zz"
    assert caught.value.expected in ("nk", "vk", "sk", "db")


@pytest.mark.parametrize("parse", PARSERS)
def test_a_short_payload_is_refused(parse: Callable[[bytes], object]) -> None:
    """A record that its cell cuts off is no record."""
    with pytest.raises(CorruptHiveError, match="cut short"):
        parse(b"nk")


def test_a_key_name_beyond_its_cell_is_refused() -> None:
    """The name's length is believed only as far as the cell goes."""
    with pytest.raises(CorruptHiveError, match="name beyond"):
        parse_key(KeyRecord("long name").build()[:-1])


def test_a_value_name_beyond_its_cell_is_refused() -> None:
    """So is that of a value."""
    with pytest.raises(CorruptHiveError, match="name beyond"):
        parse_value(ValueRecord("long name", 1, 0, True, 0).build()[:-1])


def test_a_descriptor_beyond_its_cell_is_refused() -> None:
    """And the size of a descriptor."""
    with pytest.raises(CorruptHiveError, match="descriptor beyond"):
        parse_security(SecurityRecord(DESCRIPTOR, 0, 0, 1).build()[:-1])


def test_the_default_value_has_no_flag() -> None:
    """Windows leaves the flag of a compressed name clear where there is no name."""
    record = ValueRecord("", 1, 0, True, 0)
    record.flags = 3
    assert struct.unpack_from("<H", record.build(), 16) == (2,)


@pytest.mark.parametrize(("number", "text"), [(0x6B6E, "nk"), (0, "0x0000"), (0x2D6E, "0x2d6e")])
def test_signatures_are_shown_as_text_where_they_are_text(number: int, text: str) -> None:
    """Anything but two letters or digits is shown as a number."""
    assert signature_text(number) == text


def but_flags(record: object) -> dict[str, Any]:
    return {**fields(record), "flags": 0}


@given(NAMES, st.integers(0, 2**64 - 1), st.lists(U32, min_size=16, max_size=16), U16, U16)
def test_any_key_comes_back(name: str, time: int, rest: list[int], flags: int, size: int) -> None:
    """Every field of a key survives; the flag of a compressed name follows the name."""
    record = KeyRecord(name, 0, time)
    numbers = sorted(fields(record).keys() - {"name", "last_written", "class_size"})
    for field, number in zip(numbers, rest, strict=False):
        setattr(record, field, number)
    record.flags, record.class_size = flags, size
    again = parse_key(record.build())
    assert but_flags(again) == but_flags(record)
    assert again.flags & ~0x20 == flags & ~0x20
    assert bool(again.flags & 0x20) == all(letter <= "\xff" for letter in name)
    assert again.build() == record.build()


@given(NAMES, st.integers(0, 2**31 - 1), st.booleans(), U32, U16)
def test_any_value_comes_back(name: str, size: int, inline: bool, data: int, spare: int) -> None:
    """Every field of a value survives."""
    record = ValueRecord(name, data ^ 5, size, inline, data)
    record.spare = spare
    again = parse_value(record.build())
    assert but_flags(again) == but_flags(record)
    assert again.build() == record.build()


@given(st.binary(max_size=100), U32, U32, U32)
def test_any_security_record_comes_back(data: bytes, after: int, before: int, used: int) -> None:
    """So does the record of a descriptor."""
    record = SecurityRecord(data, after, before, used)
    assert fields(parse_security(record.build())) == fields(record)


@given(NAMES, U32, st.binary(max_size=9), U32, st.sampled_from([0, 2]))
def test_a_value_is_made_of_its_data(
    name: str, kind: int, raw: bytes, cell: int, flags: int
) -> None:
    """Short data stands in the record, of longer data the cell."""
    inline = len(raw) <= 4
    data = int.from_bytes(raw, "little") if inline else cell
    record = ValueRecord(name, kind, len(raw), inline, data)
    record.flags = flags
    assert build_value(name, kind, raw, cell, flags) == record.build()


@given(NAMES, NAMES, U16)
def test_a_renamed_key_is_the_key_with_that_name(before: str, after: str, flags: int) -> None:
    """What stood behind its name is left out."""
    old, new = KeyRecord(before, 32, TIME), KeyRecord(after, 32, TIME)
    old.flags = new.flags = flags
    old.class_size = new.class_size = 7
    assert renamed_key(old.build() + b"room", after) == new.build()


@given(U16, U32)
def test_any_big_data_record_comes_back(segments: int, cell: int) -> None:
    """And that of big data."""
    assert parse_big_data(build_big_data(segments, cell)) == (segments, cell)


def records_of(data: bytes) -> list[bytes]:
    """The payloads of all cells in use, where the bins are sound."""
    found, at = [], 4096
    end = min(len(data), 4096 + struct.unpack_from("<I", data, 40)[0])
    while at < end:
        at += 32 if data[at : at + 4] == b"hbin" else 0
        size: int = struct.unpack_from("<i", data, at)[0]
        if size < 0:
            found.append(data[at + 4 : at - size])
        at += abs(size) or end
    return found


@each_expected(lambda hive: hive.clean and hive.file.stat().st_size < 600_000)
def test_real_records_are_built_again(hive: Expected) -> None:
    """Each nk, vk and sk of a real hive gives its own bytes again, but for the cell's filling."""
    parsers = {b"nk": parse_key, b"vk": parse_value, b"sk": parse_security}
    checked = 0
    for raw in records_of(hive.file.read_bytes()):
        parse: Any = parsers.get(raw[:2])
        if parse is None or (raw[:2] == b"vk" and len(raw) < 20):
            continue
        try:
            built = parse(raw).build()
        except CorruptHiveError:
            continue  # data of a value that begins with the same letters
        checked += built == raw[: len(built)]
    assert checked >= 2
