"""What old handles stand for, also where so much happened that the hive was read anew."""

from __future__ import annotations

import pytest

from anyreg.engine.key_reader import KeyNode
from anyreg.engine.writable import WritableHive
from anyreg.errors import KeyDeletedError
from crash.made import Made, child, editing, put, undone


def make(hive: WritableHive, *path: str) -> None:
    with editing(hive) as editor:
        cell = editor.tree.root().cell
        for name in path:
            found = editor.tree.child(editor.tree.key(cell), name)
            cell = editor.create(cell, name) if found is None else found.cell


def periods(hive: WritableHive) -> None:
    """So much that no other process can follow it entry by entry."""
    for mark in range(4):
        put(hive, bytes([mark]))
        hive.checkpoint()


def two() -> tuple[WritableHive, WritableHive, KeyNode]:
    """Two processes that share a hive, and what the first knows of a key."""
    made = Made()
    mine, theirs = made.hive(), made.hive()
    make(mine, "a", "b")
    theirs.follow()
    return mine, theirs, child(mine.tree, "a", "b")


def test_a_handle_finds_its_key_by_path_after_a_reload() -> None:
    """Its cell is another one: the hive was laid out anew."""
    mine, theirs, node = two()
    make(theirs, "a", "a longer neighbour")
    with editing(theirs) as editor:
        editor.delete(child(editor.tree, "a", "a longer neighbour").cell)
    for name in ("x", "y", "z"):
        make(theirs, name)
        with editing(theirs) as editor:
            editor.delete(child(editor.tree, name).cell)
    make(theirs, "0")
    periods(theirs)
    theirs.compact(b"")
    periods(theirs)
    assert mine.follow()
    fresh = mine.fresh(node)
    assert fresh.name == "b"
    assert fresh.cell == child(mine.tree, "a", "b").cell


def test_a_key_of_an_undone_savepoint_is_not_the_one_that_got_its_cell() -> None:
    """Neither in the transaction nor behind it; handles from before it stay good."""
    hive = Made().hive()
    make(hive, "before")
    old = child(hive.tree, "before")
    with editing(hive) as editor:
        root = editor.tree.root().cell
        with undone(hive):
            editor.create(root, "gone")
            gone = child(editor.tree, "gone")
        assert editor.create(root, "came") == gone.cell
        came = child(editor.tree, "came")
        with pytest.raises(KeyDeletedError):
            hive.fresh(gone)
        assert hive.fresh(came).name == "came"
        assert hive.fresh(old).name == "before"
    with pytest.raises(KeyDeletedError):
        hive.fresh(gone)
    assert hive.fresh(came).name == "came"


def test_a_key_that_others_deleted_is_gone_after_a_reload() -> None:
    """Nothing stands at its path."""
    mine, theirs, node = two()
    with editing(theirs) as editor:
        editor.delete(child(editor.tree, "a", "b").cell)
    periods(theirs)
    mine.follow()
    with pytest.raises(KeyDeletedError):
        mine.fresh(node)


def test_own_deletions_before_a_reload_are_not_forgotten() -> None:
    """Also where others make a key of that name again."""
    mine, theirs, node = two()
    with editing(mine) as editor:
        editor.delete(node.cell)
    theirs.follow()
    make(theirs, "a", "b")
    periods(theirs)
    mine.follow()
    with pytest.raises(KeyDeletedError):
        mine.fresh(node)
    assert mine.fresh(child(mine.tree, "a", "b")).name == "b"


def test_a_key_that_got_the_cell_of_a_deleted_one_before_a_reload_is_another() -> None:
    """What others do is followed first, and then they lay the hive out anew."""
    mine, theirs, node = two()
    with editing(theirs) as editor:
        editor.delete(child(editor.tree, "a", "b").cell)
    with editing(theirs) as editor:
        cells = [editor.create(child(editor.tree, "a").cell, name) for name in "cdefghij"]
    other = "cdefghij"[cells.index(node.cell)]
    assert mine.follow()
    periods(theirs)
    assert mine.follow()
    assert mine._handles._reloads != []
    with pytest.raises(KeyDeletedError):
        mine.fresh(node)
    assert mine.fresh(child(mine.tree, "a", other)).name == other


def test_a_handle_lives_through_many_reloads() -> None:
    """More than there is a memory of."""
    mine, theirs, node = two()
    for _ in range(40):
        periods(theirs)
        assert mine.follow()
    assert mine.fresh(node).name == "b"


def test_one_missed_checkpoint_needs_no_reload() -> None:
    """The old log is followed to its end before the base block is looked at."""
    mine, theirs, node = two()
    before = mine.image
    put(theirs, b"1")
    theirs.checkpoint()
    put(theirs, b"2")
    assert mine.follow()
    assert mine._handles._reloads == []
    assert mine.image is not before
    assert mine.fresh(node).name == "b"


def test_looking_for_keys_that_others_have_deleted_is_no_damage() -> None:
    """Free space keeps the bytes of keys; nobody is told of what stands there."""
    made = Made()
    mine, theirs = made.hive(), made.hive()
    for number in range(20):
        make(mine, f"k{number}", "b", "c", "d")
    paths = [(f"k{n}", "b", "c", "d")[:size] for n in range(20) for size in range(1, 5)]
    nodes = [child(mine.tree, *path) for path in paths]
    theirs.follow()
    with editing(theirs) as editor:
        for number in range(20):
            editor.delete(child(editor.tree, f"k{number}").cell, True)
    mine.follow()
    for node in nodes:
        with pytest.raises(KeyDeletedError):
            mine.fresh(node)
    assert mine.problems == []


def test_looking_across_a_reload_is_no_damage() -> None:
    """What was deleted before the hive was read anew, as little as what was deleted with it."""
    mine, theirs, node = two()
    with editing(theirs) as editor:
        editor.delete(child(editor.tree, "a").cell, True)
    mine.follow()
    periods(theirs)
    mine.follow()
    with pytest.raises(KeyDeletedError):
        mine.fresh(node)
    assert mine.problems == []
