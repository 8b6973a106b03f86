"""A hive's commits on the disk: when they are durable, and when its file is brought up to date.

A commit is durable when its log is synced: on demand, or some seconds later by a thread in the
background (see flusher).  The same thread writes a log out that lazy commits have made long, which
promises nothing, but leaves the next sync less to wait for, and makes the checkpoint of a hive that
nobody has changed for a while.  An observer of commits, such as a history, has on the disk what it
needs of them before they are.
"""

from __future__ import annotations

import time
from typing import Final

from anyreg.engine.context_lock import ContextLock
from anyreg.engine.flusher import flusher
from anyreg.engine.log_file import LARGE
from anyreg.engine.log_numbers import LAST_NUMBER
from anyreg.engine.observer import CommitObserver
from anyreg.engine.opened import OpenedHive
from anyreg.engine.wal import Wal
from anyreg.errors import RegistryError

FLUSH_AFTER: Final = 4.0  # seconds from a lazy commit to its flush; a sync takes its time too
_BRIEFLY: Final = 1.0  # seconds that a checkpoint behind a commit waits for others
LONG: Final = 900 * 1024  # bytes of a log that take the disk as long as many commits
# In a large hive the pages of a checkpoint lie far apart: it is made less often.
_LARGE_SHARE: Final = 16  # as many bytes of the hive allow one of the log
_LARGEST: Final = 64 * 1024 * 1024
_SPARE: Final = 64 * 1024  # left at its end, so that the log does not grow for a small entry
IDLE: Final = 60.0  # seconds without a commit after which the hive's file is brought up to date


class Durability:
    """What becomes of the commits of an open hive.

    Attributes:
        observer: Takes part in its commits, if there is one.
        name: What that calls the hive.
    """

    def __init__(self, hive: OpenedHive, turn: ContextLock) -> None:
        """See to a hive.

        Args:
            hive: It.
            turn: Whose turn it is to change it.
        """
        self.observer: CommitObserver | None = None
        self.name = ""
        self._hive = hive
        self._turn = turn
        self._last_commit = 0.0
        self._flush_due = False
        self._idle_due = False

    # On demand

    def flush(self) -> None:
        """Make every commit so far durable; waits for nobody's transaction.

        Raises:
            RegistryError: The system failed to write.
        """
        if not self._hive.is_usable or self._hive.is_looking_on:
            return
        self._flush_due = False
        if self._turn.is_mine():
            self.sync()
        elif self._turn.take_briefly():
            try:
                if not self._hive.is_closed:
                    self.sync()
            except RegistryError:
                self._hive.files.hand_on()
                raise
            finally:
                self._turn.give_briefly()
        else:
            self._sync_meanwhile()

    def _sync_meanwhile(self) -> None:
        """Sync what is committed, while another thread goes on with a transaction.

        What is known to be durable stays what it was, as only who has the turn may change it.
        """
        observer = self.observer
        if observer is None:
            self._hive.wal.write_out()
        else:
            observer.hold()  # so what is written out is secured, up to the last commit
            try:
                observer.secure()
                self._hive.wal.write_out()
            finally:
                observer.release()
        self._hive.wal.require_whole()

    def checkpoint(self, timeout: float = -1.0) -> None:
        """Bring the hive's file up to date, so that it can be read without its logs.

        Args:
            timeout: Seconds to wait at most for others that write; negative: for ever.

        Raises:
            TransactionError: They still do after that time.
            RegistryError: The system failed to write.
        """
        hive = self._hive
        briefly = self._turn.enter(timeout)
        try:
            hive.require_open()
            hive.complete(timeout)
            hive.files.hold(timeout)
            try:
                hive.follower.follow()
                self.sync()
                hive.wal.checkpoint(hive.state.image)
            finally:
                hive.files.release()
        finally:
            self._turn.leave(briefly)

    def checkpoint_if_due(self) -> None:
        """Make the checkpoint of a log that has grown large; with no observer held."""
        if is_checkpoint_due(self._hive.wal):
            try:
                self.checkpoint(_BRIEFLY)  # or the next commit does it: this one is made
            except RegistryError:
                pass  # the commit stands, in the log; what is broken the next change will say

    @property
    def durable_entries(self) -> dict[str, int]:
        """The number up to which entries are durable, under the name that an observer knows."""
        return {} if self._hive.is_looking_on else {self.name: self._hive.wal.synced}

    def sync(self) -> None:
        """Make every commit so far durable, behind what an observer needs of it."""
        wal = self._hive.wal
        observer = self.observer
        if observer is None:
            wal.sync()
            return
        lazy = wal.active >= 0 and wal.synced != wal.number
        # Others may have made durable what was committed here, but secured it for themselves alone.
        if lazy or not observer.is_secured:
            observer.secure()
        wal.sync()
        observer.now_durable(self.durable_entries)

    def sync_all(self) -> None:
        """As sync(), also where a recovery by others has made commits of this process durable."""
        if self.observer is not None:
            self.observer.secure()
        self.sync()

    def settle(self) -> bool:
        """The log is about to lose entries: let an observer ask it once more; whether one does."""
        if self.observer is None:
            return False
        self.observer.settle(self.durable_entries)
        return True

    # In the background

    def arrange_flush(self) -> None:
        """See to it that the last commit is flushed soon, and checkpointed when nothing follows."""
        wal = self._hive.wal
        self._last_commit = time.monotonic()
        if not self._flush_due and wal.synced != wal.number:
            self._flush_due = True
            flusher.schedule((id(self), "flush"), self._flush_task, FLUSH_AFTER)
        # An observer is to secure commits before they are durable.
        if is_long(wal) and self.observer is None:
            wal.written_out = wal.tail
            flusher.schedule((id(self), "write out"), self._write_out_task, 0)
        if not self._idle_due and wal.active >= 0:
            self._idle_due = True
            flusher.schedule((id(self), "idle"), self._idle_task, IDLE)

    def _flush_task(self, leaving: bool) -> None:
        self.flush()

    def _write_out_task(self, leaving: bool) -> None:
        if self._hive.is_usable and not leaving:
            self._hive.wal.write_out()

    def _idle_task(self, leaving: bool) -> None:
        """Make the checkpoint if nothing was committed for a while and nobody is writing."""
        hive = self._hive
        self._idle_due = False
        left = self._last_commit + IDLE - time.monotonic()
        if not hive.is_usable or hive.wal.active < 0:
            return
        if left > 0 and not leaving:
            self._idle_due = True
            flusher.schedule((id(self), "idle"), self._idle_task, left)
        elif self._turn.take_briefly():
            try:
                hive.files.hold(0)
                try:
                    hive.follower.follow()
                    self.sync()  # an observer first: the checkpoint makes all commits durable
                    hive.wal.checkpoint(hive.state.image)
                finally:
                    hive.files.release()
            finally:
                self._turn.give_briefly()

    def cancel(self) -> None:
        """Nothing is left to be done in the background."""
        flusher.cancel(id(self))


def is_long(wal: Wal) -> bool:
    """Whether so much was logged since it was last written out that it should be again."""
    return wal.tail - wal.written_out > LONG and wal.synced != wal.number


def is_checkpoint_due(wal: Wal) -> bool:
    """Whether a log has grown so far that the hive's file is to be brought up to date."""
    if wal.active < 0:
        return False
    most = max(LARGE, min(wal.base.bins_size // _LARGE_SHARE, _LARGEST)) - _SPARE
    return wal.tail > most or wal.number >= LAST_NUMBER
