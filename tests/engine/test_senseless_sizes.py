"""Records whose cells have a senseless size: read by the length that they state."""

from __future__ import annotations

import pytest

from hives import NK_LIST, NK_SECURITY, NK_VALUE_LIST, family, field, outline, values_of, words

READ = "bad cell size: its record is read all the same"
NK_NAME_SIZE = 72


@pytest.mark.parametrize("bit", range(32))
@pytest.mark.parametrize("what", ["key", "value", "list", "values", "data", "security"])
def test_one_flipped_bit_of_a_size_hides_nothing(what: str, bit: int) -> None:
    """Of no record, whichever bit it is; what is named by nobody else is shown as it was."""
    maker, root, keys = family()
    listed = field(maker, keys[0], NK_VALUE_LIST)
    value = field(maker, listed, -4 + 4)
    cell = {
        "key": keys[1],
        "value": value,
        "list": field(maker, root, NK_LIST),
        "values": listed,
        "data": field(maker, value, 8),
        "security": field(maker, root, NK_SECURITY),
    }[what]
    expected = maker.hive().tree.descriptor(maker.hive().tree.root())
    maker.put(cell, -4, field(maker, cell, -4) ^ 1 << bit)
    hive = maker.hive()
    if field(maker, cell, -4) & 0x80000000 and -(field(maker, cell, -4) - (1 << 32)) % 8 == 0:
        return  # a size that a cell may have: nothing tells that it was another one
    assert outline(hive.tree) == "A,B,C"
    assert [(found.name, found.raw) for found in values_of(hive)] == [("v", b"12345678")]
    assert hive.tree.descriptor(hive.tree.root())[: len(expected)] == expected
    assert READ in words(hive.problems)


def test_a_name_that_is_too_long_is_cut_where_the_size_makes_sense() -> None:
    """Then it is the length of the name that is wrong."""
    maker, _, keys = family()
    maker.put(keys[1], NK_NAME_SIZE, 12, "<H")
    hive = maker.hive()
    assert outline(hive.tree).startswith("A,B")
    assert "key name beyond its cell" in words(hive.problems)


def test_a_cell_that_is_too_small_for_its_record() -> None:
    """Where cells go on behind the record, and not behind the cell."""
    maker, _, keys = family()
    maker.put(keys[1], -4, -16, "<i")
    hive = maker.hive()
    assert outline(hive.tree) == "A,B,C"
    assert READ in words(hive.problems)
