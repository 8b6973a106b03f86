"""The records of a history, one behind the other, in files that come and go as a whole.

One process at a time has the lock, for as long as a record is written and its commit is made.  Who
gets it reads what others have put behind the records that are known.

A record at the end that is torn is overwritten by the next one.  The files are looked at from their
end: a record's `floor` tells from which number on commits may never have come to be, its `sound`
from where on records may be torn.  So opening a long history reads its last records alone.

When a file is large enough a `next` record ends it, all of it is synced, and the next file begins.
Whole files go, the oldest first, when all of them have more bytes than they may, or the newest
record of one is too old.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from threading import RLock
from typing import Final

from anyreg.engine.storage import Disk
from anyreg.errors import NotFoundError, RegistryError
from anyreg.history.backwards import backwards
from anyreg.history.folder import Folder
from anyreg.history.items import Item
from anyreg.history.last_file import LastFile
from anyreg.history.packing import pack_item
from anyreg.history.records import (
    DROPPED,
    NEXT,
    NO_DIGEST,
    OF_COMMITS,
    THERE,
    ItemBytes,
    Record,
    record_before,
)
from anyreg.history.unpacking import read_items
from anyreg.times import now

_SHARE: Final = 8  # a file is full at this part of what all may have
_SMALLEST: Final = 4096
_RESOLVING: Final = (THERE, DROPPED)


class Store:
    """The records of one history.

    Attributes:
        folder: Path of the folder with the files.
        unresolved: Records of commits that may not have come to be, by number, oldest first.
        last_id: Number of the last record.
        most: Bytes that all files may have.
    """

    def __init__(self, disk: Disk, folder: str, most: int, age: int, is_read_only: bool) -> None:
        """Get ready; the files are opened when they are first needed.

        Args:
            disk: Where the folder is.
            folder: Its path; made when something is written.
            most: Bytes that all files may have.
            age: How old a record may get, in the ticks of a FILETIME.
            is_read_only: Make and change nothing.
        """
        self.folder = folder
        self.unresolved: dict[int, Record] = {}
        self.last_id = 0
        self._files = Folder(disk, folder, is_read_only)
        self.most = most
        self._age = age
        self._full = max(_SMALLEST, most // _SHARE)
        self._is_read_only = is_read_only
        self._mutex = RLock()
        self._depth = 0
        self._file: LastFile | None = None
        self._has_failed = False
        self._unsynced = 0  # all records before this number are durable, and resolved or listed
        self._others = 0  # bytes of the files before the last one
        self._looked_at_age = False

    # The lock

    def take(self) -> None:
        """Take the lock, and read what others have written; it may be taken again inside.

        Raises:
            RegistryError: A sync has failed: what is on the disk is unknown from then on.
        """
        self._mutex.acquire()
        try:
            if self._has_failed:
                raise RegistryError(
                    "an earlier write to the history failed; open the hive again", path=self.folder
                )
            if self._depth == 0:
                self._files.lock()
                try:
                    self._catch_up()
                except BaseException:
                    self._files.unlock()
                    raise
            self._depth += 1
        except BaseException:
            self._mutex.release()
            raise

    def give(self) -> None:
        """Give the lock back."""
        self._depth -= 1
        try:
            if self._depth == 0:
                self._files.unlock()
        finally:
            self._mutex.release()

    def __enter__(self) -> Store:
        """Have the lock for the length of a block."""
        self.take()
        return self

    def __exit__(self, *exception: object) -> None:
        self.give()

    # Reading

    def _catch_up(self) -> None:
        if self._file is None:
            self._open_last()
        while self._file is not None:
            file = self._file
            record = file.next()
            if record is None:
                return
            if file.is_synced:
                self._unsynced = record.id
            file.is_synced = False
            self._note(file, record)
            if record.kind == NEXT:
                self._go_on(file.number + 1)

    def _note(self, file: LastFile, record: Record) -> None:
        """A record stands behind those that are known."""
        self.last_id = record.id
        file.note(record)
        if record.parts:
            self.unresolved[record.id] = record
        for known in record.ids if record.kind in _RESOLVING else []:
            self.unresolved.pop(known, None)

    def _go_on(self, number: int) -> None:
        """Another process has ended the file that was the last one."""
        self._close_file()
        try:
            self._file = LastFile(self._files.open(number), number, True)
        except NotFoundError:  # cleared away already, or never made
            self._open_last()

    def _open_last(self) -> None:
        """Open the last file, and find where its records end."""
        numbers = self._files.numbers()
        self.unresolved = {}
        if not numbers:
            return
        file = self._file = LastFile(self._files.open(numbers[-1]), numbers[-1], True)
        file.end = file.storage.size()
        if file.end == 0 and not self._is_read_only:  # its maker may have died before its sync
            self._secure_last(file)
        if not self._look_back(file):
            file.find_end()
            self._look_back(file)
        if file.digest != NO_DIGEST and not self._is_read_only:
            last = file.last()
            if last is not None and last.kind == NEXT:  # its writer died before the next file
                self.sync()
                self._begin_file(file.number + 1)

    def _secure_last(self, file: LastFile) -> None:
        try:
            self._files.secure(file.number)
        except BaseException:
            self._close_file()  # it is taken away
            raise

    def _look_back(self, file: LastFile) -> bool:
        """Look at the last records, until all before are known; whether they are whole."""
        floor = -1
        resolved: set[int] = set()
        found: list[Record] = []
        file.digest = NO_DIGEST
        newest: Record | None = None
        try:
            for record in self.backwards():
                if newest is None:
                    newest, floor = record, record.floor
                if record.id < floor:
                    break
                if record.kind in _RESOLVING:
                    resolved.update(record.ids)
                elif record.parts and record.id not in resolved:
                    found.append(record)
        except RegistryError:
            return False
        if newest is None:
            return file.end == 0
        if newest.file == file.number:
            file.digest = newest.digest
            file.sound = newest.sound
        elif file.end:
            return False
        self.last_id = newest.id
        file.is_synced = False
        self._unsynced = floor
        found.reverse()
        self.unresolved = {record.id: record for record in found}
        return True

    def backwards(self) -> Iterator[Record]:
        """All records, the newest first; those that may be torn are looked at whole.

        Raises:
            RegistryError: A record is not whole.
        """
        return iter(()) if self._file is None else backwards(self._files, self._file)

    def items(self, record: Record) -> Iterator[Item]:
        """What a commit changed.

        Raises:
            NotFoundError: It is too old to be kept.
        """
        return read_items(ItemBytes(self._files.disk, self._files.file(record.file), record))

    # Writing, under the lock

    def begin(self, kind: str) -> Record:
        """A new record, to be completed and given to append()."""
        is_commit = kind in OF_COMMITS
        record = Record(kind, self.last_id + 1 if is_commit else self.last_id)
        record.time = now()
        record.pid = os.getpid()
        return record

    def append(self, record: Record, items: Iterator[Item] | None = None) -> None:
        """Write a record behind all others.

        Args:
            record: What is known of it; its parts and counts may become known with the items.
            items: What the commit changed.

        Raises:
            TooLargeError: A history may not hold so much; nothing was written.
            RegistryError: The system failed to write.
        """
        self._make_room()
        self._write(record, items)
        if self._file is not None and self._others + self._file.end > self.most:
            self.trim()

    def _write(self, record: Record, items: Iterator[Item] | None) -> None:
        file = self._file
        assert file is not None
        resolved = record.ids if record.kind in _RESOLVING else []  # an undo names what it undoes
        open_ones = [known for known in self.unresolved if known not in resolved]
        if file.is_synced:
            self._unsynced = record.id
        record.floor = min([*open_ones, self._unsynced])
        writer = file.writer(record, self.most - self._full)
        try:
            for item in items or []:
                writer.add(pack_item(item))
            writer.finish()
        except BaseException:
            self._has_failed = True  # until nothing of it is written any more
            writer.give_up()
            self._has_failed = False
            raise
        self._note(file, record)

    def _make_room(self) -> None:
        """See to it that there is a file to write to, and that all are not too many."""
        if self._file is None:
            self._begin_file(1)
        elif self._file.end >= self._full:
            self._end_file(self._file)
            self.trim()
        elif not self._looked_at_age:
            self.trim()
        self._looked_at_age = True

    def _begin_file(self, number: int) -> None:
        self._close_file()
        self._file = LastFile(self._files.create(number), number, False)
        self._write(self.begin(THERE), None)  # so that no file lacks the last number

    def _end_file(self, file: LastFile) -> None:
        self._write(self.begin(NEXT), None)
        self.sync()
        self._begin_file(file.number + 1)

    def sync(self) -> None:
        """Return when all records would survive a power cut."""
        file = self._file
        if file is not None and not file.is_synced:
            self._has_failed = True  # until it has not: the system may say "fine" the next time
            file.sync()
            self._has_failed = False

    # Limits

    def trim(self) -> None:
        """Take away the oldest files that are too many, or too old."""
        numbers = self._files.numbers()
        sizes = {number: self._files.size_of(number) for number in numbers}
        total = sum(sizes.values())
        for number in numbers[:-1]:
            if total <= self.most and not self._is_old(number):
                break
            total -= sizes[number]
            self._remove(number)
        last = self._file
        self._others = total - sizes.get(last.number, 0) if last is not None else total
        if last is not None and last.end and self._is_old(last.number):
            self.clear()

    def _is_old(self, number: int) -> bool:
        """Whether the newest record of a file is older than any may be."""
        storage = self._files.look(number)
        if storage is None:
            return True
        try:
            last = self._file
            end = last.end if last is not None and last.number == number else storage.size()
            newest = record_before(storage, number, end)
            return newest is not None and newest.time < now() - self._age
        finally:
            storage.close()

    def _remove(self, number: int) -> None:
        self.sync()  # a power cut must leave this file, or one that goes on with its numbers
        if self._files.remove(number):
            self.unresolved = {
                known: record for known, record in self.unresolved.items() if record.file != number
            }

    def clear(self) -> None:
        """Forget everything; numbers go on."""
        if self._file is None:
            return
        self.unresolved = {}
        self._end_file(self._file)
        for number in self._files.numbers()[:-1]:
            self._remove(number)

    # The end

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def close(self) -> None:
        """Close the files; further calls do nothing."""
        self._close_file()
        self._files.close()
