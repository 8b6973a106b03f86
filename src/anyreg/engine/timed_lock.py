"""The lock of a file, waited for no longer than so many seconds, and without polling.

The call of POSIX for a lock that is held has no time limit.  Where one is asked for, a thread
makes the call, and the caller waits for the thread.  When the time is over the thread is left
behind; the lock that it gets in the end goes to the next who asks, or back.

The lock belongs to the open file, so whoever takes it there by another way than this would have it
together with such a thread, and lose it when that one gives it back.
"""

from __future__ import annotations

from threading import Event, Lock, Thread

from anyreg.engine.storage import Storage
from anyreg.errors import RegistryError


class TimedLock:
    """The exclusive lock of one open file; one caller at a time."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._mutex = Lock()
        self._waiting: Event | None = None  # set once the thread that waits has an answer
        self._wanted = False
        self._error: RegistryError | None = None
        self._closed = False

    def close(self) -> None:
        """The file is about to be closed, and its lock goes with it."""
        with self._mutex:
            self._closed = True

    def take(self, timeout: float) -> bool:
        """Take the lock.

        Args:
            timeout: Seconds to wait at most; negative: for ever.

        Returns:
            Whether it is held now.
        """
        if self._waiting is None:
            if timeout < 0:
                return self._storage.lock(False, True)
            if self._storage.lock(False, False):
                return True
            if timeout == 0:
                return False
            had = self._storage.lock_for(timeout)
            if had is not None:
                return had
        return self._join(timeout)

    def _join(self, timeout: float) -> bool:
        """Wait for the thread that waits, the one left behind or a new one."""
        with self._mutex:
            answered = self._waiting
            self._wanted = True
            if answered is None:
                answered = self._waiting = Event()
                Thread(target=self._wait, args=(answered,), daemon=True).start()
        answered.wait(None if timeout < 0 else timeout)
        with self._mutex:
            self._wanted = False
            if not answered.is_set():
                return False
            self._waiting = None
            error = self._error
            self._error = None
        if error is not None:
            raise error
        return True

    def _wait(self, answered: Event) -> None:
        try:
            self._storage.lock(False, True)
        except RegistryError as error:
            self._error = error
        except ValueError:
            return  # the file was closed before the call was made
        with self._mutex:
            if self._closed:
                return  # its number may be another file's by now
            if self._wanted:
                answered.set()
                return
            if self._error is None:
                self._storage.unlock()
            self._error = None
            # Last: who sees that nobody waits takes the lock by itself, and would have it already.
            self._waiting = None
