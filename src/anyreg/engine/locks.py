"""Advisory locks on open files: they block without polling, and die with their process.

On POSIX flock(), which belongs to the open file; on Windows one byte far beyond the file's end.
"""

from __future__ import annotations

import errno
import os
from importlib import import_module
from typing import Final

from anyreg.system import WINDOWS

SHARED: Final = not WINDOWS  # whether a lock may have several holders
_FAR: Final = 0x7FFFFFF0
_calls: Final = import_module("msvcrt" if WINDOWS else "fcntl")


def lock(number: int, shared: bool, wait: bool) -> bool:
    """Lock an open file; whether it is held now."""
    return _lock_byte(number, wait) if WINDOWS else _lock_file(number, shared, wait)


def unlock(number: int) -> None:
    """Give the lock back; nothing happens where none is held."""
    if WINDOWS:
        _unlock_byte(number)
    else:
        _calls.flock(number, _calls.LOCK_UN)


def _lock_file(number: int, shared: bool, wait: bool) -> bool:
    kind: int = _calls.LOCK_SH if shared else _calls.LOCK_EX
    try:
        _calls.flock(number, kind if wait else kind | _calls.LOCK_NB)
        return True
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise


def _lock_byte(number: int, wait: bool) -> bool:
    # There is one kind of lock here: shared holders wait for each other, which is safe.
    _unlock_byte(number)
    os.lseek(number, _FAR, os.SEEK_SET)
    while True:
        try:
            _calls.locking(number, _calls.LK_LOCK if wait else _calls.LK_NBLCK, 1)
            return True
        except OSError as error:  # LK_LOCK gives up after ten seconds
            if error.errno not in (errno.EACCES, errno.EDEADLK):
                raise
            if not wait:
                return False


def _unlock_byte(number: int) -> None:
    os.lseek(number, _FAR, os.SEEK_SET)
    try:
        _calls.locking(number, _calls.LK_UNLCK, 1)
    except OSError as error:
        if error.errno != errno.EACCES:
            raise
