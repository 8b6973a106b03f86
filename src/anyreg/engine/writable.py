"""A hive that is open for writing, by this process and perhaps by others at the same time.

The image in memory is the state after the last commit.  A change is made in a transaction: the
writer lock is taken, what other processes have committed is taken over, cells are changed beside
the image, and at the end they are laid into new bins, logged, and published as the new image.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anyreg.engine.bins import load_image
from anyreg.engine.durable import DurableHive
from anyreg.engine.editor import Editor
from anyreg.engine.flusher import flusher
from anyreg.engine.forks import generation
from anyreg.engine.guard import unknown_outcome
from anyreg.engine.image import BytesSource
from anyreg.engine.observer import Commit, CommitObserver
from anyreg.engine.prepared import Prepared
from anyreg.engine.problems import Problems
from anyreg.engine.rebuild import rebuild
from anyreg.engine.tree import Tree
from anyreg.engine.turn import Deadline
from anyreg.errors import (
    CorruptHiveError,
    NotSupportedError,
    RegistryError,
    TransactionError,
)
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import BASE_SIZE, BINS_START, NONE
from anyreg.times import now

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


class WritableHive(DurableHive):
    """One hive, open for writing."""

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
        if self._depth and self._turn.is_mine():
            self._editor.begin()
        else:
            self._begin_outermost(timeout)
        self._depth += 1
        return self._editor

    def _begin_outermost(self, timeout: float) -> None:
        self._require_open()
        deadline = Deadline(timeout)
        self._turn.take(timeout)
        try:
            self._require_open()
            self._complete(deadline.left)
            self._files.hold(deadline.left)
            try:
                self._wal.require_whole()
                self._follower.follow()
                self._wal.clear_behind_tail()
                state = self._state
                self._changes.restart(state.image, state.bins, state.space)
                self._editor.restart(now(), state.tree)
            except BaseException as error:
                self._doubt(error)
                self._files.release()
                raise
        except BaseException:
            self._turn.give()
            raise

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
        if self._depth > 1:
            self._editor.commit()
            self._depth -= 1
            return
        try:
            part = self.prepare()
        except BaseException as error:
            if isinstance(error, CorruptHiveError):
                error.name_file(self.path)
            self.roll_back()
            raise
        observer = self.observer
        if observer is None or not part.pages:
            self.commit_prepared(part, durable)
        else:
            self._commit_observed(observer, part, durable)
        self.checkpoint_if_due()

    def _commit_observed(self, observer: CommitObserver, part: Prepared, durable: bool) -> None:
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
        observer.finish(self.durable_entries)

    def foretell(self, part: Prepared) -> Commit:
        """What a transaction that is prepared is going to be, for an observer."""
        state = self._state
        self._wal.require_whole()
        return Commit(
            self.observed_name,
            self._wal.next_number,
            part.pages,
            self._wal.synced,
            state.image,
            state.minor,
            state.root_cell,
            self._editor,
        )

    def prepare(self) -> Prepared:
        """Lay the changed cells into new bins, and find the pages that differ.

        commit_prepared() or roll_back() must follow.
        """
        self._require_open()
        changes = self.editing.changes
        laid = changes.lay()
        if laid.pages:
            self._state.require_sound(changes, laid)
        wal = self._wal
        clean = wal.active < 0
        return Prepared(wal.number, wal.last_hash, clean, laid.size, laid.pages, laid.stretches)

    def commit_prepared(self, part: Prepared, durable: bool) -> None:
        """End a transaction that is prepared; see commit()."""
        was_broken = self._wal.is_broken
        try:
            self._log(part, durable)
            self._publish(part)
        except RegistryError as error:
            self._undo()
            if part.pages and self._wal.is_in_doubt and not was_broken:
                raise unknown_outcome(error, self.path) from error
            raise
        except BaseException as error:
            self._doubt(error)
            self._note_undone(self._editor.keys.created)
            raise
        finally:
            self._end()
        self._arrange_flush()

    def finish_prepared(self, part: Prepared, durable: bool) -> None:
        """End a transaction that is committed elsewhere already: it shows here, whatever fails.

        What this hive cannot log now is made up for when it is opened again; until then it
        refuses every further change.
        """
        try:
            try:
                self._log(part, durable)
            except BaseException as error:
                self._wal.fail(error)
                if not isinstance(error, RegistryError):
                    raise
            finally:
                self._publish(part)
        finally:
            self._end()
        self._arrange_flush()

    def _log(self, part: Prepared, durable: bool) -> None:
        """Log the pages: this is the commit."""
        if part.pages:
            is_alone = self._wal.active < 0 and self._files.is_alone()
            self._wal.commit(part.pages, part.bins_size, durable, is_alone)
        elif durable:
            if self.observer is not None:  # a recovery makes commits durable without asking it
                self.observer.secure()
            self._sync()

    def _publish(self, part: Prepared) -> None:
        """Show the new image."""
        self._changes.done()
        self._state.committed(part.stretches, part.bins_size, self._editor.tree)
        for cell in self._editor.keys.deleted:
            self._handles.note(cell, self._editor.keys.where_is(cell))
        for cells in self._editor.keys.pruned:
            self._handles.note_pruned(cells)

    def roll_back(self) -> None:
        """Undo the innermost level; in a forked child nothing is left of it."""
        if self._generation != generation():
            self._depth = 0
            return
        editor = self.editing
        if self._depth > 1:
            self._note_undone(editor.roll_back())
            editor.tree.serial = self._state.serial
            self._depth -= 1
            return
        try:
            self._undo()
        except BaseException as error:
            self._doubt(error)
            raise
        finally:
            self._end()

    def _undo(self) -> None:
        """Undo the outermost level."""
        self._changes.roll_back()
        self._note_undone(self._editor.keys.created)

    def doubt(self, error: BaseException) -> None:
        """A commit has ended so elsewhere: nothing is built upon what is known here."""
        self._wal.fail(error)

    def _doubt(self, error: BaseException) -> None:
        """What was interrupted, as by Ctrl-C, may be half done: nothing is built upon it."""
        if not isinstance(error, RegistryError):
            self._wal.fail(error)

    def _note_undone(self, made: list[int]) -> None:
        """Handles of keys whose making was undone stand for nothing, whatever their cells get."""
        self._state.undone()
        for cell in made:
            self._handles.note(cell, NONE)

    def _end(self) -> None:
        self._depth = 0
        try:
            self._files.release()
        finally:
            self._turn.give()

    @property
    def editing(self) -> Editor:
        """The verbs of the transaction under way.

        Raises:
            TransactionError: There is none.
        """
        if not self._is_writing():
            raise TransactionError("no transaction is under way", path=self.path)
        return self._editor

    def make_up(self, part: Prepared, timeout: float = -1.0) -> None:
        """Commit what a group has committed, and another process could not finish.

        Args:
            part: What this hive has to do with it.
            timeout: Seconds to wait at most for others that write; negative: for ever.

        Raises:
            TransactionError: They still do after that time, or an earlier write failed.
            RegistryError: The system failed to write.
        """
        deadline = Deadline(timeout)
        briefly = self._enter(timeout)
        try:
            self._complete(deadline.left)
            self._files.hold(deadline.left)
            try:
                self._follower.follow()
                self._wal.clear_behind_tail()
                self._sync()
                if self._log_pending(self._wal, part):
                    self._state.apply(part.pages, part.bins_size)
            except BaseException as error:
                self._doubt(error)
                raise
            finally:
                self._files.release()
        finally:
            self._leave(briefly)

    # The whole hive, and the end

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
        if self._is_writing():
            raise TransactionError("a transaction is under way", path=self.path)
        briefly = self._enter()
        try:
            self._require_open()
            self._complete()
            self._files.hold()
            try:
                self._wal.require_whole()
                self._follower.follow()
                self._wal.clear_behind_tail()
                self._sync()
                if self.observer is not None:
                    self.observer.settle(self.durable_entries)
                self._compact(default_descriptor, on_key)
            except BaseException as error:
                self._doubt(error)
                raise
            finally:
                self._files.release()
        finally:
            self._leave(briefly)

    def _compact(self, default_descriptor: bytes, on_key: Callable[[], None] | None) -> None:
        state = self._state
        moved: dict[int, int] = {}
        met = Problems()
        tree = Tree(state.image, state.minor, state.root_cell, met)
        data = rebuild(tree, self._wal.base, default_descriptor, moved, on_key)
        if met.found:
            raise CorruptHiveError(f"the hive is damaged ({met.found[0]})", path=self.path)
        if BaseBlock(data[:BASE_SIZE]).root != state.root_cell:
            raise NotSupportedError("this hive can only be compacted into a new file")
        bins = data[BINS_START:]
        size = len(bins)
        self._wal.commit([(0, bins)], size, True)
        state.rebuilt(load_image(BytesSource(bins), size))
        for cell, where in moved.items():
            self._handles.note(cell, where)
        self._wal.checkpoint(state.image)
        self._files.primary.truncate(BINS_START + size)

    def close(self) -> None:
        """Close the hive, all of it durable; the last to do so makes the checkpoint.

        Further calls do nothing.

        Raises:
            TransactionError: A transaction is under way; it is to be ended first.  Or an earlier
                write failed, and what was committed since the last flush may be lost.
        """
        if not self.is_usable:
            self._closed = True
            return
        if self._is_writing():
            raise TransactionError("a transaction is under way", path=self.path)
        briefly = self._enter()
        try:
            if self.is_looking_on:
                self._closed = True
            elif not self._closed:
                self._close()
        finally:
            self._leave(briefly)

    def _give_room_back(self) -> None:
        """Cut the files to what the hive needs: it is clean, and nobody else has it open."""
        room = BINS_START + self._state.image.size
        if not self._state.has_shrunk:  # what others have added and taken away goes, and no more
            room = max(room, self._size_before)
        if self._files.primary.size() > room:
            self._files.primary.truncate(room)
        if not self._wal.has_long_logs:
            return
        try:
            if self.observer is not None:  # the logs tell it no more then
                self.observer.settle(self.durable_entries)
            self._wal.give_room_back(self._state.image, self.observer is not None)
        except RegistryError:
            pass  # it costs room alone, and all commits are durable

    def _close(self) -> None:
        try:
            self._files.hold()
            if not self._wal.is_broken:
                self._follower.follow()
                self._sync()
                if self._files.keep_others_out():
                    self._wal.checkpoint(self._state.image)
                    self._give_room_back()
        finally:
            self._closed = True
            flusher.cancel(id(self))
            self._files.close()
        if self._wal.synced < self._wal.number:
            self._wal.require_whole()
