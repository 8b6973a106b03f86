"""One of a hive's two logs as a file: its room, and whether what it holds could mislead.

A log is made longer ahead of time, in large steps and by zeros, so that a sync has no new size to
make durable too.  It is harmless when nothing in it can pass for an entry that it does not hold:
nothing behind the last entry looks like one, or it was logged by this process in an earlier period
and looks like an entry nowhere but where one began.  Of what is unknown only the sectors that begin
as an entry does are filled with zeros, which costs a look at it, and not its length in writing.

A log that was never used is zeros.  Before anything else it durably gets a header that means
nothing: torn without it, nobody could tell the log from a file of somebody's.

A log whose begin did not come through is in doubt: its blocks may be lost for the cache (see
Storage.write_anew).  Before it is used again it is emptied past the cache; and what an unknown log
has grown by is cut off, which gives it other blocks.

A log that has grown long is cut when the hive is clean and nobody else has it open: it means
nothing then, and nobody has it mapped.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.storage import Storage
from anyreg.errors import RegistryError
from anyreg.regf.layout import (
    BASE_PRIMARY_NUMBER,
    BASE_SECONDARY_NUMBER,
    BASE_SIGNATURE,
    BASE_TYPE,
    ENTRY_HEADER,
    ENTRY_NUMBER,
    ENTRY_SIGNATURE,
    LOG_ENTRIES,
    PAGE,
    SECTOR,
    TYPE_NEW_LOG,
    TYPE_NT_LOG,
    TYPE_OLD_LOG,
)
from anyreg.regf.reads import u32

FIRST_ROOM: Final = 256 * 1024
_PIECE: Final = 1 << 20
LARGE: Final = 4 * 1024 * 1024  # a log beyond this is due for a checkpoint
_LOOKED_AT: Final = 1024 * 1024  # bytes at once
_NOTHING: Final = bytes(SECTOR)
# A header that means nothing: its checksum, 0, is none that a header can have.
_BLANK: Final = (BASE_SIGNATURE + bytes(BASE_TYPE - 4) + TYPE_NEW_LOG.to_bytes(4, "little")).ljust(
    SECTOR, b"\0"
)


class LogFile:
    """LOG1 or LOG2 of a hive that is open for writing.

    Attributes:
        storage: The file.
        is_harmless: Whether it is known to be, as said above.
        has_grown: Whether it was made longer since it was last synced.
    """

    def __init__(self, storage: Storage) -> None:
        """Take over a file of which nothing is known."""
        self.storage = storage
        self.is_harmless = False
        self.has_grown = False
        self._room = storage.size()  # bytes that it has at least

    def number(self) -> int:
        """The highest number in its base block, 0 where it has none."""
        head = self.storage.read(0, SECTOR)
        if len(head) < SECTOR or head[:4] != BASE_SIGNATURE:
            return 0
        return max(u32(head, BASE_PRIMARY_NUMBER), u32(head, BASE_SECONDARY_NUMBER))

    def reserve(self, start: int, end: int) -> None:
        """Have room for an entry.

        The file is doubled, but for one large entry no further than it needs.

        Args:
            start: Where the entry begins.
            end: Where it ends.

        Raises:
            RegistryError: The disk is full, which shows here, before anything is committed.
        """
        if self._room >= end:
            return  # asking the system each time would make each later write touch the inode
        size = self._room = self.storage.size()
        if size >= end:
            return
        new = max(FIRST_ROOM, size)
        while new < end and end - start < LARGE:
            new *= 2
        if new < end:
            new = (end + FIRST_ROOM) & -FIRST_ROOM
        try:
            self.storage.clear(size, new)
        except RegistryError:
            self.storage.truncate(size)
            raise
        self._room = new
        self.has_grown = True

    @property
    def is_long(self) -> bool:
        """Whether it has more room than it was made with."""
        return self.storage.size() > FIRST_ROOM

    def prepare(self, end: int, is_alone: bool, settled: int) -> None:
        """Have room for the first entry of a period.

        Args:
            end: Where it is going to end.
            is_alone: Nobody else has the log open: what is unknown and too long is cut.
            settled: The number of the hive, which is clean: who has begun a log with one that is
                higher did not come through.

        Raises:
            RegistryError: As reserve.
        """
        if is_alone and not self.is_harmless and self.storage.size() > FIRST_ROOM:
            self._cut(FIRST_ROOM)
        size = self.storage.size()
        if size > 0 and not 0 < self.number() <= settled:
            self.storage.write_anew(0, _BLANK.ljust(size, b"\0"))
        self._room = 0  # where locks are not shared, others may have cut it
        self.reserve(LOG_ENTRIES, end)

    def reset(self, data: bytes) -> None:
        """Hold this alone, and have no more room than at first; nobody else has it open.

        Args:
            data: What it holds then; b"": nothing that is a log.
        """
        self.storage.write(0, data or _BLANK)
        if data:
            self.sync()  # first what it says: its end may be what made it true
        self._cut(FIRST_ROOM)
        self.is_harmless = False

    def _cut(self, room: int) -> None:
        self.storage.truncate(room)
        self._room = room

    def begin(self, head: bytes, entry: bytes) -> None:
        """Begin it anew: durably, with nothing behind the entry that could mislead.

        Args:
            head: Its base block.
            entry: The first entry.
        """
        claim(self.storage)
        self.storage.write(0, head)
        self.storage.write(len(head), entry)  # which may be large: it is not copied
        if not self.is_harmless:
            self.clear_entries(len(head) + len(entry))
        self.sync()
        self.is_harmless = not looks_like_entries(entry, len(head))

    def append(self, at: int, entry: bytes) -> None:
        """Put an entry behind the last one."""
        self.storage.write(at, entry)
        self._note(at, entry)

    def append_durably(self, at: int, entry: bytes) -> None:
        """As append() and then sync(), where nothing else is left to sync."""
        self.storage.write_durably(at, entry)
        self._note(at, entry)

    def _note(self, at: int, entry: bytes) -> None:
        if looks_like_entries(entry, at):
            self.is_harmless = False

    def begins_entry(self, at: int, after: int) -> bool:
        """Whether there is the begin of an entry with a number higher than this."""
        head = self.storage.peek(at, ENTRY_HEADER)
        if len(head) < ENTRY_HEADER or head[:4] != ENTRY_SIGNATURE:
            return False
        return u32(head, ENTRY_NUMBER) > after

    def clear_entries(self, start: int) -> None:
        """Let nothing from an offset to the end look like an entry."""
        size = self.storage.size()
        for piece_at in range(start, size, _LOOKED_AT):
            piece = self.storage.read(piece_at, _LOOKED_AT)
            found = piece.find(ENTRY_SIGNATURE)
            while found >= 0:
                if (piece_at + found) % SECTOR == 0:
                    self.storage.write(piece_at + found, _NOTHING[: size - piece_at - found])
                found = piece.find(ENTRY_SIGNATURE, found + 1)

    def reset_numbers(self) -> None:
        """Durably hold no number, neither in its base block nor in an entry."""
        self.storage.write(0, _BLANK)
        self.clear_entries(SECTOR)
        self.sync()

    def sync(self) -> None:
        """Return when all of it would survive a power cut."""
        self.storage.sync()
        self.has_grown = False


def looks_like_entries(entry: bytes, start: int) -> bool:
    """Whether an entry holds what could be taken for one where a later one may begin.

    Args:
        entry: Its bytes.
        start: Where it stands in the log.
    """
    for at in range((start + PAGE & -PAGE) - start, len(entry), PAGE):
        if entry[at : at + 4] == ENTRY_SIGNATURE:
            return True
    return False


def claim(storage: Storage) -> None:
    """Have a log known as one on the disk, before anything is written that a cut could tear.

    Who has begun this may have died before the sync, so a header that means nothing is not trusted.

    Raises:
        RegistryError: The system failed to write.
    """
    head = storage.read(0, SECTOR)
    if head[:4] != BASE_SIGNATURE or head == _BLANK:
        storage.write(0, _BLANK)
        storage.sync()


def is_log(storage: Storage) -> bool:
    """Whether a file is a log, sound or torn, or one that was never used: zeros, or nothing.

    Anything else is somebody's, whatever its name, and not to be written over.
    """
    head = storage.read(0, SECTOR)
    if head[:4] == BASE_SIGNATURE and len(head) >= BASE_TYPE + 4:
        return u32(head, BASE_TYPE) in (TYPE_OLD_LOG, TYPE_NT_LOG, TYPE_NEW_LOG)
    if head.count(0) != len(head):
        return False
    if storage.read(LOG_ENTRIES, 4) == ENTRY_SIGNATURE:
        return True  # a cut has kept the first entry without the base block
    at = SECTOR
    piece = storage.read(at, _PIECE)
    while piece:
        if piece.count(0) != len(piece):
            return False
        at += len(piece)
        piece = storage.read(at, _PIECE)
    return True
