"""The protocol of Windows 8 and earlier, for hives whose logs are of the old type.

Each commit reaches the file at once, in four synced steps:

1. the log: the dirty sectors, between two writes of its header, so that its two numbers are equal
   only when all of it is there;
2. the primary's base block, number 1 raised, with the log's timestamp: from here on a crash is
   mended from the log;
3. the pages;
4. the base block with number 2 raised: clean.

The log holds one commit alone, so before it is written the base block of the one before must be
durable, which a writer that died may not have seen to.

Windows of that time does not know the new logs, and would lose what stands in them alone.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.image import Image
from anyreg.engine.log_file import FIRST_ROOM, claim
from anyreg.engine.log_numbers import following
from anyreg.engine.storage import Storage
from anyreg.engine.sync_guard import SyncGuard
from anyreg.engine.wal import Wal
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import BINS_START, SECTOR, TYPE_OLD_LOG
from anyreg.regf.logs import build_dirt, page_runs
from anyreg.times import now

_LAST_MOMENT: Final = (1 << 64) - 1  # what a damaged base block may say


class OldWal(Wal):
    """The files of a hive that is written the old way."""

    def __init__(
        self,
        primary: Storage,
        logs: list[Storage],
        base: BaseBlock,
        path: str,
        guard: SyncGuard,
        log: Storage,
    ) -> None:
        """Take over a clean hive.

        Args:
            primary: Its file.
            logs: LOG1 and LOG2.
            base: Its base block.
            path: For messages.
            guard: That of the files.
            log: The log that is written: LOG1, or the LOG of the oldest systems.
        """
        super().__init__(primary, logs, base, path, guard)
        self._log = log

    @property
    def has_long_logs(self) -> bool:
        """Whether the log has more room than one is made with."""
        return self._log.size() > FIRST_ROOM

    def give_room_back(self, image: Image, is_told: bool) -> None:
        """Cut a long log; it holds one sector as it is, and stands in for a damaged base block."""
        self.require_whole()
        if not self.is_known and not is_told:
            return
        header = BaseBlock(self.base.raw[:SECTOR])
        header.type = TYPE_OLD_LOG
        sector = [(0, image.read(0, SECTOR))]
        whole = build_dirt(header.build(), self.base.bins_size, sector)
        self._secure_base()  # the end of the last commit, of which the log has been the other half
        claim(self._log)
        self._log.write(0, whole)
        self._log.sync()
        self._log.truncate(max(FIRST_ROOM, len(whole)))

    @property
    def next_number(self) -> int:
        """The number of the next commit."""
        return following(self.base.primary_number)

    def commit(
        self,
        pages: list[tuple[int, bytes]],
        bins_size: int,
        durable: bool,
        is_alone: bool = False,
    ) -> None:
        """Make one commit; it is always durable."""
        self.require_whole()
        self.is_known = True
        clean = BaseBlock(self.base.raw)
        clean.primary_number = clean.secondary_number = following(self.base.primary_number)
        clean.last_written = later(self.base.last_written)
        clean.bins_size = bins_size
        try:
            self._secure_base()
            self._write_log(clean, pages)
            dirty = BaseBlock(self.base.raw)
            dirty.primary_number = clean.primary_number
            dirty.last_written = clean.last_written
            self._write_base(dirty)
            for at, _, parts in page_runs(pages):
                self._primary.write(BINS_START + at, b"".join(parts))
            self._primary.sync()
            self._write_base(clean)
        except BaseException as error:
            self._guard.fail(error)
            raise
        self.base = BaseBlock(clean.build())
        self.number = self.synced = self.base.primary_number

    def _write_log(self, clean: BaseBlock, pages: list[tuple[int, bytes]]) -> None:
        header = BaseBlock(clean.build()[:SECTOR])
        header.type = TYPE_OLD_LOG
        sectors: list[tuple[int, bytes]] = []
        for at, data in pages:
            for start in range(0, len(data), SECTOR):
                sectors.append((at + start, data[start : start + SECTOR]))
        whole = build_dirt(header.build(), clean.bins_size, sectors)
        header.secondary_number = self.base.secondary_number
        claim(self._log)
        self._log.write(0, header.build() + whole[SECTOR:])
        self._log.sync()
        self._log.write(0, whole[:SECTOR])
        self._log.sync()

    def _write_base(self, base: BaseBlock) -> None:
        self._primary.write(0, base.build()[:SECTOR])
        self._primary.sync()


def later(moment: int) -> int:
    """The time of a commit after one of this time, which no other commit has."""
    present = now()
    return moment + 1 if present <= moment < _LAST_MOMENT else present
