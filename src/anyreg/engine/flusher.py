"""The background flush: what was committed lazily is durable within five seconds.

One thread serves all hives of the process.  It starts with the first lazy commit and ends when
nothing is left to flush.  What is pending when the interpreter exits is flushed then.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable
from typing import Final

from anyreg.errors import RegistryError

DELAY: Final = 4.0  # seconds; a sync takes its time too


class Flusher:
    """Calls flush functions some time after they were first scheduled."""

    def __init__(self, delay: float) -> None:
        """Wait this many seconds between the first lazy commit and its flush."""
        self._delay = delay
        self._reset()

    def _reset(self) -> None:
        """Nothing is pending: at the start, and in a forked child."""
        self._changed = threading.Condition()
        self._due: dict[int, tuple[float, Callable[[], None]]] = {}
        self._running = False

    def schedule(self, owner: int, flush: Callable[[], None]) -> None:
        """Flush within the delay, unless it is scheduled already.

        Args:
            owner: Who wants it: id() of a hive.
            flush: What to call; the errors of this package that it raises are its own affair.
        """
        with self._changed:
            if owner in self._due:
                return
            self._due[owner] = (time.monotonic() + self._delay, flush)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="anyreg flush", daemon=True).start()
            self._changed.notify()

    def cancel(self, owner: int) -> None:
        """Nothing of this owner is left to flush."""
        with self._changed:
            self._due.pop(owner, None)

    def flush_all(self) -> None:
        """Flush everything that is pending, now."""
        with self._changed:
            pending = [flush for _, flush in self._due.values()]
            self._due.clear()
        for flush in pending:
            _call(flush)

    def _run(self) -> None:
        while self._running:
            for flush in self._wait():
                _call(flush)

    def _wait(self) -> list[Callable[[], None]]:
        """What is due now; waits a while if nothing is, and ends the thread if nothing will be."""
        with self._changed:
            if not self._due:
                self._running = False
                return []
            left = min([when for when, _ in self._due.values()]) - time.monotonic()
            if left > 0:
                self._changed.wait(left)
                return []
            now = time.monotonic()
            due = [owner for owner, (when, _) in self._due.items() if when <= now]
            return [self._due.pop(owner)[1] for owner in due]


def _call(flush: Callable[[], None]) -> None:
    try:
        flush()
    except RegistryError:
        pass  # the hive refuses the next change and says why


flusher: Final = Flusher(DELAY)
atexit.register(flusher.flush_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=flusher._reset)
