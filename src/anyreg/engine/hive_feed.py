"""The feed of a hive that is open for writing, and what its log still knows of the time before.

Numbers tell: each commit has the next one, and so has each checkpoint that ends a period.  The
active log holds all entries of its period, and the hive's file the state before the first of them;
so the state at any number since then can be made again, and each step behind it.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.bins import BinMap, load_image, whole_bins
from anyreg.engine.context_lock import ContextLock
from anyreg.engine.feed import Feed, HiveStep, Step
from anyreg.engine.image import BytesSource, Image, Stretch
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.old_wal import OldWal
from anyreg.engine.opened import OpenedHive
from anyreg.regf.layout import BINS_START, SECTOR
from anyreg.regf.logs import LogEntry, parse_entries

UNKNOWN: Final = -1
"""The hash of an entry of which only the number is known."""

_TRIES: Final = 3


class HiveFeed(Feed):
    """The feed of such a hive."""

    def __init__(self, opened: OpenedHive, turn: ContextLock) -> None:
        """Nobody listens yet.

        Args:
            opened: The hive.
            turn: Whose turn it is to change it.
        """
        super().__init__(opened.place)
        self._opened = opened
        self._turn = turn

    def state(self) -> HiveStep | None:
        """A step from what there is now to the same; a transaction under way ends first."""
        briefly = self._turn.enter()
        try:
            state = self._opened.state
            roots = state.root_cell, state.root_cell
            image = state.image
            return HiveStep(self, self.place(), image, image, roots, state.minor, [])
        finally:
            self._turn.leave(briefly)

    def since(self, number: int, hash: int) -> list[Step] | None:
        """The steps from a moment to now, one for each commit; None where the log has lost them.

        Args:
            number: The number of the last commit, or checkpoint, then.
            hash: Of its entry; 0 if it was a checkpoint, or UNKNOWN.
        """
        for _ in range(_TRIES):
            before = self.place()
            found = self._steps(number, hash)
            if self.place() == before:  # nobody has committed meanwhile
                return found
        return None

    def _steps(self, number: int, hash: int) -> list[Step] | None:
        opened = self._opened
        if opened.is_looking_on or isinstance(opened.wal, OldWal) or opened.is_closed:
            return None
        last = opened.wal.number
        if number == last and hash in (UNKNOWN, opened.wal.last_hash):
            return []
        if opened.wal.active < 0:  # the checkpoint of what was there then, and nothing else
            return [] if hash and number + 1 == last else None
        return self._logged(number, hash)

    def _logged(self, number: int, hash: int) -> list[Step] | None:
        """The steps behind a number, out of the active log."""
        wal = self._opened.wal
        files = self._opened.files
        base = wal.base
        first = base.secondary_number
        is_before = number == first - 1 if hash <= 0 else number == first - 2
        if number < first and not is_before:
            return None
        log = files.logs[wal.active].read(0, wal.tail)
        entries = [entry for entry in parse_entries(log, first) if entry.number <= wal.number]
        bins = files.primary.read(BINS_START, base.bins_size)
        if not entries or entries[-1].number != wal.number:
            return None
        if files.primary.peek(0, SECTOR) != wal.head:
            return None
        known = {entry.number: entry.hash_1 for entry in entries}
        if number >= first and hash not in (UNKNOWN, known[number]):
            return None
        return self._replayed(load_image(BytesSource(bins), len(bins)), entries, number)

    def _replayed(self, image: Image, entries: list[LogEntry], number: int) -> list[Step]:
        state = self._opened.state
        roots = state.root_cell, state.root_cell
        steps: list[Step] = []
        for entry in entries:
            before = image
            image = _after(image, entry)
            if entry.number > number:
                runs = [(at, len(data)) for at, data in entry.pages]
                place = entry.number, entry.hash_1
                steps.append(HiveStep(self, place, before, image, roots, state.minor, runs))
        return steps

    def newer(self, time: int) -> list[list[str]] | None:
        """The names that lead to each key that was last written after a time, a FILETIME."""
        tree = self._opened.state.tree
        found: list[list[str]] = []
        stack: list[tuple[KeyNode, list[str]]] = [(tree.root(), [])]
        while stack:
            key, names = stack.pop()
            if key.last_written > time:
                found.append(names)
            stack += [(child, [*names, child.name]) for child in tree.children(key)]
        return found


def _after(image: Image, entry: LogEntry) -> Image:
    """The image after an entry."""
    size = entry.bins_size
    changed = image.changed([Stretch(data, at) for at, data in entry.pages], size)
    return changed.changed(whole_bins(changed, BinMap(changed), entry.pages), size)
