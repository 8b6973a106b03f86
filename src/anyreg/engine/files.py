"""The files of a hive that is open for writing, and who may do what with them.

Whoever opens the hive or changes it holds LOG1's lock, to the end of that.
Whoever has it open holds the primary's and LOG2's, see writers.py: so the last to close can have
LOG2 alone, and who begins a dirty period can ask whether anybody else could go on with it.

The logs stand beside the file itself, wherever the links lead by which it was named.  What stands
there must be logs: what nobody could take for one is given another name, never written over; but
only once all was read, and the hive is going to be opened.
"""

from __future__ import annotations

import logging
import os
from errno import EEXIST
from typing import Final

from anyreg.engine.context_lock import timed_out
from anyreg.engine.foreign_files import not_a_hive
from anyreg.engine.log_file import FIRST_ROOM, is_log
from anyreg.engine.old_wal import OldWal
from anyreg.engine.recover import Log, parse_log, read_log
from anyreg.engine.storage import Disk, Storage, name_again
from anyreg.engine.sync_guard import SyncGuard
from anyreg.engine.timed_lock import TimedLock
from anyreg.engine.wal import Wal
from anyreg.engine.writers import Writers
from anyreg.errors import NotHiveError, NotSupportedError, RegistryError
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import (
    BASE_SIGNATURE,
    BASE_SIZE,
    BIN_HEADER,
    BINS_START,
    SECTOR,
    TYPE_NEW_LOG,
    TYPE_NT_LOG,
    TYPE_OLD_LOG,
)

_logger: Final = logging.getLogger(__name__)

_TRIES: Final = 1000
_BRIEFLY: Final = 1.0  # seconds
_PIECE: Final = 1 << 20
_OLD_TYPES: Final = (TYPE_OLD_LOG, TYPE_NT_LOG)


class HiveFiles:
    """A primary file and its logs.

    Attributes:
        path: The primary file.
        primary: It, open.
        logs: LOG1 and LOG2.
    """

    def __init__(self, disk: Disk, path: str, timeout: float = -1.0) -> None:
        """Open the files, make the logs that are missing, and hold the writer lock.

        Args:
            disk: Where they are.
            path: The primary file.
            timeout: See hold().

        Raises:
            TransactionError: See hold().
            RegistryError: A file cannot be opened or made, or is not what it must be.
        """
        self.path = path
        self._disk = disk
        self._place = disk.real_path(path)
        self._guard = SyncGuard()
        self._timeout = timeout
        self._made: list[str] = []
        self._grown: list[tuple[Storage, int]] = []  # logs that had so many bytes
        self._are_names_lost = False  # those of logs, by a sync that failed
        self._aside: list[tuple[str, str]] = []  # the names that files had, and those they have
        self._holds = 0
        self.logs: list[Storage] = []
        self._log_paths: list[str] = []
        self._all: list[Storage] = []  # the primary, LOG1, and the rest
        self._oldest: Storage | None = None  # NAME.LOG, which Windows XP and older write
        self._writer: TimedLock | None = None
        disk.require_sharing(path)
        try:
            self._open_all()
        except BaseException:
            self.give_up()
            raise

    def _open_all(self) -> None:
        self._open_what_stays()
        self._presence = Writers(self.primary, self.logs[1])
        self._presence.enter(self.path)
        self._oldest = self._open_oldest_log()

    def _open_what_stays(self) -> None:
        """Open the files, anew as long as others take them away just then."""
        for _ in range(_TRIES):
            if self._open():
                return
            self._close_files()
        raise RegistryError("others take its files away, again and again", path=self.path)

    def _open(self) -> bool:
        """Open the files; whether they are still what stands there once the lock was had."""
        self.logs = []
        self._log_paths = []
        self.primary = self._disk.open(self._place, True)
        self._all = [self.primary]
        if self.primary.has_other_names():
            raise NotSupportedError(
                "the hive has other names too (hard links), whose logs would not be these; it is "
                "only read: copy it to have a file of its own",
                path=self.path,
            )
        self._require_hive()
        self._open_log(".LOG1")
        self._writer = TimedLock(self.logs[0])
        self.hold(self._timeout)
        # Others may have given an opening up meanwhile, and taken their logs away, or the file.
        if not (self.primary.is_at(self._place) and self.logs[0].is_at(self._log_paths[0])):
            return False
        self._open_log(".LOG2")
        return True

    def _require_hive(self) -> None:
        """Refuse a file that is no hive before any log is made beside it."""
        if self._disk.find_logs(self._place):
            return
        try:
            BaseBlock(self.primary.read(0, SECTOR)).require_version(self.path)
        except NotHiveError:
            raise not_a_hive(self.primary.read(0, BINS_START + SECTOR), self.path) from None

    def _open_log(self, suffix: str) -> None:
        """LOG1 or LOG2, made where it is missing: some tools refuse one without the other."""
        path = self._place + suffix
        for found in self._disk.find_logs(self._place):
            if found.upper().endswith(suffix):
                path = found
                log = self._disk.open_own(path, True, self._place)
                break
        else:
            log = self._new_log(path)
        self.logs.append(log)
        self._log_paths.append(path)
        self._all.append(log)

    def _new_log(self, path: str) -> Storage:
        try:
            log = self._disk.create(path)
        except RegistryError as error:
            if error.errno != EEXIST:
                error.message = f"no log can be made beside the hive: {error.message}"
                raise
            return self._disk.open_own(path, True, self._place)  # another process was faster
        self._made.append(path)
        return log

    def _open_oldest_log(self) -> Storage | None:
        """NAME.LOG, where there is a log of that name; nobody writes to anything else."""
        for found in self._disk.find_logs(self._place):
            if found.upper().endswith(".LOG"):
                log = self._disk.open_own(found, True, self._place)
                self._all.append(log)
                return log if is_log(log) else None
        return None

    def put_aside(self) -> bool:
        """Give other names to files that have the names of logs, and are none, and make new logs.

        Called when nothing else can refuse the hive any more.

        Returns:
            Whether there were any: all is to be read again, as others may have come meanwhile.
        """
        named = list(zip(self._log_paths, self.logs, strict=True))
        wrong = [path for path, log in named if not is_log(log)]
        if not wrong:
            return False
        self._take_logs_back()  # while the lock is held: it is not if the files cannot be opened
        for path in wrong:
            self._put_one_aside(path)
        self._close_files()
        self._open_all()
        return True

    def _put_one_aside(self, path: str) -> None:
        aside = f"{path}.{os.urandom(4).hex()}.aside"
        self._disk.rename_new(path, aside)
        self._aside.append((path, aside))
        self._disk.sync_directory(aside)  # or a cut could leave the new log alone of the two
        _logger.warning("%r is no log of a hive; it is called %r now", path, aside)

    def fill_logs(self) -> None:
        """Give logs that are new, or were cut off, their first room.

        Only once they were read: zeros behind a log that was cut off would pass for its end.
        """
        is_new = False
        for log in self.logs:
            # Who made it may have been killed before its name was synced; one in use has a name.
            is_new = is_new or log.read(0, 4) != BASE_SIGNATURE
            size = log.size()
            if size < FIRST_ROOM:
                self._grown.append((log, size))
                log.clear(size, FIRST_ROOM)
                log.sync()
                is_new = True
        if is_new:
            try:
                self._disk.sync_directory(self._place)
            except BaseException:
                self._are_names_lost = True
                raise

    def keep_logs(self) -> None:
        """From now on the logs may hold a commit: an opening that fails leaves them."""
        self._made = []
        self._grown = []
        self._aside = []

    def opened(self) -> None:
        """The hive is read: let others open and write it."""
        self.release()

    def give_up(self) -> None:
        """Leave nothing behind of an opening that failed; its error is the one that counts."""
        try:
            self._take_logs_back()
            for path, aside in self._aside:
                self._disk.rename_new(aside, path)  # over nothing that others have made meanwhile
        except RegistryError:
            pass
        finally:
            self.close()

    def _take_logs_back(self) -> None:
        """Have the logs as they were: remove those that were made here, and cut those that grew.

        Who waits for LOG1 finds that it is gone, and begins anew; a log that somebody has used
        before its maker had the lock may hold commits.
        """
        is_changed = self._made or self._grown or self._are_names_lost
        if not is_changed or not self._all or not self.logs:
            return
        is_held = self._holds > 0 or (self._writer is not None and self._writer.take(0.0))
        if is_held and self.primary.lock(False, False):
            for log, size in self._grown:
                log.truncate(size)
            for path, log in zip(self._log_paths, self.logs, strict=True):
                if log.is_at(path) and log.read(0, 4) != BASE_SIGNATURE:
                    if path in self._made:
                        self._disk.remove(path)
                    elif self._are_names_lost:
                        name_again(self._disk, path)

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
            self._put_back()
            self.logs[0].unlock()

    def hand_on(self) -> None:
        """Leave to others what they build upon, after a sync without the writer lock that failed.

        Where somebody holds the lock all the while, it is left as it is.
        """
        try:
            self.hold(_BRIEFLY)
            self.release()
        except RegistryError:
            pass

    def _put_back(self) -> None:
        """After a sync that failed, have what others see written by their next sync.

        The system may count it as written, and their syncs would pass it by.
        """
        if not self._guard.take_unwritten():
            return
        try:
            for log in self.logs:
                for at in range(0, log.size(), _PIECE):
                    log.write(at, log.read(at, _PIECE))
            self.primary.write(0, self.primary.read(0, SECTOR))
        except RegistryError:
            pass  # whoever opens the hive next does it

    def is_alone(self) -> bool:
        """Whether it is sure that nobody else has the hive open; asked under the writer lock."""
        return self._presence.is_alone()

    def keep_others_out(self) -> bool:
        """Whether nobody else has the hive open; nobody can open it then until it is closed."""
        return self._presence.keep_others_out()

    # What stands in them

    def head(self) -> bytes:
        """The base block, and the header of the first bin."""
        return self.primary.read(0, BASE_SIZE + BIN_HEADER)

    def valid_logs(self) -> list[Log]:
        """The logs that have a valid base block."""
        found = [parse_log(name, read_log(storage)) for name, storage in self._named_logs()]
        return [log for log in found if log is not None]

    def _named_logs(self) -> list[tuple[str, Storage]]:
        named = list(zip(("LOG1", "LOG2"), self.logs, strict=True))
        if self._oldest is not None:
            named.append(("LOG", self._oldest))
        return named

    def write_again(self, head: bytes, logs: list[Log]) -> None:
        """Have on the disk what a recovery builds upon, before it writes over anything.

        Its writer may have died before a sync.  After a sync that failed the system can show what
        the disk has not, and no further sync would write it: so all of it is written again.

        Args:
            head: What head() has found.
            logs: The logs that applied.

        Raises:
            RegistryError: The system failed to write.
        """
        storages = dict(self._named_logs())
        for log in logs:
            storages[log.name].write_anew(0, log.data)
            storages[log.name].sync()
        self.primary.write(0, head[:SECTOR])
        self.primary.sync()

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
        if self._holds > 0:
            self._put_back()
        self._close_files()

    def _close_files(self) -> None:
        """LOG2 goes before the primary, as writers.py relies on, and the writer lock last."""
        if self._writer is not None:
            self._writer.close()
        for storage in self._all[2:] + self._all[:2]:
            storage.close()
        self._all = []
        self._holds = 0


def _log_type(log: Storage) -> int:
    """The type in a log's base block, -1 where it has none that is valid."""
    found = parse_log("", log.read(0, SECTOR))
    return found.base.type if found is not None else -1
