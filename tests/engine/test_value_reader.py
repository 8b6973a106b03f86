"""The values of a key: what is read of sound and of damaged ones, and which problem is named.

Each kind of damage stands in a hive of its own, made by hand: a root with the keys A, B and C,
and in A the value v (see hives.family).
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from anyreg.errors import CorruptHiveError
from crash.made import child
from hives import (
    NK_FLAGS,
    NK_VALUE_LIST,
    NK_VALUES,
    NONE,
    VK_DATA,
    VK_FLAGS,
    VK_NAME_SIZE,
    VK_SIZE,
    VK_TYPE,
    Maker,
    family,
    field,
    values_of,
    words,
)

BIG = bytes(range(256)) * 100  # 25,600 bytes: two segments
SEGMENT = 16344


# Sound values


@pytest.mark.parametrize("raw", [b"", b"1", b"12", b"123", b"1234", b"12345", b"x" * 16344])
def test_data_of_any_size_comes_back(raw: bytes) -> None:
    """Up to four bytes stand in the record, more in a cell."""
    maker, _, keys = family()
    maker.give_values(keys[0], maker.value("", raw, 0x200000))
    (value,) = values_of(maker.hive())
    assert (value.name, value.type, value.raw) == ("", 0x200000, raw)


def test_a_size_of_zero_without_the_inline_bit_is_no_data() -> None:
    """Some deleted values say so."""
    maker, _, keys = family()
    value = maker.value("t", b"12345678")
    maker.put(value, VK_SIZE, 0)
    maker.give_values(keys[0], value)
    hive = maker.hive()
    assert values_of(hive)[0].raw == b""
    assert not hive.problems


def test_values_are_found_by_name() -> None:
    """Without case; of two with one name the first is given, records() gives both."""
    maker, _, keys = family()
    maker.give_values(keys[0], *(maker.value(name, name.encode()) for name in ("x", "Dup", "dUP")))
    hive = maker.hive()
    key = child(hive.tree, "A")
    found = hive.tree.value(key, "DUP")
    assert found is not None
    assert found.name == "Dup"
    assert len(hive.tree.records(key)) == 3
    assert hive.tree.value(key, "none") is None


def test_a_name_alone_is_the_one_of_the_record() -> None:
    """Whichever way it is stored; one that does not fit into its cell is refused."""
    maker, _, keys = family()
    wide = maker.value("日本".encode("utf-16-le").decode("latin-1"))
    maker.put(wide, VK_FLAGS, 0, "<H")
    long = maker.value("long")
    maker.put(long, VK_NAME_SIZE, 0x1000, "<H")
    cells = [maker.value(""), maker.value("größe"), wide]
    maker.give_values(keys[0], *cells)
    hive = maker.hive()
    assert [hive.tree.value_name(cell) for cell in cells] == ["", "größe", "日本"]
    assert [value.name for value in values_of(hive)] == ["", "größe", "日本"]
    with pytest.raises(CorruptHiveError, match="bad key value"):
        hive.tree.value_name(long)


MANY = [f"value {number}" for number in range(40)]


def test_values_of_many_are_found_like_those_of_few() -> None:
    """At the first question and at later ones; two of one name, and damage that can be read."""
    maker, _, keys = family()
    cells = [maker.value(name, name.encode()) for name in [*MANY, "VALUE 7"]]
    free_value(maker, 0, 0, cells[3])
    maker.put(cells[5], VK_NAME_SIZE, 0x1000, "<H")
    maker.put(cells[9], 0, 0, "<H")
    maker.give_values(keys[0], *cells)
    hive = maker.hive()
    key = child(hive.tree, "A")
    kept = {value.name: value.raw for value in reversed(hive.tree.records(key))}
    assert len(kept) == len(MANY)
    for _ in range(3):
        for name, raw in kept.items():
            found = hive.tree.value(key, name)
            assert found is not None
            assert found.raw == raw or name == "VALUE 7"
        assert hive.tree.value(key, "value 9") is None


def test_threads_find_values_of_many_side_by_side() -> None:
    """What one of them asks for does not hide what another asks for."""
    maker, _, keys = family()
    for key in keys[:2]:
        maker.give_values(key, *[maker.value(name, b"12345678") for name in MANY])
    tree = maker.hive().tree
    nodes = [child(tree, "A"), child(tree, "B")]
    together = Barrier(2)

    def ask(which: int) -> list[str]:
        together.wait()
        asked = [MANY[number % len(MANY)] for number in range(4000)]
        return [name for name in asked if tree.value(nodes[which], name) is None]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as pool:
            missed = list(pool.map(ask, range(2)))
    finally:
        sys.setswitchinterval(interval)
    assert missed == [[], []]


def big_value(maker: Maker, key: int, raw: bytes = BIG) -> tuple[int, int, int, list[int]]:
    """A value with big data: the cells of the value, its db record, its list, its segments."""
    parts = [raw[at : at + SEGMENT] for at in range(0, len(raw), SEGMENT)]
    segments = [maker.cell(part, size=16352) for part in parts]
    listed = maker.cell(struct.pack(f"<{len(segments)}I", *segments))
    record = maker.cell(struct.pack("<2sHI", b"db", len(segments), listed))
    value = maker.value("big", raw)
    maker.put(value, VK_DATA, record)
    maker.give_values(key, value)
    return value, record, listed, segments


def test_big_data_is_put_together() -> None:
    """Segment by segment."""
    maker, _, keys = family()
    big_value(maker, keys[0])
    hive = maker.hive()
    assert values_of(hive)[0].raw == BIG
    assert not hive.problems


def test_large_data_in_one_cell_is_read_too() -> None:
    """Minor version 3 has no segments, and some writers never make any."""
    for minor in (3, 5):
        maker, _, keys = family(minor)
        maker.give_values(keys[0], maker.value("v", BIG))
        hive = maker.hive()
        assert values_of(hive)[0].raw == BIG
        assert not hive.problems


def test_data_that_only_begins_like_big_data_is_data() -> None:
    """In a version without segments."""
    maker, _, keys = family(3)
    maker.give_values(keys[0], maker.value("v", b"db" + BIG))
    assert values_of(maker.hive())[0].raw == b"db" + BIG


def test_data_over_the_borders_of_stretches_comes_back() -> None:
    """A cell may be larger than what is loaded at once."""
    maker, _, keys = family(3)
    raw = BIG * 20  # half a MiB
    maker.give_values(keys[0], maker.value("v", raw))
    assert values_of(maker.hive())[0].raw == raw


# Damage: values

ValueDamage = Callable[[Maker, int, int, int], None]


def cut_values(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(key, NK_VALUES, 0x10000)


def lost_values(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(key, NK_VALUE_LIST, NONE)


def free_values(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(listed, -4, 8)


def bad_value(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, 0, 0x7878, "<H")


def lost_value(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(listed, 0, 0x12344)


def free_value(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, -4, 32)


def short_value(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(listed, 0, maker.cell(b"vk" + bytes(10)))


def long_value_name(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, VK_NAME_SIZE, 0x1000, "<H")


def long_data(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, VK_SIZE, 4000)


def lost_data(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, VK_DATA, 0x7FFFFFF8)


def free_data(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(field(maker, value, VK_DATA), -4, 16)


def long_inline(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, VK_SIZE, 0x80000009)
    maker.put(value, VK_DATA, int.from_bytes(b"abcd", "little"))


def false_big(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, VK_SIZE, 20_000)


BROKEN_VALUES: dict[ValueDamage, tuple[list[bytes], str]] = {
    cut_values: ([b"12345678"], "value list beyond its cell"),
    lost_values: ([], "points outside the bins"),
    free_values: ([b"12345678"], "value list in a free cell"),
    bad_value: ([], "bad key value"),
    lost_value: ([], "points outside the bins"),
    free_value: ([b"12345678"], "key value in a free cell"),
    short_value: ([], "bad key value"),
    long_value_name: ([b"12345678"], "value name beyond its cell"),
    long_data: ([b"12345678\0\0\0\0"], "value data beyond its cell"),
    lost_data: ([b""], "value data cannot be read (points outside the bins)"),
    free_data: ([b"12345678\0\0\0\0"[:8]], "value data in a free cell"),
    long_inline: ([b"abcd"], "inline data too long"),
    false_big: ([b"12345678\0\0\0\0"], "bad big data record"),
}


@pytest.mark.parametrize("damage", BROKEN_VALUES, ids=lambda damage: str(damage.__name__))
def test_a_damaged_value_is_read_as_far_as_it_goes(damage: ValueDamage) -> None:
    """The bytes that are there come out, and the problem is named."""
    maker, _, keys = family()
    listed = field(maker, keys[0], NK_VALUE_LIST)
    value = field(maker, listed, 0)
    damage(maker, keys[0], listed, value)
    hive = maker.hive()
    raws, problem = BROKEN_VALUES[damage]
    assert [found.raw for found in values_of(hive)] == raws
    assert problem in words(hive.problems)


@pytest.mark.parametrize("damage", BROKEN_VALUES, ids=lambda damage: str(damage.__name__))
def test_a_damaged_value_can_be_asked_for(damage: ValueDamage) -> None:
    """By its name it is read as in the list."""
    maker, _, keys = family()
    listed = field(maker, keys[0], NK_VALUE_LIST)
    damage(maker, keys[0], listed, field(maker, listed, 0))
    hive = maker.hive()
    key = child(hive.tree, "A")
    for value in hive.tree.records(key):
        assert hive.tree.value(key, value.name) == value
    assert hive.tree.value(key, "none") is None


def test_good_values_beside_a_bad_one_are_read() -> None:
    """One bad record costs no other."""
    maker, _, keys = family()
    cells = [maker.value(name, b"12345") for name in "xyz"]
    maker.put(cells[1], 0, 0, "<H")
    maker.give_values(keys[0], *cells)
    assert [value.name for value in values_of(maker.hive())] == ["x", "z"]


def test_values_of_a_key_never_hold_more_than_the_hive() -> None:
    """Many values that share their data cannot fill the memory."""
    maker, _, keys = family(3)
    value = maker.value("v", bytes(100_000))
    maker.give_values(keys[0], *(value_like(maker, value) for _ in range(50)))
    hive = maker.hive()
    assert sum(len(found.raw) for found in values_of(hive)) <= len(maker.bins())
    assert "values with more data than the hive holds" in words(hive.problems)


def value_like(maker: Maker, value: int) -> int:
    """Another value with the same data cell."""
    other = maker.value("w", b"12345")
    for at in (VK_SIZE, VK_DATA, VK_TYPE):
        maker.put(other, at, field(maker, value, at))
    return other


def test_a_predefined_handle_has_no_values() -> None:
    """Its fields mean something else, whatever they hold."""
    maker, _, keys = family()
    maker.put(keys[0], NK_FLAGS, 0x60, "<H")
    maker.put(keys[0], NK_VALUES, 0x80000002)
    hive = maker.hive()
    assert values_of(hive) == []
    assert hive.tree.value_count(child(hive.tree, "A")) == 0
    assert not hive.problems


# Damage: big data


def test_big_data_in_an_old_version_is_read_and_named() -> None:
    """A version that has no segments, and a writer that made some."""
    maker, _, keys = family(3)
    big_value(maker, keys[0])
    hive = maker.hive()
    assert values_of(hive)[0].raw == BIG
    assert "big data record in a version without them" in words(hive.problems)


def test_big_data_with_a_lost_segment_is_cut_there() -> None:
    """What stands in front of it comes out."""
    maker, _, keys = family()
    listed = big_value(maker, keys[0])[2]
    maker.put(listed, 4, NONE)
    hive = maker.hive()
    assert values_of(hive)[0].raw in (BIG[:SEGMENT], b"")
    assert hive.problems


def test_big_data_with_too_few_segments_is_cut() -> None:
    """The size claims more than the list has."""
    maker, _, keys = family()
    record = big_value(maker, keys[0])[1]
    maker.put(record, 2, 1, "<H")
    hive = maker.hive()
    assert values_of(hive)[0].raw == BIG[:SEGMENT]
    assert "big data cut short" in words(hive.problems)


def test_big_data_of_a_claimed_gigabyte_takes_no_more_than_the_hive() -> None:
    """One segment named 65,535 times."""
    maker, _, keys = family()
    value, record, _, segments = big_value(maker, keys[0])
    maker.put(value, VK_SIZE, 1_071_104_040)
    maker.put(record, 2, 65_535, "<H")
    maker.put(record, 4, maker.cell(struct.pack("<65535I", *segments[:1] * 65_535)))
    hive = maker.hive()
    assert len(values_of(hive)[0].raw) <= len(maker.bins())
    assert "big data cut short" in words(hive.problems)


def test_a_free_segment_is_read_and_named() -> None:
    """The bytes are still there."""
    maker, _, keys = family()
    segments = big_value(maker, keys[0])[3]
    maker.put(segments[0], -4, 16352)
    hive = maker.hive()
    assert values_of(hive)[0].raw == BIG
    assert "segment in a free cell" in words(hive.problems)


def test_a_free_big_data_record_is_read_and_named() -> None:
    """Its segments are still in use."""
    maker, _, keys = family()
    maker.put(big_value(maker, keys[0])[1], -4, 16)
    hive = maker.hive()
    assert values_of(hive)[0].raw == BIG
    assert "big data record in a free cell" in words(hive.problems)
