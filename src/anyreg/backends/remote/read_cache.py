"""What was read lately, for whoever wants old answers rather than to wait for new ones.

An entry is believed for so many seconds, and not behind a change that was made from here.  There is
room for so many entries and so much data; what has been there longest goes first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Final, NamedTuple

from anyreg.values import Value

_MOST_ENTRIES: Final = 10_000
_MOST_DATA: Final = 1 << 26  # bytes, about
_ENTRY: Final = 200  # bytes that an entry has beside its data, about

Place = tuple[object, ...]
"""What was asked for."""


class Missing:
    """Nothing is known."""


MISSING: Final = Missing()


class _Entry(NamedTuple):
    what: object
    size: int
    changes: int
    end: float


class ReadCache:
    """Answers by what was asked for.

    Attributes:
        seconds: How long they are believed; 0 for not at all.
    """

    def __init__(self, seconds: float, changes: Callable[[], int]) -> None:
        """Begin with none.

        Args:
            seconds: How long an answer is believed.
            changes: How many changes have been made from here so far.
        """
        self.seconds = seconds
        self._changes = changes
        self._entries: dict[Place, _Entry] = {}
        self._size = 0
        self._lock = Lock()

    def find(self, place: Place) -> object:
        """An answer that can be believed, or MISSING."""
        entry = self._entries.get(place)
        if entry is None or entry.changes != self._changes() or entry.end < time.monotonic():
            return MISSING
        return entry.what

    def keep(self, place: Place, what: object, changes: int) -> None:
        """Keep an answer.

        Args:
            place: What was asked for.
            what: The answer.
            changes: How many changes had been made when it was asked for.
        """
        if changes != self._changes():
            return
        size = _size(what)
        with self._lock:
            self._drop(place)
            while len(self._entries) >= _MOST_ENTRIES or self._size + size > _MOST_DATA:
                if not self._entries:
                    return  # it is larger than all that there is room for
                self._drop(next(iter(self._entries)))
            end = time.monotonic() + self.seconds
            self._entries[place] = _Entry(what, size, changes, end)
            self._size += size

    def _drop(self, place: Place) -> None:
        entry = self._entries.pop(place, None)
        if entry is not None:
            self._size -= entry.size


def _size(what: object) -> int:
    """How much room an answer takes, about."""
    if isinstance(what, list):
        return _ENTRY + sum(_size(one) for one in what)
    if isinstance(what, Value):
        return _ENTRY + len(what.raw)
    return _ENTRY + (len(what) if isinstance(what, bytes) else 0)
