"""Whether Wine's server runs for a prefix, and keeping it from starting.

The server holds the whole registry in memory: it reads the files once, and writes all that has
changed later, over whatever others have written meanwhile.  So they are written only while none
runs.  Each server has a folder, named after the numbers of the prefix's folder, and holds the lock
of a file in it; who has that lock keeps a server from starting, whose client then tries again for
some seconds.

Where these folders are differs: below /tmp/.wine-UID as Wine is published, and below a folder that
a file of the prefix names as Debian packs it.  Both kinds can be used for one prefix.

Source: wineserver's manual page, and what a running server was seen to do.
"""

from __future__ import annotations

import os
from time import sleep
from typing import Final

from anyreg.engine.context_lock import Deadline, timed_out
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.record_lock import NOBODY, UNKNOWN, RecordLock
from anyreg.errors import AccessDeniedError, NotFoundError, RegistryError

TEMPORARY: Final = "/tmp"
_NAMED_BY: Final = "wineserver"  # Debian's file in a prefix
_LOCK: Final = "lock"
_PAUSE: Final = 0.002  # seconds
_TRIES: Final = 100
_MOST: Final = 256  # bytes of a name


class WineServer:
    """The server of one prefix, which may run or not."""

    def __init__(self, folder: str, temporary: str = TEMPORARY) -> None:
        """Name the prefix.

        Args:
            folder: Its folder.
            temporary: The folder that the servers' folders are in.
        """
        self._folder = folder
        self._temporary = temporary
        self._held: list[RecordLock] = []

    def _places(self) -> list[str]:
        """The folders that a server can have."""
        found = os.stat(self._folder)
        name = f"server-{found.st_dev:x}-{found.st_ino:x}"
        tops = [f".wine-{found.st_uid}"]
        try:
            with open(os.path.join(self._folder, _NAMED_BY), encoding="utf-8") as file:
                tops.append(file.read(_MOST).strip())
        except (OSError, ValueError):
            pass  # it is no prefix that Debian's Wine has made
        return [os.path.join(self._temporary, top, name) for top in tops if _is_name(top)]

    def is_running(self) -> bool:
        """Whether a server runs."""
        return self._process() > 0

    def require_none(self) -> None:
        """Refuse a prefix for which a server runs.

        Raises:
            AccessDeniedError: One does.
        """
        process = self._process()
        if process > 0:
            raise self._running(process)

    def _process(self) -> int:
        """The process that has a lock."""
        for place in self._places():
            try:
                lock = RecordLock(os.path.join(place, _LOCK), writable=False)
            except RegistryError:
                continue  # no server has ever run there
            try:
                process = lock.holder()
            finally:
                lock.close()
            if process != NOBODY:
                return process
        return NOBODY

    def hold(self, timeout: float = -1.0) -> None:
        """Keep a server from starting, until release().

        Args:
            timeout: Seconds to wait at most for others that write the files; negative: for ever.

        Raises:
            AccessDeniedError: A server runs, or the lock cannot be had.
            TransactionError: Others still write after that time.
        """
        deadline = Deadline(timeout)
        try:
            for place in self._places():
                self._hold_one(place, deadline, timeout)
        except BaseException:
            self.release()
            raise

    def _hold_one(self, place: str, deadline: Deadline, timeout: float) -> None:
        path = os.path.join(place, _LOCK)
        for _ in range(_TRIES):
            lock = self._lock_at(path)
            if lock is None:
                return
            self._held.append(lock)
            while not lock.take():
                process = lock.holder()
                if process not in (NOBODY, UNKNOWN):
                    raise self._running(process)
                if deadline.left == 0:
                    raise timed_out(timeout, self._folder)
                sleep(_PAUSE)
            if lock.is_at():
                return
            self._held.remove(lock)  # a server that ended has taken the file away
            lock.close()
        raise AccessDeniedError("the lock of Wine's server cannot be had", path=path)

    def _lock_at(self, path: str) -> RecordLock | None:
        """The file of a lock, made where it is missing; None where only its user can make it."""
        try:
            return RecordLock(path)
        except NotFoundError:
            if os.stat(self._folder).st_uid != os.geteuid():
                return None  # his server would refuse a folder of another user
        disk = FileDisk()
        disk.make_folder(os.path.dirname(path))
        disk.open_or_create(path).close()
        return RecordLock(path)

    def _running(self, process: int) -> AccessDeniedError:
        words = (
            f"Wine runs for this prefix (process {process}), and would write over every change: "
            "end it with `wineserver -k`, or make the change in it, as `wine reg import FILE` "
            'does; mode "r" reads it meanwhile'
        )
        return AccessDeniedError(words, path=self._folder)

    def release(self) -> None:
        """Let a server start again."""
        while self._held:
            self._held.pop().close()


def _is_name(top: str) -> bool:
    return bool(top) and "/" not in top and "\0" not in top and top not in (".", "..")
