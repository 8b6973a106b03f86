"""Privileges of this process, enabled for one call and given back.

An administrator holds them, but disabled: that Windows lets a program save or load whatever it
likes is asked for, call by call.  One thread at a time does so, as they are the process's.
"""

from __future__ import annotations

from ctypes import byref, c_uint32, c_uint64, c_void_p, sizeof
from threading import RLock
from typing import Final

from anyreg.backends.live.calls import Calls
from anyreg.backends.live.declarations import (
    ADJUST_PRIVILEGES,
    NOT_ALL_ASSIGNED,
    PRIVILEGE_ENABLED,
    QUERY_TOKEN,
    Privilege,
)
from anyreg.errors import AccessDeniedError

_lock: Final = RLock()
_MISSING: Final = 1314


class Privileged:
    """Some privileges, enabled for the length of a block; those that were enabled stay so."""

    def __init__(self, calls: Calls, *names: str) -> None:
        """Enable them with the block.

        Args:
            calls: Windows' functions.
            names: Their names, such as "SeBackupPrivilege".
        """
        self._calls = calls
        self._names = names
        self._token = 0
        self._before: list[Privilege] = []

    def __enter__(self) -> None:
        _lock.acquire()
        try:
            self._open()
            for name in self._names:
                self._enable(name)
        except BaseException:
            self._give_back()
            raise

    def __exit__(self, *exception: object) -> None:
        self._give_back()

    def _open(self) -> None:
        windows = self._calls.windows
        token = c_void_p()
        wanted = ADJUST_PRIVILEGES | QUERY_TOKEN
        if not windows.open_token(windows.current_process(), wanted, byref(token)):
            raise self._calls.last_failure()
        self._token = token.value or 0

    def _enable(self, name: str) -> None:
        windows = self._calls.windows
        luid = c_uint64()
        if not windows.find_privilege(None, name, byref(luid)):
            raise self._calls.last_failure(name)
        wanted, before = Privilege(1, luid, PRIVILEGE_ENABLED), Privilege()
        told = byref(before), byref(c_uint32())
        if not windows.adjust_token(self._token, 0, byref(wanted), sizeof(before), *told):
            raise self._calls.last_failure(name)
        if windows.last_error() == NOT_ALL_ASSIGNED:
            words = f"this needs {name}, which this process does not hold: run as administrator"
            raise AccessDeniedError(words, winerror=_MISSING)
        if before.count:  # which it is only where something has changed
            self._before.append(before)

    def _give_back(self) -> None:
        try:
            windows = self._calls.windows
            while self._before:
                windows.adjust_token(self._token, 0, byref(self._before.pop()), 0, None, None)
            if self._token:
                windows.close_handle(self._token)
                self._token = 0
        finally:
            _lock.release()
