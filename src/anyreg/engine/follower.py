"""Following: taking over what other processes have committed, without any lock.

The base block and the tail of the active log are looked at, which costs no system call where
nothing has happened.  As it was: the tail of the log tells.  Clean with the last known number + 1:
others made the checkpoint.  Dirty, and the period continues what is known: go on in the other
log.  Anything else is too much, and the hive is read anew under the writer lock.
"""

from __future__ import annotations

from collections.abc import Callable

from anyreg.engine.files import HiveFiles
from anyreg.engine.hive_state import HiveState
from anyreg.engine.old_wal import OldWal
from anyreg.engine.tree import Tree
from anyreg.engine.wal import Wal
from anyreg.errors import NotHiveError, RegistryError
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import (
    BASE_SIZE,
    ENTRY_HEADER,
    ENTRY_NUMBER,
    ENTRY_SIGNATURE,
    ENTRY_SIZE,
    FLAG_KTM_LOCKED,
    SECTOR,
)
from anyreg.regf.logs import parse_entry
from anyreg.regf.reads import u32


class Follower:
    """Looks at the files of a hive for what others have done.

    Attributes:
        wal: The log as it is known; replaced whenever the hive is read anew.
    """

    def __init__(
        self,
        files: HiveFiles,
        state: HiveState,
        wal: Wal,
        reload: Callable[[], None],
        laid_anew: Callable[[Tree], None],
    ) -> None:
        """Follow.

        Args:
            files: The hive's files.
            state: What is known of it, and changed.
            wal: Its log.
            reload: Reads everything anew, and sets `wal`.
            laid_anew: Called when others have put the keys elsewhere, with the keys just before.
        """
        self._files = files
        self._state = state
        self._reload = reload
        self._laid_anew = laid_anew
        self.wal = wal

    def follow(self) -> bool:
        """Take over what there is; whether there was anything.

        After a write that failed nothing is: it could be what was to be written.
        """
        if self.wal.is_broken:
            return False
        try:
            return self._follow()
        except RegistryError:
            raise
        except BaseException as error:
            self.wal.fail(error)
            raise

    def _follow(self) -> bool:
        before = self.wal.number
        raw = self._files.primary.peek(0, SECTOR)
        # First the log: what is known to its end is followed easily.
        if self.wal.active >= 0 and not self.wal.is_private:
            self._follow_log()
        if raw != self.wal.head:
            self._follow_base(raw)
            if self.wal.active >= 0:
                self._follow_log()
        return self.wal.number != before

    def _follow_base(self, raw: bytes) -> None:
        """The base block has changed: a period began or ended."""
        wal = self.wal
        base = parse_base(raw)
        if base is None or not base.checksum_holds or isinstance(wal, OldWal):
            self._reload()
            return
        base = BaseBlock(raw + wal.base.raw[SECTOR:])
        last = wal.number
        if base.primary_number == base.secondary_number:
            if wal.active >= 0 and base.primary_number == last + 1:
                wal.went_clean(base)  # all that was in the log is here
            else:
                self._reload()
            return
        expected = last + 1 if wal.active < 0 else last + 2
        if base.secondary_number == expected:
            wal.other_period(base)
        else:
            self._reload()

    def _follow_log(self) -> None:
        """Apply the entries behind the last one known."""
        wal = self.wal
        log = self._files.logs[wal.active]
        while True:
            head = log.peek(wal.tail, ENTRY_HEADER)
            if head[:4] != ENTRY_SIGNATURE or len(head) < ENTRY_HEADER:
                return
            if u32(head, ENTRY_NUMBER) != wal.number + 1:
                return
            data = log.read(wal.tail, u32(head, ENTRY_SIZE))
            entry = parse_entry(data, 0, wal.number + 1)
            if entry is None:
                return
            wal.base.flags = wal.base.flags & ~FLAG_KTM_LOCKED | entry.flags & FLAG_KTM_LOCKED
            wal.followed(entry)
            before = self._state.tree
            if self._state.apply(entry.pages, entry.bins_size):
                self._laid_anew(before)


def parse_base(head: bytes) -> BaseBlock | None:
    """The base block in these bytes, or None where there is none."""
    try:
        return BaseBlock(head[:BASE_SIZE])
    except NotHiveError:
        return None
