"""Events of Windows: set and reset, waited for alone or with others.

One condition serves all events of the process.  Who waits for several at once wakes when any is
set, and looks at all of its own under the lock: so an event that resets itself is given to one
waiter only, and of several that are waited for together either all are taken or none.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from time import monotonic
from typing import Final

_changed: Final = threading.Condition(threading.Lock())


class Event:
    """An event object.

    Args:
        is_manual: Whether it stays set until it is reset; else waiting for it resets it, and of
            several that wait only one goes on.
        is_set: Whether it is set from the beginning.
    """

    __slots__ = ("__weakref__", "_is_manual", "_is_set")

    def __init__(self, is_manual: bool = True, is_set: bool = False) -> None:
        self._is_manual = is_manual
        self._is_set = is_set

    def __repr__(self) -> str:
        return f"<Event, {'set' if self._is_set else 'not set'}>"

    def set(self) -> None:
        """Set it: who waits for it goes on."""
        with _changed:
            self._is_set = True
            _changed.notify_all()

    def reset(self) -> None:
        """Reset it: who waits for it from now on waits until it is set again."""
        with _changed:
            self._is_set = False

    def is_set(self) -> bool:
        """Whether it is set; looking does not reset it."""
        return self._is_set

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set.

        Args:
            timeout: Seconds to wait at most; None for ever.

        Returns:
            Whether it was set in time.
        """
        return wait_for_events([self], False, timeout) is not None

    def _take(self) -> None:
        """One waiter goes on; under the lock."""
        if not self._is_manual:
            self._is_set = False


def wait_for_events(
    events: Sequence[Event], all_of_them: bool = False, timeout: float | None = None
) -> int | None:
    """WaitForMultipleObjects: wait until an event is set, or all are at one time.

    Args:
        events: The events.
        all_of_them: Wait until all are set.
        timeout: Seconds to wait at most; None for ever.

    Returns:
        The index of the first one that is set, 0 for all of them; None when the time was over.
    """
    end = None if timeout is None else monotonic() + timeout
    with _changed:
        while True:
            taken = _ready(events, all_of_them)
            if taken:
                for index in taken:
                    events[index]._take()
                return taken[0]
            left = None if end is None else end - monotonic()
            if left is not None and left <= 0:
                return None
            _changed.wait(left)


def _ready(events: Sequence[Event], all_of_them: bool) -> list[int]:
    """The indexes of those that end the waiting; under the lock."""
    found = [index for index, event in enumerate(events) if event._is_set]
    if all_of_them:
        return found if len(found) == len(events) else []
    return found[:1]


def _begin_anew() -> None:
    """In the child of a fork: nobody waits there, and who held the lock is not there either."""
    _changed.__init__(threading.Lock())  # type: ignore[misc]  # everybody has it by its name


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
