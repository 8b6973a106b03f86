"""A hive whose files are open for writing, as it was after the last commit that is known.

Opening recovers what a crash has left, and ends the period of whoever else writes it.  From then on
reading takes no lock: it uses whatever image was published last, and follow() publishes what other
processes have committed.
"""

from __future__ import annotations

from anyreg.engine.files import HiveFiles
from anyreg.engine.follower import Follower
from anyreg.engine.forks import generation
from anyreg.engine.handles import Handles
from anyreg.engine.hive_state import HiveState
from anyreg.engine.image import Image
from anyreg.engine.lock_free_reader import LockFreeReader
from anyreg.engine.opening import read_for_writing, stands_before
from anyreg.engine.period import Period
from anyreg.engine.prepared_commit import PreparedCommit
from anyreg.engine.storage import Disk
from anyreg.engine.wal import Wal
from anyreg.errors import ClosedError, CorruptHiveError, RegistryError, TransactionError
from anyreg.regf.base_block import BaseBlock


class OpenedHive:
    """The files and the state of one hive; whoever calls what may change them has the turn.

    Attributes:
        path: Its file.
        disk: Where it is.
        files: Its files and their locks, once they are open.
        state: What is known of it.
        follower: Takes over what others have committed.
        handles: Finds the keys of nodes that were given out.
        size_before: Bytes of its file when it was opened.
        is_closed: Whether it was closed.
        generation: How often the process that has opened it was forked; see forks.py.
        ended: The period of the log that was ended when it was opened, if that is known.
        is_behind: Whether others have committed what could not be taken over yet, as one of them
            was writing just then.
        left_alone: Whether a commit of a group could not be made up for, because another tool
            has changed the hive since.
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
            NotFoundError: There is no such file.
            NotHiveError: It is no hive.
            HiveVersionError: A version that is not supported.
            DirtyHiveError: It is dirty, and its logs are missing or do not apply.
            CorruptHiveError: Its bins are damaged.
            NotSupportedError: It lies on a network file system; it has several names, or is open
                under another one; or what has the name of a log beside it is not one of its own.
        """
        self.path = path
        self.is_behind = False
        self.left_alone = False
        self._old_logs = old_logs
        self.generation = generation()
        self.is_closed = False
        self.ended: Period | None = None
        self.disk = disk
        self._onlooker: LockFreeReader | None = None
        try:
            self._open_files(0.0 if looks_on else -1.0, pending or [])
        except TransactionError:
            if not looks_on:
                raise
            self._look_on()

    # Opening

    def _open_files(self, timeout: float, pending: list[PreparedCommit]) -> None:
        """Open the files for writing; whatever was shown up to then goes on from there.

        Raises:
            TransactionError: Others write, and went on with it for so many seconds.
        """
        self.files = HiveFiles(self.disk, self.path, timeout)
        try:
            self._open(pending)
            self.files.opened()
        except BaseException as error:
            if isinstance(error, CorruptHiveError):
                error.name_file(self.path)
            self.files.give_up()
            raise
        self._onlooker = None

    def complete(self, timeout: float = -1.0) -> None:
        """Open the files if that was put off; see _open_files()."""
        if self._onlooker is not None:
            self._open_files(timeout, [])

    @property
    def is_looking_on(self) -> bool:
        """Whether the files are not open yet, as others keep the hive."""
        return self._onlooker is not None

    def _look_on(self) -> bool:
        """Show the hive as it is on the disk just now; whether it is another one than before."""
        before = self._onlooker
        seen = LockFreeReader(self.path)
        if before is not None and seen.data == before.data:
            return False
        self._show(seen.image(), seen.hive.minor, seen.hive.base.root)
        self._onlooker = seen
        return before is not None

    def _show(self, image: Image, minor: int, root: int) -> None:
        """Show what was read: for the first time, or in the place of what was shown before."""
        if self._onlooker is None:
            self.state = HiveState(image, minor, root)
            self.handles = Handles(self.state)
            return
        state = self.state
        before = state.tree
        state.load(image, minor, root)
        state.note_foreign()
        self.handles.reloaded(before)

    def _open(self, pending: list[PreparedCommit]) -> None:
        """Read everything from the disk for the first time, under the writer lock.

        Args:
            pending: What a group has committed.
        """
        reading = read_for_writing(self.files)
        while self.files.put_aside():
            reading = read_for_writing(self.files)
        wal = reading.wal(self.files, self._old_logs, True)
        self.files.fill_logs()
        made = False
        for part in pending:
            self.files.keep_logs()
            made = self.log_pending(wal, part) or made
        if made:
            reading = read_for_writing(self.files)
            wal = reading.wal(self.files, self._old_logs, True)
        self.ended = reading.ended
        self._show(reading.image, reading.minor, reading.root)
        laid_anew = self.handles.reloaded
        self.follower = Follower(self.files, self.state, wal, self._reload, laid_anew)
        self.state.has_shrunk = reading.has_shrunk
        self.size_before = self.files.primary.size()

    def _reload(self) -> None:
        """Too much has happened: read all again, under the writer lock.

        A reader waits for no writer that has it: what is known stays as it is, until it is free.
        """
        try:
            self.files.hold(0.0)
        except TransactionError:
            self.is_behind = True
            return
        try:
            state = self.state
            before = state.tree
            reading = read_for_writing(self.files, state.image)
            wal = reading.wal(self.files, self._old_logs, False)
            wal.is_known = True
            self.follower.wal = wal
            state.load(reading.image, reading.minor, reading.root)
            state.note_foreign()
            self.handles.reloaded(before)
            self.is_behind = False
        finally:
            self.files.release()

    def log_pending(self, wal: Wal, part: PreparedCommit) -> bool:
        """Log what a group has committed, where this hive stands exactly before it."""
        before = stands_before(wal, part)
        if before:
            wal.commit(part.pages, part.bins_size, True)
        elif wal.number <= part.number:
            self.left_alone = True
        return before

    def doubt(self, error: BaseException) -> None:
        """What was interrupted, as by Ctrl-C, may be half done: nothing is built upon it."""
        if not isinstance(error, RegistryError):
            self.wal.fail(error)

    def require_open(self) -> None:
        """Refuse a hive that was closed, or that belongs to the process which has forked this one.

        Raises:
            ClosedError: It is such a hive.
        """
        if self.is_closed:
            raise ClosedError("the hive is closed", path=self.path)
        if self.generation != generation():
            raise ClosedError("the hive was opened before a fork; open it again", path=self.path)

    # Following

    def follow(self) -> bool:
        """Take over what other processes have committed; whether there was anything."""
        if self.is_closed:
            return False
        return self.follower.follow() if self._onlooker is None else self._look_again()

    def _look_again(self) -> bool:
        """Open the files if nobody keeps them any more, or look at them once more."""
        try:
            self.complete(0.0)
        except TransactionError:
            return self._look_on()
        return True

    def place(self) -> tuple[int, int]:
        """Number of the last commit that is known, and what tells it from others of that number."""
        if self._onlooker is not None:
            return self._onlooker.hive.base.primary_number, 0
        return self.wal.number, self.wal.last_hash

    @property
    def base(self) -> BaseBlock:
        """The base block as it stands in the file."""
        return self.wal.base if self._onlooker is None else self._onlooker.hive.base

    @property
    def is_dirty(self) -> bool:
        """Whether commits stand in the log that the file itself does not have yet."""
        if self._onlooker is not None:
            return self._onlooker.hive.was_dirty
        return self.wal.active >= 0

    @property
    def is_usable(self) -> bool:
        """Whether it is open, and by this process."""
        return not self.is_closed and self.generation == generation()

    @property
    def wal(self) -> Wal:
        """The log as it is known."""
        return self.follower.wal
