"""The files and folders of the operating system, and what its errors are here."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from errno import EBADF
from io import FileIO
from mmap import ACCESS_READ, mmap
from threading import Lock
from typing import Final

from anyreg.engine import locks
from anyreg.engine.direct_file import MOST, DirectFile
from anyreg.engine.file_names import make_folder, named, remove, rename, rename_new, sync_folder
from anyreg.engine.file_opening import has_other_names, is_file_at, open_own, open_regular
from anyreg.engine.forks import close_in_child
from anyreg.engine.storage import Disk, Storage, logs_among
from anyreg.engine.wait_messages import waits
from anyreg.errors import AccessDeniedError, NotFoundError, NotSupportedError, RegistryError
from anyreg.file_systems import network_kind, require_local
from anyreg.system import WINDOWS

if WINDOWS:
    from anyreg.windows.locks import FileLock

_MAPPED_AT_ONCE: Final = 1 << 20
_LARGE: Final = 1 << 20  # bytes of a read whose size is looked at first
_ZEROS: Final = bytes(16 * 1024)
_IN_USE: Final = 32  # Windows' code for a file that somebody has open and does not share
_RIGHTS: Final = 0o666


class FileStorage(Storage):
    """A file of the operating system."""

    def __init__(self, path: str, mode: str = "r", beside: str = "") -> None:
        """Open the file.

        Args:
            path: Where it is.
            mode: "r" to read, "r+" to write too, "x+" to create it.
            beside: For a file of our own: see Disk.open_own.

        Raises:
            NotFoundError: There is no such file.
            AccessDeniedError: It may not be opened so.
            NotSupportedError: It is no regular file, or none of our own.
            RegistryError: Anything else that the system says.
        """
        self.path = path
        self._mapping: mmap | None = None
        self._mapped = 0  # bytes that the mapping shows
        self._direct: DirectFile | None = None
        self._lock: FileLock | None = None  # on Windows
        # Whose turn it is to position the file, where no call does that and reads or writes too.
        self._turn: Lock | None = None if hasattr(os, "pread") else Lock()
        try:
            if beside:
                opener = lambda name, flags: open_own(name, flags, beside)  # noqa: E731
                self._file = FileIO(path, mode, opener=opener)
            else:
                self._file = FileIO(path, mode, opener=open_regular)
        except RegistryError:
            raise
        except OSError as error:
            raise translated(error, path) from error
        self._number = self._file.fileno()  # asking the file each time costs as much as a read
        if mode != "r":
            close_in_child(self._file)

    def size(self) -> int:
        """Bytes of the file now."""
        return os.fstat(self._number).st_size

    def has_other_names(self) -> bool:
        """Whether the file has more than one name."""
        return has_other_names(self._number, self.path)

    def is_at(self, path: str) -> bool:
        """Whether this is the file that stands at a path now."""
        return is_file_at(self._number, path)

    def read(self, at: int, size: int) -> bytes:
        """The bytes from this offset on, fewer only where the file ends."""
        try:
            if size > _LARGE:  # it may be what a damaged file says: take no memory for it
                size = max(0, min(size, self.size() - at))
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
        if WINDOWS:
            return  # Windows does not let a file be cut that somebody has mapped
        self._unmap()
        size = min(self.size(), (end + _MAPPED_AT_ONCE - 1) & -_MAPPED_AT_ONCE)
        with suppress(OSError, ValueError):  # a file system without mappings: peek() reads
            if size >= end:
                self._mapping = mmap(self._number, size, access=ACCESS_READ)
                close_in_child(self._mapping)
                self._mapped = size

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
        if self._turn is None:
            return os.pread(self._number, size, at)
        with self._turn:
            return self._positioned(at).read(size) or b""

    def _positioned(self, at: int) -> FileIO:
        if self._file.closed:  # FileIO's own error is none of the system's
            raise OSError(EBADF, os.strerror(EBADF))
        self._file.seek(at)
        return self._file

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
        for at in range(start, end, len(_ZEROS)):
            self.write(at, _ZEROS[: end - at])

    def _write_once(self, at: int, data: bytes) -> int:
        if self._turn is None:
            return os.pwrite(self._number, data, at)
        with self._turn:
            return self._positioned(at).write(data) or 0

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
            (os.fdatasync if hasattr(os, "fdatasync") else os.fsync)(self._number)
        except OSError as error:
            raise translated(error, self.path) from error

    def write_anew(self, at: int, data: bytes) -> None:
        """As write(), past the system's cache where that can be done."""
        for start in range(0, len(data), MOST):
            piece = data[start : start + MOST]
            if not self._write_directly(at + start, piece):
                self.write(at + start, piece)

    def write_durably(self, at: int, data: bytes) -> None:
        """As write() and then sync(), of a file in which nothing else is left to sync."""
        if not self._write_directly(at, data):
            self.write(at, data)
            self.sync()

    def _write_directly(self, at: int, data: bytes) -> bool:
        """Whether it was written past the cache, and so is durable."""
        if self._direct is None:
            self._direct = DirectFile(self._number)
        try:
            return self._direct.write(at, data)
        except OSError as error:
            raise translated(error, self.path) from error

    def lock(self, shared: bool, wait: bool) -> bool:
        """Lock the file against other handles of it."""
        try:
            if self._take(shared, False):
                return True
            if not wait:
                return False
            known = waits.begin(self._number, self.path)
            try:
                return self._take(shared, True)
            finally:
                waits.end(known)
        except OSError as error:
            raise translated(error, self.path) from error

    def _take(self, shared: bool, wait: bool, seconds: float = -1.0) -> bool:
        if not WINDOWS:
            return locks.lock(self._number, shared, wait)
        if self._lock is None:
            self._lock = FileLock(self._number)
        return self._lock.take(shared, wait, seconds)

    def lock_for(self, seconds: float) -> bool | None:
        """Lock the file alone, where a call of the system waits so long at most; else None."""
        if not WINDOWS:
            return None
        known = waits.begin(self._number, self.path)
        try:
            return self._take(False, True, seconds)
        except OSError as error:
            raise translated(error, self.path) from error
        finally:
            waits.end(known)

    def unlock(self) -> None:
        """Give a lock back; a file that was closed, as by a fork, has none."""
        if self._file.closed:
            return
        try:
            if not WINDOWS:
                locks.unlock(self._number)
            elif self._lock is not None:
                self._lock.unlock()
        except OSError as error:
            raise translated(error, self.path) from error

    def close(self) -> None:
        """Give the file back; further calls do nothing."""
        self._unmap()
        if self._direct is not None:
            self._direct.close()
        if self._lock is not None:
            self._lock.close()
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

    def open_own(self, path: str, writable: bool, beside: str) -> Storage:
        """An existing file that this package has made for itself, or one like it."""
        return FileStorage(path, "r+" if writable else "r", beside)

    def real_path(self, path: str) -> str:
        """The path of a file without links: as it was given, where there is none in it."""
        try:
            place = os.path.realpath(path)
        except OSError:  # Windows does not tell it of every file
            return path
        return path if place == os.path.abspath(path) else place

    def create(self, path: str) -> Storage:
        """A new, empty file, open for writing; only its owner may read it."""
        return FileStorage(path, "x+")

    def remove(self, path: str) -> None:
        """Take a file away; that there is none is no error."""
        try:
            remove(path)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise translated(error, path) from error

    def rename_new(self, path: str, new: str) -> None:
        """Give a file a name that no other has."""
        try:
            rename_new(path, new)
        except OSError as error:
            raise translated(error, new) from error

    def rename(self, path: str, new: str) -> None:
        """Give a file another name, in the place of the file that has it."""
        try:
            rename(path, new)
        except OSError as error:
            raise translated(error, new) from error

    def take_rights(self, path: str, other: str) -> None:
        """Let whoever may read or write another file, or use a folder, do so with this file."""
        try:
            found = os.stat(other)
            os.chmod(path, found.st_mode & _RIGHTS)
            if not WINDOWS and os.geteuid() == 0:
                os.chown(path, found.st_uid, found.st_gid)
        except OSError as error:
            raise translated(error, path) from error

    def exists(self, path: str) -> bool:
        """Whether something has this name."""
        return os.path.lexists(named(path))

    def sync_directory(self, path: str) -> None:
        """Return when the names of the files in this file's folder would survive a power cut."""
        folder = os.path.dirname(path) or "."
        try:
            sync_folder(folder)
        except OSError as error:
            raise translated(error, folder) from error

    def make_folder(self, path: str) -> None:
        """Make a folder, and those above it; only its owner may look into it."""
        name = named(path)
        if os.path.isdir(name):
            return
        above = os.path.dirname(path)
        if above != path:
            self.make_folder(above)
        try:
            make_folder(path)
        except FileExistsError:
            if not os.path.isdir(name):
                raise NotSupportedError("this is no folder", path=path) from None
        except OSError as error:
            raise translated(error, path) from error

    def remove_folder(self, path: str) -> None:
        """Take an empty folder away."""
        with suppress(OSError):  # it holds something, or is gone
            os.rmdir(named(path))

    def sync_file(self, path: str) -> None:
        """Return when a file that others have made would survive a power cut, but for its name."""
        with closing(self.open(path, WINDOWS)) as file:  # there it must be open for writing
            file.sync()

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in any order."""
        try:
            return os.listdir(named(folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise translated(error, folder) from error

    def find_logs(self, path: str) -> list[str]:
        """The log files beside a hive, sorted by suffix."""
        return _logs_at(self.real_path(path)) or _logs_at(path)


def _logs_at(path: str) -> list[str]:
    folder, name = os.path.split(path)
    try:
        names = os.listdir(named(folder or "."))
    except OSError:
        return []  # a file in a folder that cannot be listed still opens, without its logs
    return [os.path.join(folder, entry) for entry in logs_among(names, name)]


def translated(error: OSError, path: str) -> RegistryError:
    """The error of this package that says what the system said of a file."""
    reason = error.strerror or str(error)
    if isinstance(error, FileNotFoundError):
        return NotFoundError("no such file", path=path)
    is_in_use = getattr(error, "winerror", 0) == _IN_USE
    if is_in_use:
        reason = "another program has it open and shares it with nobody: end that program"
    if is_in_use or isinstance(error, PermissionError):
        return AccessDeniedError(reason, path=path)
    failed = RegistryError(reason, path=path)
    failed.errno = error.errno or failed.errno  # ENOSPC and EIO mean something to the caller
    return failed
