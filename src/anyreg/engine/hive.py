"""A hive opened for reading: its base block, its image after replay, and its keys.

Nothing is ever written: the logs of a dirty hive are applied in memory.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Final

from anyreg.engine.bins import size_of_bins
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.foreign_files import not_a_hive
from anyreg.engine.image import (
    Image,
    LoadedSource,
    StorageSource,
    loaded_image,
)
from anyreg.engine.recover import Log, Recovery, parse_log, parse_primary, read_log, recover
from anyreg.engine.storage import Disk, Storage
from anyreg.engine.tree import Tree
from anyreg.errors import (
    CorruptHiveError,
    DirtyHiveError,
    HiveChangedError,
    NotHiveError,
    RegistryError,
)
from anyreg.problems import Problem, Problems
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.checksums import base_checksum
from anyreg.regf.layout import (
    BASE_BINS_SIZE,
    BASE_CHECKSUM,
    BASE_PRIMARY_NUMBER,
    BASE_SIZE,
    BIN_HEADER,
    BIN_SIGNATURE,
    BINS_START,
    MAX_BINS_SIZE,
    PAGE,
    SECTOR,
)

_PATIENCE: Final = 20.0  # seconds in which a hive that others write must be had at one moment
_FIRST_PAUSE: Final = 0.001  # between two tries, doubled each time up to the longest
_LONGEST_PAUSE: Final = 0.1
_UNLOCKED: Final = 3  # times that a dirty hive is read before its writers may have to wait


class Hive:
    """One hive.

    Attributes:
        path: Where it came from.
        base: The base block, after replay.
        tree: Its keys.
        was_dirty: Whether it needed replay.
        applied: A line for each log that was replayed.
        opening_problems: Those of the file as a whole.
    """

    def __init__(
        self,
        storage: Storage,
        path: str,
        logs: list[Log] | None = None,
        disk: Disk | None = None,
    ) -> None:
        """Open a hive that stands in a storage.

        Args:
            storage: The primary file; closed with the hive.
            path: For messages, and to look for logs beside it where none are given.
            logs: The valid logs, if they are known already.
            disk: Where logs are looked for; None: in the file system.

        Raises:
            NotHiveError: It is no hive, and no log beside it helps.
            HiveVersionError: A version that is not supported.
            CorruptHiveError: Not even the root key can be read.
        """
        self.path = path
        self._storage = storage
        self._problems = Problems()
        try:
            self._open(storage, logs, disk or FileDisk())
        except BaseException as error:
            if isinstance(error, CorruptHiveError):
                error.name_file(path)
            storage.close()
            raise

    def _open(self, storage: Storage, logs: list[Log] | None, disk: Disk) -> None:
        head = storage.read(0, BASE_SIZE + BIN_HEADER)
        primary = parse_primary(head)
        self.was_dirty = primary is None or not primary.is_settled
        if self.was_dirty and logs is None and disk.find_logs(self.path):
            self._open_with_logs(storage, disk)
            return
        recovery = self._recovered(primary, head, logs or [])
        base = self._usable_base(recovery, head)
        size = self._readable_size(base, recovery)
        if recovery.pieces:
            loaded = LoadedSource(storage, size)
            image = loaded_image(loaded, recovery.pieces, size)
        else:
            image = Image(StorageSource(storage, head, self.path), size)
        self._show(base, recovery, image)

    def _open_with_logs(self, storage: Storage, disk: Disk) -> None:
        """Open a dirty hive that another process may be writing at this moment.

        The primary is read whole, then the logs: whatever page a checkpoint puts into the primary
        meanwhile stands in a log too, and is laid over it.  Then the headers are looked at once
        more; if one has changed, all begins anew, and later under the writer lock where that is
        free: nobody waits for a writer that has it.
        """
        moment = None
        for attempt in attempts():
            moment = self._read_moment(storage, disk, attempt > _UNLOCKED)
            if moment is not None:
                break
        if moment is None:
            raise HiveChangedError("others change the hive all the time", path=self.path)
        head, source, recovery = moment
        base = self._usable_base(recovery, head)
        size = self._readable_size(base, recovery)
        self._show(base, recovery, loaded_image(source, recovery.pieces, size))

    def _read_moment(
        self, storage: Storage, disk: Disk, lock: bool
    ) -> tuple[bytes, LoadedSource, Recovery] | None:
        """Head, bins and replay as they are at one moment; None if they changed meanwhile."""
        guard = _writer_lock(disk, self.path)
        try:
            locked = lock and guard is not None and guard.lock(False, False)
            head = storage.read(0, BASE_SIZE + BIN_HEADER)
            primary = parse_primary(head)
            self.was_dirty = primary is None or not primary.is_settled
            source = LoadedSource(storage, _bins_to_read(primary))
            logs = read_logs(disk, self.path)
            recovery = self._recovered(primary, head, logs)
            if recovery.base is not None:  # a log may know of bins that the primary does not
                source.load(storage, recovery.base.bins_size)
            if not locked and storage.read(0, SECTOR) != head[:SECTOR]:
                return None
            if not locked and _headers(read_logs(disk, self.path)) != _headers(logs):
                return None
            return head, source, recovery
        finally:
            if guard is not None:
                guard.close()

    def _usable_base(self, recovery: Recovery, head: bytes) -> BaseBlock:
        """The base block to go on with.

        Raises:
            NotHiveError: There is none.
            HiveVersionError: A version that is not supported.
        """
        base = recovery.base
        if base is None or not (base.checksum_holds or recovery.applied or _has_bins(head)):
            raise not_a_hive(head, self.path)
        base.require_version(self.path)
        return base

    def _show(self, base: BaseBlock, recovery: Recovery, image: Image) -> None:
        self.base = base
        self.applied = recovery.applied
        self.tree = Tree(image, base.minor, base.root, self._problems)
        self.tree.root()
        self.opening_problems = list(self._problems.found)

    def _recovered(self, primary: BaseBlock | None, head: bytes, logs: list[Log]) -> Recovery:
        if primary is not None and not primary.checksum_holds:
            self._problems.note(
                BASE_CHECKSUM,
                "wrong checksum of the base block",
                f"0x{base_checksum(primary.raw):08x}",
                f"0x{primary.checksum:08x}",
            )
        if not self.was_dirty:
            return Recovery(primary)
        recovery = recover(primary, head[BASE_SIZE:], logs)
        if not recovery.applied and primary is not None and primary.checksum_holds:
            self._problems.note(
                BASE_PRIMARY_NUMBER,
                "dirty, and no log applies",
                "equal numbers",
                f"{primary.primary_number} and {primary.secondary_number}",
            )
        return recovery

    def _readable_size(self, base: BaseBlock, recovery: Recovery) -> int:
        """Bytes of the bins that the file and its logs hold, in whole pages where they can be."""
        have = recovery.reach(self._storage.size() - BINS_START)
        if not base.checksum_holds and not recovery.applied:  # then it may be wrong in that, too
            stated = size_of_bins(self._storage)
            if stated == have or base.bins_size < stated < have:
                base.bins_size = stated
        if base.bins_size % PAGE:
            self._problems.note(
                BASE_BINS_SIZE, "bad size of the bins", "a multiple of 4096", f"{base.bins_size}"
            )
        if have < base.bins_size:
            self._problems.note(
                BINS_START + have,
                "file cut short",
                f"{base.bins_size} bytes of bins",
                f"{have}",
            )
        return min(base.bins_size, have) & -8

    @property
    def problems(self) -> list[Problem]:
        """What reading has met so far that is not as it should be."""
        return self._problems.found

    @property
    def minor(self) -> int:
        """The format version: 2 to 6, of "1.2" to "1.6"."""
        return self.base.minor

    def close(self) -> None:
        """Close the file; further calls do nothing."""
        self._storage.close()


def open_hive(path: str, logs: list[str] | None = None, disk: Disk | None = None) -> Hive:
    """Open a hive file for reading; a dirty one is recovered in memory.

    Args:
        path: The primary file.
        logs: Its logs, where they are not those of its name beside it.
        disk: Where it is; None: in the file system.

    Raises:
        NotFoundError: There is no such file.
        NotHiveError: It is no hive, or a log none.
        HiveVersionError: A version that is not supported.
        CorruptHiveError: Not even the root key can be read.
        HiveChangedError: Others change it so often that no moment of it can be had.
        DirtyHiveError: None of the logs that are given applies.
    """
    disk = disk or FileDisk()
    if not logs:
        return _opened_at_one_moment(path, disk)
    given = [_given_log(disk, log) for log in logs]
    hive = Hive(disk.open(path, False), path, given)
    if not hive.applied:
        hive.close()
        words = "no log that is given applies to it" if hive.was_dirty else "no log applies to it"
        state = "dirty" if hive.was_dirty else "clean"
        raise DirtyHiveError(f"the hive is {state}: {words}", path=path)
    return hive


def _opened_at_one_moment(path: str, disk: Disk) -> Hive:
    """A hive that others may be writing: what changes while it is opened is read again."""
    for _ in attempts():
        try:
            return Hive(disk.open(path, False), path, disk=disk)
        except HiveChangedError as error:
            last = error
    raise last


def attempts() -> Iterator[int]:
    """The numbers of some tries from 1 on, with pauses between them, for some seconds."""
    end = time.monotonic() + _PATIENCE
    pause = _FIRST_PAUSE
    attempt = 1
    yield attempt
    while time.monotonic() < end:
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
        attempt += 1
        yield attempt


def _given_log(disk: Disk, path: str) -> Log:
    storage = disk.open(path, False)
    try:
        log = parse_log(os.path.basename(path), read_log(storage))
    finally:
        storage.close()
    if log is None:
        raise NotHiveError("this is no sound log of a hive", path=path)
    return log


def _writer_lock(disk: Disk, path: str) -> Storage | None:
    """The file whose lock a hive's writers hold: LOG1, if there is one that can be opened."""
    found = disk.find_logs(path)
    for log_path in [log for log in found if log[-1] == "1"] or found:
        try:
            return disk.open(log_path, False)
        except RegistryError:
            continue  # what cannot be opened no writer has
    return None


def read_logs(disk: Disk, path: str) -> list[Log]:
    """The valid logs beside a hive."""
    logs: list[Log] = []
    for log_path in disk.find_logs(path):
        try:
            storage = disk.open(log_path, False)
        except RegistryError:
            continue  # a folder or a pipe of that name, or a log that may not be read
        try:
            log = parse_log(os.path.basename(log_path), read_log(storage))
        finally:
            storage.close()
        if log is not None:
            logs.append(log)
    return logs


def _headers(logs: list[Log]) -> list[tuple[str, bytes]]:
    return [(log.name, log.base.raw[:SECTOR]) for log in logs]


def _bins_to_read(primary: BaseBlock | None) -> int:
    """Bytes of bins that a primary says it has."""
    return MAX_BINS_SIZE if primary is None or not primary.checksum_holds else primary.bins_size


def _has_bins(head: bytes) -> bool:
    return head[BINS_START : BINS_START + 4] == BIN_SIGNATURE
