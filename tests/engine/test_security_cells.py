"""Security records: shared, counted, and in a circle."""

from __future__ import annotations

import pytest

from anyreg.engine.tree import Tree
from anyreg.engine.writable import WritableHive
from anyreg.errors import CorruptHiveError
from anyreg.regf.layout import NK_SECURITY
from anyreg.regf.reads import dword
from crash.made import Made, child, editing, undone
from crash.model import DESCRIPTOR, problems_of

OTHER = DESCRIPTOR + b"other..."
THIRD = DESCRIPTOR + b"third..."


def record(tree: Tree, *path: str) -> int:
    """The security record of a key."""
    return int.from_bytes(tree.image.read(child(tree, *path).cell + 48, 4), "little")


def test_equal_descriptors_share_a_record() -> None:
    """However they come: from the parent, given, or set later."""
    hive = Made().hive()
    with editing(hive) as editor:
        root = editor.tree.root().cell
        editor.create(root, "a")
        editor.create(root, "b", descriptor=DESCRIPTOR)
        editor.create(root, "c", descriptor=OTHER)
        editor.set_security(editor.create(root, "d", descriptor=THIRD), OTHER)
    records = [record(hive.tree, name) for name in "abcd"]
    assert records[0] == records[1] == record(hive.tree)
    assert records[2] == records[3] != records[0]


def test_a_record_that_no_key_uses_goes() -> None:
    """Its neighbours in the circle then name each other."""
    hive = Made().hive()
    with editing(hive) as editor:
        root = editor.tree.root().cell
        for name, descriptor in (("a", OTHER), ("b", THIRD)):
            editor.create(root, name, descriptor=descriptor)
    with editing(hive) as editor:
        editor.delete(child(editor.tree, "a").cell)
    with editing(hive) as editor:
        editor.set_security(editor.tree.root().cell, THIRD)
    assert hive.tree.descriptor(hive.tree.root()) == THIRD
    assert record(hive.tree) == record(hive.tree, "b")


def test_setting_the_same_descriptor_keeps_its_record() -> None:
    """It is counted once more before it is counted once less."""
    hive = Made().hive()
    before = record(hive.tree)
    with editing(hive) as editor:
        editor.set_security(editor.tree.root().cell, DESCRIPTOR)
    assert record(hive.tree) == before


def test_a_record_that_was_undone_is_not_found_again() -> None:
    """Its bytes may still stand where it was."""
    hive = Made().hive()
    with editing(hive) as editor:
        editor.create(editor.tree.root().cell, "a", descriptor=OTHER)
    with editing(hive) as editor:
        editor.delete(child(editor.tree, "a").cell)
    with undone(hive) as editor:
        editor.create(editor.tree.root().cell, "a", descriptor=OTHER)
    with editing(hive) as editor:
        editor.create(editor.tree.root().cell, "another name", descriptor=OTHER)


def test_a_savepoint_that_took_the_roots_record_away_is_undone() -> None:
    """The circle is found again from the root."""
    hive = Made().hive()
    with editing(hive) as editor:
        root = editor.tree.root().cell
        with undone(hive):
            editor.set_security(root, OTHER)
        editor.create(root, "a", descriptor=OTHER)
        editor.create(root, "b", descriptor=THIRD)
    assert hive.tree.descriptor(child(hive.tree, "b")) == THIRD


def test_what_others_have_freed_is_not_used_again() -> None:
    """Each program knows records by their descriptors, until another writes."""
    made = Made()
    ours, theirs = made.hive(), made.hive()
    with editing(ours) as editor:
        editor.create(editor.tree.root().cell, "a", descriptor=OTHER)
    with editing(theirs) as editor:
        editor.delete(child(editor.tree, "a").cell)
    with editing(ours) as editor:
        editor.create(editor.tree.root().cell, "b", descriptor=OTHER)
    theirs.follow()
    assert problems_of(theirs) == []


def change(hive: WritableHive, key: int, verb: str) -> None:
    with hive.transaction() as editor:
        if verb == "delete":
            editor.delete(key)
        else:
            editor.create(key, "below")


@pytest.mark.parametrize("verb", ["delete", "create"])
def test_what_is_no_record_is_not_counted_in(verb: str) -> None:
    """The key of a damaged hive names a cell of another kind: its own."""
    hive = Made().hive()
    with hive.transaction() as editor:
        key = editor.create(editor.tree.root().cell, "a")
        editor.changes.patch(key, NK_SECURITY, dword(key))
    before = hive.image
    with pytest.raises(CorruptHiveError, match="security record"):
        change(hive, key, verb)
    assert hive.image is before
