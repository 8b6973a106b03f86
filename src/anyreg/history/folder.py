"""The folder of a history: its files 00000001.history and so on, and its lock.

The file of the highest number is written to, by whoever has the lock; the older ones stay as they
are until they are taken away.  Others may take them away at any time, so none needs to be there.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.storage import Disk, Storage, sync_names_above
from anyreg.errors import NotFoundError, RegistryError

_SUFFIX: Final = ".history"
_LOCK: Final = "lock"


class Folder:
    """Where the files of one history are.

    Attributes:
        path: Its path.
        disk: What it is on.
    """

    def __init__(self, disk: Disk, path: str, is_read_only: bool) -> None:
        """Get ready; nothing is made or opened yet.

        Args:
            disk: What it is on.
            path: Its path; made when something is locked to be written.
            is_read_only: Make and change nothing.
        """
        self.path = path
        self.disk = disk
        self._is_read_only = is_read_only
        self._lock: Storage | None = None
        self._older: Storage | None = None

    # The lock

    def lock(self) -> None:
        """Wait for the lock; where there is nothing that could be locked, there is none."""
        if self._lock is None:
            self._lock = self._open_lock()
        if self._lock is not None:
            self._lock.lock(False, True)

    def unlock(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            self._lock.unlock()

    def _open_lock(self) -> Storage | None:
        path = f"{self.path}/{_LOCK}"
        if self._is_read_only:
            try:
                return self.disk.open(path, False)
            except NotFoundError:
                return None
        self.disk.make_folder(self.path)
        return self.disk.open_or_create(path)

    # The files

    def file(self, number: int) -> str:
        """The path of a file."""
        return f"{self.path}/{number:08}{_SUFFIX}"

    def numbers(self) -> list[int]:
        """The numbers of all files, ascending."""
        found: list[int] = []
        for name in self.disk.names(self.path):
            stem = name[: -len(_SUFFIX)]
            if name.endswith(_SUFFIX) and stem.isdigit():
                found.append(int(stem))
        found.sort()
        return found

    def open(self, number: int) -> Storage:
        """A file that is to be written to, if anything may be.

        Raises:
            NotFoundError: There is none.
        """
        path = self.file(number)
        if self._is_read_only:
            return self.disk.open(path, False)
        return self.disk.open_own(path, True, self.path)

    def create(self, number: int) -> Storage:
        """A new file, empty or with what was left by who died here."""
        path = self.file(number)
        try:
            made = self.disk.create(path)
        except RegistryError:
            made = self.disk.open_own(path, True, self.path)
        try:
            self.secure(number)
        except BaseException:
            made.close()
            raise
        return made

    def secure(self, number: int) -> None:
        """Make the name of a file that is empty durable, or take it away.

        Where that fails no later sync need do it for the same name.
        """
        path = self.file(number)
        try:
            self.disk.sync_directory(path)
            if number == 1:
                sync_names_above(self.disk, self.path)
        except RegistryError:
            self.remove(number)
            raise

    def look(self, number: int) -> Storage | None:
        """A file to be read, None where there is none; the caller closes it."""
        try:
            return self.disk.open(self.file(number), False)
        except NotFoundError:
            return None

    def older(self, number: int) -> Storage | None:
        """A file to be read, kept open until another one is asked for."""
        if self._older is not None:
            self._older.close()
        self._older = self.look(number)
        return self._older

    def size_of(self, number: int) -> int:
        """Bytes of a file, 0 where there is none."""
        storage = self.look(number)
        if storage is None:
            return 0
        try:
            return storage.size()
        finally:
            storage.close()

    def remove(self, number: int) -> bool:
        """Take a file away; False where it is open elsewhere, on Windows: another time."""
        try:
            self.disk.remove(self.file(number))
        except RegistryError:
            return False
        return True

    def close(self) -> None:
        """Close what is open; further calls do nothing."""
        if self._older is not None:
            self._older.close()
            self._older = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None
