"""Keys copied from hive to hive."""

from __future__ import annotations

import pytest

from anyreg.engine.copy_keys import copy_keys
from anyreg.engine.writable import WritableHive
from anyreg.values import Value
from crash.made import Made, child, editing
from crash.model import DESCRIPTOR, state_of
from hives import outline


@pytest.fixture
def hive() -> WritableHive:
    """A(x,y(z)), B; y has a value, a class and a descriptor of its own."""
    hive = Made().hive()
    with editing(hive) as editor:
        root = editor.tree.root().cell
        first = editor.create(root, "A")
        editor.create(root, "B")
        editor.create(first, "x")
        second = editor.create(first, "y", "Class", DESCRIPTOR + b"other...")
        editor.create(second, "z")
        editor.set_value(second, Value("v", 3, b"value"))
    return hive


def test_a_tree_is_copied_into_another_hive(hive: WritableHive) -> None:
    """With everything; keys that are there are gone into."""
    other = Made(3).hive()
    with editing(other) as editor:
        root = editor.tree.root().cell
        editor.create(editor.create(root, "a"), "kept")
        copy_keys(hive.tree, hive.tree.root(), editor, root)
    assert outline(other.tree) == "a(kept,x,y(z)),B"
    mine, theirs = state_of(hive.tree), state_of(other.tree)
    assert theirs["A", "Y"] == mine["A", "Y"]


def test_a_tree_is_copied_into_itself(hive: WritableHive) -> None:
    """What is copied is the tree as it was before."""
    with editing(hive) as editor:
        frozen = editor.frozen_tree()
        copy_keys(frozen, child(frozen, "A"), editor, child(editor.tree, "A", "x").cell)
    assert outline(hive.tree) == "A(x(x,y(z)),y(z)),B"
