"""What a transaction remembers of the keys that it has made, moved and deleted."""

from __future__ import annotations

import pytest

from anyreg.engine.bulk_delete import CellSet
from anyreg.engine.key_moves import KeyMoves
from anyreg.regf.layout import NONE


def test_a_key_is_followed_from_cell_to_cell() -> None:
    keys = KeyMoves()
    keys.depart(32, 64)
    keys.depart(64, 96)
    assert [keys.where_is(cell) for cell in (32, 64, 96, 128)] == [96, 96, 96, 128]
    keys.depart(96, NONE)
    assert keys.where_is(32) == NONE


def test_a_key_that_comes_into_a_cell_ends_what_was_known_of_it() -> None:
    keys = KeyMoves()
    keys.depart(32, NONE)
    keys.arrive(32)
    assert keys.where_is(32) == 32
    assert keys.created == [32]


def test_the_keys_of_a_large_tree_go_together() -> None:
    keys = KeyMoves()
    keys.bulk_deleted.append(CellSet([64, 32], 32))
    assert [keys.where_is(cell) for cell in (32, 64, 96)] == [NONE, NONE, 96]


@pytest.mark.parametrize("is_undone", [False, True])
def test_a_savepoint_counts_or_leaves_only_that_its_keys_are_gone(is_undone: bool) -> None:
    """Whoever has a handle of such a key must not meet another one in its cell."""
    keys = KeyMoves()
    keys.arrive(32)
    keys.begin()
    keys.depart(64, NONE)
    keys.bulk_deleted.append(CellSet([96], 96))
    keys.arrive(128)
    keys.bulk_inserted.append(128)
    if is_undone:
        assert keys.roll_back() == [128]
        assert [keys.where_is(cell) for cell in (32, 64, 96, 128)] == [32, 64, 96, NONE]
        assert (keys.created, keys.bulk_inserted) == ([32], [])
    else:
        keys.commit()
        assert [keys.where_is(cell) for cell in (32, 64, 96, 128)] == [32, NONE, NONE, 128]
        assert (keys.created, keys.bulk_inserted) == ([32, 128], [128])
    keys.restart()
    assert [keys.where_is(cell) for cell in (64, 96, 128)] == [64, 96, 128]
    assert keys.created == []
