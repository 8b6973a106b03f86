"""Notes of what is about to be changed, durable before it is, in a world without logs.

Of a hive the log says whether a commit came to be.  In other worlds each change of a transaction is
made at once, so a process that dies leaves what it has done until then.  So each change is noted
before it is made: what was there.  At the end of the transaction its record takes the place of the
notes.  Where a process has died before, whoever comes next compares the notes with what is there:
what differs gets a record, as of any change; a note whose change never came makes no difference.

Each process has a file of its own beside the history, locked as long as it lives.  A file that
nobody has locked was left behind.  Files are made, looked for and removed under the lock of the
history.  In a file stand records like those of the history, one for each note.

What is known already is not noted again: of a key that came or has gone all below it is known too,
until a key is renamed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from anyreg.engine.storage import Disk, Storage, sync_names_above
from anyreg.errors import RegistryError
from anyreg.history.items import Item, TreeKey, TreeTop
from anyreg.history.last_file import LastFile
from anyreg.history.look_step import Look
from anyreg.history.packing import pack_item
from anyreg.history.records import NO_DIGEST, ItemBytes, Record, TooLargeError
from anyreg.history.store import Store
from anyreg.history.unpacking import read_items
from anyreg.names import fold
from anyreg.times import now

CHANGED: Final = "changed"
CAME: Final = "came"
GONE: Final = "gone"
RENAMED: Final = "renamed"
_WITHDRAWN: Final = "withdrawn"  # the note before this one counts no more

_SUFFIX: Final = ".notes"
_Path = tuple[str, ...]


class Note:
    """A note of one change.

    Attributes:
        kind: One of the four.
        names: The names that led to the key; of one that came, that lead to it.
        look: The key as it was, of one that has gone with all below it.
        other: Of a renamed key, the names that lead to it now.
    """

    __slots__ = ("kind", "look", "names", "other")

    def __init__(
        self, kind: str, names: list[str], look: Look, other: list[str] | None = None
    ) -> None:
        self.kind = kind
        self.names = names
        self.look = look
        self.other = other or []


class NoteFile:
    """The notes of this process, of one transaction after the other."""

    def __init__(self, disk: Disk, store: Store) -> None:
        """Get ready; the file is made with the first note.

        Args:
            disk: Where the history is.
            store: The history.
        """
        self._disk = disk
        self._store = store
        self._path = ""
        self._file: LastFile | None = None
        self._states: set[_Path] = set()  # keys whose own state is known
        self._trees: set[_Path] = set()  # keys of which all is known
        self._last: _Path = ()

    @property
    def mark(self) -> str:
        """What the notes so far are known by; "" where there are none."""
        file = self._file
        return "" if file is None or not file.end else file.digest.hex()

    def add(self, note: Note, label: str, user: str) -> bool:
        """Note a change that is about to be made; this returns when the note is durable.

        Args:
            note: The note.
            label: What makes the change.
            user: Whose doing it is.

        Returns:
            Whether it had to be noted.

        Raises:
            RegistryError: The system failed to write.
        """
        path = folded(note.names)
        if self._is_known(note.kind, path):
            return False
        self._write(note, label, user)
        self._last = path
        if note.kind == RENAMED:
            self._states.clear()
            self._trees.clear()
        elif note.kind == CHANGED:
            self._states.add(path)
        else:
            self._trees.add(path)
        return True

    def _is_known(self, kind: str, path: _Path) -> bool:
        if kind == CHANGED and path in self._states:
            return True
        most = len(path) - 1 if kind == RENAMED else len(path)
        return any(path[:length] in self._trees for length in range(1, most + 1))

    def withdraw(self, label: str, user: str) -> None:
        """The change that was noted last is not made."""
        self._write(Note(_WITHDRAWN, [], []), label, user)
        self._trees.discard(self._last)
        self._states.discard(self._last)

    def _write(self, note: Note, label: str, user: str) -> None:
        file = self._file or self._made()
        if not self._put(file, note, label, user, False):
            self._put(file, note, label, user, True)
        file.sync()

    def _put(self, file: LastFile, note: Note, label: str, user: str, is_lost: bool) -> bool:
        """Write a note; whether it is not too large.  One that is lost says its names alone."""
        record = Record(note.kind, 0)
        record.time = now()
        record.label, record.user, record.pid = label, user, os.getpid()
        record.is_lost = is_lost
        writer = file.writer(record, self._store.most)
        try:
            writer.add(pack_item(TreeTop(False, note.names, note.other)))
            for key in [] if is_lost else note.look:
                writer.add(pack_item(key))
            writer.finish()
        except TooLargeError:
            writer.give_up()
            return False
        except BaseException:
            writer.give_up()
            raise
        file.note(record)
        return True

    def _made(self) -> LastFile:
        with self._store:
            path = f"{self._store.folder}/{os.urandom(8).hex()}{_SUFFIX}"
            storage = self._disk.create(path)
            try:
                storage.lock(False, True)
                self._disk.sync_directory(path)
                sync_names_above(self._disk, self._store.folder)
            except BaseException:
                storage.close()
                raise
        self._path = path
        self._file = file = LastFile(storage, 0, False)
        return file

    def end(self) -> None:
        """The transaction is over: its record is written, or all of it was taken back."""
        self._states.clear()
        self._trees.clear()
        file = self._file
        if file is None or not file.end:
            return
        try:
            file.storage.truncate(0)
        except RegistryError:
            self._close_file()  # the history has its mark: whoever finds it does nothing
            return
        file.end = file.sound = 0
        file.digest = NO_DIGEST

    def leave(self) -> None:
        """Leave the notes to whoever comes next: what they are about could not be taken back."""
        self._states.clear()
        self._trees.clear()
        self._close_file()

    def close(self) -> None:
        """Take the file away; of a transaction that is under way it stays."""
        file, path = self._file, self._path
        self._close_file()
        if file is not None and not file.end:
            try:
                self._disk.remove(path)
            except RegistryError:
                pass  # it says nothing; whoever finds it removes it

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class LeftNotes:
    """The notes that a process has left which died in a transaction.

    Attributes:
        notes: The notes, the oldest first.
        last: What is known of the last of them: when it was made, by whom; None without notes.
        mark: What they are known by.
        is_lost: One was too large to be kept.
    """

    def __init__(self, disk: Disk, path: str, storage: Storage) -> None:
        """Read them.

        Args:
            disk: Where they are.
            path: Their file.
            storage: It, which is locked here.
        """
        self.notes: list[Note] = []
        self.last: Record | None = None
        self.is_lost = False
        self._disk = disk
        self._path = path
        self._storage = storage
        file = LastFile(storage, 0, True)
        record = file.next()
        while record is not None:
            file.note(record)
            self._take(record)
            record = file.next()
        self.mark = file.digest.hex()

    def _take(self, record: Record) -> None:
        self.last = record
        self.is_lost = self.is_lost or record.is_lost
        if record.kind == _WITHDRAWN:
            if self.notes:
                self.notes.pop()
            return
        items = read_items(ItemBytes(self._disk, self._path, record))
        self.notes.append(_note_of(record.kind, items))

    def remove(self) -> None:
        """They are in the history now, or say nothing."""
        self.close()
        try:
            self._disk.remove(self._path)
        except RegistryError:
            pass  # the next who finds it knows its mark

    def close(self) -> None:
        """Leave them to somebody else."""
        self._storage.close()


def _note_of(kind: str, items: Iterator[Item]) -> Note:
    names: list[str] = []
    other: list[str] = []
    look: Look = []
    for item in items:
        if isinstance(item, TreeTop):
            names, other = item.parent_before, item.parent_after
        elif isinstance(item, TreeKey):
            look.append(item)
    return Note(kind, names, look, other)


def left_notes(disk: Disk, folder: str) -> Iterator[LeftNotes]:
    """The notes that others have left; each must be removed or closed.  Under the lock.

    Args:
        disk: Where the history is.
        folder: Its folder.
    """
    for name in sorted(disk.names(folder)):
        if not name.endswith(_SUFFIX):
            continue
        path = f"{folder}/{name}"
        try:
            storage = disk.open_own(path, True, folder)
        except RegistryError:  # it is gone, or none of this user's
            continue
        left: LeftNotes | None = None
        try:
            if storage.lock(False, False):  # else whose it is lives
                left = LeftNotes(disk, path, storage)
        except RegistryError:
            pass  # it cannot be read
        finally:
            if left is None:
                storage.close()
        if left is not None:
            yield left


def folded(names: list[str]) -> _Path:
    """Names as a path that is the same in any case.

    Args:
        names: The names.
    """
    return tuple([fold(name) for name in names])
