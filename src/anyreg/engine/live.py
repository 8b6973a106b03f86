"""A hive that is open for writing, by this process and perhaps by others at the same time.

The image in memory is the state after the last commit.  A change is made in a transaction: the
writer lock is taken, what other processes have committed is taken over, cells are changed beside
the image, and at the end they are laid into new bins, logged, and published as the new image.
Reading takes no lock: it uses whatever image was published last.

Locks: whoever changes the hive holds LOG1 alone; whoever has it open for writing holds LOG2
shared.  The last to close can have LOG2 alone, and makes the checkpoint; so does the first to
open after a crash.
"""

from __future__ import annotations

from threading import RLock, get_ident
from typing import Final

from anyreg.engine.bins import BinMap, load_image, whole_bins
from anyreg.engine.compose import Composer
from anyreg.engine.editor import Editor
from anyreg.engine.flusher import flusher
from anyreg.engine.image import BytesSource, Image, PatchedSource, Source, StorageSource, Stretch
from anyreg.engine.old_wal import OldWal
from anyreg.engine.problems import Problem, Problems
from anyreg.engine.rebuild import rebuild
from anyreg.engine.recover import Log, Recovery, parse_log, read_log, recover
from anyreg.engine.space import Space
from anyreg.engine.storage import Disk, Storage, write_new
from anyreg.engine.transaction import Transaction
from anyreg.engine.tree import KeyNode, Tree
from anyreg.engine.wal import FIRST_ROOM, Wal
from anyreg.errors import (
    CorruptHiveError,
    DirtyHiveError,
    KeyDeletedError,
    NotHiveError,
    NotSupportedError,
    RegistryError,
    TransactionError,
)
from anyreg.names import fold
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import (
    BASE_SIZE,
    BIN_HEADER,
    BINS_START,
    ENTRY_HEADER,
    ENTRY_SIGNATURE,
    ENTRY_SIZE,
    FLAG_KTM_LOCKED,
    NONE,
    PAGE,
    SECTOR,
    TYPE_NEW_LOG,
    TYPE_NT_LOG,
    TYPE_OLD_LOG,
)
from anyreg.regf.logs import parse_entry
from anyreg.regf.reads import u32
from anyreg.times import now

_OLD_TYPES: Final = (TYPE_OLD_LOG, TYPE_NT_LOG)
_BIN_FACTS: Final = 12  # signature, offset and size: what the map of the bins is made from


def create_hive(disk: Disk, path: str, minor: int, root_name: str, descriptor: bytes) -> None:
    """Make a new hive with nothing but a root key; it is whole or not there at all.

    Args:
        disk: Where.
        path: Its file, which must not exist.
        minor: Format version, 3 or 5.
        root_name: The root key's name.
        descriptor: The root key's self-relative security descriptor.

    Raises:
        RegistryError: The file exists, or the system failed to write it.
    """
    moment = now()
    composer = Composer(minor, moment, descriptor)
    composer.enter(root_name, moment)
    composer.leave()
    write_new(disk, path, composer.finish())


class Prepared:
    """What one hive contributes to a commit, and the state that it is made over.

    Attributes:
        number: Number of the commit before it.
        hash: Hash 1 of that commit's entry, 0 where the hive was clean.
        was_clean: Whether the hive was clean.
        bins_size: Bytes of the bins after it.
        pages: The runs of pages that differ.
        stretches: The new bytes of all bins that change.
    """

    def __init__(
        self,
        number: int,
        hash: int,
        was_clean: bool,
        bins_size: int,
        pages: list[tuple[int, bytes]],
        stretches: list[Stretch],
    ) -> None:
        self.number = number
        self.hash = hash
        self.was_clean = was_clean
        self.bins_size = bins_size
        self.pages = pages
        self.stretches = stretches


class Writing:
    """A transaction as a context manager: committed at the end, undone by an exception."""

    def __init__(self, hive: LiveHive, durable: bool) -> None:
        self._hive = hive
        self._durable = durable

    def __enter__(self) -> Editor:
        return self._hive.begin()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._hive.commit(self._durable)
        else:
            self._hive.roll_back()


class LiveHive:
    """One hive, open for writing.

    Attributes:
        path: Its file.
        tree: The keys after the last commit that is known here.
        left_alone: Whether a commit of a group could not be made up for, because another tool
            has changed the hive since.
    """

    def __init__(self, disk: Disk, path: str, pending: list[Prepared] | None = None) -> None:
        """Open a hive; one that a crash left dirty is recovered first.

        Args:
            disk: Where its files are.
            path: The primary file.
            pending: Commits that a group of hives has made, and that this one may lack.

        Raises:
            NotFoundError: There is no such file.
            NotHiveError: It is no hive.
            HiveVersionError: A version that is not supported.
            DirtyHiveError: It is dirty, and its logs are missing or do not apply.
            CorruptHiveError: Its bins are damaged.
        """
        self.path = path
        self._disk = disk
        self._mutex = RLock()
        self._problems = Problems()
        self._serial = 0  # counts the commits of this process
        self._foreign = 0  # the serial at which others last changed the hive
        self._gone: dict[int, tuple[int, int]] = {}
        self._known_security: dict[bytes, int] = {}
        self._changes: Transaction | None = None
        self._editor: Editor | None = None
        self._depth = 0
        self._holds = 0
        self._writer = 0  # the thread whose transaction is under way
        self._closed = False
        self._pending = pending or []
        self.left_alone = False
        self._primary = disk.open(path, True)
        self._logs: list[Storage] = []
        self._made_logs: list[str] = []
        self._oldest_log: Storage | None = None  # NAME.LOG, which Windows XP and older write
        try:
            self._primary.lock(False, True)  # one program at a time opens, and makes the logs
            self._check_head()
            self._logs = self._open_logs()
            self._oldest_log = _open_oldest_log(disk, path)
            self._hold()
            alone = self._logs[1].lock(False, False)
            self._load(alone)
            self._logs[1].lock(True, True)
            self._release()
            self._primary.unlock()
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        """Leave nothing behind of an opening that failed; its error is the one that counts."""
        try:
            for made in self._made_logs:  # nobody else has them: that needs the primary's lock
                self._disk.remove(made)
        except RegistryError:
            pass
        finally:
            self._close_files()

    # Opening

    def _check_head(self) -> None:
        """Refuse a file that is no hive before any log is made beside it."""
        head = self._primary.read(0, SECTOR)
        if len(self._disk.find_logs(self.path)) == 0:
            try:
                BaseBlock(head).require_version(self.path)
            except NotHiveError as error:
                error.path = self.path
                raise

    def _open_logs(self) -> list[Storage]:
        """LOG1 and LOG2, made where they are missing: some tools refuse one without the other."""
        present = {found[-5:].upper(): found for found in self._disk.find_logs(self.path)}
        logs: list[Storage] = []
        try:
            for suffix in (".LOG1", ".LOG2"):
                if suffix in present:
                    logs.append(self._disk.open(present[suffix], True))
                else:
                    logs.append(self._disk.create(self.path + suffix))
                    self._made_logs.append(self.path + suffix)
            for log in logs:
                if log.size() < FIRST_ROOM:  # new, or a crash came in between
                    log.write(log.size(), bytes(FIRST_ROOM - log.size()))
                    log.sync()
                    self._disk.sync_directory(self.path)
        except BaseException:
            for log in logs:
                log.close()
            raise
        return logs

    def _load(self, alone: bool) -> None:
        """Read everything from the disk, under the writer lock.

        Args:
            alone: Nobody else has the hive open: a dirty period is one that a crash ended.
        """
        head = self._primary.read(0, BASE_SIZE + BIN_HEADER)
        base = _parse_base(head)
        settled = base is not None and base.is_settled
        recovery = Recovery(base)
        if not settled:
            recovery = recover(base, head[BASE_SIZE:], self._valid_logs())
            if not recovery.applied:
                raise DirtyHiveError(
                    "the hive is dirty and no log beside it applies: it must not be written",
                    path=self.path,
                )
        found = recovery.base
        assert found is not None
        found.require_version(self.path)
        source: Source = StorageSource(self._primary, head, self.path)
        if recovery.pieces:
            source = PatchedSource(source, recovery.pieces)
        image = load_image(source, found.bins_size)
        self.minor: int = found.minor
        self.root_cell: int = found.root
        self._wal = self._make_wal(BaseBlock(found.build()))
        self._known_security.clear()
        if not settled:
            self._adopt(recovery, head)
        if self._make_up_pending():
            self._load(alone)
            return
        # The old protocol leaves a hive dirty only where its writer died, and has one log alone.
        if not settled and (alone or isinstance(self._wal, OldWal)):
            self._wal.checkpoint(image)
        self._publish(image)
        self.tree.root()
        self._bins = BinMap(image)
        self._space = Space(image, self._bins)

    def _make_wal(self, base: BaseBlock) -> Wal:
        """The log that the hive is written with: the old kind where it has an old one alone."""
        kinds = [_log_type(log) for log in self._logs]
        if TYPE_NEW_LOG in kinds:
            return Wal(self._primary, self._logs, base, self.path)
        for index, kind in enumerate(kinds):
            if kind in _OLD_TYPES:
                return OldWal(self._primary, self._logs, base, self.path, self._logs[index])
        if self._oldest_log is not None and _log_type(self._oldest_log) in _OLD_TYPES:
            return OldWal(self._primary, self._logs, base, self.path, self._oldest_log)
        return Wal(self._primary, self._logs, base, self.path)

    def _adopt(self, recovery: Recovery, head: bytes) -> None:
        """Go on with a dirty period."""
        self._wal.adopt(
            self._index_of(recovery.last_log),
            recovery.last_number,
            recovery.tail,
            recovery.last_hash,
            recovery.pieces,
        )
        base = _parse_base(head)
        if base is not None and base.checksum_holds:
            self._wal.base = base

    def _make_up_pending(self) -> bool:
        """Log what a group has committed and this hive lacks; whether there was anything."""
        made = False
        for part in self._pending:
            self._made_logs = []  # whatever fails now, they may hold this commit
            made = self._log_pending(part) or made
        self._pending = []
        return made

    def _log_pending(self, part: Prepared) -> bool:
        wal = self._wal
        if part.was_clean:
            before = wal.active < 0 and wal.number == part.number
        elif wal.active < 0:  # the period was ended without the entry
            before = wal.number == part.number + 1
        else:
            before = wal.number == part.number and wal.last_hash == part.hash
        if before:
            wal.commit(part.pages, part.bins_size, True)
        elif wal.number <= part.number:
            self.left_alone = True
        return before

    def make_up(self, part: Prepared) -> None:
        """Commit what a group has committed, and another process could not finish."""
        with self._mutex:
            self._hold()
            try:
                self.follow()
                self._wal.clear_behind_tail()
                if self._log_pending(part):
                    self._apply(part.pages, part.bins_size)
            finally:
                self._release()

    def _index_of(self, log: Log | None) -> int:
        """0 or 1 for LOG1 or LOG2; an old log that is neither counts as LOG1."""
        return 1 if log is not None and log.name == "LOG2" else 0

    def _valid_logs(self) -> list[Log]:
        logs: list[Log] = []
        for name, storage in zip(("LOG1", "LOG2"), self._logs, strict=True):
            log = parse_log(name, read_log(storage))
            if log is not None:
                logs.append(log)
        oldest = self._oldest_log
        if oldest is not None:
            log = parse_log("LOG", read_log(oldest))
            if log is not None:
                logs.append(log)
        return logs

    def _publish(self, image: Image) -> None:
        self._serial += 1
        self.image = image
        self.tree = Tree(image, self.minor, self.root_cell, self._problems, self._serial)

    # Transactions

    def transaction(self, durable: bool = False) -> Writing:
        """A transaction, or a savepoint in the one under way, as a context manager.

        Args:
            durable: See commit().
        """
        return Writing(self, durable)

    def begin(self) -> Editor:
        """Begin a transaction, or a savepoint inside the one that this thread has begun.

        Waits for other threads and processes.

        Raises:
            TransactionError: The hive is closed, or an earlier write failed.
        """
        self._mutex.acquire()
        try:
            if self._closed:
                raise TransactionError("the hive is closed", path=self.path)
            if self._changes is None:
                self._begin_outermost()
            else:
                self._require_editor().begin()
            self._depth += 1
            return self._require_editor()
        except BaseException:
            self._mutex.release()
            raise

    def _begin_outermost(self) -> None:
        self._hold()
        try:
            self._wal.require_whole()
            self.follow()
            self._wal.clear_behind_tail()
            changes = Transaction(self.image, self._bins, self._space)
            self._writer = get_ident()
            self._changes = changes
            self._editor = Editor(
                changes, self.minor, self.root_cell, now(), self._known_security, self._serial
            )
        except BaseException:
            self._changes = None
            self._release()
            raise

    def commit(self, durable: bool = False) -> None:
        """End the innermost level; at the outermost one, commit.

        Args:
            durable: Return only when the commit would survive a power cut; without it, it
                survives the death of the process, and is durable after the next flush().

        Raises:
            RegistryError: The system failed to write.  The transaction is undone here; whether
                it is on the disk only opening the hive again can tell, and until then the hive
                refuses every further change.
        """
        if self._depth > 1:
            self._require_editor().commit()
            self._leave()
            return
        try:
            part = self.prepare()
        except BaseException:
            self.roll_back()
            raise
        self.commit_prepared(part, durable)

    def prepare(self) -> Prepared:
        """Lay the changed cells into new bins, and find the pages that differ.

        commit_prepared() or roll_back() must follow.
        """
        changes = self._require_changes()
        stretches, pages = changes.lay()
        wal = self._wal
        return Prepared(wal.number, wal.last_hash, wal.active < 0, changes.size, pages, stretches)

    def commit_prepared(self, part: Prepared, durable: bool) -> None:
        """End a transaction that is prepared; see commit()."""
        changes = self._require_changes()
        try:
            self._commit_outermost(changes, part, durable)
        except BaseException:
            self._undo(changes)
            raise
        finally:
            self._changes = None
            self._release()
            self._leave()
        if self._wal.synced != self._wal.number:
            flusher.schedule(id(self), self.flush)
        self._checkpoint_if_due()

    def _checkpoint_if_due(self) -> None:
        if self._wal.is_large:
            try:
                self.checkpoint()
            except RegistryError:
                pass  # the commit stands, in the log; what is broken the next change will say

    def _commit_outermost(self, changes: Transaction, part: Prepared, durable: bool) -> None:
        # 1. Log the pages: this is the commit.
        if part.pages:
            self._wal.commit(part.pages, part.bins_size, durable)
        elif durable:
            self._wal.sync()
        # 2. Publish the new image.
        changes.done()
        self._publish(self.image.changed(part.stretches, part.bins_size))
        editor = self._require_editor()
        for cell in editor.deleted:
            self._gone[cell] = (self._serial, editor.where_is(cell))
        self._space.published(self.image)

    def roll_back(self) -> None:
        """Undo the innermost level."""
        changes = self._require_changes()
        try:
            if self._depth > 1:
                self._require_editor().roll_back()
            else:
                self._undo(changes)
        finally:
            if self._depth == 1:
                self._changes = None
                self._release()
            self._leave()

    def _undo(self, changes: Transaction) -> None:
        """Undo the outermost level; handles of keys that it made stand for nothing now."""
        changes.roll_back_level()
        self._known_security.clear()
        self._serial += 1
        self.tree.serial = self._serial
        for cell in self._require_editor().created:
            self._gone[cell] = (self._serial, NONE)

    def _require_editor(self) -> Editor:
        assert self._editor is not None
        return self._editor

    def _require_changes(self) -> Transaction:
        changes = self._changes
        if changes is None:
            raise TransactionError("no transaction is under way", path=self.path)
        return changes

    def _leave(self) -> None:
        self._depth -= 1
        self._mutex.release()

    @property
    def editing(self) -> Editor:
        """The verbs of the transaction under way.

        Raises:
            TransactionError: There is none.
        """
        self._require_changes()
        return self._require_editor()

    @property
    def reading(self) -> Tree:
        """The keys as this thread sees them: inside its transaction, or after the last commit."""
        editor = self._editor
        return self.tree if editor is None or not self._is_writing() else editor.tree

    def _is_writing(self) -> bool:
        """Whether a transaction of this very thread is under way: others do not see it."""
        return self._changes is not None and self._writer == get_ident()

    def fresh(self, node: KeyNode) -> KeyNode:
        """A node that was read at an earlier moment, as it is now.

        Raises:
            KeyDeletedError: Its key is gone.
        """
        tree = self.reading
        cell: int = node.cell
        since: int = node.serial
        gone = self._gone.get(cell)
        while gone is not None and gone[0] > since:
            since, cell = gone
            gone = self._gone.get(cell)
        editor = self._editor
        if editor is not None and self._is_writing():
            cell = editor.where_is(cell)
        if cell == NONE:
            raise KeyDeletedError("the key was deleted", path=node.name)
        try:
            found = tree.key(cell) if tree.image.cell(cell)[2] > 0 else None
        except CorruptHiveError:
            found = None
        if found is None or (self._foreign > node.serial and not self._is_same(node, found)):
            raise KeyDeletedError("the key was deleted", path=node.name)
        return found

    def _is_same(self, before: KeyNode, after: KeyNode) -> bool:
        """Whether two nodes of one cell are one key, where others may have used the cell anew."""
        parent = self.tree.parent_cell(before)
        return fold(before.name) == fold(after.name) and parent == self.tree.parent_cell(after)

    # Following other processes

    def follow(self) -> bool:
        """Take over what other processes have committed; whether there was anything.

        Costs a few reads where nothing has happened, and takes no lock.
        """
        if not self._mutex.acquire(blocking=False):
            return False  # a thread that writes has followed already
        try:
            if self._changes is not None or self._closed:
                return False
            before = self._wal.number
            raw = self._primary.read(0, SECTOR)
            if raw != self._wal.base.raw[:SECTOR]:
                self._follow_base(raw)
            if self._wal.active >= 0:
                self._follow_log()
            return self._wal.number != before
        finally:
            self._mutex.release()

    def _follow_base(self, raw: bytes) -> None:
        """The base block has changed: a period began or ended."""
        wal = self._wal
        base = _parse_base(raw)
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
        wal = self._wal
        log = self._logs[wal.active]
        while True:
            head = log.read(wal.tail, ENTRY_HEADER)
            if len(head) < ENTRY_HEADER or head[:4] != ENTRY_SIGNATURE:
                return
            data = log.read(wal.tail, u32(head, ENTRY_SIZE))
            entry = parse_entry(data, 0, wal.number + 1)
            if entry is None:
                return
            flags = wal.base.flags & ~FLAG_KTM_LOCKED | entry.flags & FLAG_KTM_LOCKED
            wal.base.flags = flags
            self._apply(entry.pages, entry.bins_size)
            wal.followed(entry)

    def _apply(self, pages: list[tuple[int, bytes]], size: int) -> None:
        same = self._same_bins(pages, size)
        self._known_security.clear()
        image = self.image.changed([Stretch(data, at) for at, data in pages], size)
        if same:
            self._bins.extend(image)
        else:
            self._bins = BinMap(image)
        image = image.changed(whole_bins(image, self._bins, pages), size)
        if same:
            self._space.changed_bins(image, pages)
        else:
            self._space.changed_outside(image, self._bins)
        self._publish(image)
        self._foreign = self._serial

    def _same_bins(self, pages: list[tuple[int, bytes]], size: int) -> bool:
        """Whether the hive has the bins after these pages that it had before, or more."""
        known: int = self.image.size
        if size < known:
            return False
        for at, data in pages:
            for start in range(0, min(len(data), known - at), PAGE):
                facts = data[start : start + _BIN_FACTS]
                is_bin = self._bins.start_of(at + start) == at + start
                if is_bin and facts != self.image.read(at + start, _BIN_FACTS):
                    return False
        return True

    def _reload(self) -> None:
        """Too much has happened: read all again, under the writer lock."""
        self._hold()
        try:
            self._load(False)
            self._foreign = self._serial
        finally:
            self._release()

    def _hold(self) -> None:
        """Take the writer lock; what holds it already may take it again."""
        if self._holds == 0:
            self._logs[0].lock(False, True)
        self._holds += 1

    def _release(self) -> None:
        self._holds -= 1
        if self._holds == 0:
            self._logs[0].unlock()

    @property
    def problems(self) -> list[Problem]:
        """What reading has met that is not as it should be."""
        return self._problems.found

    @property
    def base(self) -> BaseBlock:
        """The base block as it stands in the file."""
        return self._wal.base

    @property
    def is_dirty(self) -> bool:
        """Whether commits stand in the log that the file itself does not have yet."""
        return self._wal.active >= 0

    # Durability and the end

    def flush(self) -> None:
        """Make every commit so far durable.

        Raises:
            RegistryError: The system failed to write.
        """
        with self._mutex:
            if not self._closed:
                self._wal.sync()

    def checkpoint(self) -> None:
        """Bring the hive's file up to date, so that it can be read without its logs."""
        with self._mutex:
            self._hold()
            try:
                self.follow()
                self._wal.checkpoint(self.image)
            finally:
                self._release()

    def compact(self, default_descriptor: bytes) -> None:
        """Lay the hive out anew without free space, and cut its file; handles stay valid.

        It is one durable commit, and a checkpoint.

        Args:
            default_descriptor: For keys that have no security descriptor.

        Raises:
            CorruptHiveError: The hive is damaged, and something would be lost.
            NotSupportedError: The root key stands where a dense hive cannot have it.
            TransactionError: A transaction is under way.
        """
        with self._mutex:
            if self._changes is not None:
                raise TransactionError("a transaction is under way", path=self.path)
            self._hold()
            try:
                self._wal.require_whole()
                self.follow()
                self._wal.clear_behind_tail()
                self._compact(default_descriptor)
            finally:
                self._release()

    def _compact(self, default_descriptor: bytes) -> None:
        moved: dict[int, int] = {}
        met = Problems()
        tree = Tree(self.image, self.minor, self.root_cell, met)
        data = rebuild(tree, self._wal.base, default_descriptor, moved)
        if met.found:
            raise CorruptHiveError(
                f"the hive is damaged ({met.found[0]}); repair it into a new file", path=self.path
            )
        if BaseBlock(data[:BASE_SIZE]).root != self.root_cell:
            raise NotSupportedError("this hive can only be compacted into a new file")
        bins = data[BINS_START:]
        size = len(bins)
        self._wal.commit([(0, bins)], size, True)
        self._publish(load_image(BytesSource(bins), size))
        self._known_security.clear()
        for cell, where in moved.items():
            self._gone[cell] = (self._serial, where)
        self._bins = BinMap(self.image)
        self._space = Space(self.image, self._bins)
        self._wal.checkpoint(self.image)
        self._primary.truncate(BINS_START + size)

    def close(self) -> None:
        """Close the hive, all of it durable; the last to do so makes the checkpoint.

        Further calls do nothing.

        Raises:
            TransactionError: A transaction is under way; it is to be ended first.
        """
        with self._mutex:
            if self._closed:
                return
            if self._changes is not None:
                raise TransactionError("a transaction is under way", path=self.path)
            try:
                self._hold()
                if not self._wal.is_broken:
                    self.follow()
                    if self._logs[1].lock(False, False):
                        self._wal.checkpoint(self.image)
                    else:
                        self._wal.sync()
            finally:
                self._closed = True
                flusher.cancel(id(self))
                self._close_files()

    def _close_files(self) -> None:
        for storage in (self._primary, *self._logs):
            storage.close()
        if self._oldest_log is not None:
            self._oldest_log.close()


def _log_type(log: Storage) -> int:
    """The type in a log's base block, -1 where it has none that is valid."""
    found = parse_log("", log.read(0, SECTOR))
    return found.base.type if found is not None else -1


def _parse_base(head: bytes) -> BaseBlock | None:
    try:
        return BaseBlock(head[:BASE_SIZE])
    except NotHiveError:
        return None


def _open_oldest_log(disk: Disk, path: str) -> Storage | None:
    for found in disk.find_logs(path):
        if found.upper().endswith(".LOG"):
            return disk.open(found, True)
    return None
