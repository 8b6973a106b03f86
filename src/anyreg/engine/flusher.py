"""The background work of open hives: the flush of lazy commits, the checkpoint of idle hives.

One thread serves all hives of the process.  It starts with the first task and ends when none is
left.  What is pending when the interpreter exits is done then.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Final

from anyreg.errors import RegistryError

Name = tuple[int, str]
"""Names a task: id() of the hive, and what is to be done."""

Task = Callable[[bool], None]
"""Takes whether the process is about to end."""

_log: Final = logging.getLogger(__name__)


class Flusher:
    """Calls functions some time after they were first scheduled."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        """Nothing is pending: at the start, and in a forked child."""
        self._changed = threading.Condition()
        self._due: dict[Name, tuple[float, Task]] = {}
        self._running = False
        self._is_over = False  # the process ends: no thread would come to it any more

    def schedule(self, name: Name, task: Task, delay: float) -> None:
        """Do a task after a delay, unless one of that name is scheduled already.

        Where the system gives no thread, as at the end of the process, it is done at once.

        Args:
            name: Names the task.
            task: What to call; the errors that it raises are its own affair.
            delay: Seconds.
        """
        with self._changed:
            if name in self._due:
                return
            self._due[name] = (time.monotonic() + delay, task)
            self._changed.notify()
            if self._is_served():
                return
            del self._due[name]
        _attempt(task, True)

    def _is_served(self) -> bool:
        """Whether there is a thread that does what is due; begins one if there is none."""
        if self._is_over:
            return False
        if not self._running:
            self._running = True
            try:
                threading.Thread(target=self._run, name="anyreg flush", daemon=True).start()
            except RuntimeError:
                self._running = False
        return self._running

    def cancel(self, owner: int) -> None:
        """Nothing is left to do for this owner, the id() of a hive."""
        with self._changed:
            for name in [name for name in self._due if name[0] == owner]:
                del self._due[name]

    def pending(self) -> list[Name]:
        """What is still to be done."""
        with self._changed:
            return list(self._due)

    def finish(self) -> None:
        """Do everything that is pending, now: the process ends."""
        with self._changed:
            self._is_over = True
            pending = [task for _, task in self._due.values()]
            self._due.clear()
        for task in pending:
            _attempt(task, True)

    def _run(self) -> None:
        while self._running:
            for task in self._wait():
                _attempt(task, False)

    def _wait(self) -> list[Task]:
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
            due = [name for name, (when, _) in self._due.items() if when <= now]
            return [self._due.pop(name)[1] for name in due]


def _attempt(task: Task, leaving: bool) -> None:
    try:
        task(leaving)
    except RegistryError:
        pass  # the hive refuses the next change and says why
    except Exception:
        _log.exception("background work on a hive failed")


flusher: Final = Flusher()
atexit.register(flusher.finish)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=flusher._reset)
