"""A hive that is open for writing, by this process and perhaps by others at the same time.

The image in memory is the state after the last commit.  The parts, each with one task: what is
known of the hive, and taken over from others (opened.py); whose turn it is to change it
(context_lock.py); the transaction (hive_transaction.py); what is on the disk and when
(durability.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anyreg.engine import following
from anyreg.engine.compaction import compact
from anyreg.engine.context_lock import ContextLock, Deadline
from anyreg.engine.durability import Durability
from anyreg.engine.editor import Editor
from anyreg.engine.feed import Feed
from anyreg.engine.hive_feed import HiveFeed
from anyreg.engine.hive_transaction import HiveTransaction
from anyreg.engine.image import Image
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.observer import CommitObserver
from anyreg.engine.opened import OpenedHive
from anyreg.engine.prepared_commit import PreparedCommit
from anyreg.engine.storage import Disk, files_of
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError, RegistryError
from anyreg.problems import Problem
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import BINS_START

_EVER: Final = -1.0


class Writing:
    """A transaction as a context manager: committed at the end, undone by an exception."""

    def __init__(self, hive: WritableHive, durable: bool, timeout: float) -> None:
        self._hive = hive
        self._durable = durable
        self._timeout = timeout

    def __enter__(self) -> Editor:
        return self._hive.begin(self._timeout)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._hive.commit(self._durable)
        else:
            if isinstance(error, CorruptHiveError):
                error.name_file(self._hive.path)
            self._hive.roll_back()


class WritableHive:
    """One hive, open for writing.

    Attributes:
        path: Its file.
        current: The transaction under way, or the one to come.
        durability: When its commits are durable, and who observes them.
    """

    def __init__(
        self,
        disk: Disk,
        path: str,
        pending: list[PreparedCommit] | None = None,
        old_logs: bool = False,
        looks_on: bool = False,
    ) -> None:
        """Open a hive; one that a crash left dirty is recovered first.

        Args:
            disk: Where its files are.
            path: The primary file.
            pending: Commits that a group of hives has made, and that this one may lack.
            old_logs: Whether the systems that read it are older than Windows 8.1, and know old
                logs only; where an old log stands alone this is seen without being asked for.
            looks_on: Wait for no writer: while one keeps the hive, what can be read of it is
                shown, and its files are opened by the first to find it free, or to change it.

        Raises:
            RegistryError: As OpenedHive.
        """
        self.path = path
        self._turn = ContextLock(path)
        self._opened = OpenedHive(disk, path, pending, old_logs, looks_on)
        self._state = self._opened.state
        self._handles = self._opened.handles
        self.durability = Durability(self._opened, self._turn)
        self.current = HiveTransaction(self._opened, self._turn, self.durability)

    # Transactions

    def transaction(self, durable: bool = False, timeout: float = _EVER) -> Writing:
        """A transaction, or a savepoint in the one under way, as a context manager.

        Args:
            durable: See commit().
            timeout: See begin().
        """
        return Writing(self, durable, timeout)

    def begin(self, timeout: float = _EVER) -> Editor:
        """Begin a transaction, or a savepoint inside the one that this context has begun.

        Waits for other threads and processes.

        Args:
            timeout: Seconds to wait at most; negative: for ever.

        Raises:
            TransactionError: An earlier write failed, or others still write after that time.
            ClosedError: The hive is closed.
        """
        return self.current.begin(timeout)

    def commit(self, durable: bool = False) -> None:
        """End the innermost level; at the outermost one, commit.

        Args:
            durable: Return only when the commit would survive a power cut; without it, it
                survives the death of the process, and is durable after the next flush().

        Raises:
            OutcomeUnknownError: The system failed to write.  The transaction is undone here;
                whether it is on the disk only opening the hive again can tell, and until then
                the hive refuses every further change.
            RegistryError: Something else failed: the commit was not made.
        """
        self.current.commit(durable)

    def roll_back(self) -> None:
        """Undo the innermost level; in a forked child nothing is left of it."""
        self.current.roll_back()

    @property
    def is_changing(self) -> bool:
        """Whether a transaction of this context is under way."""
        return self.current.is_mine()

    # Reading

    @property
    def reading(self) -> Tree:
        """The keys as this context sees them: in its transaction, or after the last commit."""
        editor = self.current.editor()
        return self._state.tree if editor is None else editor.tree

    def fresh(self, node: KeyNode) -> KeyNode:
        """A node that was read at an earlier moment, as it is now.

        Raises:
            KeyDeletedError: Its key is gone.
        """
        editor = self.current.editor()
        tree = self._state.tree if editor is None else editor.tree
        return self._handles.fresh(node, tree, editor)

    def follow(self) -> bool:
        """Take over what other processes have committed; see following.follow()."""
        return following.follow(self._opened, self._turn)

    def follow_surely(self, timeout: float = _EVER) -> None:
        """As follow(), and wait for what it does not; see following.follow_surely()."""
        following.follow_surely(self._opened, self._turn, timeout)

    def follow_soon(self) -> None:
        """As follow(), at once or a little later; see following.follow_soon()."""
        following.follow_soon(self._opened, self._turn)

    def feed(self) -> Feed:
        """Where each new state is reported."""
        feed = self._state.feed
        if feed is None:
            feed = self._state.feed = HiveFeed(self._opened, self._turn)
        return feed

    def files(self) -> list[str]:
        """The files that other processes write when they change it."""
        return files_of(self._opened.disk, self.path)

    @property
    def tree(self) -> Tree:
        """The keys after the last commit that is known here."""
        return self._state.tree

    @property
    def image(self) -> Image:
        """The bins after the last commit that is known here."""
        return self._state.image

    @property
    def minor(self) -> int:
        """The format version."""
        return self._state.minor

    @property
    def root_cell(self) -> int:
        """The cell of the root key."""
        return self._state.root_cell

    @property
    def problems(self) -> list[Problem]:
        """What reading has met that is not as it should be."""
        return self._state.problems.found

    @property
    def base(self) -> BaseBlock:
        """The base block as it stands in the file."""
        return self._opened.base

    @property
    def is_dirty(self) -> bool:
        """Whether commits stand in the log that the file itself does not have yet."""
        return self._opened.is_dirty

    @property
    def is_usable(self) -> bool:
        """Whether it is open, and by this process."""
        return self._opened.is_usable

    @property
    def is_looking_on(self) -> bool:
        """Whether the files are not open yet, as others keep the hive."""
        return self._opened.is_looking_on

    @property
    def left_alone(self) -> bool:
        """Whether a commit of a group could not be made up for; see OpenedHive."""
        return self._opened.left_alone

    # On the disk

    def observe(self, observer: CommitObserver, name: str) -> None:
        """Let somebody take part in every commit from now on.

        Args:
            observer: Who.
            name: What the hive is called there.
        """
        self.durability.name = name
        self.durability.observer = observer

    def flush(self) -> None:
        """Make every commit so far durable; waits for nobody's transaction.

        Raises:
            RegistryError: The system failed to write.
        """
        self.durability.flush()

    def checkpoint(self, timeout: float = _EVER) -> None:
        """Bring the hive's file up to date, so that it can be read without its logs.

        Args:
            timeout: Seconds to wait at most for others that write; negative: for ever.

        Raises:
            TransactionError: They still do after that time.
            RegistryError: The system failed to write.
        """
        self.durability.checkpoint(timeout)

    def doubt(self, error: BaseException) -> None:
        """A commit has ended so elsewhere: nothing is built upon what is known here."""
        self._opened.wal.fail(error)

    def make_up(self, part: PreparedCommit, timeout: float = _EVER) -> None:
        """Commit what a group has committed, and another process could not finish.

        Args:
            part: What this hive has to do with it.
            timeout: Seconds to wait at most for others that write; negative: for ever.

        Raises:
            TransactionError: They still do after that time, or an earlier write failed.
            RegistryError: The system failed to write.
        """
        hive = self._opened
        deadline = Deadline(timeout)
        briefly = self._turn.enter(timeout)
        try:
            hive.complete(deadline.left)
            hive.files.hold(deadline.left)
            try:
                hive.follower.follow()
                hive.wal.clear_behind_tail()
                self.durability.sync()
                if hive.log_pending(hive.wal, part):
                    hive.state.apply(part.pages, part.bins_size)
            except BaseException as error:
                hive.doubt(error)
                raise
            finally:
                hive.files.release()
        finally:
            self._turn.leave(briefly)

    def compact(self, default_descriptor: bytes, on_key: Callable[[], None] | None = None) -> None:
        """Lay the hive out anew without free space, and cut its file; handles stay valid.

        It is one durable commit, and a checkpoint.

        Args:
            default_descriptor: For keys that have no security descriptor.
            on_key: Called for each key, to show progress.

        Raises:
            CorruptHiveError: The hive is damaged, and something would be lost.
            NotSupportedError: The root key stands where a dense hive cannot have it.
            TransactionError: A transaction is under way.
        """
        self.current.require_none()
        briefly = self._turn.enter()
        try:
            compact(self._opened, self.durability, default_descriptor, on_key)
        finally:
            self._turn.leave(briefly)

    # The end

    def close(self) -> None:
        """Close the hive, all of it durable; the last to do so makes the checkpoint.

        Further calls do nothing.

        Raises:
            TransactionError: A transaction is under way; it is to be ended first.  Or an earlier
                write failed, and what was committed since the last flush may be lost.
        """
        hive = self._opened
        if not hive.is_usable:
            hive.is_closed = True
            return
        self.current.require_none()
        briefly = self._turn.enter()
        try:
            if hive.is_looking_on:
                hive.is_closed = True
            elif not hive.is_closed:
                self._close()
        finally:
            self._turn.leave(briefly)

    def _close(self) -> None:
        hive = self._opened
        try:
            hive.files.hold()
            if not hive.wal.is_broken:
                hive.follower.follow()
                self.durability.sync()
                if hive.files.keep_others_out():
                    hive.wal.checkpoint(hive.state.image)
                    self._give_room_back()
        finally:
            hive.is_closed = True
            self.durability.cancel()
            hive.files.close()
        if hive.wal.synced < hive.wal.number:
            hive.wal.require_whole()

    def _give_room_back(self) -> None:
        """Cut the files to what the hive needs: it is clean, and nobody else has it open."""
        hive = self._opened
        room = BINS_START + self._state.image.size
        if not self._state.has_shrunk:  # what others have added and taken away goes, and no more
            room = max(room, hive.size_before)
        if hive.files.primary.size() > room:
            hive.files.primary.truncate(room)
        if not hive.wal.has_long_logs:
            return
        try:
            is_observed = self.durability.settle()  # the logs tell nothing more then
            hive.wal.give_room_back(self._state.image, is_observed)
        except RegistryError:
            pass  # it costs room alone, and all commits are durable
