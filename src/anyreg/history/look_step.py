"""Two looks at a tree of keys, and what is different between them.

A look is a key and all below it, in pre-order.  A renamed key is one that has gone and one that
has come.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from anyreg.engine.feed import Feed, Step
from anyreg.history.item_step import ItemStep
from anyreg.history.items import ChangedKey, Hunk, Item, TreeKey, TreeTop
from anyreg.names import fold

Look = list[TreeKey]
"""A key and what is below it, in pre-order; nothing where there is no such key."""

_Path = tuple[str, ...]


class LookStep(ItemStep):
    """What is different between two looks."""

    def __init__(
        self, feed: Feed, number: int, names: list[str], before: Look, after: Look
    ) -> None:
        """Compare them when that is asked for.

        Args:
            feed: Where they are reported.
            number: Of the second look.
            names: The names that lead to the key.
            before: The first look.
            after: The second.
        """
        super().__init__(feed, number, feed.place()[1], True)
        self._names = names
        self._before = before
        self._after = after

    def joined(self, later: Step) -> Step:
        """One step in the place of this one and the next."""
        assert isinstance(later, LookStep)
        joined = LookStep(self.feed, later.number, self._names, self._before, later._after)
        joined.time = later.time
        return joined

    def items(self) -> Iterator[Item]:
        """What is different, key by key; a renamed key is one that has gone and one that came."""
        return differences(self._names, self._before, self._after)

    def tree(self, names: list[str]) -> Iterator[Item]:
        """Nothing: no key is seen as renamed but by case."""
        return iter(())


def differences(top: list[str], before: Look, after: Look) -> Iterator[Item]:
    """What is different between two looks, key by key.

    Args:
        top: The names that lead to the key that was looked at.
        before: The first look.
        after: The second.
    """
    old, new = _seen(before, top), _seen(after, top)
    for path, one in old.items():
        other = new.get(path)
        if other is not None:
            yield from _changed(one, other)
    yield from _trees(before, old, new, True)
    yield from _trees(after, new, old, False)


class _Seen(NamedTuple):
    """A key of a look: its place there, the names that lead to it, and what it is."""

    place: int
    names: list[str]
    key: TreeKey


def _seen(look: Look, top: list[str]) -> dict[_Path, _Seen]:
    """Each key by its folded names, from the watched one on."""
    found: dict[_Path, _Seen] = {}
    names: list[str] = []
    for index, key in enumerate(look):
        del names[key.depth :]
        names.append(key.name)
        path = tuple([fold(name) for name in names[1:]])
        real = [*top[:-1], *names] if top else names[1:]
        found.setdefault(path, _Seen(index, real, key))
    return found


def _changed(old: _Seen, new: _Seen) -> Iterator[Item]:
    before, after = old.key, new.key
    same_values = before.values == after.values
    same_time = before.facts.last_written == after.facts.last_written
    same = same_time and same_values and before.facts.same_but_time(after.facts)
    if old.names != new.names or not same:
        hunks = [] if same_values else [Hunk(0, 0, before.values, after.values)]
        counts = len(before.values), len(after.values)
        both = before.facts, after.facts
        yield ChangedKey(old.names, new.names, both[0], both[1], counts[0], counts[1], hunks)


def _trees(
    look: Look, there: dict[_Path, _Seen], others: dict[_Path, _Seen], is_gone: bool
) -> Iterator[Item]:
    """The trees that are there in one look alone."""
    for path, seen in there.items():
        if path in others or (path and path[:-1] not in others):
            continue
        parent = others[path[:-1]].names if path else seen.names[:-1]
        above = seen.names[:-1]
        yield TreeTop(is_gone, above if is_gone else parent, parent if is_gone else above)
        for key in look[seen.place :]:
            if key is not seen.key and key.depth <= seen.key.depth:
                break
            yield TreeKey(key.depth - seen.key.depth, key.name, key.facts, key.values)
