"""The transaction log: where a commit becomes real, and how it reaches the hive's file.

A hive is clean (n, n), and its logs mean nothing, or in a dirty period that began with entry s:
then the primary's numbers are (s + 1, s), and the active log holds entries s, s + 1, ... k, each a
commit.  The state is the primary's bins with all of them applied, in order.

What is found on opening may stand in the system's cache alone: its writer has died before the sync,
or the sync has failed and the system counts the pages as written.  So before anything that the disk
may still need is written over, it is written again, and synced: the base block of a clean hive
here, when a log is first begun or cut; that of a dirty one, with its logs, by who recovers it.

Beginning a period.  s is one more than the highest number in the three base blocks.  The log that
the last period did not use gets its header and entry s, and is synced; only then the primary's
base block says (s + 1, s), and is synced.  That write is the commit: before it, nobody counts the
entry.

Going on.  Entry k + 1 is put behind entry k.  Its hashes make a torn one invisible.  What stands
behind the last entry can never be mistaken for one: it is zeros, or what this process itself has
logged in an earlier period, with lower numbers and with nothing that looks like an entry where
none begins.  A log of which that is not known is looked through when it is begun, and what begins
like an entry is filled with zeros.

Checkpoint.  Sync the log; write the last version of every page that the period's entries name;
sync; write the base block (k + 1, k + 1); sync.  Interrupted at any point, it is repeated from the
log, which it does not touch.

Private periods.  Who begins a period while nobody else has the hive open need not look behind the
last entry for those of others: whoever opens the hive then makes the checkpoint first, which the
base block shows.  So nothing wants the tail of the log in the system's cache, and durable entries
are written past it.

After a write or a sync that failed, what is on the disk is unknown: the log refuses all further
work, and opening the hive again finds out.
"""

from __future__ import annotations

from anyreg.engine.dirty_pages import DirtyPages
from anyreg.engine.image import Image
from anyreg.engine.log_file import LogFile
from anyreg.engine.log_numbers import (
    LAST_NUMBER,
    following,
    highest_number,
    log_header,
    newer_log,
    numbered,
    restart_numbers,
)
from anyreg.engine.log_trimming import cut_logs
from anyreg.engine.recover import Recovery
from anyreg.engine.storage import Storage
from anyreg.engine.sync_guard import SyncGuard
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import ENTRY_HASH_1, LOG_ENTRIES, SECTOR
from anyreg.regf.logs import LogEntry, build_entry
from anyreg.regf.reads import u64


class Wal:
    """The three files of a hive that is open for writing.

    Attributes:
        base: The base block as it stands in the primary.
        number: Sequence number of the last commit.
        active: 0 or 1: the log of the dirty period; -1 while the hive is clean.
        tail: Where the next entry goes in it.
        synced: Number of the last commit that would survive a power cut.
        written_out: Where the active log ended when its writing out last began.
        last_hash: Hash 1 of the last entry of the dirty period, 0 while the hive is clean.
        is_private: Whether nobody else writes in the dirty period.
        is_known: Whether the last period began while the hive was open here.
    """

    def __init__(
        self,
        primary: Storage,
        logs: list[Storage],
        base: BaseBlock,
        path: str,
        guard: SyncGuard,
    ) -> None:
        """Take over a clean hive.

        Args:
            primary: Its file.
            logs: LOG1 and LOG2.
            base: Its base block.
            path: For messages.
            guard: That of the files.
        """
        self._primary = primary
        self._logs = [LogFile(log) for log in logs]
        self._path = path
        self._guard = guard
        self.base = base
        self.number = base.primary_number
        self.active = -1
        self.tail = self.written_out = LOG_ENTRIES
        self.synced = self.number
        self.is_private = False
        self.is_known = False
        self._base_synced = False  # its writer may have died before the sync
        self._is_adopted = False  # another may have failed to make the checkpoint of this period
        self.last_hash = 0
        self._last_used = newer_log(self._logs)
        self._dirty = DirtyPages()  # which a checkpoint has to write

    @property
    def head(self) -> bytes:
        """The first 512 bytes of the primary, as they are known."""
        return self.base.raw[:SECTOR]

    def adopt(self, recovery: Recovery) -> None:
        """Take over a hive in a dirty period: after a crash, or one that others write too.

        Args:
            recovery: What replay has found.
        """
        log = recovery.last_log  # an old log that is neither LOG1 nor LOG2 counts as LOG1
        self.active = self._last_used = 1 if log is not None and log.name == "LOG2" else 0
        self.number = recovery.last_number
        self.synced = 0  # nothing that others have appended is known to be durable
        self.tail = self.written_out = recovery.tail
        self._base_synced = False
        self.last_hash = recovery.last_hash
        self._is_adopted = True
        self._dirty.note(recovery.pieces)

    def secured(self) -> None:
        """All that was taken over is on the disk."""
        self.synced = self.number
        self._base_synced = True

    def went_clean(self, base: BaseBlock) -> None:
        """Another process has made the checkpoint of this period, but for its last sync perhaps."""
        self.base = base
        self.number = self.synced = base.primary_number
        if self.active >= 0:
            self._last_used = self.active
        self.active = -1
        self.is_private = False
        self._base_synced = False
        self.last_hash = 0
        self._dirty.clear()

    def other_period(self, base: BaseBlock) -> None:
        """Another process has begun a period, right after all that is known here."""
        self.base = base
        self.is_private = False
        self.is_known = True
        self._base_synced = False
        self.active = self._last_used = 1 - self._last_used
        self._logs[self.active].is_harmless = False
        self.number = base.secondary_number - 1
        self.tail = self.written_out = LOG_ENTRIES
        self._dirty.clear()

    def followed(self, entry: LogEntry) -> None:
        """An entry of another process was taken over."""
        self._logs[self.active].is_harmless = False
        self.number = entry.number
        self.tail += entry.size
        self.last_hash = entry.hash_1
        self._dirty.note(entry.pages)

    def commit(
        self,
        pages: list[tuple[int, bytes]],
        bins_size: int,
        durable: bool,
        is_alone: bool = False,
    ) -> None:
        """Make one commit.

        Args:
            pages: The pages that differ, one or several at a time, ascending.
            bins_size: Bytes of the bins after it.
            durable: Return only when it would survive a power cut.
            is_alone: Nobody else has the hive open: a period that this begins is private.

        Raises:
            TransactionError: An earlier write failed.
            RegistryError: The system failed to write; nothing was committed, or it is unknown.
        """
        self.require_whole()
        if self.active < 0:
            if highest_number(self.base, self._logs) >= LAST_NUMBER:
                self._secure_base()
                self.base = restart_numbers(self._primary, self._logs, self.base, self._guard)
                self.number = self.synced = 1
            self._begin_period(pages, bins_size, is_alone)
        else:
            self._append(pages, bins_size, durable)
        self._dirty.note(pages)

    @property
    def next_number(self) -> int:
        """The number of the entry that commit() will log next."""
        if self.active >= 0:
            return self.number + 1
        highest = highest_number(self.base, self._logs)
        return 2 if highest >= LAST_NUMBER else highest + 1

    def _begin_period(
        self, pages: list[tuple[int, bytes]], bins_size: int, is_private: bool
    ) -> None:
        number = 1 + highest_number(self.base, self._logs)
        which = 1 - self._last_used
        log = self._logs[which]
        header = log_header(self.base, number)
        entry = build_entry(LOG_ENTRIES, number, self.base.flags, bins_size, pages)
        end = LOG_ENTRIES + len(entry)
        self._secure_base()
        log.prepare(end, is_private, self.base.primary_number)
        dirty = numbered(self.base, number + 1, number)
        try:
            with self._guard.syncing:
                log.begin(header.build(), entry)
        except BaseException as error:  # the log of a clean hive means nothing
            self._guard.fail(error, is_in_doubt=False)
            raise
        try:
            self._primary.write(0, dirty.build()[:SECTOR])
            self._primary.sync()
        except BaseException as error:
            self._guard.fail(error)
            raise
        self.base = BaseBlock(dirty.build())
        self._base_synced = True
        self.is_private = is_private
        self._is_adopted = False
        self.is_known = True
        self.active = self._last_used = which
        self.tail = self.written_out = end
        self.last_hash = u64(entry, ENTRY_HASH_1)
        self.number = self.synced = number

    def _append(self, pages: list[tuple[int, bytes]], bins_size: int, durable: bool) -> None:
        log = self._logs[self.active]
        entry = build_entry(self.tail, self.number + 1, self.base.flags, bins_size, pages)
        end = self.tail + len(entry)
        log.reserve(self.tail, end)
        try:
            if durable and self.is_private and self.synced == self.number and not log.has_grown:
                with self._guard.syncing:
                    self.require_whole()
                    log.append_durably(self.tail, entry)
            else:
                log.append(self.tail, entry)
                if durable:
                    self._sync_period()
        except BaseException as error:
            self._guard.fail(error)
            raise
        self.number += 1
        self.tail = end
        self.last_hash = u64(entry, ENTRY_HASH_1)
        if durable:
            self.synced = self.number

    def clear_behind_tail(self) -> None:
        """A writer that died left part of an entry: put zeros there before the next one.

        Its end could look like the entry that follows the next one.
        """
        if self.active < 0 or self.is_private:
            return
        log = self._logs[self.active]
        if not log.begins_entry(self.tail, self.number):  # one of an earlier period does no harm
            return
        try:
            log.clear_entries(self.tail)
            log.sync()
        except BaseException as error:
            self._guard.fail(error)
            raise

    def sync(self) -> None:
        """Make every commit so far durable."""
        self.require_whole()
        if self.active < 0 or self.synced == self.number:
            return
        try:
            self._sync_period()
        except BaseException as error:
            self._guard.fail(error)
            raise
        self.synced = self.number

    def _sync_period(self) -> None:
        """Sync the log, and the base block that makes it count if others wrote that."""
        with self._guard.syncing:
            self.require_whole()
            self._logs[self.active].sync()
        if not self._base_synced:
            self._primary.sync()
            self._base_synced = True

    def _secure_base(self) -> None:
        """Have the base block of a clean hive on the disk: else that needs the log still.

        Raises:
            RegistryError: The system failed to write.
        """
        if self._base_synced:
            return
        self._primary.write(0, self.head)  # the same bytes: a full disk changes nothing
        try:
            self._primary.sync()
        except BaseException as error:
            self._guard.fail(error)
            raise
        self._base_synced = True

    def write_out(self) -> None:
        """Let what was logged so far reach the disk, while others may go on with the log.

        It promises nothing: what is durable stays what it was.

        Raises:
            RegistryError: The system failed to write.
        """
        with self._guard.syncing:
            which = self.active
            if which < 0 or self.synced == self.number or self.is_broken or self._guard.is_closed:
                return
            try:
                self._logs[which].storage.sync()  # it may grow meanwhile
                if not self._base_synced:
                    self._primary.sync()
            except BaseException as error:
                self._guard.fail(error)
                raise

    def checkpoint(self, image: Image) -> None:
        """Bring the hive's file up to date; it is clean then.

        Args:
            image: The state after the last commit.

        Raises:
            RegistryError: The system failed to write.  Every commit is still in the log.
        """
        self.require_whole()
        if self.active < 0:
            return
        self.sync()
        # A full disk may show here, and changes nothing.
        self._dirty.write(image, self._primary, self._is_adopted)
        try:
            self._primary.sync()
            clean = numbered(self.base, following(self.number), following(self.number))
            clean.bins_size = image.size
            self._primary.write(0, clean.build()[:SECTOR])
            self._primary.sync()
            self.went_clean(BaseBlock(clean.build()))
            self._base_synced = True
        except BaseException as error:
            self._guard.fail(error)
            raise

    @property
    def has_long_logs(self) -> bool:
        """Whether a log has more room than it was made with."""
        return self._logs[0].is_long or self._logs[1].is_long

    def give_room_back(self, image: Image, is_told: bool) -> None:
        """Cut long logs of a clean hive that nobody else has open.

        Args:
            image: The bins.
            is_told: Whether an observer knows all that this log could tell of its period.
        """
        self.require_whole()
        self._secure_base()
        cut_logs(self._logs, self._last_used, self.is_known or is_told, self.base, image)

    def fail(self, error: BaseException) -> None:
        """Something has ended so: what the files say may not be what is known here."""
        self._guard.fail(error)

    @property
    def is_in_doubt(self) -> bool:
        """Whether it is unknown if the commit was made whose write failed."""
        return self._guard.is_in_doubt

    @property
    def is_broken(self) -> bool:
        """Whether a write failed, so that nothing more is done here."""
        return bool(self._guard.broken)

    def require_whole(self) -> None:
        """Refuse to go on after a write that failed.

        Raises:
            TransactionError: One did.
        """
        self._guard.require_whole(self._path)
