"""The feed of a hive that is open for writing, and what its log still knows of the time before.

Numbers tell: each commit has the next one, and so has each checkpoint that ends a period.  The
entries of the active log are known, and those of the period that was ended by opening the hive; so
the state at any number since then can be made again, and each step behind it.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.context_lock import ContextLock
from anyreg.engine.feed import Feed, HiveStep, Step
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.old_wal import OldWal
from anyreg.engine.opened import OpenedHive
from anyreg.engine.period import Period
from anyreg.errors import CorruptHiveError
from anyreg.regf.layout import SECTOR
from anyreg.regf.logs import parse_entries

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
        try:
            for _ in range(_TRIES):
                before = self.place()
                found = self._steps(number, hash)
                if self.place() == before:  # nobody has committed meanwhile
                    return found
        except CorruptHiveError:
            pass  # what the file holds is of no one moment
        return None

    def _steps(self, number: int, hash: int) -> list[Step] | None:
        opened = self._opened
        if opened.is_looking_on or isinstance(opened.wal, OldWal) or opened.is_closed:
            return None
        wal, ended = opened.wal, opened.ended
        if number == wal.number and hash in (UNKNOWN, wal.last_hash):
            return []
        begun = wal.number + 1 if wal.active < 0 else wal.base.secondary_number
        if ended is None or begun != ended.last + 2 or number > ended.last:
            return self._rest(number, hash)
        state = opened.state
        found = ended.steps(self, number, hash, state.root_cell, state.minor)
        rest = self._rest(ended.last + 1, 0)
        return None if found is None or rest is None else found + rest

    def _rest(self, number: int, hash: int) -> list[Step] | None:
        """The steps behind a number, out of the active log if there is one."""
        wal = self._opened.wal
        if wal.active >= 0:
            return self._logged(number, hash)
        if number == wal.number:
            return [] if hash == wal.last_hash else None
        return [] if hash and number + 1 == wal.number else None  # the checkpoint of what was there

    def _logged(self, number: int, hash: int) -> list[Step] | None:
        opened = self._opened
        wal, files, state = opened.wal, opened.files, opened.state
        log = files.logs[wal.active].read(0, wal.tail)
        first = wal.base.secondary_number
        entries = [entry for entry in parse_entries(log, first) if entry.number <= wal.number]
        if not entries or entries[-1].number != wal.number:
            return None
        period = Period(files.primary, wal.base.bins_size, entries, state.image)
        if files.primary.peek(0, SECTOR) != wal.head:
            return None
        return period.steps(self, number, hash, state.root_cell, state.minor)

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
