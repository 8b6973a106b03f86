"""What a transaction has changed in a hive of dicts.

A step has the states of keys before and after: of those that were touched, of all above them, which
give the paths, and of what is below a renamed one.  A key never moves to another parent, so two
steps are joined by taking the first state of each key before, and the last one after.
"""

from __future__ import annotations

from collections.abc import Iterator

from anyreg.backends.memory_node import KeyMoment, MemoryNode
from anyreg.engine.feed import Feed, Step
from anyreg.history.item_step import ItemStep
from anyreg.history.items import ChangedKey, Hunk, Item, TreeKey, TreeTop
from anyreg.names import fold, order_key


class MemoryStep(ItemStep):
    """The way of a hive of dicts from one state to the next."""

    def __init__(self, feed: Feed, place: tuple[int, int]) -> None:
        """Nothing has changed yet.

        Args:
            feed: The hive's.
            place: The number of the change, and what tells the hive from others.
        """
        super().__init__(feed, place[0], place[1])
        self._before: dict[MemoryNode, KeyMoment] = {}
        self._after: dict[MemoryNode, KeyMoment] = {}

    def see(self, before: dict[MemoryNode, KeyMoment]) -> None:
        """Take note of what keys are now.

        Args:
            before: Those that were touched, and what they were.
        """
        self._before = before
        self._after = {key: KeyMoment(key) for key in before}
        for key in list(before):
            parent = key.parent
            while parent is not None and parent not in before:
                self._stays(parent)
                parent = parent.parent
            if before[key].name != key.name:
                self._see_below(key)

    def _see_below(self, key: MemoryNode) -> None:
        """Take note of all below a key, which has another path now."""
        stack = list(key.children.values())
        while stack:
            child = stack.pop()
            stack.extend(child.children.values())
            if child not in self._before:
                self._stays(child)

    def _stays(self, key: MemoryNode) -> None:
        self._before[key] = self._after[key] = KeyMoment(key)

    def joined(self, later: Step) -> Step:
        """One step in the place of this one and the next."""
        assert isinstance(later, MemoryStep)
        joined = MemoryStep(self.feed, (later.number, later.hash))
        joined._before = later._before | self._before
        joined._after = self._after | later._after
        for key in list(joined._before):
            if joined._before[key].is_deleted and joined._after[key].is_deleted:
                del joined._before[key], joined._after[key]
        joined.time = later.time
        joined.is_anew = self.is_anew or later.is_anew
        return joined

    # The items

    def items(self) -> Iterator[Item]:
        """What has changed, key by key, those above before those below."""
        gone: list[MemoryNode] = []
        come: list[MemoryNode] = []
        for key in sorted(self._before, key=_depth):
            before, after = self._before[key], self._after[key]
            if before.is_deleted or after.is_deleted:
                if not before.is_deleted:
                    gone.append(key)
                elif not after.is_deleted:
                    come.append(key)
                continue
            changed = self._changed(before, after)
            if changed is not None:
                yield changed
        yield from self._trees(gone, self._before, True)
        yield from self._trees(come, self._after, False)

    def _changed(self, before: KeyMoment, after: KeyMoment) -> Item | None:
        """What has changed of a key that stays; None if nothing has."""
        values, values_after = list(before.values.values()), list(after.values.values())
        facts, facts_after = before.facts, after.facts
        same_time = facts.last_written == facts_after.last_written
        same_values = before.values is after.values or values == values_after
        same_facts = same_time and facts.same_but_time(facts_after)
        if before.name == after.name and same_facts and same_values:
            return None
        hunks = [] if same_values else [Hunk(0, 0, values, values_after)]
        key = before.key
        path, path_after = _path(key, self._before), _path(key, self._after)
        counts = len(values), len(values_after)
        return ChangedKey(path, path_after, facts, facts_after, counts[0], counts[1], hunks)

    def _trees(
        self, keys: list[MemoryNode], states: dict[MemoryNode, KeyMoment], is_gone: bool
    ) -> Iterator[Item]:
        """Keys that have gone or come, tree by tree."""
        below: dict[MemoryNode, list[MemoryNode]] = {key: [] for key in keys}
        tops: list[MemoryNode] = []
        for key in keys:
            parent = key.parent
            assert parent is not None  # the root stays
            if parent in below:
                below[parent].append(key)
            else:
                tops.append(key)
        for found in below.values():
            found.sort(key=lambda key: order_key(states[key].name))
        for top in tops:
            parent = top.parent
            assert parent is not None
            yield TreeTop(is_gone, _path(parent, self._before), _path(parent, self._after))
            stack = [(top, 0)]
            while stack:
                key, depth = stack.pop()
                state = states[key]
                yield TreeKey(depth, state.name, state.facts, list(state.values.values()))
                stack += [(child, depth + 1) for child in reversed(below[key])]

    def tree(self, names: list[str]) -> Iterator[Item]:
        """A key that has got its path by a rename, and all below it, as a tree that has come."""
        folded = [fold(name) for name in names]
        there = [key for key in self._after if not self._after[key].is_deleted]
        found: list[MemoryNode] = []
        for key in there:
            path = _path(key, self._after)[: len(names)]
            if [fold(name) for name in path] == folded:
                found.append(key)
        yield from self._trees(sorted(found, key=_depth), self._after, False)


def _depth(key: MemoryNode) -> int:
    depth = 0
    parent = key.parent
    while parent is not None:
        depth += 1
        parent = parent.parent
    return depth


def _path(key: MemoryNode, states: dict[MemoryNode, KeyMoment]) -> list[str]:
    """The names that led to a key."""
    names: list[str] = []
    parent = key.parent
    while parent is not None:
        names.append(states[key].name)
        key = parent
        parent = key.parent
    names.reverse()
    return names
