"""Advisory locks on open files: they block without polling, and die with their process.

On POSIX flock(), which belongs to the open file; on Windows one byte far beyond the file's end.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Final

if sys.platform == "win32":
    import msvcrt

    SHARED: Final = False  # whether a lock may have several holders
    _FAR: Final = 0x7FFFFFF0

    def lock(number: int, shared: bool, wait: bool) -> bool:
        """Lock an open file; whether it is held now."""
        # There is one kind of lock here: shared holders wait for each other, which is safe.
        unlock(number)
        os.lseek(number, _FAR, os.SEEK_SET)
        while True:
            try:
                msvcrt.locking(number, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
                return True
            except OSError as error:  # LK_LOCK gives up after ten seconds
                if error.errno not in (errno.EACCES, errno.EDEADLK):
                    raise
                if not wait:
                    return False

    def unlock(number: int) -> None:
        """Give the lock back; nothing happens where none is held."""
        os.lseek(number, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(number, msvcrt.LK_UNLCK, 1)
        except OSError as error:
            if error.errno != errno.EACCES:
                raise

else:
    import fcntl

    SHARED: Final = True
    _SHARED: Final = fcntl.LOCK_SH
    _ALONE: Final = fcntl.LOCK_EX
    _AT_ONCE: Final = fcntl.LOCK_NB
    _NONE: Final = fcntl.LOCK_UN

    def lock(number: int, shared: bool, wait: bool) -> bool:
        """Lock an open file; whether it is held now."""
        kind = _SHARED if shared else _ALONE
        try:
            fcntl.flock(number, kind if wait else kind | _AT_ONCE)
            return True
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise

    def unlock(number: int) -> None:
        """Give the lock back; nothing happens where none is held."""
        fcntl.flock(number, _NONE)
