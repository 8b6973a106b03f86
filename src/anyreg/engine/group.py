"""One transaction over several hives: all of them commit, or none does.

Under the group's lock and the writer locks of all hives that changed, one record is appended to
the group's file and synced: that is the commit.  It holds, for each hive, the state it was in
(the last entry's number and hash) and the pages of the new entry.  Then the entries are appended
to the hives' own logs.

Who opens the group next looks at the records.  Where a hive stands exactly before its entry, the
entry is made up for; where it stands past it, it is there already; any other hive was changed by
a tool that knows nothing of groups, and is left alone and reported.

Each hive stays replayable alone by every tool, which may lack the other hives' half of a
transaction that a crash interrupted, until the group is opened again.
"""

from __future__ import annotations

from anyreg.engine.context_lock import ContextLock, Deadline, timed_out
from anyreg.engine.editor import Editor
from anyreg.engine.forks import generation
from anyreg.engine.group_file import erase, is_emptied, open_group_file, secure_name
from anyreg.engine.group_record import RECORD_HEAD, build_record, parse_record
from anyreg.engine.log_file import FIRST_ROOM
from anyreg.engine.observer import CommitObserver
from anyreg.engine.prepared_commit import PreparedCommit
from anyreg.engine.storage import Disk
from anyreg.engine.sync_guard import unknown_outcome
from anyreg.engine.writable import WritableHive
from anyreg.errors import ClosedError, RegistryError, TransactionError


class HiveGroup:
    """Several open hives that can be changed in one transaction.

    Attributes:
        path: The group's own file.
        left_alone: Names of hives that lack a commit because another tool has changed them since.
        absent: Names of hives that the record still has something for, and the group does not
            hold: it makes no transaction over several hives until it is opened with them.
        observer: Takes part in its commits, if there is one.
        is_settled: Whether all that a crash has left undone was made up for at opening.
    """

    def __init__(
        self, disk: Disk, path: str, hives: dict[str, str], looks_on: bool = False
    ) -> None:
        """Open hives together, and make up for what a crash has left undone.

        Args:
            disk: Where the files are.
            path: The group's own file, made where it is missing.
            hives: The file of each hive, by the name it has in records.
            looks_on: Wait for no writer, see WritableHive; what a crash has left undone in a hive
                that one keeps is made up for by the first transaction.

        Raises:
            RegistryError: As WritableHive.
        """
        self.path = path
        self.left_alone: list[str] = []
        self.absent: list[str] = []
        self.observer: CommitObserver | None = None
        self.is_settled = False
        self._deadline = Deadline()
        self._turn = ContextLock(path)
        self._generation = generation()
        self._hives: dict[str, WritableHive] = {}
        self._touched: list[str] = []
        self._depth = 0
        self._secured = b""
        self._is_open = False
        self._disk = disk
        self._has_name = False  # one that would survive a power cut
        timeout = 0.0 if looks_on else -1.0
        self._record, self._lock, is_ours = open_group_file(disk, path, timeout)
        try:
            pending = self._read_pending() if is_ours else {}
            if is_ours:
                self._secure_record()
            for name, file in hives.items():
                hive = WritableHive(disk, file, pending.get(name, []), looks_on=looks_on)
                self._hives[name] = hive
                if hive.left_alone:
                    self.left_alone.append(name)
            self._note_absent(pending)
            self.is_settled = is_ours and not any(
                hive.is_looking_on for hive in self._hives.values()
            )
            if pending and not self.absent and self.is_settled:
                self._forget_records()
            if is_ours:
                self._record.unlock()
            self._is_open = True
        except BaseException:
            self.close()
            raise

    def hive(self, name: str) -> WritableHive:
        """One of the hives, for reading."""
        return self._hives[name]

    def observe(self, observer: CommitObserver) -> None:
        """Let somebody take part in every commit from now on; hives are called as in records."""
        self.observer = observer
        for name, hive in self._hives.items():
            hive.observe(observer, name)

    # Transactions

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in the one of this context; no hive is locked yet.

        Args:
            timeout: Seconds to wait for other threads and processes; negative: for ever.

        Raises:
            TransactionError: Others still write after that time.
            ClosedError: The group was opened before a fork.
        """
        if self._depth and self._turn.is_mine():
            for name in self._touched:
                self._hives[name].begin()
        else:
            self._begin_outermost(timeout)
        self._depth += 1

    def _begin_outermost(self, timeout: float) -> None:
        if self._generation != generation():
            raise ClosedError("the hives were opened before a fork", path=self.path)
        deadline = Deadline(timeout)
        self._turn.take(timeout)
        try:
            if not self._lock.take(deadline.left):
                raise timed_out(timeout, self.path)
            try:
                self._make_up(deadline)
            except BaseException:
                self._record.unlock()
                raise
        except BaseException:
            self._turn.give()
            raise
        self._touched = []
        self._deadline = deadline

    @property
    def touched(self) -> list[str]:
        """The hives that are a part of the transaction so far."""
        return self._touched

    def editor(self, name: str) -> Editor:
        """The verbs that change one hive, which is a part of the transaction from now on."""
        self._require_mine()
        hive = self._hives[name]
        if name not in self._touched:
            for _ in range(self._depth):
                hive.begin(self._deadline.left)
            self._touched.append(name)
        return hive.current.editing

    def roll_back(self) -> None:
        """Undo the innermost level in all hives."""
        self._require_mine()
        for name in self._touched:
            self._hives[name].roll_back()
        self._leave()

    def commit(self, durable: bool = False) -> None:
        """End the innermost level; at the outermost one, commit all hives or none.

        Args:
            durable: Return only when the commit would survive a power cut.  A commit of several
                hives always is.

        Raises:
            OutcomeUnknownError: As WritableHive.commit; the group refuses every further change too.
            RegistryError: Something else failed: no hive has committed anything.
        """
        self._require_mine()
        if self._depth > 1:
            for name in self._touched:
                self._hives[name].commit()
            self._leave()
            return
        prepared: dict[str, PreparedCommit] = {}
        observer: CommitObserver | None = None
        try:
            for name in self._touched:
                prepared[name] = self._hives[name].current.prepare()
            changed = {name: part for name, part in prepared.items() if part.pages}
            if len(changed) > 1:
                self._require_record()
                self._forget_records()
                for name in changed:  # the record counts on the entries before its own
                    self._hives[name].flush()
            if changed:
                observer = self._announce(changed, durable)
            if len(changed) > 1:
                self._write_record(changed)
        except BaseException:
            for name in self._touched:
                self._hives[name].roll_back()
            self._leave()
            if observer is not None:
                observer.failed()
            raise
        try:
            self._finish(prepared, durable, len(changed))
        except BaseException:
            if observer is not None:
                observer.failed()
            raise
        if observer is not None:
            observer.finish(self._durable_entries())
        for name in prepared:
            self._hives[name].durability.checkpoint_if_due()

    def _announce(self, changed: dict[str, PreparedCommit], durable: bool) -> CommitObserver | None:
        """Let the observer, if there is one, begin with a commit."""
        observer = self.observer
        if observer is not None:
            secured = durable or len(changed) > 1
            for part in changed.values():
                secured = secured or part.was_clean
            commits = [self._hives[name].current.foretell(part) for name, part in changed.items()]
            observer.begin(commits, secured)
        return observer

    def _durable_entries(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for hive in self._hives.values():
            found |= hive.durability.durable_entries
        return found

    def _finish(self, prepared: dict[str, PreparedCommit], durable: bool, changed: int) -> None:
        """Commit each hive; what one cannot write now, or is interrupted, stands in the record."""
        failed: BaseException | None = None
        for name, part in prepared.items():
            hive = self._hives[name].current
            try:
                if changed > 1:  # the record is the commit
                    hive.finish_prepared(part, durable)
                else:
                    hive.commit_prepared(part, durable and (changed == 0 or bool(part.pages)))
            except BaseException as error:  # the others must be ended too, and their locks given
                failed = error
        self._leave()
        if failed is not None:
            raise failed

    def _leave(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._touched = []
            try:
                self._record.unlock()
            finally:
                self._turn.give()

    def _require_mine(self) -> None:
        if self._depth == 0 or not self._turn.is_mine():
            raise TransactionError("no transaction is under way", path=self.path)

    def _require_record(self) -> None:
        if self.absent:
            raise TransactionError(
                "an earlier transaction is not finished in hives that are not open here "
                f"({', '.join(self.absent)}); open them too",
                path=self.path,
            )
        if not self._record.is_at(self.path):  # nobody would find what is written there
            raise TransactionError(
                "the record of its transactions was taken away; open the hives again",
                path=self.path,
            )

    def _note_absent(self, pending: dict[str, list[PreparedCommit]]) -> None:
        self.absent = [name for name in pending if name not in self._hives]

    # Records

    def _write_record(self, parts: dict[str, PreparedCommit]) -> None:
        record = build_record(parts)
        try:
            self._record.write(0, record)
        except BaseException as error:
            if not is_emptied(self._record):
                self._doubt(parts, error)
            raise
        try:
            self._record.sync()
        except BaseException as error:
            self._doubt(parts, error)
            raise
        self._secured = record[:RECORD_HEAD]

    def _doubt(self, parts: dict[str, PreparedCommit], error: BaseException) -> None:
        """The record may be there or not: its hives refuse all further changes."""
        for name in parts:
            self._hives[name].doubt(error)
        if isinstance(error, RegistryError):
            raise unknown_outcome(error, self.path) from error

    def _read_pending(self) -> dict[str, list[PreparedCommit]]:
        """What the record says, by hive; nothing where there is none that is whole."""
        return parse_record(self._record.read(0, self._record.size()))

    def _secure_record(self) -> None:
        """Have the record of another process on the disk: it may have died before its sync.

        After a sync that failed no other would write it, so it is written again.
        """
        head = self._record.read(0, RECORD_HEAD)
        if not (head or self._has_name):
            secure_name(self._disk, self.path)
        self._has_name = True
        if head and head != self._secured:
            self._record.write(0, self._record.read(0, self._record.size()))
            self._record.sync()
            self._secured = head

    def _make_up(self, deadline: Deadline) -> None:
        """Make up for what another process has left undone since this one opened the group."""
        pending = self._read_pending()
        self._note_absent(pending)
        self._secure_record()
        for name, parts in pending.items():
            hive = self._hives.get(name)
            if hive is not None:
                for part in parts:
                    hive.make_up(part, deadline.left)

    def _forget_records(self) -> None:
        """Empty the file, once every hive that it names is durable past its entry."""
        if self._record.size() == 0:
            return
        for hive in self._hives.values():
            hive.flush()
        self._record.truncate(0)
        self._record.sync()

    def forget(self) -> None:
        """See to it that no record is ever made up for in a file that takes a hive's place.

        Raises:
            RegistryError: The system failed to write.
        """
        self.begin()
        try:
            if not self.absent:  # they need it
                self.flush()
                erase(self._record)
        finally:
            self.roll_back()

    def _give_room_back(self) -> None:
        """Empty a large record, if nobody is in a transaction; what it asks for comes first."""
        if self._turn.is_mine() or not self._turn.take_briefly():
            return
        try:
            if self._record.size() <= FIRST_ROOM or not self._lock.take(0.0):
                return
            try:
                self._make_up(Deadline(0))
                if not self.absent:
                    self._forget_records()
            finally:
                self._record.unlock()
        except RegistryError:
            pass  # it stays, and costs room alone
        finally:
            self._turn.give_briefly()

    def flush(self) -> None:
        """Make every commit so far durable."""
        for hive in self._hives.values():
            hive.flush()

    def close(self) -> None:
        """Close all hives; further calls do nothing.

        Raises:
            TransactionError: As WritableHive.close; all others are closed all the same.
        """
        failed: Exception | None = None
        if self._is_open and self._generation == generation():
            self._give_room_back()
        self._is_open = False
        for hive in self._hives.values():
            try:
                hive.close()
            except RegistryError as error:
                failed = failed or error
        self._lock.close()
        self._record.close()
        if failed is not None:
            raise failed
