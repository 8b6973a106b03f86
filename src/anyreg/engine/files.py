"""The files of a hive that is open for writing, and who may do what with them.

Three locks: whoever opens the hive holds the primary's until its logs are there and read; whoever
changes it holds LOG1's, from the first change to the end of the transaction; whoever has it open
holds LOG2's shared.  So the last to close can have LOG2 alone, and who begins a dirty period can
ask whether anybody else could go on with it.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.guard import LogGuard
from anyreg.engine.log_file import FIRST_ROOM
from anyreg.engine.old_wal import OldWal
from anyreg.engine.recover import Log, parse_log, read_log
from anyreg.engine.storage import Disk, Storage
from anyreg.engine.turn import timed_out
from anyreg.engine.waiting import WaitingLock
from anyreg.engine.wal import Wal
from anyreg.errors import NotHiveError, RegistryError
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import (
    BASE_SIZE,
    BIN_HEADER,
    SECTOR,
    TYPE_NEW_LOG,
    TYPE_NT_LOG,
    TYPE_OLD_LOG,
)

_OLD_TYPES: Final = (TYPE_OLD_LOG, TYPE_NT_LOG)


class HiveFiles:
    """A primary file and its logs.

    Attributes:
        path: The primary file.
        primary: It, open.
        logs: LOG1 and LOG2.
    """

    def __init__(self, disk: Disk, path: str) -> None:
        """Open the files, make the logs that are missing, and hold the opener's lock."""
        self.path = path
        self._disk = disk
        self._guard = LogGuard()
        self._made: list[str] = []
        self._holds = 0
        self.logs: list[Storage] = []
        self._oldest: Storage | None = None  # NAME.LOG, which Windows XP and older write
        self._writer: WaitingLock | None = None
        disk.require_sharing(path)
        self.primary = disk.open(path, True)
        try:
            self.primary.lock(False, True)
            self._require_hive()
            self._open_logs()
            self._oldest = _open_oldest_log(disk, path)
            self._writer = WaitingLock(self.logs[0])
        except BaseException:
            self.give_up()
            raise

    def _require_hive(self) -> None:
        """Refuse a file that is no hive before any log is made beside it."""
        if self._disk.find_logs(self.path):
            return
        try:
            BaseBlock(self.primary.read(0, SECTOR)).require_version(self.path)
        except NotHiveError as error:
            error.path = self.path
            raise

    def _new_log(self, path: str) -> Storage:
        try:
            log = self._disk.create(path)
        except RegistryError:  # another process was faster
            return self._disk.open(path, True)
        self._made.append(path)
        return log

    def _open_logs(self) -> None:
        """LOG1 and LOG2, made where they are missing: some tools refuse one without the other."""
        present = {found[-5:].upper(): found for found in self._disk.find_logs(self.path)}
        for suffix in (".LOG1", ".LOG2"):
            if suffix in present:
                self.logs.append(self._disk.open(present[suffix], True))
            else:
                self.logs.append(self._new_log(self.path + suffix))

    def fill_logs(self) -> None:
        """Give logs that are new, or were cut off, their first room.

        Only once they were read: zeros behind a log that was cut off would pass for its end.
        """
        for log in self.logs:
            size = log.size()
            if size < FIRST_ROOM:
                log.clear(size, FIRST_ROOM)
                log.sync()
                self._disk.sync_directory(self.path)

    def keep_logs(self) -> None:
        """From now on the logs may hold a commit: an opening that fails leaves them."""
        self._made = []

    def opened(self) -> None:
        """The hive is read: be one of those who have it open, and let others open and write it."""
        mine = self.logs[1]
        if mine.shares_locks():
            mine.lock(True, True)
            self.release()
        else:  # whoever has it must be able to write until it is closed
            self.release()
            mine.lock(True, True)
        self.primary.unlock()

    def give_up(self) -> None:
        """Leave nothing behind of an opening that failed; its error is the one that counts."""
        try:
            for made in self._made:  # nobody else has them: that needs the primary's lock
                self._disk.remove(made)
        except RegistryError:
            pass
        finally:
            self.close()

    # Locks

    def hold(self, timeout: float = -1.0) -> None:
        """Take the writer lock; what holds it already may take it again.

        Raises:
            TransactionError: It could not be had within so many seconds.
        """
        if self._holds == 0:
            assert self._writer is not None
            if not self._writer.take(timeout):
                raise timed_out(timeout, self.path)
        self._holds += 1

    def release(self) -> None:
        """Give the writer lock back, once for each time that it was taken."""
        self._holds -= 1
        if self._holds == 0:
            self.logs[0].unlock()

    def is_alone(self) -> bool:
        """Whether it is sure that nobody else has the hive open; asked under the writer lock."""
        if not self.logs[1].shares_locks():
            return False  # a lock that is given back for a moment may not come again
        try:
            return self.keep_others_out()
        finally:
            self.logs[1].lock(True, True)

    def keep_others_out(self) -> bool:
        """Whether nobody else has the hive open; nobody can open it then until it is closed."""
        return self.logs[1].lock(False, False)

    # What stands in them

    def head(self) -> bytes:
        """The base block, and the header of the first bin."""
        return self.primary.read(0, BASE_SIZE + BIN_HEADER)

    def valid_logs(self) -> list[Log]:
        """The logs that have a valid base block."""
        named = list(zip(("LOG1", "LOG2"), self.logs, strict=True))
        if self._oldest is not None:
            named.append(("LOG", self._oldest))
        found = [parse_log(name, read_log(storage)) for name, storage in named]
        return [log for log in found if log is not None]

    def wal(self, base: BaseBlock, old: bool) -> Wal:
        """What the hive is written with: the old protocol where it has an old log alone.

        Args:
            base: The base block.
            old: The systems that read it know old logs only.
        """
        kinds = [_log_type(log) for log in self.logs]
        if TYPE_NEW_LOG in kinds and not old:
            return Wal(self.primary, self.logs, base, self.path, self._guard)
        for log, kind in zip(self.logs, kinds, strict=True):
            if kind in _OLD_TYPES:
                return OldWal(self.primary, self.logs, base, self.path, self._guard, log)
        oldest = self._oldest
        if oldest is not None and (old or _log_type(oldest) in _OLD_TYPES):
            return OldWal(self.primary, self.logs, base, self.path, self._guard, oldest)
        if old:
            return OldWal(self.primary, self.logs, base, self.path, self._guard, self.logs[0])
        return Wal(self.primary, self.logs, base, self.path, self._guard)

    def close(self) -> None:
        """Close all files; further calls do nothing."""
        self._guard.close()
        if self._writer is not None:
            self._writer.close()
        for storage in (self.primary, *self.logs):
            storage.close()
        if self._oldest is not None:
            self._oldest.close()


def _log_type(log: Storage) -> int:
    """The type in a log's base block, -1 where it has none that is valid."""
    found = parse_log("", log.read(0, SECTOR))
    return found.base.type if found is not None else -1


def _open_oldest_log(disk: Disk, path: str) -> Storage | None:
    for found in disk.find_logs(path):
        if found.upper().endswith(".LOG"):
            return disk.open(found, True)
    return None
