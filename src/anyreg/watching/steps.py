"""What the steps of hives have changed: the one place that knows how each kind is compared."""

from __future__ import annotations

from collections.abc import Iterator

from anyreg.engine.feed import HiveStep, Step
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.history.item_step import ItemStep
from anyreg.history.items import Item, TreeTop
from anyreg.history.name_changes import NameChanges
from anyreg.history.page_changes import PageChanges
from anyreg.problems import Problems


def items_of(step: Step) -> Iterator[Item]:
    """What a step has changed, key by key.

    Raises:
        CorruptHiveError: The hive is damaged where it has changed.
    """
    if isinstance(step, ItemStep):
        return step.items()
    assert isinstance(step, HiveStep)
    if step.is_same:
        return iter(())
    old = Tree(step.before, step.minor, step.roots[0], Problems())
    new = Tree(step.after, step.minor, step.roots[1], Problems())
    runs = step.runs
    return NameChanges(old, new).items() if runs is None else PageChanges(old, new, runs).items()


def tree_items(step: Step, names: list[str]) -> Iterator[Item]:
    """A key as it is after a step, and all below it, as a tree that has come.

    Args:
        step: The step.
        names: The names that lead to the key.
    """
    if isinstance(step, ItemStep):
        yield from step.tree(names)
        return
    assert isinstance(step, HiveStep)
    new = Tree(step.after, step.minor, step.roots[1], Problems())
    found: KeyNode | None = new.root()
    for name in names:
        found = new.child(found, name) if found is not None else None
    if found is not None and names:
        yield TreeTop(False, names[:-1], names[:-1])
        yield from NameChanges(new, new).whole_tree(new, found.cell)
