"""What the workers share: targets that are taken one by one, and rows that are waited for.

Nobody is more than `room` rows ahead of whoever takes them: a worker with a row waits until there
is room, and takes no other target.  So memory is bounded, however many targets there are.

The targets are asked for by one worker at a time, outside the lock, since they may come slowly, as
from a terminal; the others wait meanwhile, and can be stopped.  The one that asks cannot: nobody
waits for its end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from threading import Condition, Thread, current_thread
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_PAUSE: Final = 0.5  # seconds; between two waits Windows lets Ctrl-C through


class Board(Generic[T]):
    """Targets in, rows out."""

    def __init__(self, targets: Iterable[str], room: int) -> None:
        """Begin with no worker.

        Args:
            targets: What is to be done.
            room: How many rows may wait.
        """
        self._targets = iter(targets)
        self._room = room
        self._rows: deque[T] = deque()
        self._changed = Condition()
        self._asking: Thread | None = None
        self._is_over = False
        self._is_stopped = False
        self._workers = 0
        self._error: BaseException | None = None

    def join(self) -> None:
        """A worker begins."""
        with self._changed:
            self._workers += 1

    def leave(self, error: BaseException | None = None) -> None:
        """A worker ends.

        Args:
            error: What ends all the work, if something does; the rows that are done come first.
        """
        with self._changed:
            self._workers -= 1
            if error is not None:
                self._error = self._error or error
                self._is_over = True
            self._changed.notify_all()

    def next_target(self) -> str | None:
        """The next target, None when there are no more.

        Raises:
            BaseException: What the targets raise.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._asking is None or self._is_over)
            if self._is_over:
                return None
            self._asking = current_thread()
        found: str | None = None
        try:
            found = next(self._targets, None)
        finally:
            with self._changed:
                self._asking = None
                self._is_over = self._is_over or found is None
                is_over = self._is_over
                self._changed.notify_all()
        return None if is_over else found

    def put(self, row: T) -> None:
        """Give a row, as soon as there is room for it.

        Args:
            row: The row; nobody takes it any more behind stop().
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self._rows) < self._room or self._is_stopped)
            self._rows.append(row)
            self._changed.notify_all()

    def take(self) -> T | None:
        """Wait for a row; None when all is done.

        Raises:
            BaseException: What has ended the work.
        """
        with self._changed:
            while not self._rows and self._workers:
                self._changed.wait(_PAUSE)
            if self._rows:
                row = self._rows.popleft()
                self._changed.notify_all()
                return row
            if self._error is not None:
                raise self._error
            return None

    @property
    def is_stopped(self) -> bool:
        """Whether nobody takes rows any more."""
        return self._is_stopped

    def stop(self) -> Thread | None:
        """Let the workers end; the one that waits for a target ends when that comes.

        Returns:
            That one, if there is one.
        """
        with self._changed:
            self._is_stopped = self._is_over = True
            self._changed.notify_all()
            return self._asking
