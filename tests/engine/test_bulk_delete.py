"""Deleting whole trees: every cell is freed, every handle knows it, and the hive shrinks."""

from __future__ import annotations

import pytest

from anyreg.engine.bulk_delete import CellSet
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.writable import WritableHive
from anyreg.errors import CorruptHiveError, KeyDeletedError
from anyreg.regf.layout import BINS_START, LIST_ENTRIES, NK_PARENT, NK_SUBKEY_LIST, NONE
from anyreg.regf.reads import dword, u32
from anyreg.values import Value
from crash.made import Made, child, editing, names, undone
from crash.model import HIVE, problems_of

VALUES = [
    Value("small", 4, bytes(4)),
    Value("data", 3, bytes(100)),
    Value("segments", 3, bytes(40000)),
    Value("none", 3, b""),
]
WIDE = 5000  # more keys than are remembered one by one


def grow(hive: WritableHive, *, top: str = "top", width: int = WIDE) -> None:
    """A key with so many subkeys, one of which has every kind of cell."""
    with editing(hive) as editor:
        cell = editor.create(editor.tree.root().cell, top)
        for number in range(width):
            editor.create(cell, f"key {number:05}")
        rich = editor.create(cell, "rich", "with a class", b"its own descriptor")
        editor.set_values(rich, VALUES)
        editor.create(rich, "below", "another class")


def size_of(hive: WritableHive) -> int:
    return hive.image.size


def some(hive: WritableHive) -> list[KeyNode]:
    """Handles of keys in the tree."""
    paths = ("top",), ("top", "key 00000"), ("top", "key 04999"), ("top", "rich", "below")
    return [child(hive.tree, *path) for path in paths]


@pytest.mark.parametrize("minor", [3, 5])
def test_a_deleted_tree_leaves_the_hive_as_it_was(minor: int) -> None:
    """Its end is cut off, and nothing of it is left: check() finds no cell without an owner."""
    made = Made(minor)
    hive = made.hive()
    before = size_of(hive)
    grow(hive)
    assert size_of(hive) > before + 64 * 4096
    with editing(hive) as editor:
        editor.delete(child(editor.tree, "top").cell, True)
    assert size_of(hive) <= before + 16 * 4096
    assert names(hive.tree) == []
    hive.close()
    again = made.hive()
    assert names(again.tree) == []
    assert problems_of(again) == []
    assert len(made.medium.files()[HIVE]) == 4096 + size_of(again)


def test_a_tree_in_the_middle_costs_a_small_entry() -> None:
    """Its bins become few, of which the first pages alone are logged."""
    made = Made()
    hive = made.hive()
    grow(hive)
    grow(hive, top="behind", width=5)
    before = size_of(hive)
    cell = child(hive.tree, "top").cell
    hive.begin().delete(cell, True)
    part = hive.current.prepare()
    hive.current.commit_prepared(part, True)
    assert problems_of(hive) == []
    assert size_of(hive) == before
    assert sum(len(data) for _, data in part.pages) < before / 8
    grow(hive)
    assert size_of(hive) <= before + 4 * 4096


def test_the_handles_of_a_deleted_tree_are_dead() -> None:
    """Inside the transaction, after it, and when the cells hold new keys of the same names."""
    hive = Made().hive()
    grow(hive)
    handles = some(hive)
    with editing(hive) as editor:
        editor.delete(child(editor.tree, "top").cell, True)
        for node in handles:
            with pytest.raises(KeyDeletedError):
                hive.fresh(node)
    grow(hive)
    for node in handles:
        with pytest.raises(KeyDeletedError):
            hive.fresh(node)
    assert [hive.fresh(node).name for node in some(hive)][1] == "key 00000"


def test_a_key_that_was_moved_and_then_pruned_is_dead() -> None:
    """A longer name may put it into another cell first."""
    hive = Made().hive()
    grow(hive)
    node = child(hive.tree, "top", "key 00000")
    with editing(hive) as editor:
        editor.rename(node.cell, "a much longer name than it had before")
    with editing(hive) as editor:
        editor.delete(child(editor.tree, "top").cell, True)
    with pytest.raises(KeyDeletedError):
        hive.fresh(node)


def test_an_undone_deletion_brings_the_tree_back() -> None:
    """With its handles, at both kinds of level."""
    hive = Made().hive()
    grow(hive)
    handles = some(hive)
    with editing(hive) as editor:
        with undone(hive):
            editor.delete(child(editor.tree, "top").cell, True)
        assert [hive.fresh(node).name for node in handles] == [node.name for node in handles]
    with undone(hive) as editor:
        editor.delete(child(editor.tree, "top").cell, True)
    assert [hive.fresh(node).cell for node in handles] == [node.cell for node in handles]
    assert problems_of(hive) == []


def test_others_follow_a_deletion_that_shrinks_the_hive() -> None:
    """And what is written behind it."""
    made = Made()
    mine, theirs = made.hive(), made.hive()
    grow(mine)
    assert theirs.follow()
    node = child(theirs.tree, "top", "key 00007")
    with editing(mine) as editor:
        editor.delete(child(editor.tree, "top").cell, True)
    assert theirs.follow()
    assert size_of(theirs) == size_of(mine)
    with pytest.raises(KeyDeletedError):
        theirs.fresh(node)
    grow(theirs, top="next", width=300)
    assert mine.follow()
    assert len(names(mine.tree, "next")) == 301
    assert problems_of(mine) == []


def test_what_a_transaction_made_it_can_delete() -> None:
    """Cells that never were in the hive are not laid out at all."""
    hive = Made().hive()
    before = size_of(hive)
    with editing(hive) as editor:
        cell = editor.create(editor.tree.root().cell, "top")
        for number in range(WIDE):
            editor.create(cell, f"key {number:05}")
        editor.delete(cell, True)
    assert size_of(hive) <= before + 16 * 4096


def test_many_large_deletions_are_remembered_and_older_ones_go_by_name() -> None:
    """A handle from before all of them is dead, whichever way that is known."""
    hive = Made().hive()
    grow(hive)
    first = some(hive)[1:]
    for _ in range(70):
        hive.fresh(child(hive.tree, "top"))
        with hive.transaction() as editor:
            editor.delete(child(editor.tree, "top").cell, True)
            editor.keys.bulk_deleted.append(CellSet([1], 1))
            editor.create(editor.tree.root().cell, "top")
    for node in first:
        with pytest.raises(KeyDeletedError):
            hive.fresh(node)


def test_a_list_that_is_not_in_order_is_read_as_in_damaged_hives() -> None:
    """A key that names another parent, which lists it too, stays with that one."""
    hive = Made().hive()
    grow(hive, width=3)
    with hive.transaction() as editor:
        other = editor.create(editor.tree.root().cell, "other")
        stray = editor.create(other, "stray")
        first = child(editor.tree, "top", "key 00000").cell
        editor.changes.patch(first, NK_PARENT, dword(other))
        editor.delete(child(editor.tree, "top").cell, True)
        assert editor.changes.payload(stray)
    assert "top" not in names(hive.tree)
    assert names(hive.tree, "other") == ["stray"]


def test_a_key_that_a_list_names_twice_goes_once() -> None:
    """All its siblings that are named go too."""
    hive = Made().hive()
    grow(hive, width=30)
    with hive.transaction() as editor:
        top = child(editor.tree, "top")
        listed = u32(editor.changes.payload(top.cell), NK_SUBKEY_LIST)
        twice = u32(editor.changes.payload(listed), LIST_ENTRIES)
        editor.changes.patch(listed, LIST_ENTRIES + 8 * 7, dword(twice))
        named = [node.cell for node in editor.tree.children(top)]
        editor.delete(top.cell, True)
        assert [editor.keys.where_is(cell) for cell in named] == [NONE] * 30
    assert names(hive.tree) == []


def test_a_cell_of_two_keys_stops_the_deletion() -> None:
    """Nothing is changed: one of the two may stay, and would lose it."""
    hive = Made().hive()
    grow(hive, width=3)
    with hive.transaction() as editor:
        top = child(editor.tree, "top")
        one = child(editor.tree, "top", "key 00000")
        rich = child(editor.tree, "top", "rich")
        listed = editor.changes.payload(rich.cell)[36:44]
        editor.changes.patch(one.cell, 36, listed)
    before = hive.image
    with pytest.raises(CorruptHiveError, match="two deleted keys") as caught, hive.transaction():
        hive.current.editing.delete(top.cell, True)
    assert caught.value.offset is not None
    assert caught.value.offset > BINS_START
    assert hive.image is before
    assert "top" in names(hive.tree)


def test_a_set_of_cells_knows_its_own() -> None:
    """Whatever order they came in."""
    cells = CellSet([64, 32, 4096], 64)
    assert [cell for cell in (0, 32, 40, 64, 4096, 8192) if cells.holds(cell)] == [32, 64, 4096]
