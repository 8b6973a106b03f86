"""The seam between the engine and the world: everything that touches a disk goes through here.

The engine sees files through a Storage, and folders through a Disk.  Tests put others in their
place and inject every disaster there: torn writes, lost syncs, full disks.
"""

from __future__ import annotations

import os
from io import FileIO
from mmap import ACCESS_READ, mmap
from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.engine import locks
from anyreg.engine.forks import close_in_child
from anyreg.engine.mounts import network_kind, require_local
from anyreg.errors import AccessDeniedError, NotFoundError, NotSupportedError, RegistryError

LOG_SUFFIXES: Final = (".log", ".log1", ".log2")
_MAPPED_AT_ONCE: Final = 1 << 20
_PIECE: Final = 16 * 1024
_ZEROS: Final = bytes(_PIECE)


@mypyc_attr(allow_interpreted_subclasses=True)
class Storage:
    """One file: the verbs that the engine needs of it.

    Every verb raises an error of this package that names the file where the system fails.
    """

    def size(self) -> int:
        """Bytes of the file now."""
        raise NotImplementedError

    def read(self, at: int, size: int) -> bytes:
        """The bytes from this offset on, fewer only where the file ends."""
        raise NotImplementedError

    def peek(self, at: int, size: int) -> bytes:
        """As read(), for a place that is looked at again and again: cheap where it can be."""
        return self.read(at, size)

    def write(self, at: int, data: bytes) -> None:
        """Put all of the bytes at this offset; beyond the end the file grows."""
        raise NotImplementedError

    def clear(self, start: int, end: int) -> None:
        """Put zeros from one offset to another; beyond the end the file grows."""
        if start < end:
            self.write(start, bytes(end - start))

    def truncate(self, size: int) -> None:
        """Cut the file to this many bytes."""
        raise NotImplementedError

    def sync(self) -> None:
        """Return when the file's bytes and size would survive a power cut."""
        raise NotImplementedError

    def lock(self, shared: bool, wait: bool) -> bool:
        """Lock the file against other handles of it, in this process and in others.

        A lock that is held already becomes the one that is asked for.  Locks are advisory, and
        die with their process.

        Args:
            shared: Several may hold it, but none while one holds it alone.
            wait: Wait until it can be had.

        Returns:
            Whether it is held now; after False none is.
        """
        raise NotImplementedError

    def unlock(self) -> None:
        """Give a lock back; nothing happens where none is held."""
        raise NotImplementedError

    def close(self) -> None:
        """Give the file back; further calls do nothing."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Disk:
    """Where files are found."""

    def open(self, path: str, writable: bool) -> Storage:
        """An existing file.

        Raises:
            NotFoundError: There is no such file.
            AccessDeniedError: It may not be opened so.
        """
        raise NotImplementedError

    def create(self, path: str) -> Storage:
        """A new, empty file, open for writing; only its owner may read it.

        Raises:
            RegistryError: There is a file of that name already.
        """
        raise NotImplementedError

    def open_or_create(self, path: str) -> Storage:
        """A file to read and write, made where it is missing; others may make it just now.

        Raises:
            RegistryError: It can neither be made nor opened.
        """
        try:
            return self.create(path)
        except RegistryError as error:
            try:
                return self.open(path, True)
            except NotFoundError:
                raise error from None

    def remove(self, path: str) -> None:
        """Take a file away; that there is none is no error."""
        raise NotImplementedError

    def rename_new(self, path: str, new: str) -> None:
        """Give a file a name that no other has.

        Raises:
            RegistryError: There is a file of that name already.
        """
        raise NotImplementedError

    def sync_directory(self, path: str) -> None:
        """Return when the names of the files in this file's folder would survive a power cut."""
        raise NotImplementedError

    def require_sharing(self, path: str) -> None:
        """Refuse a place where locks and mappings do not hold between machines.

        Raises:
            NotSupportedError: It is such a place.
        """

    def make_folder(self, path: str) -> None:
        """Make a folder, and those above it; only its owner may look into it.

        That it is there is no error.
        """
        raise NotImplementedError

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in any order; none where there is no such folder."""
        raise NotImplementedError

    def find_logs(self, path: str) -> list[str]:
        """The log files beside a hive: its name and .LOG, .LOG1 or .LOG2, in any case.

        Args:
            path: The hive's file.

        Returns:
            Their paths, sorted by suffix.
        """
        raise NotImplementedError


class FileStorage(Storage):
    """A file of the operating system."""

    def __init__(self, path: str, mode: str = "r") -> None:
        """Open the file.

        Args:
            path: Where it is.
            mode: "r" to read, "r+" to write too, "x+" to create it.

        Raises:
            NotFoundError: There is no such file.
            AccessDeniedError: It may not be opened so.
            RegistryError: Anything else that the system says, such as that it is a folder.
        """
        self.path = path
        self._mapping: mmap | None = None
        self._mapped = 0  # bytes that the mapping shows
        try:
            self._file = FileIO(path, mode, opener=_open_private)
        except OSError as error:
            raise translated(error, path) from error
        self._number = self._file.fileno()  # asking the file each time costs as much as a read
        if mode != "r":
            close_in_child(self._file)

    def size(self) -> int:
        """Bytes of the file now."""
        return os.fstat(self._number).st_size

    def read(self, at: int, size: int) -> bytes:
        """The bytes from this offset on, fewer only where the file ends."""
        try:
            data = self._read_once(at, size)
            if len(data) == size or not data:
                return data
            return data + self._read_rest(at + len(data), size - len(data))
        except OSError as error:
            raise translated(error, self.path) from error

    def peek(self, at: int, size: int) -> bytes:
        """As read(), out of a mapping: no system call where the file has not grown."""
        if at + size > self._mapped:
            self._map(at + size)
        mapping = self._mapping
        if mapping is None or at + size > self._mapped:
            return self.read(at, size)
        return mapping[at : at + size]

    def _map(self, end: int) -> None:
        """Map the file up to this byte at least, as far as it goes."""
        if os.name == "nt":
            return  # Windows does not let a file be cut that somebody has mapped
        self._unmap()
        size = min(self.size(), (end + _MAPPED_AT_ONCE - 1) & -_MAPPED_AT_ONCE)
        try:
            if size >= end:
                self._mapping = mmap(self._number, size, access=ACCESS_READ)
                self._mapped = size
        except (OSError, ValueError):
            pass  # a file system without mappings: peek() reads

    def _unmap(self) -> None:
        if self._mapping is not None:
            self._mapping.close()
            self._mapping = None
            self._mapped = 0

    def _read_rest(self, at: int, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            data = self._read_once(at, size)
            if not data:
                break
            parts.append(data)
            at += len(data)
            size -= len(data)
        return b"".join(parts)

    def _read_once(self, at: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._number, size, at)
        self._file.seek(at)
        return self._file.read(size) or b""

    def write(self, at: int, data: bytes) -> None:
        """Put all of the bytes at this offset; beyond the end the file grows."""
        try:
            written = self._write_once(at, data)
            while written < len(data):
                written += self._write_once(at + written, data[written:])
        except OSError as error:
            raise translated(error, self.path) from error

    def clear(self, start: int, end: int) -> None:
        """Put zeros from one offset to another, in small pieces.

        The system keeps the bytes of one write as one piece of its cache, and goes through all of
        it at each later write into it.
        """
        for at in range(start, end, _PIECE):
            self.write(at, _ZEROS[: min(_PIECE, end - at)])

    def _write_once(self, at: int, data: bytes) -> int:
        if hasattr(os, "pwrite"):
            return os.pwrite(self._number, data, at)
        self._file.seek(at)
        return self._file.write(data) or 0

    def truncate(self, size: int) -> None:
        """Cut the file to this many bytes."""
        self._unmap()
        try:
            os.ftruncate(self._number, size)
        except OSError as error:
            raise translated(error, self.path) from error

    def sync(self) -> None:
        """Return when the file's bytes and size would survive a power cut."""
        try:
            if hasattr(os, "fdatasync"):
                os.fdatasync(self._number)
            else:
                os.fsync(self._number)
        except OSError as error:
            raise translated(error, self.path) from error

    def lock(self, shared: bool, wait: bool) -> bool:
        """Lock the file against other handles of it."""
        try:
            return locks.lock(self._number, shared, wait)
        except OSError as error:
            raise translated(error, self.path) from error

    def unlock(self) -> None:
        """Give a lock back."""
        try:
            locks.unlock(self._number)
        except OSError as error:
            raise translated(error, self.path) from error

    def close(self) -> None:
        """Give the file back; further calls do nothing."""
        self._unmap()
        self._number = -1
        self._file.close()


class FileDisk(Disk):
    """The file system of the operating system."""

    def require_sharing(self, path: str) -> None:
        """Refuse a network file system."""
        require_local(path, network_kind(path))

    def open(self, path: str, writable: bool) -> Storage:
        """An existing file."""
        return FileStorage(path, "r+" if writable else "r")

    def create(self, path: str) -> Storage:
        """A new, empty file, open for writing; only its owner may read it."""
        return FileStorage(path, "x+")

    def remove(self, path: str) -> None:
        """Take a file away; that there is none is no error."""
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise translated(error, path) from error

    def rename_new(self, path: str, new: str) -> None:
        """Give a file a name that no other has."""
        try:
            if os.name == "nt":
                os.rename(path, new)
            else:  # rename() would replace a file of that name
                os.link(path, new)
                os.unlink(path)
        except OSError as error:
            raise translated(error, new) from error

    def sync_directory(self, path: str) -> None:
        """Return when the names of the files in this file's folder would survive a power cut."""
        if os.name == "nt":
            return  # Windows has no such call, and its file systems log their names
        folder = os.path.dirname(path) or "."
        try:
            number = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)
        except OSError as error:
            raise translated(error, folder) from error

    def make_folder(self, path: str) -> None:
        """Make a folder, and those above it; only its owner may look into it."""
        if os.path.isdir(path):
            return
        above = os.path.dirname(path)
        if above != path:
            self.make_folder(above)
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            if not os.path.isdir(path):
                raise NotSupportedError("this is no folder", path=path) from None
        except OSError as error:
            raise translated(error, path) from error

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in any order."""
        try:
            return os.listdir(folder)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise translated(error, folder) from error

    def find_logs(self, path: str) -> list[str]:
        """The log files beside a hive, sorted by suffix."""
        folder, name = os.path.split(path)
        wanted = {name.casefold() + suffix for suffix in LOG_SUFFIXES}
        try:
            names = os.listdir(folder or ".")
        except OSError:
            return []  # a file in a folder that cannot be listed still opens, without its logs
        found = [entry for entry in names if entry.casefold() in wanted]
        return [os.path.join(folder, entry) for entry in sorted(found, key=str.casefold)]


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
            raise RegistryError("the file is there already", path=path)
        self.files[path] = MemoryStorage()
        return self.files[path]

    def remove(self, path: str) -> None:
        """Take a file away; that there is none is no error."""
        self.files.pop(path, None)

    def rename_new(self, path: str, new: str) -> None:
        """Give a file a name that no other has."""
        if new in self.files:
            raise RegistryError("the file is there already", path=new)
        self.files[new] = self.files.pop(path)

    def sync_directory(self, path: str) -> None:
        """Memory has nothing to sync."""

    def make_folder(self, path: str) -> None:
        """Memory has no folders."""

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in any order."""
        return [os.path.basename(path) for path in self.files if os.path.dirname(path) == folder]

    def find_logs(self, path: str) -> list[str]:
        """The log files beside a hive, sorted by suffix."""
        wanted = {path.casefold() + suffix for suffix in LOG_SUFFIXES}
        return sorted([name for name in self.files if name.casefold() in wanted], key=str.casefold)


def write_new(disk: Disk, path: str, data: bytes) -> None:
    """Make a new file that is whole, and synced, or not there at all.

    Raises:
        RegistryError: There is a file of that name, or the system failed to write.
    """
    draft = f"{path}.{os.urandom(6).hex()}.new"  # nobody else's file has this name
    storage = disk.create(draft)
    try:
        try:
            storage.write(0, data)
            storage.sync()
        finally:
            storage.close()
        disk.rename_new(draft, path)
    except RegistryError:
        disk.remove(draft)
        raise
    disk.sync_directory(path)


def _open_private(path: str, flags: int) -> int:
    """Open a file; one that is created belongs to its owner alone."""
    return os.open(path, flags, 0o600)


def translated(error: OSError, path: str) -> RegistryError:
    """The error of this package that says what the system said of a file."""
    reason = error.strerror or str(error)
    if isinstance(error, FileNotFoundError):
        return NotFoundError("no such file", path=path)
    if isinstance(error, PermissionError):
        return AccessDeniedError(reason, path=path)
    failed = RegistryError(reason, path=path)
    failed.errno = error.errno or failed.errno  # ENOSPC and EIO mean something to the caller
    return failed
