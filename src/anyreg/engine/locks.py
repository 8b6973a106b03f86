"""Advisory locks on open files: they block without polling, and die with their process.

This is flock(), which belongs to the open file; what Windows has instead is in windows/locks.py.
"""

from __future__ import annotations

import errno
from importlib import import_module
from typing import Any, Final

from anyreg.system import WINDOWS

_calls: Final[Any] = None if WINDOWS else import_module("fcntl")


def lock(number: int, shared: bool, wait: bool) -> bool:
    """Lock an open file; whether it is held now."""
    kind: int = _calls.LOCK_SH if shared else _calls.LOCK_EX
    try:
        _calls.flock(number, kind if wait else kind | _calls.LOCK_NB)
        return True
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise


def unlock(number: int) -> None:
    """Give the lock back; nothing happens where none is held."""
    _calls.flock(number, _calls.LOCK_UN)
