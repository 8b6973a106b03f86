"""The verbs that change keys."""

from __future__ import annotations

import pytest

from anyreg.engine.tree import Tree
from anyreg.engine.writable import WritableHive
from anyreg.errors import HasSubkeysError, KeyExistsError, LimitError
from anyreg.regf.layout import KEY_LINK, KEY_NO_DELETE
from anyreg.values import Value
from crash.made import Made, child, editing, got, names
from crash.model import DESCRIPTOR
from hives import outline

OTHER = DESCRIPTOR + b"other..."


@pytest.fixture
def hive() -> WritableHive:
    """A(x,y(z)), B; y has a value, a class and a descriptor of its own."""
    hive = Made().hive()
    with editing(hive) as editor:
        root = editor.tree.root().cell
        first = editor.create(root, "A")
        editor.create(root, "B")
        editor.create(first, "x")
        second = editor.create(first, "y", "Class", OTHER)
        editor.create(second, "z")
        editor.set_value(second, Value("v", 3, b"value"))
    return hive


def written(tree: Tree, *path: str) -> int:
    return int.from_bytes(tree.image.read(child(tree, *path).cell + 8, 8), "little")


def test_a_key_is_made_with_what_it_is_given(hive: WritableHive) -> None:
    """Without a descriptor it has what it inherits: not what lies behind its parent's parts."""
    with editing(hive) as editor:
        made = editor.create(child(editor.tree, "A", "y").cell, "new", "C" * 300, flags=KEY_LINK)
        assert editor.keys.created == [made]
    node = child(hive.tree, "A", "y", "new")
    assert hive.tree.class_name(node) == "C" * 300
    assert hive.tree.descriptor(node) == DESCRIPTOR
    assert hive.tree.flags(node) & KEY_LINK


def test_names_are_checked_first(hive: WritableHive) -> None:
    """Too long, or taken in any case; no name is given that a path cannot tell."""
    with editing(hive) as editor:
        root = editor.tree.root().cell
        for name in ("n" * 257, "\U0001f600" * 129):
            with pytest.raises(LimitError):
                editor.create(root, name)
        for name in ("", "a\\b", "n" * 257, "\U0001f600" * 129):
            with pytest.raises(LimitError):
                editor.rename(child(editor.tree, "A").cell, name)
        with pytest.raises(KeyExistsError):
            editor.create(root, "a")
        with pytest.raises(LimitError, match="class name"):
            editor.create(root, "C", "c" * 32768)
        editor.create(root, "n" * 256)
    assert names(hive.tree) == ["A", "B", "n" * 256]


def test_a_key_with_subkeys_goes_only_with_them(hive: WritableHive) -> None:
    """The root and keys that must not be deleted never go."""
    with editing(hive) as editor:
        first = child(editor.tree, "A").cell
        with pytest.raises(HasSubkeysError):
            editor.delete(first)
        editor.delete(first, recursive=True)
        kept = child(editor.tree, "B").cell
        editor.set_flags(kept, KEY_NO_DELETE)
        for cell in (kept, editor.tree.root().cell):
            with pytest.raises(LimitError):
                editor.delete(cell, recursive=True)
    assert outline(hive.tree) == "B"


def test_clearing_keeps_the_key(hive: WritableHive) -> None:
    """Its subkeys and values go."""
    with editing(hive) as editor:
        cell = child(editor.tree, "A", "y").cell
        editor.delete(child(editor.tree, "A", "y", "z").cell, recursive=True)
        assert editor.remove_value(cell, "V")
    assert outline(hive.tree) == "A(x,y),B"
    assert hive.tree.records(child(hive.tree, "A", "y")) == []
    assert hive.tree.class_name(child(hive.tree, "A", "y")) == "Class"


@pytest.mark.parametrize("name", ["X", "Y", "short", "a name that is longer", "日本", "Q" * 256])
def test_a_renamed_key_keeps_everything_else(hive: WritableHive, name: str) -> None:
    """Also one whose new name needs another cell, and one that only changes its case."""
    before = child(hive.tree, "A", "y")
    if name == "X":
        with editing(hive) as editor, pytest.raises(KeyExistsError):
            editor.rename(before.cell, name)
        return
    with editing(hive) as editor:
        cell = editor.rename(before.cell, name)
        assert editor.keys.where_is(before.cell) == cell
    node = child(hive.tree, "A", name)
    assert (node.cell, node.name) == (cell, name)
    assert hive.tree.descriptor(node) == OTHER
    assert hive.tree.class_name(node) == "Class"
    assert hive.tree.records(node) == [Value("v", 3, b"value")]
    assert names(hive.tree, "A", name) == ["z"]


def test_the_root_is_not_renamed(hive: WritableHive) -> None:
    """It has no parent that could name it."""
    with editing(hive) as editor, pytest.raises(LimitError):
        editor.rename(editor.tree.root().cell, "OTHER")


def test_class_names_come_and_go(hive: WritableHive) -> None:
    """Also the root's."""
    with editing(hive) as editor:
        editor.set_class(child(editor.tree, "A", "y").cell, "")
        editor.set_class(child(editor.tree, "A").cell, "A longer class name")
        editor.set_class(editor.tree.root().cell, "Root")
    found = [hive.tree.class_name(child(hive.tree, *path)) for path in ((), ("A",), ("A", "y"))]
    assert found == ["Root", "A longer class name", ""]


def test_flags_leave_the_form_of_the_name_alone(hive: WritableHive) -> None:
    """Whatever is asked for."""
    with editing(hive) as editor:
        editor.set_flags(child(editor.tree, "A").cell, KEY_LINK)
    assert hive.tree.flags(child(hive.tree, "A")) & KEY_LINK
    assert child(hive.tree, "A").name == "A"


def test_a_subkey_is_found_or_there_is_none(hive: WritableHive) -> None:
    """In any case of its name."""
    with editing(hive) as editor:
        assert child(editor.tree, "a").cell == child(hive.tree, "A").cell
        assert editor.tree.child(editor.tree.root(), "none") is None


def test_times_change_as_in_windows(hive: WritableHive) -> None:
    """A key's own with its values and its direct subkeys; not with what is set again."""
    paths = ((), ("A",), ("A", "x"), ("A", "y"))
    before = [written(hive.tree, *path) for path in paths]
    with editing(hive) as editor:
        editor.set_value(child(editor.tree, "A", "y").cell, Value("v", 3, b"value"))
    assert [written(hive.tree, *path) for path in paths] == before
    with editing(hive) as editor:
        editor.now += 10**7
        editor.create(child(editor.tree, "A", "x").cell, "new")
        editor.set_value(child(editor.tree, "A", "y").cell, Value("v", 3, b"other"))
    changed = [written(hive.tree, *path) > time for path, time in zip(paths, before, strict=True)]
    assert changed == [False, False, True, True]


def test_an_undone_savepoint_forgets_what_it_deleted(hive: WritableHive) -> None:
    """And what it made."""
    with editing(hive) as editor:
        gone = child(editor.tree, "B").cell
        editor.begin()
        editor.delete(gone)
        made = editor.create(editor.tree.root().cell, "C")
        editor.roll_back()
        assert editor.keys.where_is(gone) == gone
        assert editor.keys.where_is(made) == 0xFFFFFFFF
        editor.set_value(gone, Value("v", 3, b"12345"))
    assert outline(hive.tree) == "A(x,y(z)),B"
    with pytest.raises(KeyError):
        got(hive)
