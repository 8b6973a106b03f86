"""A world that reports no changes, looked at every so many seconds.

Each look takes all that is watched into memory, and is compared with the one before: so it costs
what a walk through the tree costs, and what is undone between two looks goes unseen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from math import inf
from threading import Event, Thread, current_thread
from typing import Final, NamedTuple

from anyreg.backends.base import Backend, Lent
from anyreg.backends.places import Place
from anyreg.backends.undo import tree_items
from anyreg.engine.feed import Feed, Step
from anyreg.errors import KeyDeletedError, LimitError, RegistryError
from anyreg.history.item_step import ItemStep
from anyreg.history.items import ChangedKey, Hunk, Item, TreeKey, TreeTop
from anyreg.names import fold
from anyreg.regf.layout import MAX_DEPTH
from anyreg.values import Node

Look = list[TreeKey]
"""A key and what is below it, in pre-order; nothing where there is no such key."""

_Path = tuple[str, ...]
_SHALLOW: Final = 1


class Looks:
    """Looks at a key until it is closed.

    Attributes:
        place: Where what they find is reported.
    """

    def __init__(self, backend: Backend, node: Node, subtree: bool, seconds: float) -> None:
        """Look for the first time.

        Args:
            backend: The registry.
            node: The key.
            subtree: Whether all keys below it count.
            seconds: How long to wait between two looks.

        Raises:
            LimitError: That is no time to wait.
        """
        if not 0 < seconds < inf:
            raise LimitError(f"poll must be a number of seconds above 0, not {seconds}")
        self._backend = backend
        self._names = backend.names(node)
        self._deepest = MAX_DEPTH if subtree else _SHALLOW
        self._seconds = seconds
        self._numbers = count(1)
        self._seen = self._look()
        life = int.from_bytes(os.urandom(4))  # nobody else goes on with these numbers
        feed = Feed(lambda: (0, life))
        self.place = Place("", feed, self._names, [], [], lambda: None)
        self._is_over = Event()
        self._worker = Thread(target=self._run, name="anyreg looks", daemon=True)
        self._worker.start()

    def close(self) -> None:
        """Look no more; further calls do nothing."""
        self._is_over.set()
        if current_thread() is not self._worker:
            self._worker.join()

    def _run(self) -> None:
        feed = self.place.feed
        while not self._is_over.wait(self._seconds):
            try:
                self._backend.refresh()
                found = self._look()
            except KeyDeletedError:
                continue  # while it was looked at
            except RegistryError as error:
                feed.fail(error)
                return
            step = LookStep(feed, next(self._numbers), self._names, self._seen, found)
            self._seen = found
            if any(True for _ in step.items()):
                feed.report(step)

    def _look(self) -> Look:
        backend = self._backend
        with Lent(backend, backend.root()) as root:
            node = backend.open(root, self._names, link=True)
            if node is None:
                return []
            with Lent(backend, node):
                return list(tree_items(backend, node, self._deepest))


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
        before, after = _seen(self._before, self._names), _seen(self._after, self._names)
        for path, old in before.items():
            new = after.get(path)
            if new is not None:
                yield from _changed(old, new)
        yield from _trees(self._before, before, after, True)
        yield from _trees(self._after, after, before, False)

    def tree(self, names: list[str]) -> Iterator[Item]:
        """Nothing: no key is seen as renamed but by case."""
        return iter(())


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
