"""The file of a history that is written to: where its records end, and what of it is durable.

Each record's digest covers the one before, so records are known one by one, from the first on or
from a known one on.
"""

from __future__ import annotations

from anyreg.engine.storage import Storage
from anyreg.history.records import (
    NO_DIGEST,
    Record,
    RecordWriter,
    is_whole,
    record_at,
    record_before,
)


class LastFile:
    """The last file, open.

    Attributes:
        storage: It.
        number: Its number.
        end: Where its known records end.
        digest: The digest of the last of them.
        sound: How many of its bytes are durable.
        is_synced: Whether this process has synced all known records.
    """

    def __init__(self, storage: Storage, number: int, is_found: bool) -> None:
        """Take over a file of which no record is known.

        Args:
            storage: It.
            number: Its number.
            is_found: Whether it was there already, with records perhaps.
        """
        self.storage = storage
        self.number = number
        self.end = 0
        self.digest = NO_DIGEST
        self.sound = 0
        self.is_synced = not is_found
        self._is_found = is_found  # until it is synced here

    def next(self) -> Record | None:
        """The record behind those that are known; None where there is none that is whole."""
        record = record_at(self.storage, self.number, self.end, self.storage.size())
        if record is None or not is_whole(self.storage, record, self.digest):
            return None
        return record

    def last(self) -> Record | None:
        """The last of the known records."""
        return record_before(self.storage, self.number, self.end)

    def note(self, record: Record) -> None:
        """A record stands behind those that are known."""
        self.end = record.end
        self.sound = max(self.sound, record.sound)
        self.digest = record.digest

    def find_end(self) -> None:
        """Find where the whole records end, from the first on; of them the digest is not kept."""
        self.end = 0
        self.digest = NO_DIGEST
        record = self.next()
        while record is not None:
            self.end = record.end
            self.digest = record.digest
            record = self.next()
        self.digest = NO_DIGEST

    def writer(self, record: Record, most: int) -> RecordWriter:
        """What writes a record behind the known ones, over whatever stands there.

        Args:
            record: The record.
            most: Bytes that it may have.
        """
        record.sound = self.sound
        record.file = self.number
        if self.storage.size() > self.end:
            self.storage.truncate(self.end)
        self.is_synced = False
        return RecordWriter(self.storage, self.end, record, self.digest, most)

    def sync(self) -> None:
        """Return when all records would survive a power cut."""
        if self._is_found:  # one that failed elsewhere may have left them in the cache alone
            self.storage.write(self.sound, self.storage.read(self.sound, self.end - self.sound))
        self.storage.sync()
        self._is_found = False
        self.is_synced = True
        self.sound = self.end

    def close(self) -> None:
        """Close the file."""
        self.storage.close()
