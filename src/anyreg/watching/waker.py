"""Waiting until somebody wakes, a time is over, or an event is set; without looking in between.

The waiting thread holds on to a lock that whoever wakes it gives back.  An event of `threading`
keeps a list of such locks of those who wait for it, and gives them all back when it is set: the
waker's own is put among them.  Any other event is looked at twenty times a second.

On Windows nothing interrupts who waits for a lock, not even Ctrl-C, whose handler runs in the main
thread when that is over: so its waits are as short there.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final, Protocol

from anyreg.engine.forks import generation
from anyreg.system import WINDOWS

_PAUSE: Final = 0.05


class Stop(Protocol):
    """What can stop a watch: a threading.Event, or another kind of event."""

    def is_set(self) -> bool:
        """Whether it is to stop."""


class Waker:
    """One thread waits here; any other can wake it.

    Attributes:
        instead: What wake() calls where nobody waits here, but elsewhere.
    """

    def __init__(self, stop: Stop | None = None) -> None:
        """Get ready.

        Args:
            stop: Wakes it too, when it is set.
        """
        self.instead: Callable[[], None] | None = None
        self._generation = generation()
        self._lock = threading.Lock()
        self._lock.acquire()
        self._stop = stop
        self._waiters = waiters_of(stop)
        self._pause = -1.0 if stop is None or self._waiters is not None else _PAUSE

    def wake(self) -> None:
        """Wake whoever waits, or will next wait."""
        if self.instead is not None:
            self.instead()
            return
        try:
            self._lock.release()
        except RuntimeError:
            pass  # it is awake already

    @property
    def is_inherited(self) -> bool:
        """Whether this is a child of the process that has made it, where nobody will wake it."""
        return self._generation != generation()

    @property
    def is_stopped(self) -> bool:
        """Whether the event is set."""
        return self._stop is not None and self._stop.is_set()

    def wait(self, until: float | None) -> bool:
        """Wait until woken.

        Args:
            until: The moment of time.monotonic() to wait for at most; None: for ever.

        Returns:
            False: the time is over.
        """
        self._enlist()
        is_main = WINDOWS and threading.current_thread() is threading.main_thread()
        pause = _PAUSE if is_main else self._pause
        while not self.is_stopped:
            left = pause if until is None else max(0.0, until - monotonic())
            if pause > 0 and until is not None:
                left = min(left, pause)
            if self._lock.acquire(True, min(left, threading.TIMEOUT_MAX)):
                return True
            if until is not None and monotonic() >= until:
                return False
        return True

    def _enlist(self) -> None:
        """Let the event give the lock back when it is set."""
        if self._waiters is not None and self._lock not in self._waiters:
            self._waiters.append(self._lock)

    def close(self) -> None:
        """The event need not wake it any more."""
        if self._waiters is not None and self._lock in self._waiters:
            self._waiters.remove(self._lock)


def waiters_of(stop: Stop | None) -> deque[object] | None:
    """What an event of threading calls release() of when it is set; None of another kind.

    Args:
        stop: The event.
    """
    if not isinstance(stop, threading.Event):
        return None
    found = getattr(getattr(stop, "_cond", None), "_waiters", None)
    return found if isinstance(found, deque) else None
