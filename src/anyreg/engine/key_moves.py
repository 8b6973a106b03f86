"""Which keys a transaction has made, moved and deleted, by their cells.

Handles of keys are informed of it after the commit, and the history finds from it which trees have
come and gone.  A savepoint that is undone takes back what it had noted.
"""

from __future__ import annotations

from anyreg.engine.bulk_delete import CellSet
from anyreg.regf.layout import NONE


class KeyMoves:
    """The keys of one transaction that are not where they were.

    Attributes:
        deleted: Cells of the keys that were deleted or moved, with where they went (NONE: away).
        bulk_deleted: More cells of keys that were deleted, those of each large tree together.
        created: Cells of the keys that were made.
        bulk_inserted: Those of them that are the tops of trees which were made at one go.
    """

    def __init__(self) -> None:
        self.deleted: dict[int, int] = {}
        self.bulk_deleted: list[CellSet] = []
        self.created: list[int] = []
        self.bulk_inserted: list[int] = []
        self._departed: list[int] = []  # the keys of `deleted`, in order
        self._levels: list[tuple[int, int, int, int]] = []

    def restart(self) -> None:
        """The transaction has begun anew: every key is where it was."""
        self.deleted.clear()
        self.bulk_deleted.clear()
        self.created.clear()
        self.bulk_inserted.clear()
        self._departed.clear()
        self._levels.clear()

    def begin(self) -> None:
        """Enter a savepoint."""
        level = (
            len(self.created),
            len(self._departed),
            len(self.bulk_deleted),
            len(self.bulk_inserted),
        )
        self._levels.append(level)

    def commit(self) -> None:
        """Leave a savepoint; what it did counts for the level around it."""
        self._levels.pop()

    def roll_back(self) -> list[int]:
        """Leave a savepoint and forget what it did.

        Returns:
            The cells of the keys that it had made; they count as deleted.
        """
        created, departed, bulk_deleted, bulk_inserted = self._levels.pop()
        for cell in self._departed[departed:]:
            self.deleted.pop(cell, None)
        del self._departed[departed:]
        del self.bulk_deleted[bulk_deleted:]
        del self.bulk_inserted[bulk_inserted:]
        undone = self.created[created:]
        del self.created[created:]
        for cell in undone:
            self.depart(cell, NONE)
        return undone

    def depart(self, cell: int, where: int) -> None:
        """A key has gone, or has moved to another cell."""
        self.deleted[cell] = where
        self._departed.append(cell)

    def arrive(self, cell: int) -> None:
        """A key stands in a cell that was no key before."""
        self.deleted.pop(cell, None)
        self.created.append(cell)

    def where_is(self, cell: int) -> int:
        """Where a key's cell is now, NONE if the key was deleted."""
        while cell in self.deleted:
            cell = self.deleted[cell]
        for cells in self.bulk_deleted:
            if cells.holds(cell):
                return NONE
        return cell
