"""Windows: the lock of an open file, as flock() is elsewhere.

Two bytes far beyond any file's end stand for it: who has it alone has locked both, who shares it
the first.  One handle may lock what it has locked alone a second time shared, so a lock that was
had alone becomes a shared one in one step; and as both have other sizes, each is given back by
name.  From shared to alone there is no step in between that others could not see: it is given back
first, as flock() does.

The locks belong to a handle of their own, opened for overlapped calls: one that waits can be given
up after a time, or when the file is closed, and holds no other call up.  All of them go when the
process ends.

Wine says that it waits, and never comes back; there the lock is asked for again and again.
"""

from __future__ import annotations

from ctypes import byref, c_uint32
from threading import Lock
from time import monotonic, sleep
from typing import Final

from anyreg.windows import calls
from anyreg.windows.calls import Overlapped

_AT_HIGH: Final = 0x40000000  # the upper half of the offset
_ALONE: Final = 2  # bytes
_SHARED: Final = 1
_EXCLUSIVELY: Final = 0x2
_AT_ONCE: Final = 0x1
_SLICE: Final = 250  # milliseconds, after which Python looks whether it is interrupted
_PAUSE: Final = 0.01  # seconds
_LONGEST_PAUSE: Final = 0.1


class FileLock:
    """The lock of one open file."""

    def __init__(self, number: int) -> None:
        """Take no lock yet.

        Args:
            number: The open file's descriptor, open for writing or not.

        Raises:
            OSError: The file cannot be opened once more.
        """
        self._kernel = calls.kernel()
        self._handle = self._kernel.ReOpenFile(
            calls.handle_of(number), calls.GENERIC_READ, calls.SHARE_ALL, calls.OVERLAPPED
        )
        if self._handle == calls.NO_HANDLE:
            raise calls.last_error()
        self._mutex = Lock()
        self._size = 0  # bytes that are locked: none, _SHARED or _ALONE
        self._is_closed = False

    def __del__(self) -> None:
        self.close()

    def take(self, shared: bool, wait: bool, seconds: float = -1.0) -> bool:
        """Lock the file; a lock that is held becomes the one that is asked for.

        Args:
            shared: Several may hold it, but none while one holds it alone.
            wait: Wait until it can be had.
            seconds: So long at most; negative: for ever.

        Returns:
            Whether it is held now; after False none is.

        Raises:
            OSError: What the system says.
            ValueError: The file is closed, or was while it was waited for.
        """
        size = _SHARED if shared else _ALONE
        with self._mutex:
            held = self._size
            if held == size:
                return True
            if held == _SHARED:
                self._unlock(held)
        if held == _ALONE and self._become_shared():
            return True
        limit = (monotonic() + seconds if seconds >= 0 else None) if wait else 0.0
        if wait and calls.is_wine():
            return self._ask_again(size, limit)
        return self._ask(size, wait, limit)

    def unlock(self) -> None:
        """Give the lock back; nothing happens where none is held."""
        with self._mutex:
            if self._size:
                self._unlock(self._size)

    def close(self) -> None:
        """Give it back for good; who waits for it stops."""
        if getattr(self, "_is_closed", True):
            return
        with self._mutex:
            self._is_closed = True
            self._size = 0
            self._kernel.CancelIoEx(self._handle, None)
            self._kernel.CloseHandle(self._handle)

    def _become_shared(self) -> bool:
        """Have a shared lock over the own one, which then is given back; whether it was had."""
        done = self._ask(_SHARED, False, None)
        with self._mutex:
            self._unlock(_ALONE)
            self._size = _SHARED if done else 0
        return done

    def _unlock(self, size: int) -> None:
        place = _place()
        self._size = 0
        if not self._kernel.UnlockFileEx(self._handle, 0, size, 0, byref(place)):
            raise calls.last_error()

    def _lock(self, flags: int, size: int, overlapped: Overlapped) -> bool:
        place = byref(overlapped)
        return bool(self._kernel.LockFileEx(self._handle, flags, 0, size, 0, place))

    def _ask(self, size: int, wait: bool, limit: float | None) -> bool:
        """Ask once, and have the system wait where that is wanted."""
        kernel = self._kernel
        event = kernel.CreateEventW(None, True, False, None)
        if not event:
            raise calls.last_error()
        overlapped = _place(event)
        flags = (_EXCLUSIVELY if size == _ALONE else 0) | (0 if wait else _AT_ONCE)
        try:
            with self._mutex:
                self._require_open()
                code = 0 if self._lock(flags, size, overlapped) else calls.last_code()
            if code == calls.IO_PENDING:
                code = self._wait(size, overlapped, limit if wait else None)
        finally:
            kernel.CloseHandle(event)
        return self._answered(size, code)

    def _wait(self, size: int, overlapped: Overlapped, limit: float | None) -> int:
        """Wait for a call that is under way; the code that it ends with.

        It is looked at every so often for the sake of Ctrl-C alone.
        """
        kernel = self._kernel
        ended = False
        try:
            while kernel.WaitForSingleObject(overlapped.event, _left(limit)) == calls.WAIT_TIMEOUT:
                if limit is not None and monotonic() >= limit:
                    break
            ended = True
        finally:
            # What is over already is not cancelled, and says so by its result.
            kernel.CancelIoEx(self._handle, byref(overlapped))
            count = c_uint32()
            done = kernel.GetOverlappedResult(self._handle, byref(overlapped), byref(count), True)
            code = 0 if done else calls.last_code()
            if code == 0 and not ended:  # it is interrupted, and nobody would give it back
                kernel.UnlockFileEx(self._handle, 0, size, 0, byref(_place()))
        return code

    def _answered(self, size: int, code: int) -> bool:
        with self._mutex:
            self._require_open()
            if code == 0:
                self._size = size
                return True
        if code in (calls.LOCK_VIOLATION, calls.OPERATION_ABORTED):
            return False
        raise calls.error_of(code)

    def _ask_again(self, size: int, limit: float | None) -> bool:
        pause = _PAUSE
        while not self._ask(size, False, 0.0):
            if limit is not None and monotonic() >= limit:
                return False
            sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        return True

    def _require_open(self) -> None:
        if self._is_closed:
            raise ValueError("I/O operation on closed file")


def _place(event: int | None = None) -> Overlapped:
    return Overlapped(0, 0, 0, _AT_HIGH, event)


def _left(limit: float | None) -> int:
    """Milliseconds of the next wait."""
    if limit is None:
        return _SLICE
    return max(0, min(_SLICE, int((limit - monotonic()) * 1000) + 1))
