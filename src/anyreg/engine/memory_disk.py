"""Files in memory: where a change is rehearsed, and most tests run."""

from __future__ import annotations

import os
from errno import EEXIST

from mypy_extensions import mypyc_attr

from anyreg.engine.storage import Disk, Storage, logs_among
from anyreg.errors import NotFoundError, RegistryError


class MemoryStorage(Storage):
    """Bytes in memory that stand for a file."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = bytearray(data)

    def size(self) -> int:
        """Bytes of the file now."""
        return len(self._data)

    def read(self, at: int, size: int) -> bytes:
        """The bytes from this offset on, fewer only where the file ends."""
        return bytes(self._data[at : at + size])

    def write(self, at: int, data: bytes) -> None:
        """Put all of the bytes at this offset; beyond the end the file grows."""
        if at > len(self._data):
            self._data.extend(bytes(at - len(self._data)))
        self._data[at : at + len(data)] = data

    def truncate(self, size: int) -> None:
        """Cut the file to this many bytes."""
        del self._data[size:]

    def sync(self) -> None:
        """Memory has nothing to sync."""

    def lock(self, shared: bool, wait: bool) -> bool:
        """Bytes in memory have one user."""
        return True

    def unlock(self) -> None:
        """Nothing was locked."""

    def close(self) -> None:
        """Nothing to give back: the bytes stay, as a file's would."""


@mypyc_attr(allow_interpreted_subclasses=True)
class MemoryDisk(Disk):
    """Files in memory.

    Attributes:
        files: The files by path.
    """

    is_shared: bool = False

    def __init__(self) -> None:
        self.files: dict[str, MemoryStorage] = {}

    def open(self, path: str, writable: bool) -> Storage:
        """An existing file."""
        if path not in self.files:
            raise NotFoundError("no such file", path=path)
        return self.files[path]

    def create(self, path: str) -> Storage:
        """A new, empty file."""
        if path in self.files:
            raise _exists(path)
        self.files[path] = MemoryStorage()
        return self.files[path]

    def remove(self, path: str) -> None:
        """Take a file away; that there is none is no error."""
        self.files.pop(path, None)

    def rename_new(self, path: str, new: str) -> None:
        """Give a file a name that no other has."""
        if new in self.files:
            raise _exists(new)
        self.files[new] = self.files.pop(path)

    def rename(self, path: str, new: str) -> None:
        """Give a file another name, in the place of the file that has it."""
        if path not in self.files:
            raise NotFoundError("no such file", path=path)
        self.files[new] = self.files.pop(path)

    def exists(self, path: str) -> bool:
        """Whether there is a file of this name."""
        return path in self.files

    def sync_directory(self, path: str) -> None:
        """Memory has nothing to sync."""

    def make_folder(self, path: str) -> None:
        """Memory has no folders."""

    def remove_folder(self, path: str) -> None:
        """Memory has no folders."""

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in any order."""
        return [os.path.basename(path) for path in self.files if os.path.dirname(path) == folder]

    def find_logs(self, path: str) -> list[str]:
        """The log files beside a hive, sorted by suffix."""
        return logs_among(list(self.files), path)


def _exists(path: str) -> RegistryError:
    error = RegistryError("the file is there already", path=path)
    error.errno = EEXIST
    return error
