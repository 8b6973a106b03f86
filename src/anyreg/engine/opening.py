"""Reading a hive that is to be written: what its files and logs say, after replay."""

from __future__ import annotations

from anyreg.engine.bins import load_image
from anyreg.engine.files import HiveFiles
from anyreg.engine.foreign_files import expect_no_log
from anyreg.engine.image import Image, PatchedSource, Source, StorageSource
from anyreg.engine.key_reader import KeyReader
from anyreg.engine.old_wal import OldWal
from anyreg.engine.prepared_commit import PreparedCommit
from anyreg.engine.recover import Recovery, parse_primary, recover
from anyreg.engine.wal import Wal
from anyreg.errors import CorruptHiveError, DirtyHiveError
from anyreg.problems import Problems
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import BASE_SIZE, BINS_START


class Reading:
    """A hive as it is on the disk.

    Attributes:
        image: Its bins.
        wal: Its log, to go on with.
        minor: Format version.
        root: Cell of the root key.
        has_shrunk: Whether the log has cut bins off that the file still has.
    """

    def __init__(self, image: Image, wal: Wal, base: BaseBlock, has_shrunk: bool) -> None:
        self.image = image
        self.wal = wal
        self.minor: int = base.minor
        self.root: int = base.root
        self.has_shrunk = has_shrunk


def read_for_writing(
    files: HiveFiles, old_logs: bool, settle: bool, like: Image | None = None
) -> Reading:
    """Read everything, under the writer lock.

    Args:
        files: The hive's files.
        old_logs: Whether the systems that read it know old logs only.
        settle: Make the checkpoint of a dirty period: a crash has ended it, or it may be a private
            one (see wal.py), which must end before anybody else writes.
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
    wal = files.wal(BaseBlock(found.build()), old_logs)
    has_shrunk = False
    if not settled:
        wal.adopt(recovery)
        stored = parse_primary(head)  # replay has changed the other one
        if stored is not None and stored.checksum_holds:
            wal.base = stored
            has_shrunk = image.size < stored.bins_size
        # The old protocol leaves a hive dirty only where its writer died.
        if settle or isinstance(wal, OldWal):
            files.write_again(head, recovery.used)
            wal.secured()
            wal.checkpoint(image)
    return Reading(image, wal, found, has_shrunk)


def stands_before(wal: Wal, part: PreparedCommit) -> bool:
    """Whether a hive stands exactly before a commit that a group of hives has made."""
    if part.was_clean:
        return wal.active < 0 and wal.number == part.number
    if wal.active < 0:  # the period was ended without the entry
        return wal.number == part.number + 1
    return wal.number == part.number and wal.last_hash == part.hash
