"""Which keys have subkey lists that were read from end to end, and seen to be in order.

In such lists a name that does not stand where the order leads to is nowhere.  That a key's lists
are in order stays true through every commit of this process: entries are put in where the order
leads to.  What others have changed is not known, so a state that they have touched begins with
nothing.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

UNKNOWN: Final = 0
IN_ORDER: Final = 1  # each name before the next; a hash may be wrong
HASHED: Final = 2  # in order, and every hash of an lh list is that of its name


class SortedLists:
    """What is known of the lists of keys, by the keys' cells; shared by the trees of a hive."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._kinds: dict[int, int] = {}
        self._base: SortedLists | None = None  # what the transaction under way began with
        self._marks: list[int] = []  # how much was known when each of its savepoints began

    def kind(self, cell: i64) -> int:
        """UNKNOWN, IN_ORDER or HASHED."""
        kind = self._kinds.get(cell, UNKNOWN)
        if kind == UNKNOWN and self._base is not None:
            return self._base.kind(cell)
        return kind

    def note(self, cell: i64, kind: int) -> None:
        """The lists of the key in this cell, of which nothing was known, were seen to be so."""
        self._kinds[cell] = kind

    def forget(self, cell: i64) -> None:
        """Another key stands in this cell now."""
        self._kinds.pop(cell, None)
        if self._base is not None:
            self._base.forget(cell)

    # For a transaction, whose own notes go when it is undone

    def restart(self, base: SortedLists) -> None:
        """A transaction begins over a state of which this is known."""
        self._kinds = {}
        self._base = base
        self._marks.clear()

    def begin(self) -> None:
        """Enter a savepoint."""
        self._marks.append(len(self._kinds))

    def commit(self) -> None:
        """Leave a savepoint; what it has seen counts for the level around it."""
        self._marks.pop()

    def roll_back(self) -> None:
        """Leave a savepoint and forget what it has seen."""
        mark = self._marks.pop()
        while len(self._kinds) > mark:
            self._kinds.popitem()

    def committed(self) -> SortedLists:
        """The transaction was committed: what is known of the new state."""
        base = self._base
        assert base is not None
        base._kinds.update(self._kinds)
        return base
