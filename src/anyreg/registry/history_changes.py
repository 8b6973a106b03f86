"""What a record of a history says, reported as differences between two moments (see diff.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from anyreg.formats.rows import Change, KeyState
from anyreg.history.items import ChangedKey, HiveName, Hunk, Item, TreeKey, TreeTop
from anyreg.names import fold
from anyreg.paths import PLACES
from anyreg.regf.layout import KEY_LINK, KEY_PREDEFINED, KEY_VOLATILE

if TYPE_CHECKING:
    from anyreg.facts import Facts
    from anyreg.values import Value

_MADE = KEY_LINK | KEY_VOLATILE | KEY_PREDEFINED


def changes_of(items: Iterator[Item]) -> Iterator[Change]:
    """The changes of a record, key by key; a renamed key is reported as removed and added."""
    above: list[str] = []  # the names that lead to the hive
    names: list[str] = []  # of the tree that is being reported
    depth = 0
    is_gone = False
    for item in items:
        if isinstance(item, HiveName):
            above = _shown(item.name)
        elif isinstance(item, ChangedKey):
            yield from _of_key(item, above)
        elif isinstance(item, TreeTop):
            is_gone = item.is_gone
            names = [*above, *(item.parent_before if is_gone else item.parent_after)]
            depth = len(names)
        elif isinstance(item, TreeKey):
            del names[depth + item.depth :]
            names.append(item.name)
            yield from _of_tree_key(item, "\\".join(names), is_gone)


def _shown(hive: str) -> list[str]:
    if not hive:
        return []
    top, _, rest = hive.partition("\\")
    return [PLACES.get(top, top), rest]


def _state(facts: Facts, other: Facts | None = None) -> KeyState:
    """A key's own state; its descriptor only where it is another one on the other side."""
    flags = facts.flags & _MADE
    same = other is None or other.descriptor == facts.descriptor
    return KeyState(facts.class_name, facts.last_written, flags, None if same else facts.descriptor)


def _of_key(item: ChangedKey, above: list[str]) -> Iterator[Change]:
    before, after = _state(item.before, item.after), _state(item.after, item.before)
    path = "\\".join([*above, *item.path_after])
    if item.is_renamed:
        old = "\\".join([*above, *item.path_before])
        yield Change("removed", old, None, before, None)
        yield Change("added", path, None, None, after)
    elif not item.before.same_but_time(item.after):
        yield Change("changed", path, None, before, after)
    for hunk in item.hunks:
        yield from _of_hunk(hunk, path)


def _of_hunk(hunk: Hunk, path: str) -> Iterator[Change]:
    before = {fold(value.name): value for value in hunk.before}
    after = {fold(value.name): value for value in hunk.after}
    for name, value in before.items():
        other = after.get(name)
        if other is None:
            yield Change("removed", path, value.name, value, None)
        elif (other.type, other.raw) != (value.type, value.raw):
            yield Change("changed", path, other.name, value, other)
    for name, value in after.items():
        if name not in before:
            yield Change("added", path, value.name, None, value)


def _of_tree_key(item: TreeKey, path: str, is_gone: bool) -> Iterator[Change]:
    state = _state(item.facts)
    if is_gone:
        yield Change("removed", path, None, state, None)
    else:
        yield Change("added", path, None, None, state)
    for value in item.values:
        yield _of_value(path, value, is_gone)


def _of_value(path: str, value: Value, is_gone: bool) -> Change:
    if is_gone:
        return Change("removed", path, value.name, value, None)
    return Change("added", path, value.name, None, value)
