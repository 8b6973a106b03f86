"""Keeps the history of hives: the record of a commit is written before the commit is made.

For each commit, under the writer lock of every hive in it:

1. Records whose commits may never have come to be are looked at, as far as they are of these hives:
   what the log does not hold is dropped.  The log is not begun anew before what it holds is
   reported.
2. The record is written, with the number that each hive's entry is going to have, and a digest
   of its pages.  It is synced if the commit is to be durable, or begins a period of the log, which
   is synced too.
3. The commit is made.
4. Once its entry is durable a further record says that it is there.

The lock of the history is held from 1 to the end of 3, so a process that dies leaves one record at
most that is not known to be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import get_ident

from anyreg.engine.observer import Commit, CommitObserver
from anyreg.engine.storage import Disk
from anyreg.errors import RegistryError
from anyreg.history.background import BackgroundWork
from anyreg.history.item_commit import items_of_commit
from anyreg.history.items import ChangedKey, HiveName, Item, PackedKey, TreeKey
from anyreg.history.log_entries import entry_digest, standing_entries
from anyreg.history.records import (
    CHANGE,
    DROPPED,
    THERE,
    UNDO,
    Part,
    Record,
    TooLargeError,
)
from anyreg.history.store import Store


class Purpose:
    """What the commits that come next are: changes, or the undoing or redoing of such.

    Attributes:
        kind: CHANGE, UNDO or REDO.
        label: What makes them, such as a command line.
        ids: The records that are undone or redone, by hive.
        thread: Whose commits these are.
    """

    def __init__(self, kind: str, label: str, ids: dict[str, list[int]] | None = None) -> None:
        self.kind = kind
        self.label = label
        self.ids = ids or {}
        self.thread = get_ident()


class Recorder(CommitObserver):
    """The history of one hive, or of the hives of a registry.

    Attributes:
        disk: Where the hives and the records are.
        store: The records.
        files: The file of each hive, by its name in the history.
        label: What makes the changes, such as a command line.
        purpose: What is being done, if it is no change.
        user: Whose doing it is.
        is_secured: Whether the records of all commits of this process would survive a power cut.
        take_up: In a world without logs, records what others have left that died; see notes.py.
    """

    def __init__(self, disk: Disk, store: Store, label: str, user: str) -> None:
        """Begin to keep a history.

        Args:
            disk: Where the hives are.
            store: Where the records go.
            label: What makes the changes.
            user: Whose doing they are.
        """
        self.store = store
        self.files: dict[str, str] = {}
        self.user = user
        self.label = label
        self.purpose: Purpose | None = None
        self.recorded = 0  # commits so far
        self.is_secured = True
        self.take_up: Callable[[], None] | None = None
        self.disk = disk
        self._synced: dict[str, int] = {}
        # Of commits that are made, and not yet reported to be there.
        self._made: dict[int, Record] = {}

    def register(self, hive: str, path: str) -> None:
        """A hive is open whose history this is."""
        self.files[hive] = path

    # Commits

    def begin(self, commits: list[Commit], secured: bool) -> None:
        """Write the record of a commit, before it; finish() must follow.

        Args:
            commits: What each hive has to do with it.
            secured: Whether the record must survive a power cut.
        """
        store = self.store
        store.take()
        try:
            self.resolve([commit.hive for commit in commits])
            self.tell({commit.hive: commit.synced for commit in commits})
            purpose = self.current()
            record = self.begun(purpose)
            for commit in commits:
                record.parts.append(Part(commit.hive, commit.number))
                for known in purpose.ids.get(commit.hive, []):
                    if known not in record.ids:
                        record.ids.append(known)
            record.ids.sort(reverse=record.kind == UNDO)  # as they are done
            self._write(record, commits)
            if secured:
                store.sync()
            self.is_secured = secured
            self._made[record.id] = record
            self.recorded += 1
        except BaseException:
            store.give()
            raise

    def _write(self, record: Record, commits: list[Commit]) -> None:
        size = sum([_size(commit) for commit in commits])
        digests = BackgroundWork(lambda: _find_digests(record, commits), size).begin()
        if record.kind != CHANGE:
            digests.wait()
            self.store.append(record)
            return
        try:
            self.store.append(record, _counted(record, commits, digests))
        except TooLargeError:
            digests.wait()
            record.is_lost = True
            self.store.append(record)

    def finish(self, synced: dict[str, int]) -> None:
        """The commit was made, whatever becomes of the note of it.

        Args:
            synced: The number up to which each hive's entries are durable.
        """
        try:
            self.now_durable(synced)
        finally:
            self.store.give()

    def failed(self) -> None:
        """The commit has failed: whether it is there is found out by the next to come."""
        self._made.pop(self.store.last_id, None)
        self.store.give()

    def hold(self) -> None:
        """Keep the lock of the history, without which no commit is recorded."""
        self.store.take()

    def release(self) -> None:
        """Give the lock back."""
        self.store.give()

    def secure(self) -> None:
        """The entries of a hive are about to be synced: first the records."""
        with self.store:
            self.store.sync()
            self.is_secured = True

    def tell(self, synced: dict[str, int]) -> None:
        """Entries have become durable: say so, of those that this process has made.

        Args:
            synced: The number up to which each hive's entries are durable.
        """
        self._synced |= synced
        there: list[int] = []
        for known, record in list(self._made.items()):  # other threads may add to it
            if all(part.number <= self._synced.get(part.hive, -1) for part in record.parts):
                there.append(known)
        if not there:
            return
        with self.store:
            self.say(THERE, [known for known in there if known in self.store.unresolved])
            for known in there:
                self._made.pop(known, None)

    def now_durable(self, synced: dict[str, int]) -> None:
        """As tell(); a note that cannot be written now is written with the next commit.

        Args:
            synced: The number up to which each hive's entries are durable.
        """
        try:
            self.tell(synced)
        except RegistryError:
            pass  # the entries are there, and the log tells; the next commit says what is broken

    def note(self, kind: str, ids: list[int]) -> None:
        """Say that records are undone or redone where no commit was needed for it."""
        with self.store:
            record = self.store.begin(kind)
            record.ids = ids
            record.user = self.user
            self.store.append(record)

    def current(self) -> Purpose:
        """What is being done now."""
        purpose = self.purpose
        if purpose is None or purpose.thread != get_ident():
            return Purpose(CHANGE, self.label)
        return purpose

    def begun(self, purpose: Purpose) -> Record:
        """A new record of this user's, under the lock."""
        record = self.store.begin(purpose.kind)
        record.label = purpose.label
        record.user = self.user
        return record

    def say(self, kind: str, ids: list[int]) -> None:
        """Say that records are THERE, or DROPPED, if there are any; under the lock."""
        if ids:
            record = self.store.begin(kind)
            record.ids = ids
            self.store.append(record)

    # What never came to be

    def unresolved_hives(self) -> list[str]:
        """Hives whose logs must be looked at, to know which records are of commits."""
        found: list[str] = []
        for record in self._doubtful():
            for part in record.parts:
                if part.hive not in found:
                    found.append(part.hive)
        return found

    def _doubtful(self) -> list[Record]:
        return [
            record for known, record in self.store.unresolved.items() if known not in self._made
        ]

    def resolve(self, hives: list[str]) -> None:
        """Drop records whose commits never came to be; under the locks of these hives and ours."""
        doubtful = [r for r in self._doubtful() if any(p.hive in hives for p in r.parts)]
        if not doubtful:
            return
        gone = self.missing(doubtful, hives)
        for record in doubtful:
            if record.id not in gone:
                self._made[record.id] = record
        self.say(DROPPED, gone)

    def settle(self, synced: dict[str, int]) -> None:
        """A commit comes that has no record: first say what can be known of those before it."""
        with self.store:
            self.resolve(list(synced))
            self.tell(synced)
            self.store.sync()

    def never_made(self) -> list[int]:
        """The records whose commits never came to be, and of which that is not said yet."""
        doubtful = self._doubtful()
        return self.missing(doubtful, self.unresolved_hives()) if doubtful else []

    def missing(self, records: list[Record], hives: list[str]) -> list[int]:
        """The records whose commits these hives do not have.

        A commit of several hives is there in all of them or in none.  One that was made up for
        after a crash may have a higher number than was foreseen.
        """
        logs = {
            hive: standing_entries(self.disk, self.files[hive])
            for hive in hives
            if hive in self.files
        }
        gone: list[int] = []
        for record in records:
            looked = [part for part in record.parts if part.hive in logs]
            there = [part for part in looked if _is_there(part, logs[part.hive])]
            if looked and not there:
                gone.append(record.id)
        return gone

    def close(self) -> None:
        """Close the files."""
        self.store.close()


def _is_there(part: Part, entries: dict[int, str]) -> bool:
    """Whether an entry is there; the part takes the number that it really has."""
    for number, digest in entries.items():
        if number >= part.number and digest == part.digest:
            part.number = number
            return True
    return False


def _size(commit: Commit) -> int:
    return sum([len(data) for _, data in commit.pages])


def _find_digests(record: Record, commits: list[Commit]) -> None:
    for part, commit in zip(record.parts, commits, strict=True):
        part.digest = entry_digest(commit.pages)


def _counted(record: Record, commits: list[Commit], digests: BackgroundWork) -> Iterator[Item]:
    """The items of a commit, counted as they go by; at their end the digests are there too."""
    for commit in commits:
        yield from numbered(record, commit.hive, items_of_commit(commit))
    digests.wait()


def numbered(record: Record, hive: str, items: Iterator[Item]) -> Iterator[Item]:
    """The items of one hive, counted as they go by.

    Args:
        record: Where they are counted.
        hive: What the hive is called in the history.
        items: They.
    """
    yield HiveName(hive)
    for item in items:
        if isinstance(item, ChangedKey):
            record.keys += 1
            for hunk in item.hunks:
                record.values += max(len(hunk.before), len(hunk.after))
        elif isinstance(item, PackedKey):
            record.keys += 1
            record.values += item.count
        elif isinstance(item, TreeKey):
            record.keys += 1
            record.values += len(item.values)
        yield item
