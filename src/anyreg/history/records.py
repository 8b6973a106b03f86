"""Records of a history, as they stand in its files, one behind the other.

    head     magic, bytes of the whole record, bytes of the facts
    facts    JSON: what is known before the commit (number, kind, time, who ...)
    items    what the commit changed (see packing.py); of a change alone
    ends     JSON: what is known last (the entries of the logs, counts)
    trailer  bytes of the ends, digest of everything else, bytes of the whole record, magic

So a file can be read from its end backwards, which is the way of undoing, and from its start.  The
digest also covers that of the record before, so nothing that an earlier, torn end of the file has
left can pass for what comes next.

Kinds: a change, an undo and a redo belong to commits.  `there` says of records that their commits
are durable, `dropped` that they never came to be.  `next` ends a file: another one follows.
"""

from __future__ import annotations

import json
from struct import Struct
from typing import Final, cast

from anyreg.engine.storage import Disk, Storage
from anyreg.history.background import BackgroundWork
from anyreg.history.digests import blake2b
from anyreg.history.unpacking import ByteSource

CHANGE: Final = "change"
UNDO: Final = "undo"
REDO: Final = "redo"
THERE: Final = "there"
DROPPED: Final = "dropped"
NEXT: Final = "next"
OF_COMMITS: Final = (CHANGE, UNDO, REDO)

_HEAD: Final = Struct("<8sQI")
_TRAILER: Final = Struct("<I16sQ8s")
_MAGIC: Final = b"anyregJ1"
_END: Final = b"1Jgerynp"
NO_DIGEST: Final = bytes(16)
_PIECE: Final = 1 << 20
_READ_AHEAD: Final = 4096


class Part:
    """The entry that a hive's log gets for a commit.

    Attributes:
        hive: The hive's name in the history.
        number: The entry's number.
        digest: Of its pages (see log_entries.py).
    """

    __slots__ = ("digest", "hive", "number")

    def __init__(self, hive: str, number: int, digest: str = "") -> None:
        self.hive = hive
        self.number = number
        self.digest = digest


class Record:
    """What is known of one record.

    Attributes:
        kind: One of the above.
        id: Its number; that of the last record before it where it belongs to no commit.
        time: FILETIME.
        label: What made the change, such as a command line.
        pid: The process.
        user: Whose.
        ids: The records that it is about.
        floor: All records before this number are durable, and known to be of commits or not.
        sound: Bytes at the start of its file that were durable before it was written.
        parts: The entries of its commit.
        keys: How many keys it changed.
        values: How many values.
        is_lost: Its items were too many to be kept.
        digest: Of the record.
        file: Number of the file that it stands in.
        start: Where it begins there.
        end: Where it ends.
        items_at: Where its items begin.
        items_end: Where they end.
    """

    def __init__(self, kind: str, id: int) -> None:
        self.kind = kind
        self.id = id
        self.time = 0
        self.label = ""
        self.pid = 0
        self.user = ""
        self.ids: list[int] = []
        self.floor = 0
        self.sound = 0
        self.parts: list[Part] = []
        self.keys = 0
        self.values = 0
        self.is_lost = False
        self.digest = NO_DIGEST
        self.file = 0
        self.start = 0
        self.end = 0
        self.items_at = 0
        self.items_end = 0

    def facts(self) -> bytes:
        """What is known before the commit, as JSON."""
        return _json(
            {
                "kind": self.kind,
                "id": self.id,
                "time": self.time,
                "label": self.label,
                "pid": self.pid,
                "user": self.user,
                "ids": self.ids,
                "floor": self.floor,
                "sound": self.sound,
            }
        )

    def ends(self) -> bytes:
        """What is known last, as JSON."""
        return _json(
            {
                "parts": [[part.hive, part.number, part.digest] for part in self.parts],
                "keys": self.keys,
                "values": self.values,
                "lost": self.is_lost,
            }
        )

    def read_facts(self, facts: bytes, ends: bytes) -> None:
        """Take over what facts() and ends() gave."""
        first = cast("dict[str, object]", json.loads(facts))
        last = cast("dict[str, object]", json.loads(ends))
        self.kind = str(first["kind"])
        self.id = cast(int, first["id"])
        self.time = cast(int, first["time"])
        self.label = str(first["label"])
        self.pid = cast(int, first["pid"])
        self.user = str(first["user"])
        self.ids = cast("list[int]", first["ids"])
        self.floor = cast(int, first["floor"])
        self.sound = cast(int, first.get("sound", 0))
        for hive, number, digest in cast("list[list[object]]", last["parts"]):
            self.parts.append(Part(str(hive), cast(int, number), str(digest)))
        self.keys = cast(int, last["keys"])
        self.values = cast(int, last["values"])
        self.is_lost = bool(last["lost"])


def _json(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


class TooLargeError(Exception):
    """A record would be larger than a history may be."""


class RecordWriter:
    """Puts one record behind those that a file has; its head is written last.

    Large ones go to the file piece by piece, each hashed and written while the next is made.
    """

    def __init__(self, storage: Storage, start: int, record: Record, before: bytes, most: int):
        """Begin a record.

        Args:
            storage: The file.
            start: Where the record goes.
            record: What is known of it.
            before: Digest of the record before.
            most: Bytes that it may have.
        """
        self._storage = storage
        self._record = record
        self._most = most
        self._facts = record.facts()
        self._at = start + _HEAD.size  # where the bytes that wait go
        self._waiting: list[bytes] = [self._facts]
        self._size = len(self._facts)
        self._spilled = 0
        self._spilling: BackgroundWork | None = None
        self._digest = blake2b(before, digest_size=16)
        record.start = start
        record.items_at = self._at + len(self._facts)

    def add(self, data: bytes) -> None:
        """Further bytes of items.

        Raises:
            TooLargeError: There are too many.
        """
        self._waiting.append(data)
        self._size += len(data)
        if self._spilled + self._size > self._most:
            raise TooLargeError
        if self._size >= _PIECE:
            self._spill()

    def _spill(self) -> None:
        """Hash and write what waits, in the background."""
        data = b"".join(self._waiting)
        at = self._at
        if self._spilling is not None:
            self._spilling.wait()

        def hash_and_write() -> None:
            self._digest.update(data)
            self._storage.write(at, data)

        self._spilling = BackgroundWork(hash_and_write, len(data))
        self._spilling.begin()
        self._at += len(data)
        self._spilled += len(data)
        self._waiting = []
        self._size = 0

    def finish(self) -> None:
        """Write what is left; the record counts from now on."""
        record = self._record
        record.items_end = self._at + self._size
        ends = record.ends()
        total = record.items_end + len(ends) + _TRAILER.size - record.start
        head = _HEAD.pack(_MAGIC, total, len(self._facts))
        if self._spilling is not None:
            self._spilling.wait()
        rest = b"".join(self._waiting)
        for data in (rest, ends, head):
            self._digest.update(data)
        record.digest = self._digest.digest()
        record.end = record.start + total
        rest += ends + _TRAILER.pack(len(ends), record.digest, total, _END)
        if self._spilled:
            self._storage.write(self._at, rest)
            self._storage.write(record.start, head)
        else:
            self._storage.write(record.start, head + rest)

    def give_up(self) -> None:
        """Return when nothing of it is written any more."""
        if self._spilling is not None:
            self._spilling.end()


def record_at(storage: Storage, file: int, start: int, size: int) -> Record | None:
    """The record that begins at an offset, None where none does; its digest is not looked at."""
    head = storage.read(start, _HEAD.size)
    if len(head) < _HEAD.size:
        return None
    magic, total, _ = _HEAD.unpack(head)
    if magic != _MAGIC or not _HEAD.size + _TRAILER.size <= total <= size - start:
        return None
    return record_before(storage, file, start + total)


def record_before(storage: Storage, file: int, end: int) -> Record | None:
    """The record that ends at an offset, None where none does; its digest is not looked at."""
    at = max(0, end - _READ_AHEAD)
    data = storage.read(at, end - at)
    if len(data) < _TRAILER.size:
        return None
    ends_size, digest, total, magic = _TRAILER.unpack_from(data, len(data) - _TRAILER.size)
    start = end - total
    if magic != _END or start < 0 or total < _HEAD.size + _TRAILER.size + ends_size:
        return None
    if start < at:
        data = storage.read(start, _READ_AHEAD) if total > 2 * _READ_AHEAD else b""
        data = data or storage.read(start, total)
        at = start
    return _parsed(storage, file, data[start - at :], start, total, ends_size, digest)


def _parsed(
    storage: Storage, file: int, data: bytes, start: int, total: int, ends_size: int, digest: bytes
) -> Record | None:
    if len(data) < _HEAD.size:
        return None
    magic, stated, facts_size = _HEAD.unpack_from(data)
    if magic != _MAGIC or stated != total or facts_size > total:
        return None
    facts = data[_HEAD.size : _HEAD.size + facts_size]
    ends_at = start + total - _TRAILER.size - ends_size
    record = Record("", 0)
    record.file = file
    record.start, record.end = start, start + total
    record.items_at, record.items_end = start + _HEAD.size + facts_size, ends_at
    record.digest = digest
    if len(facts) < facts_size:
        facts = storage.read(start + _HEAD.size, facts_size)
    try:
        record.read_facts(facts, storage.read(ends_at, ends_size))
    except (ValueError, KeyError, TypeError):
        return None
    return record


def is_whole(storage: Storage, record: Record, before: bytes) -> bool:
    """Whether a record's digest holds.

    Args:
        storage: The file.
        record: What was read of it.
        before: Digest of the record before it in the file, NO_DIGEST for the first.
    """
    found = blake2b(before, digest_size=16)
    at, end = record.start + _HEAD.size, record.end - _TRAILER.size
    while at < end:
        data = storage.read(at, min(_PIECE, end - at))
        if not data:
            return False
        found.update(data)
        at += len(data)
    found.update(storage.read(record.start, _HEAD.size))
    return found.digest() == record.digest


class ItemBytes(ByteSource):
    """The bytes of a record's items; the file is open only while a piece is read."""

    def __init__(self, disk: Disk, path: str, record: Record) -> None:
        self._disk = disk
        self._path = path
        self._at = record.items_at
        self._end = record.items_end
        self._data = b""
        self._used = 0

    def take(self, size: int) -> bytes:
        """The next bytes; b"" at the end."""
        left = len(self._data) - self._used
        if left < size:
            wanted = min(max(size - left, _PIECE), self._end - self._at)
            self._data = self._data[self._used :] + self._read(wanted)
            self._at += wanted
            self._used = 0
        taken = self._data[self._used : self._used + size]
        self._used += len(taken)
        return taken

    def _read(self, size: int) -> bytes:
        if size == 0:
            return b""
        storage = self._disk.open(self._path, False)
        try:
            return storage.read(self._at, size)
        finally:
            storage.close()
