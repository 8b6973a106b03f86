"""Reading a hive that is to be written: what its files and logs say, after replay."""

from __future__ import annotations

from typing import Final

from anyreg.engine.bins import load_image
from anyreg.engine.files import HiveFiles
from anyreg.engine.foreign_files import expect_no_log
from anyreg.engine.image import Image, PatchedSource, Source, StorageSource
from anyreg.engine.key_reader import KeyReader
from anyreg.engine.old_wal import OldWal
from anyreg.engine.period import Period
from anyreg.engine.prepared_commit import PreparedCommit
from anyreg.engine.recover import Recovery, parse_primary, recover
from anyreg.engine.wal import Wal
from anyreg.errors import CorruptHiveError, DirtyHiveError
from anyreg.problems import Problems
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import BASE_SIZE, BINS_START, TYPE_NEW_LOG
from anyreg.regf.logs import LogEntry, parse_entries

_SHORT: Final = 4 * 1024 * 1024  # bytes of logs: no more is kept of a period that has ended


class Reading:
    """A hive as its files and logs say, of which nothing was changed yet.

    Attributes:
        image: Its bins.
        root: Cell of the root key.
        minor: Format version.
        ended: The period that wal() has ended, if its log was new and short.
    """

    def __init__(self, head: bytes, recovery: Recovery, is_settled: bool, image: Image) -> None:
        """Note what was found.

        Args:
            head: See HiveFiles.head().
            recovery: What replay has found; nothing where the hive is clean.
            is_settled: Whether it is clean.
            image: Its bins.
        """
        assert recovery.base is not None
        self.image = image
        self.root: int = recovery.base.root
        self.minor: int = recovery.base.minor
        self._head = head
        self._recovery = recovery
        self._is_settled = is_settled
        self.ended: Period | None = None

    @property
    def has_shrunk(self) -> bool:
        """Whether the log has cut bins off that the file still has."""
        stored = None if self._is_settled else self._stored()
        return stored is not None and self.image.size < stored.bins_size

    def _stored(self) -> BaseBlock | None:
        """The base block of the file, as replay has changed the other one."""
        stored = parse_primary(self._head)
        return stored if stored is not None and stored.checksum_holds else None

    def wal(self, files: HiveFiles, old_logs: bool, settle: bool) -> Wal:
        """The log to go on with; this is what changes the files.

        Args:
            files: The hive's files.
            old_logs: Whether the systems that read it know old logs only.
            settle: Make the checkpoint of a dirty period: a crash has ended it, or it may be a
                private one (see wal.py), which must end before anybody else writes.

        Raises:
            RegistryError: The system failed to write.
        """
        assert self._recovery.base is not None
        wal = files.wal(BaseBlock(self._recovery.base.build()), old_logs)
        if self._is_settled:
            return wal
        wal.adopt(self._recovery)
        wal.base = self._stored() or wal.base
        # The old protocol leaves a hive dirty only where its writer died.
        if settle or isinstance(wal, OldWal):
            self.ended = self._period(files)
            files.write_again(self._head, self._recovery.used)
            wal.secured()
            wal.checkpoint(self.image)
        return wal

    def _period(self, files: HiveFiles) -> Period | None:
        """The period under way, for whoever asks what has changed since a time in it."""
        stored, used = self._stored(), self._recovery.used
        if stored is None or not used or sum([len(log.data) for log in used]) > _SHORT:
            return None
        number = stored.secondary_number
        entries: list[LogEntry] = []
        for log in used:
            if log.base.type == TYPE_NEW_LOG and log.base.primary_number == number + len(entries):
                entries += parse_entries(log.data, number + len(entries))
        if not entries or entries[-1].number != self._recovery.last_number:
            return None
        return Period(files.primary, stored.bins_size, entries, self.image)


def read_for_writing(files: HiveFiles, like: Image | None = None) -> Reading:
    """Read everything, under the writer lock, and change nothing.

    Args:
        files: The hive's files.
        like: An image whose bytes are used again where they are the same.

    Raises:
        DirtyHiveError: It is dirty, and its logs are missing or do not apply.
        HiveVersionError: A version that is not supported.
        CorruptHiveError: Its bins are damaged.
    """
    head = files.head()
    expect_no_log(head, files.path)
    base = parse_primary(head)
    settled = base is not None and base.is_settled
    recovery = Recovery(base)
    if not settled:
        recovery = recover(base, head[BASE_SIZE:], files.valid_logs())
        if not recovery.applied:
            what = (
                "is dirty" if base is not None and base.checksum_holds else "has a wrong checksum"
            )
            raise DirtyHiveError(
                f"the hive {what}, and no log beside it applies: it must not be written; recover "
                "it with its logs",
                path=files.path,
            )
    found = recovery.base
    assert found is not None
    found.require_version(files.path)
    have = recovery.reach(files.primary.size() - BINS_START)
    if have < found.bins_size:
        raise CorruptHiveError(
            "the hive is cut short",
            path=files.path,
            offset=BINS_START + have,
            expected=f"{found.bins_size} bytes of bins",
            actual=f"{have}",
        )
    source: Source = StorageSource(files.primary, head, files.path)
    if recovery.pieces:
        source = PatchedSource(source, recovery.pieces)
    image = load_image(source, found.bins_size, like)
    KeyReader(image, found.root, Problems(), 0).root()  # or nothing is to be written
    return Reading(head, recovery, settled, image)


def stands_before(wal: Wal, part: PreparedCommit) -> bool:
    """Whether a hive stands exactly before a commit that a group of hives has made."""
    if part.was_clean:
        return wal.active < 0 and wal.number == part.number
    if wal.active < 0:  # the period was ended without the entry
        return wal.number == part.number + 1
    return wal.number == part.number and wal.last_hash == part.hash
