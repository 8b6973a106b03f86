"""Records whose cells have a senseless size: read by the length that they state."""

from __future__ import annotations

import pytest

from anyreg.engine.hive import Hive
from anyreg.engine.salvage import Salvage
from hives import (
    DESCRIPTOR,
    NK_LIST,
    NK_SECURITY,
    NK_VALUE_LIST,
    family,
    field,
    outline,
    values_of,
    words,
)

READ = "bad cell size: its record is read all the same"
NK_NAME_SIZE = 72


RECORDS = ["key", "value", "list", "values", "data", "security"]
SENSIBLE = range(3, 12)  # bits of a size that stays a multiple of 8, and within the bin
SENSELESS = [bit for bit in range(32) if bit not in SENSIBLE]

each_record = pytest.mark.parametrize("what", RECORDS)


def flipped(what: str, bit: int) -> tuple[Hive, int]:
    """A family whose record of a kind has a cell of another size, and by how much it grew."""
    maker, root, keys = family()
    listed = field(maker, keys[0], NK_VALUE_LIST)
    value = field(maker, listed, 0)
    cell = {
        "key": keys[1],
        "value": value,
        "list": field(maker, root, NK_LIST),
        "values": listed,
        "data": field(maker, value, 8),
        "security": field(maker, root, NK_SECURITY),
    }[what]
    before = field(maker, cell, -4)
    after = before ^ 1 << bit
    maker.put(cell, -4, after)
    return maker.hive(), before - after  # sizes of cells in use are negative


def everything(hive: Hive) -> tuple[str, list[tuple[str, bytes]], bytes | None]:
    """Its keys, the value of A, and the descriptor that all have, but for what fills its cell."""
    descriptor = hive.tree.descriptor(hive.tree.root())
    values = [(found.name, found.raw) for found in values_of(hive)]
    return outline(hive.tree), values, descriptor and descriptor[: len(DESCRIPTOR)]


WHOLE = ("A,B,C", [("v", b"12345678")], DESCRIPTOR)


@each_record
@pytest.mark.parametrize("bit", SENSELESS)
def test_one_flipped_bit_of_a_size_hides_nothing(what: str, bit: int) -> None:
    """Where it makes no sense as a size: the record is read as it was, and the size reported."""
    hive, _ = flipped(what, bit)
    assert everything(hive) == WHOLE
    assert READ in words(hive.problems)


@each_record
@pytest.mark.parametrize("bit", SENSIBLE)
def test_a_size_that_a_cell_may_have_hides_nothing_in_silence(what: str, bit: int) -> None:
    """What does not fit into a smaller cell is reported; in a larger one nothing is missed."""
    hive, more = flipped(what, bit)
    found = everything(hive)
    said = words(hive.problems)
    if more > 0:
        assert (found, said) == (WHOLE, [])
    elif found == WHOLE:
        assert said == [READ]
    else:
        assert [word for word in said if word.endswith("beyond its cell")]
        salvage = Salvage(hive.tree)
        names = [child.name for child in salvage.children(hive.tree.root())]
        assert names == ["A", "B", "C"]  # which is what `repair` keeps


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
