"""The transaction of one hive that is open for writing: begun, made ready, logged, shown or undone.

The writer lock is taken, what other processes have committed is taken over, cells are changed
beside the image, and at the end they are laid into new bins (prepare()), logged, and published as
the new image (commit_prepared()).  Between the two others can have a part: an observer, and a group
of hives, whose record is the commit of several at once.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.cell_changes import CellChanges
from anyreg.engine.context_lock import ContextLock, Deadline
from anyreg.engine.durability import Durability
from anyreg.engine.editor import Editor
from anyreg.engine.forks import generation
from anyreg.engine.observer import Commit, CommitObserver, PagesCommit
from anyreg.engine.opened import OpenedHive
from anyreg.engine.prepared_commit import PreparedCommit
from anyreg.engine.sync_guard import unknown_outcome
from anyreg.errors import CorruptHiveError, RegistryError, TransactionError
from anyreg.regf.layout import NONE

_EVER: Final = -1.0


class HiveTransaction:
    """The transaction under way, if there is one; savepoints are levels of it."""

    def __init__(self, hive: OpenedHive, turn: ContextLock, durability: Durability) -> None:
        """Get ready.

        Args:
            hive: The hive that is changed.
            turn: Whose turn it is to change it.
            durability: What becomes of commits.
        """
        self._hive = hive
        self._turn = turn
        self._durability = durability
        self._depth = 0  # levels
        self._is_ready = False

    def _get_ready(self) -> None:
        """The hive is open now: its version and root are known."""
        state = self._hive.state
        self._changes = CellChanges(state.image, state.bins, state.space)
        self._editor = Editor(self._changes, state.minor, state.root_cell, state.security)
        self._is_ready = True

    def is_mine(self) -> bool:
        """Whether a transaction of this very context is under way: others do not see it."""
        return self._depth > 0 and self._turn.is_mine()

    def editor(self) -> Editor | None:
        """The verbs of the transaction of this context; None if there is none."""
        return self._editor if self._depth and self._turn.is_mine() else None

    @property
    def editing(self) -> Editor:
        """The verbs of the transaction of this context.

        Raises:
            TransactionError: There is none.
        """
        if not self.is_mine():
            raise TransactionError("no transaction is under way", path=self._hive.path)
        return self._editor

    def require_none(self) -> None:
        """Refuse what is not for the inside of a transaction.

        Raises:
            TransactionError: One of this context is under way.
        """
        if self.is_mine():
            raise TransactionError("a transaction is under way", path=self._hive.path)

    # The beginning

    def begin(self, timeout: float = _EVER) -> Editor:
        """Begin it, or a savepoint inside the one that this context has begun.

        Args:
            timeout: Seconds to wait at most for others that write; negative: for ever.

        Raises:
            TransactionError: An earlier write failed, or others still write after that time.
            ClosedError: The hive is closed.
        """
        if self._depth and self._turn.is_mine():
            self._editor.begin()
        else:
            self._begin_outermost(timeout)
        self._depth += 1
        return self._editor

    def _begin_outermost(self, timeout: float) -> None:
        hive = self._hive
        hive.require_open()
        deadline = Deadline(timeout)
        self._turn.take(timeout)
        try:
            hive.require_open()
            hive.complete(deadline.left)
            if not self._is_ready:
                self._get_ready()
            hive.files.hold(deadline.left)
            try:
                hive.wal.require_whole()
                hive.follower.follow()
                hive.wal.clear_behind_tail()
                state = hive.state
                self._changes.restart(state.image, state.bins, state.space)
                self._editor.restart(state.moment(), state.tree)
            except BaseException as error:
                hive.doubt(error)
                hive.files.release()
                raise
        except BaseException:
            self._turn.give()
            raise

    # The commit

    def commit(self, durable: bool) -> None:
        """End the innermost level; at the outermost one, commit.

        Args:
            durable: Return only when the commit would survive a power cut.

        Raises:
            OutcomeUnknownError: See WritableHive.commit().
            RegistryError: Something else failed: the commit was not made.
        """
        if self._depth > 1:
            self._editor.commit()
            self._depth -= 1
            return
        try:
            part = self.prepare()
        except BaseException as error:
            if isinstance(error, CorruptHiveError):
                error.name_file(self._hive.path)
            self.roll_back()
            raise
        observer = self._durability.observer
        if observer is None or not part.pages:
            self.commit_prepared(part, durable)
        else:
            self._commit_observed(observer, part, durable)
        self._durability.checkpoint_if_due()

    def _commit_observed(
        self, observer: CommitObserver, part: PreparedCommit, durable: bool
    ) -> None:
        try:
            observer.begin([self.foretell(part)], durable or part.was_clean)
        except BaseException:
            self.roll_back()
            raise
        try:
            self.commit_prepared(part, durable)
        except BaseException:
            observer.failed()
            raise
        observer.finish(self._durability.durable_entries)

    def foretell(self, part: PreparedCommit) -> Commit:
        """What a transaction that is prepared is going to be, for an observer."""
        state = self._hive.state
        wal = self._hive.wal
        wal.require_whole()
        return PagesCommit(
            self._durability.name,
            wal.next_number,
            part.pages,
            wal.synced,
            state.image,
            state.minor,
            state.root_cell,
            self._editor,
        )

    def prepare(self) -> PreparedCommit:
        """Lay the changed cells into new bins, and find the pages that differ.

        commit_prepared() or roll_back() must follow.
        """
        hive = self._hive
        hive.require_open()
        changes = self.editing.changes
        laid = changes.lay()
        if laid.pages:
            hive.state.require_sound(changes, laid)
        wal = hive.wal
        clean = wal.active < 0
        return PreparedCommit(
            wal.number, wal.last_hash, clean, laid.size, laid.pages, laid.stretches
        )

    def commit_prepared(self, part: PreparedCommit, durable: bool) -> None:
        """End a transaction that is prepared; see commit()."""
        wal = self._hive.wal
        was_broken = wal.is_broken
        try:
            self._log(part, durable)
            self._publish(part)
        except RegistryError as error:
            self._undo()
            if part.pages and wal.is_in_doubt and not was_broken:
                raise unknown_outcome(error, self._hive.path) from error
            raise
        except BaseException as error:
            self._hive.doubt(error)
            self._note_undone(self._editor.keys.created)
            raise
        finally:
            self._end()
        self._durability.arrange_flush()

    def finish_prepared(self, part: PreparedCommit, durable: bool) -> None:
        """End a transaction that is committed elsewhere already: it shows here, whatever fails.

        What this hive cannot log now is made up for when it is opened again; until then it
        refuses every further change.
        """
        try:
            try:
                self._log(part, durable)
            except BaseException as error:
                self._hive.wal.fail(error)
                if not isinstance(error, RegistryError):
                    raise
            finally:
                self._publish(part)
        finally:
            self._end()
        self._durability.arrange_flush()

    def _log(self, part: PreparedCommit, durable: bool) -> None:
        """Log the pages: this is the commit."""
        if part.pages:
            wal = self._hive.wal
            is_alone = wal.active < 0 and self._hive.files.is_alone()
            wal.commit(part.pages, part.bins_size, durable, is_alone)
        elif durable:
            self._durability.sync_all()

    def _publish(self, part: PreparedCommit) -> None:
        """Show the new image."""
        keys = self._editor.keys
        handles = self._hive.handles
        self._changes.done()
        self._hive.state.committed(part, self._editor.tree)
        for cell in keys.deleted:
            handles.note(cell, keys.where_is(cell))
        for cells in keys.bulk_deleted:
            handles.note_pruned(cells)

    # The end without one

    def roll_back(self) -> None:
        """Undo the innermost level; in a forked child nothing is left of it."""
        if self._hive.generation != generation():
            self._depth = 0
            return
        editor = self.editing
        if self._depth > 1:
            self._note_undone(editor.roll_back())
            editor.tree.serial = self._hive.state.serial
            self._depth -= 1
            return
        try:
            self._undo()
        except BaseException as error:
            self._hive.doubt(error)
            raise
        finally:
            self._end()

    def _undo(self) -> None:
        """Undo the outermost level."""
        self._changes.roll_back()
        self._note_undone(self._editor.keys.created)

    def _note_undone(self, made: list[int]) -> None:
        """Handles of keys whose making was undone stand for nothing, whatever their cells get."""
        self._hive.state.undone()
        for cell in made:
            self._hive.handles.note(cell, NONE)

    def _end(self) -> None:
        self._depth = 0
        try:
            self._hive.files.release()
        finally:
            self._turn.give()
