"""The seam between the engine and the world: everything that touches a disk goes through here.

The engine reads through a Storage and finds the logs beside a hive through `find_logs`; tests put
other storages in its place and inject every disaster there.
"""

from __future__ import annotations

import os
from io import FileIO
from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.errors import AccessDeniedError, NotFoundError, RegistryError

LOG_SUFFIXES: Final = (".log", ".log1", ".log2")


@mypyc_attr(allow_interpreted_subclasses=True)
class Storage:
    """One file: the verbs that the engine needs of it."""

    def size(self) -> int:
        """Bytes of the file now."""
        raise NotImplementedError

    def read(self, at: int, size: int) -> bytes:
        """The bytes from this offset on, fewer only where the file ends."""
        raise NotImplementedError

    def close(self) -> None:
        """Give the file back; further calls do nothing."""
        raise NotImplementedError


class FileStorage(Storage):
    """A file on disk, opened for reading."""

    def __init__(self, path: str) -> None:
        """Open the file.

        Raises:
            NotFoundError: There is no such file.
            AccessDeniedError: It may not be read.
            RegistryError: Anything else that the system says, such as that it is a folder.
        """
        self.path = path
        try:
            self._file = FileIO(path, "r")
        except OSError as error:
            raise translated(error, path) from error

    def size(self) -> int:
        """Bytes of the file now."""
        return os.fstat(self._file.fileno()).st_size

    def read(self, at: int, size: int) -> bytes:
        """The bytes from this offset on, fewer only where the file ends.

        Raises:
            RegistryError: The system could not read them.
        """
        try:
            return self._read(at, size)
        except OSError as error:
            raise translated(error, self.path) from error

    def _read(self, at: int, size: int) -> bytes:
        data = self._read_once(at, size)
        if len(data) == size or not data:
            return data
        parts = [data]
        have = len(data)
        while have < size:
            data = self._read_once(at + have, size - have)
            if not data:
                break
            parts.append(data)
            have += len(data)
        return b"".join(parts)

    def _read_once(self, at: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._file.fileno(), size, at)
        self._file.seek(at)
        return self._file.read(size) or b""

    def close(self) -> None:
        """Give the file back; further calls do nothing."""
        self._file.close()


class MemoryStorage(Storage):
    """Bytes in memory that stand for a file."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def size(self) -> int:
        """Bytes of the file now."""
        return len(self.data)

    def read(self, at: int, size: int) -> bytes:
        """The bytes from this offset on, fewer only where the file ends."""
        return self.data[at : at + size]

    def close(self) -> None:
        """Nothing to give back."""


def find_logs(path: str) -> list[str]:
    """The log files beside a hive: its name and .LOG, .LOG1 or .LOG2, in any case.

    Args:
        path: The hive's file.

    Returns:
        Their paths, sorted by suffix.
    """
    folder, name = os.path.split(path)
    wanted = {name.casefold() + suffix for suffix in LOG_SUFFIXES}
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return []  # a file in a folder that cannot be listed still opens, without its logs
    found = [entry for entry in names if entry.casefold() in wanted]
    return [os.path.join(folder, entry) for entry in sorted(found, key=str.casefold)]


def translated(error: OSError, path: str) -> RegistryError:
    """The error of this package that says what the system said of a file."""
    reason = error.strerror or str(error)
    if isinstance(error, FileNotFoundError):
        return NotFoundError("no such file", path=path)
    if isinstance(error, PermissionError):
        return AccessDeniedError(reason, path=path)
    return RegistryError(reason, path=path)
