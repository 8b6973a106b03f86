"""What the steps of hives have changed: the one place that knows how each kind is compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from anyreg.engine.feed import HiveStep, Step
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.history.item_step import ItemStep
from anyreg.history.items import ChangedKey, Item, TreeKey, TreeTop
from anyreg.history.name_changes import NameChanges
from anyreg.history.page_changes import PageChanges
from anyreg.problems import Problems
from anyreg.regf.layout import KEY_MOUNT_POINT

_FEW: Final = 256  # items that are kept for others: so many steps may wait for whoever is slow


def items_of(step: Step) -> Iterator[Item]:
    """What a step has changed, key by key.

    Raises:
        CorruptHiveError: The hive is damaged where it has changed.
    """
    if isinstance(step, ItemStep):
        return step.items()
    assert isinstance(step, HiveStep)
    found = step.found
    if found is None:
        found = list(_compared(step))
        if len(found) <= _FEW and len(step.feed.listeners) > 1:
            step.found = found
    return iter(cast(list[Item], found))


def _compared(step: HiveStep) -> Iterator[Item]:
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


def whole_items(state: HiveStep, name: str, is_gone: bool) -> Iterator[Item]:
    """All keys of a hive after a step, as a tree that has come or gone.

    Args:
        state: The step.
        name: What the hive's root is called.
        is_gone: Whether it has gone.
    """
    tree = Tree(state.after, state.minor, state.roots[1], Problems())
    yield TreeTop(is_gone, [], [])
    for item in NameChanges(tree, tree).whole_tree(tree, tree.root_cell):
        if isinstance(item, TreeKey) and item.depth == 0:
            yield TreeKey(0, name, item.facts, item.values)
        else:
            yield item


def newest(items: list[Item]) -> int:
    """When the newest of the keys was last written that have changed, or have come; a FILETIME."""
    times = [0]
    for item in items:
        if isinstance(item, ChangedKey):
            times.append(item.after.last_written)
        elif isinstance(item, TreeKey):
            times.append(item.facts.last_written)
    return max(times)


def mount_points(items: list[Item], is_gone: bool) -> list[list[str]]:
    """The names of the keys, of hives that are loaded, which have come or gone.

    Args:
        items: What has changed in the hive that holds them.
        is_gone: Which of the two.
    """
    found: list[list[str]] = []
    names: list[str] = []
    top = 0
    counts = False
    for item in items:
        if isinstance(item, TreeTop):
            counts = item.is_gone == is_gone
            names = list(item.parent_before if item.is_gone else item.parent_after)
            top = len(names)
        elif isinstance(item, TreeKey) and counts:
            del names[top + item.depth :]
            names.append(item.name)
            if item.facts.flags & KEY_MOUNT_POINT:
                found.append(list(names))
    return found


def based_on(state: HiveStep, step: Step) -> Step | None:
    """A step of a hive as one from a known state on; None if that holds it already.

    Args:
        state: The step that has led to the known state.
        step: The next to come.
    """
    if not isinstance(step, HiveStep) or step.before is state.after:
        return step
    if step.runs is not None and step.number <= state.number:
        return None
    place = step.number, step.hash
    roots = state.roots[1], step.roots[1]
    based = HiveStep(
        step.feed, place, state.after, step.after, roots, step.minor, step.runs, step.is_same
    )
    based.time = step.time
    return based
