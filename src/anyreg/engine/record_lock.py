"""The lock of a file's first byte by fcntl(), by which programs of others keep each other out.

Such a lock belongs to a process, and is lost when that closes any handle of the file.  Linux knows
the same lock as one of an open file, which conflicts with the others and is lost with that file
alone: so it is taken where it is known.
"""

from __future__ import annotations

import errno
import os
from importlib import import_module
from io import FileIO
from struct import Struct
from typing import Final

from anyreg.engine.file_disk import translated
from anyreg.engine.file_opening import is_file_at, open_regular
from anyreg.engine.forks import close_in_child
from anyreg.errors import NotSupportedError
from anyreg.system import WINDOWS

_calls: Final = None if WINDOWS else import_module("fcntl")
_OF_FILES: Final = hasattr(_calls, "F_OFD_SETLK")
# What the system's struct flock is: kind, whence, start, length and process, in its order.
_LAYOUT: Final = Struct("hhqqi0q" if _OF_FILES else "qqihh0q")
_BUSY: Final = (errno.EACCES, errno.EAGAIN)
NOBODY: Final = 0
UNKNOWN: Final = -1


class RecordLock:
    """The lock of one file."""

    def __init__(self, path: str, writable: bool = True) -> None:
        """Open the file.

        Args:
            path: Where it is.
            writable: Whether the lock is to be taken; else it is only looked at.

        Raises:
            NotSupportedError: The system has no such locks.
            NotFoundError: There is no such file.
            RegistryError: What else the system says.
        """
        if _calls is None:
            raise NotSupportedError("Windows has no such locks", path=path)
        self.path = path
        try:
            self._file = FileIO(path, "r+" if writable else "r", opener=open_regular)
        except OSError as error:
            raise translated(error, path) from error
        close_in_child(self._file)

    def is_at(self) -> bool:
        """Whether it is still the file of its path."""
        return is_file_at(self._file.fileno(), self.path)

    def take(self) -> bool:
        """Take the lock, without waiting; whether it is held now."""
        assert _calls is not None
        try:
            if _OF_FILES:
                _calls.fcntl(self._file, _calls.F_OFD_SETLK, _packed(_calls.F_WRLCK))
            else:
                _calls.lockf(self._file, _calls.LOCK_EX | _calls.LOCK_NB, 1, 0, os.SEEK_SET)
        except OSError as error:
            if error.errno in _BUSY:
                return False
            raise translated(error, self.path) from error
        return True

    def holder(self) -> int:
        """The process that has it; NOBODY, or UNKNOWN where it is one that asks by open files."""
        assert _calls is not None
        asking: int = _calls.F_OFD_GETLK if _OF_FILES else _calls.F_GETLK
        try:
            answer: bytes = _calls.fcntl(self._file, asking, _packed(_calls.F_WRLCK))
        except OSError as error:
            raise translated(error, self.path) from error
        found = _LAYOUT.unpack(answer)
        kind, process = (found[0], found[4]) if _OF_FILES else (found[3], found[2])
        if kind == _calls.F_UNLCK:
            return NOBODY
        return int(process) or UNKNOWN

    def close(self) -> None:
        """Close the file, and with it give the lock back; further calls do nothing."""
        self._file.close()


def _packed(kind: int) -> bytes:
    """The first byte, as the system wants it."""
    if _OF_FILES:
        return _LAYOUT.pack(kind, os.SEEK_SET, 0, 1, 0)
    return _LAYOUT.pack(0, 1, 0, kind, os.SEEK_SET)
