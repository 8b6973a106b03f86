"""Values that are packed from their cells, beside the same that are read first."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.engine.hive import open_hive
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError
from anyreg.facts import Facts
from anyreg.history.items import PackedKey, TreeKey
from anyreg.history.packing import pack_item, packed_values
from conftest import Expected, each_expected
from hives import VK_DATA, VK_FLAGS, VK_NAME_SIZE, VK_SIZE, Maker, family

FACTS = Facts("", b"", 0, 0)
NAMES = ("", "plain", "Umlaut \xe4\xff", "a" * 300)
RAWS = (b"", b"1", b"1234", b"12345", b"x" * 16344, bytes(range(256)) * 100)


def agrees(tree: Tree, key: KeyNode) -> bool:
    """Whether both ways give the same bytes; the read values are the model."""
    count, packed = packed_values(tree, key)
    read = tree.records(key)
    item = PackedKey(1, key.name, FACTS, count, packed)
    return pack_item(item) == pack_item(TreeKey(1, key.name, FACTS, read))


def wide(maker: Maker, name: str) -> int:
    """A value whose name stands in UTF-16."""
    stored = name.encode("utf-16-le", "surrogatepass")
    head = struct.pack("<2sHIIIHH", b"vk", len(stored), 0x80000002, 0x4142, 3, 0, 0)
    return maker.cell(head + stored)


def many_kinds(minor: int = 5) -> tuple[Maker, list[int]]:
    """A hive whose key A has values of every kind; and their cells."""
    maker, _, keys = family(minor)
    values = [maker.value(name, raw, len(raw)) for name in NAMES for raw in RAWS]
    values += [wide(maker, name) for name in ("\u20ac", "\ud800 lone", "\U0001f600")]
    maker.give_values(keys[0], *values)
    return maker, values


@pytest.mark.parametrize("minor", [3, 5])
def test_sound_values_are_packed_as_they_are_read(minor: int) -> None:
    """Of every kind, with names of every kind."""
    hive = many_kinds(minor)[0].hive()
    key = hive.tree.child(hive.tree.root(), "A")
    assert key is not None
    assert packed_values(hive.tree, key)[0] == len(NAMES) * len(RAWS) + 3
    assert agrees(hive.tree, key)


@pytest.mark.parametrize(
    ("at", "number", "layout"),
    [
        (0, 0, "<H"),  # no record
        (VK_NAME_SIZE, 5000, "<H"),  # a name beyond its cell
        (VK_NAME_SIZE, 3, "<H"),  # half a letter, where the name is UTF-16
        (VK_SIZE, 0x80000009, "<I"),  # more inline than there is room for
        (VK_SIZE, 9000, "<I"),  # more than its cell holds
        (VK_SIZE, 17000, "<I"),  # segments that are none
        (VK_SIZE, 0x7FFFFFFF, "<I"),  # more than the hive
        (VK_DATA, 0x7FFFFFF8, "<I"),  # data outside
        (VK_DATA, 33, "<I"),  # or where no cell can be
        (VK_FLAGS, 1, "<H"),
        (-4, 24, "<i"),  # a record in a free cell
        (-4, -8, "<i"),  # or too short for one
    ],
)
@pytest.mark.parametrize("which", [0, 3, 9, 10, -1])
def test_damage_becomes_what_reading_makes_of_it(
    which: int, at: int, number: int, layout: str
) -> None:
    """Of every kind of value; those behind it are there all the same."""
    maker, values = many_kinds()
    maker.put(values[which], at, number, layout)
    hive = maker.hive()
    key = hive.tree.child(hive.tree.root(), "A")
    assert key is not None
    assert agrees(hive.tree, key)


@pytest.mark.parametrize("size", [1, 3, 4, 5, 900])
@pytest.mark.parametrize("short", range(10))
def test_a_key_has_no_more_data_than_its_hive(short: int, size: int) -> None:
    """Where a damaged list names one value again and again, both end at the same one."""
    maker, _, keys = family()
    again = maker.value("again", bytes(1365 - short))
    small = maker.value("small", bytes(size))
    maker.give_values(keys[0], again, again, small, again, *[small] * 5, again, again, small, again)
    hive = maker.hive()
    key = hive.tree.child(hive.tree.root(), "A")
    assert key is not None
    assert hive.tree.image.size == 4096
    assert len(hive.tree.records(key)) < 13
    assert agrees(hive.tree, key)


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1, max_size=6))
def test_random_damage_becomes_what_reading_makes_of_it(changes: list[tuple[int, int]]) -> None:
    """Bytes of the hive's cells are overwritten at random."""
    maker, values = many_kinds()
    for at, byte in changes:
        maker.cells[(values[0] + at) % len(maker.cells)] = byte
    try:
        hive = maker.hive()
        key = hive.tree.child(hive.tree.root(), "A")
    except CorruptHiveError:
        return
    if key is not None:
        assert agrees(hive.tree, key)


@each_expected(lambda hive: hive.sha256)
def test_values_of_real_hives_are_packed_as_they_are_read(hive: Expected) -> None:
    """Of every key of every hive that can be read."""
    opened = open_hive(str(hive.file))
    keys = [opened.tree.root()]
    for key in keys:
        assert agrees(opened.tree, key)
        keys.extend(opened.tree.children(key))
    opened.close()
