"""The journal of a registry: what each commit changed, to be looked at, undone and redone.

What is undone and redone next follows from the records (anyreg.history.undo_order).  An undo is
a commit like any other, durable and all at once, whatever number of changes it takes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from anyreg.backends import ask
from anyreg.backends.history_location import (
    history_folder,
    live_history_folder,
    open_recorder,
    open_store,
)
from anyreg.backends.undo import Undo, looked_at
from anyreg.errors import ConflictError, NotFoundError, NotSupportedError, TransactionError
from anyreg.history.items import HiveName, Item
from anyreg.history.recorder import Purpose, Recorder
from anyreg.history.records import REDO, UNDO, Record
from anyreg.history.store import Store
from anyreg.history.undo_order import DONE, UNDONE, committed, planned, states
from anyreg.registry.description import described
from anyreg.registry.history_changes import changes_of
from anyreg.registry.transaction import Transaction
from anyreg.system import local_path, real_names
from anyreg.times import to_datetime

if TYPE_CHECKING:
    from datetime import datetime

    from anyreg.backends.base import Backend
    from anyreg.formats.rows import Change
    from anyreg.registry.key import Key

_DAY: Final = 24 * 3600 * 10_000_000  # in the ticks of a FILETIME


class Rooted(Protocol):
    """A registry, as far as a rehearsal asks for it."""

    @property
    def root(self) -> Key:
        """The key at its top."""


class JournalSettings(NamedTuple):
    """How a journal is kept.

    Attributes:
        folder: Where its files are; "": beside a registry of one's own, or in the user's state
            folder.
        most: Bytes that all of its files may have; the oldest go first.
        days: How old a change may get.
        label: What makes the changes, to be reported with each: a command line, a program's name.
    """

    folder: str = ""
    most: int = 256 * 1024 * 1024
    days: float = 90.0
    label: str = ""


class JournalEntry(NamedTuple):
    """A change that was committed.

    Attributes:
        id: Its number, which rises.
        time: When, UTC.
        label: What made it.
        pid: The process that made it.
        user: Whose.
        hives: The hives that it changed, "" for that of a single file.
        keys: How many keys it changed, made or deleted.
        values: How many values.
        state: "done" or "undone".
        is_kept: Whether it can be undone; one that is larger than a journal cannot.
    """

    id: int
    time: datetime | None
    label: str
    pid: int
    user: str
    hives: tuple[str, ...]
    keys: int
    values: int
    state: str
    is_kept: bool


def open_journal(
    backend: Backend, path: str, is_home: bool, settings: JournalSettings, is_read_only: bool
) -> Journal:
    """Keep a journal of a registry that was just opened.

    Args:
        backend: The registry.
        path: Its file or folder.
        is_home: Whether it is one's own.
        settings: How the journal is kept.
        is_read_only: Nothing will be committed; the journal is only read.
    """
    usual = live_history_folder() if backend.is_live else history_folder(path, is_home)
    folder = settings.folder or usual
    age = int(settings.days * _DAY)
    place = str(local_path(folder).absolute())
    store = open_store(place, settings.most, age, is_read_only)
    recorder = open_recorder(store, settings.label, _user())
    ask.keep_history(backend, recorder)
    return Journal(backend, recorder, is_read_only)


def _user() -> str:
    with real_names():
        from getpass import getuser

        try:
            return getuser()
        except (OSError, KeyError, ImportError):  # a user without a name
            return ""


class Journal:
    """The changes of a registry, newest first; see Registry.journal."""

    def __init__(self, backend: Backend, recorder: Recorder, is_read_only: bool) -> None:
        self._backend = backend
        self._recorder = recorder
        self._is_read_only = is_read_only

    @property
    def folder(self) -> str:
        """Where its files are."""
        return self._recorder.store.folder

    def __repr__(self) -> str:
        return f"<Journal of {described(self._backend)} in {self.folder!r}>"

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(self.entries())

    def entries(self) -> list[JournalEntry]:
        """Every change that is kept, the newest first."""
        missing = self._settled()
        return [_entry(record, state) for record, state in self._changes(missing)]

    def entry(self, id: int) -> JournalEntry:
        """One of them.

        Args:
            id: Its number.

        Raises:
            NotFoundError: There is none of this number.
        """
        record, state = self._found(id)
        return _entry(record, state)

    def changes(self, entry: JournalEntry | int) -> Iterator[Change]:
        """What a change was, as `anyreg.diff` tells it: times are left out.

        Args:
            entry: The entry, or its number.

        Raises:
            NotFoundError: There is none of this number.
        """
        record, _ = self._found(entry if isinstance(entry, int) else entry.id)
        return changes_of(self._recorder.store.items(record))

    def undo(self, n: int = 1, *, force: bool = False) -> list[JournalEntry]:
        """Take back the newest changes that are not undone, all of them or none.

        Args:
            n: How many.
            force: Also where something else has changed the same keys since.

        Returns:
            What was undone.

        Raises:
            NotFoundError: There are not so many.
            ConflictError: Something that is not in the journal has changed the same keys since.
            TransactionError: A transaction is under way.
        """
        return self._run(UNDO, n, force)

    def redo(self, n: int = 1, *, force: bool = False) -> list[JournalEntry]:
        """Make changes again that were undone, the last undone first; see undo()."""
        return self._run(REDO, n, force)

    def rehearse(self, verb: str, other: Rooted, n: int = 1, *, force: bool = False) -> None:
        """Do to a copy of the registry what undo() or redo() would do to this one.

        Args:
            verb: "undo" or "redo".
            other: The copy.
            n: How many changes.
            force: As for undo().

        Raises:
            NotFoundError: There are not so many.
            ConflictError: See undo().
        """
        backend = other.root._backend
        with Transaction(backend):
            for record in self._plan(verb, n, self._settled()):
                hives = {part.hive: ask.history_hive(backend, part.hive) for part in record.parts}
                self._take(record, verb, hives, force)

    def looked_at(self, verb: str, n: int = 1) -> Iterator[tuple[list[str], bool]]:
        """The keys that a copy for rehearse() must hold, where not all of them can be copied.

        Args:
            verb: "undo" or "redo".
            n: How many changes.

        Returns:
            The names that lead to each, and whether all below it counts.

        Raises:
            NotFoundError: There are not so many.
        """
        for record in self._plan(verb, n, self._settled()):
            for part in record.parts:
                items = _Items(self._recorder.store, record, part.hive, verb == REDO)
                yield from looked_at(items.read())

    def can_undo(self, n: int = 1) -> list[JournalEntry]:
        """What undo() would take back, in its order.

        Args:
            n: How many.
        """
        missing = self._settled()
        return [_entry(record, DONE) for record in self._plan(UNDO, n, missing)]

    def can_redo(self, n: int = 1) -> list[JournalEntry]:
        """What redo() would make again, in its order.

        Args:
            n: How many.
        """
        missing = self._settled()
        return [_entry(record, UNDONE) for record in self._plan(REDO, n, missing)]

    def clear(self) -> None:
        """Forget all changes; what they changed stays."""
        self._require_writable()
        with self._recorder.store as store:
            store.clear()

    def close(self) -> None:
        """Give its files back; done with the registry."""
        self._recorder.close()

    # What there is

    def _require_writable(self) -> None:
        if self._is_read_only:
            raise NotSupportedError('the registry is open for reading only: open it with mode "r+"')

    def _settled(self) -> list[int]:
        """Find out which records are of commits that never came to be; those not dropped yet."""
        recorder = self._recorder
        if recorder.take_up is not None and not self._is_read_only:
            recorder.take_up()
        with recorder.store:
            hives = recorder.unresolved_hives()
        if not hives:
            return []
        if self._is_read_only:
            return self._missing(hives)
        self._backend.begin()
        try:
            for hive in hives:
                ask.history_hive(self._backend, hive)
            with recorder.store:
                recorder.resolve(hives)
        finally:
            self._backend.roll_back()
        return []

    def _missing(self, hives: list[str]) -> list[int]:
        for hive in hives:
            ask.history_hive(self._backend, hive)
        recorder = self._recorder
        return recorder.missing(list(recorder.store.unresolved.values()), hives)

    def _records(self, missing: list[int]) -> Iterator[Record]:
        """The records of commits that came to be, newest first; under the lock."""
        return committed(self._recorder.store.backwards(), missing)

    def _changes(self, missing: list[int]) -> list[tuple[Record, str]]:
        """The changes and their states, newest first."""
        with self._recorder.store:
            return states(self._records(missing))

    def _found(self, id: int) -> tuple[Record, str]:
        for record, state in self._changes(self._settled()):
            if record.id == id:
                return record, state
        raise NotFoundError(f"the history has no change {id}")

    # Undo and redo

    def _plan(self, kind: str, n: int, missing: list[int]) -> list[Record]:
        """The records to undo or to redo, in this order."""
        with self._recorder.store:
            return planned(self._records(missing), kind, n)

    def _run(self, kind: str, n: int, force: bool) -> list[JournalEntry]:
        self._require_writable()
        if ask.is_changing(self._backend):
            raise TransactionError("a transaction is under way; end it first")
        self._settled()
        backend, recorder = self._backend, self._recorder
        backend.begin()
        try:
            records, hives = self._joined(kind, n)
            for record in records:
                self._take(record, kind, hives, force)
        except BaseException:
            backend.roll_back()
            raise
        ids: dict[str, list[int]] = {}
        for record in records:
            for part in record.parts:
                ids.setdefault(part.hive, []).append(record.id)
        before = recorder.recorded
        recorder.purpose = Purpose(kind, recorder.label, ids)
        try:
            backend.commit(True)
        finally:
            recorder.purpose = None
        if recorder.recorded == before:  # all was as it should become
            recorder.note(kind, [record.id for record in records])
        state = UNDONE if kind == UNDO else DONE
        return [_entry(record, state) for record in records]

    def _joined(self, kind: str, n: int) -> tuple[list[Record], dict[str, Backend]]:
        """What is to be done, and the hives of it, which nobody else can change meanwhile."""
        hives: dict[str, Backend] = {}
        while True:
            records = self._plan(kind, n, [])
            wanted = sorted({part.hive for record in records for part in record.parts})
            if all(hive in hives for hive in wanted):
                return records, hives
            for hive in wanted:
                if hive not in hives:
                    hives[hive] = ask.history_hive(self._backend, hive)

    def _take(self, record: Record, kind: str, hives: dict[str, Backend], force: bool) -> None:
        if record.is_lost:
            raise ConflictError(f"change {record.id} was too large to be kept")
        for part in record.parts:
            items = _Items(self._recorder.store, record, part.hive, kind == REDO)
            Undo(hives[part.hive], items.read, force).run()


class _Items:
    """What a record says of one hive, from the side that is asked for."""

    def __init__(self, store: Store, record: Record, hive: str, is_mirrored: bool) -> None:
        self._store = store
        self._record = record
        self._hive = hive
        self._is_mirrored = is_mirrored

    def read(self) -> Iterator[Item]:
        """Begin to read it."""
        is_here = False
        for item in self._store.items(self._record):
            if isinstance(item, HiveName):
                is_here = item.name == self._hive
            elif is_here:
                yield item.mirrored() if self._is_mirrored else item


def _entry(record: Record, state: str) -> JournalEntry:
    return JournalEntry(
        record.id,
        to_datetime(record.time),
        record.label,
        record.pid,
        record.user,
        tuple(part.hive for part in record.parts),
        record.keys,
        record.values,
        state,
        not record.is_lost,
    )
