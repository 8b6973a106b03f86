"""Whose turn it is to change something: one context at a time.

A transaction belongs to the context (see contextvars) that began it, so that it is the same for
all that one thread or one task does, also in threads that asyncio.to_thread starts for it.  Other
threads wait.  Another task of the same thread cannot wait: the one it would wait for could never
go on.  It gets an error.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from itertools import count
from threading import Lock, get_ident
from time import monotonic
from typing import Final

from anyreg.engine.forks import generation
from anyreg.errors import ClosedError, TransactionError

_EVER: Final = -1.0
_taken: Final[ContextVar[tuple[int, ...]]] = ContextVar("anyreg_turns", default=())
_tickets: Final = count(1)
_in_use: Final[set[int]] = set()


class ContextLock:
    """A lock that a context holds, over any number of calls.

    Attributes:
        path: What it guards, for messages.
        when_free: What is to be done once, as soon as it was given back.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = Lock()
        self._generation = generation()
        self._ticket = 0
        self._owner = 0
        self.when_free: Callable[[], None] | None = None

    def is_mine(self) -> bool:
        """Whether this context has taken it."""
        ticket = self._ticket
        return ticket != 0 and ticket in _taken.get()

    def take(self, timeout: float = _EVER) -> None:
        """Wait until nobody has it, and take it for this context.

        Args:
            timeout: Seconds to wait at most; negative: for ever.

        Raises:
            TransactionError: The time is over, or another task of this thread has it.
            ClosedError: A thread had it when this process was forked.
        """
        self.wait_briefly(timeout)
        ticket = 0
        try:
            ticket = next(_tickets)
            _in_use.add(ticket)
            _taken.set((*[other for other in _taken.get() if other in _in_use], ticket))
            self._owner = get_ident()
            self._ticket = ticket
        except BaseException:  # interrupted, as by Ctrl-C
            _in_use.discard(ticket)
            self._ticket = 0
            self._lock.release()
            raise

    def _require_own_process(self) -> None:
        """In the child of a fork nobody is left who could give it back."""
        if self._generation != generation():
            raise ClosedError("it was opened before a fork; open it again", path=self.path)

    def give(self) -> None:
        """Give it back; the ticket means nothing any more, in whatever contexts it is kept."""
        try:
            _in_use.discard(self._ticket)
            self._ticket = 0
        finally:
            self.give_briefly()

    def take_briefly(self) -> bool:
        """Take it for one call that begins no transaction; whether nobody had it."""
        return self._lock.acquire(False)

    def wait_briefly(self, timeout: float = _EVER) -> None:
        """As take_briefly(), waiting for whoever has it.

        Args:
            timeout: Seconds to wait at most; negative: for ever.

        Raises:
            TransactionError: The time is over, or another task of this thread has it.
            ClosedError: A thread had it when this process was forked.
        """
        if not self._lock.acquire(False):
            self._require_own_process()
            if self._ticket and self._owner == get_ident():
                raise TransactionError(
                    "another task of this thread has a transaction under way", path=self.path
                )
            if not self._lock.acquire(True, timeout):
                raise timed_out(timeout, self.path)

    def give_briefly(self) -> None:
        """Give back what was taken briefly."""
        self._lock.release()
        waiting = self.when_free
        if waiting is not None:
            self.when_free = None
            waiting()

    def enter(self, timeout: float = _EVER) -> bool:
        """Have it for one call, also inside a transaction of this context; what leave() takes.

        Args:
            timeout: See wait_briefly().
        """
        if self.is_mine():
            return False
        self.wait_briefly(timeout)
        return True

    def leave(self, briefly: bool) -> None:
        """Give back what enter() took."""
        if briefly:
            self.give_briefly()


class Deadline:
    """When the time is over that a caller has for several waits."""

    def __init__(self, timeout: float = _EVER) -> None:
        """Begin now.

        Args:
            timeout: Seconds from now on; negative: for ever.
        """
        self._is_set = timeout >= 0
        self._at = monotonic() + timeout if timeout >= 0 else 0.0

    @property
    def left(self) -> float:
        """Seconds that are left, 0 if none are; negative: for ever."""
        return max(0.0, self._at - monotonic()) if self._is_set else _EVER


def timed_out(timeout: float, path: str) -> TransactionError:
    """The error of a transaction that could not begin in time."""
    return TransactionError(f"others still write after {timeout:.3g} seconds", path=path)
