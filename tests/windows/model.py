"""A model of what Windows does with locks of files and calls that are under way.

Source: Microsoft, LockFileEx, CancelIoEx, GetOverlappedResult.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count
from typing import Any

EXCLUSIVE = 0x2
AT_ONCE = 0x1
LOCK_VIOLATION = 33
NOT_LOCKED = 158
ABORTED = 995
PENDING = 997
WAIT_TIMEOUT = 0x102


class Request:
    """A lock that is held, or asked for."""

    def __init__(self, handle: int, size: int, exclusive: bool, overlapped: Any) -> None:
        self.handle, self.size, self.exclusive = handle, size, exclusive
        self.overlapped = overlapped

    def is_in_the_way_of(self, other: Request) -> bool:
        """A handle may have a shared lock over its own exclusive one, and nothing else."""
        if not other.exclusive:
            return self.exclusive and self.handle != other.handle
        return True  # both begin at the same byte


class Kernel:
    """The functions of kernel32 that locks need, for handles of one file.

    Attributes:
        before_waiting: Called at each wait, with its milliseconds.
    """

    def __init__(self) -> None:
        self.before_waiting: Callable[[int], object] = bool
        self._numbers = count(100)
        self._lock = threading.RLock()
        self._held: list[Request] = []
        self._asked: list[Request] = []
        self._events: dict[int, threading.Event] = {}
        self._codes: dict[int, int] = {}  # by the address of an OVERLAPPED
        self._last = threading.local()

    def last_code(self) -> int:
        return int(self._last.code)

    def _fail(self, code: int) -> int:
        self._last.code = code
        return 0

    def ReOpenFile(self, *_: object) -> int:
        return next(self._numbers)

    def CloseHandle(self, handle: int) -> int:
        with self._lock:
            if self._events.pop(handle, None) is None:
                self._held = [lock for lock in self._held if lock.handle != handle]
                self.CancelIoEx(handle, None)
                self._grant()
        return 1

    def CreateEventW(self, *_: object) -> int:
        number = next(self._numbers)
        self._events[number] = threading.Event()
        return number

    def WaitForSingleObject(self, event: int, milliseconds: int) -> int:
        self.before_waiting(milliseconds)
        return 0 if self._events[event].wait(milliseconds / 1000) else WAIT_TIMEOUT

    def LockFileEx(self, handle: int, flags: int, _: int, size: int, __: int, place: Any) -> int:
        with self._lock:
            wanted = Request(handle, size, bool(flags & EXCLUSIVE), place._obj)
            if not any(lock.is_in_the_way_of(wanted) for lock in self._held):
                self._held.append(wanted)
                return 1
            if flags & AT_ONCE:
                return self._fail(LOCK_VIOLATION)
            self._asked.append(wanted)
            return self._fail(PENDING)

    def UnlockFileEx(self, handle: int, _: int, size: int, __: int, place: Any) -> int:
        with self._lock:
            for lock in self._held:
                if (lock.handle, lock.size) == (handle, size):
                    self._held.remove(lock)
                    self._grant()
                    return 1
        return self._fail(NOT_LOCKED)

    def CancelIoEx(self, handle: int, place: Any) -> int:
        with self._lock:
            for request in list(self._asked):
                is_meant = place is None or request.overlapped is place._obj
                if request.handle == handle and is_meant:
                    self._end(request, ABORTED)
        return 1

    def GetOverlappedResult(self, _: int, place: Any, __: object, wait: bool) -> int:
        overlapped = place._obj
        assert wait
        assert self._events[overlapped.event].wait(30)
        code = self._codes.pop(id(overlapped))
        return self._fail(code) if code else 1

    def _grant(self) -> None:
        for request in list(self._asked):
            if not any(lock.is_in_the_way_of(request) for lock in self._held):
                self._held.append(request)
                self._end(request, 0)

    def _end(self, request: Request, code: int) -> None:
        self._asked.remove(request)
        self._codes[id(request.overlapped)] = code
        self._events[request.overlapped.event].set()

    @property
    def held(self) -> int:
        """How many locks there are."""
        return len(self._held)
