"""The files and folders of the operating system, and what its errors are here."""

from __future__ import annotations

import errno
import os
from io import FileIO
from mmap import ACCESS_READ, mmap
from typing import Final

from anyreg.engine import locks
from anyreg.engine.direct_file import DirectFile
from anyreg.engine.file_opening import has_other_names, is_file_at, open_own, open_regular
from anyreg.engine.forks import close_in_child
from anyreg.engine.storage import Disk, Storage, logs_among
from anyreg.engine.wait_messages import waits
from anyreg.errors import AccessDeniedError, NotFoundError, NotSupportedError, RegistryError
from anyreg.file_systems import network_kind, require_local
from anyreg.system import WINDOWS

_MAPPED_AT_ONCE: Final = 1 << 20
_LARGE: Final = 1 << 20  # bytes of a read whose size is looked at first
_PIECE: Final = 16 * 1024
_ZEROS: Final = bytes(_PIECE)
_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_NO_SYNC_OF_FOLDERS: Final = (errno.EINVAL, errno.ENOTSUP)  # of a file system that has no such call


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
        try:
            if size >= end:
                self._mapping = mmap(self._number, size, access=ACCESS_READ)
                close_in_child(self._mapping)
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

    def write_durably(self, at: int, data: bytes) -> None:
        """As write() and then sync(), of a file in which nothing else is left to sync."""
        if self._direct is None:
            self._direct = DirectFile(self._number)
        try:
            if self._direct.write(at, data):
                return
        except OSError as error:
            raise translated(error, self.path) from error
        self.write(at, data)
        self.sync()

    def lock(self, shared: bool, wait: bool) -> bool:
        """Lock the file against other handles of it."""
        try:
            if locks.lock(self._number, shared, False):
                return True
            if not wait:
                return False
            known = waits.begin(self._number, self.path)
            try:
                return locks.lock(self._number, shared, True)
            finally:
                waits.end(known)
        except OSError as error:
            raise translated(error, self.path) from error

    def shares_locks(self) -> bool:
        """Whether a shared lock can have several holders; else they wait for each other."""
        return locks.SHARED

    def unlock(self) -> None:
        """Give a lock back; a file that was closed, as by a fork, has none."""
        if self._file.closed:
            return
        try:
            locks.unlock(self._number)
        except OSError as error:
            raise translated(error, self.path) from error

    def close(self) -> None:
        """Give the file back; further calls do nothing."""
        self._unmap()
        if self._direct is not None:
            self._direct.close()
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
        place = os.path.realpath(path)
        return path if place == os.path.abspath(path) else place

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
            if WINDOWS:
                os.rename(path, new)
            else:  # rename() would replace a file of that name
                _rename_new(path, new)
        except OSError as error:
            raise translated(error, new) from error

    def rename(self, path: str, new: str) -> None:
        """Give a file another name, in the place of the file that has it."""
        try:
            os.replace(path, new)
        except OSError as error:
            raise translated(error, new) from error

    def exists(self, path: str) -> bool:
        """Whether something has this name."""
        return os.path.lexists(path)

    def sync_directory(self, path: str) -> None:
        """Return when the names of the files in this file's folder would survive a power cut."""
        if WINDOWS:
            return  # Windows has no such call, and its file systems log their names
        folder = os.path.dirname(path) or "."
        try:
            number = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)
        except OSError as error:
            if error.errno not in _NO_SYNC_OF_FOLDERS:
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

    def remove_folder(self, path: str) -> None:
        """Take an empty folder away."""
        try:
            os.rmdir(path)
        except OSError:
            pass  # it holds something, or is gone

    def sync_file(self, path: str) -> None:
        """Return when a file that others have made would survive a power cut, but for its name."""
        file = self.open(path, WINDOWS)  # where a file must be open for writing to be synced
        try:
            file.sync()
        finally:
            file.close()

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
        return _logs_at(self.real_path(path)) or _logs_at(path)


def _rename_new(path: str, new: str) -> None:
    try:
        os.link(path, new)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # FAT has one name for a file: an empty one is made, which nobody else can, and replaced.
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.rename(path, new)
    else:
        os.unlink(path)


def _logs_at(path: str) -> list[str]:
    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return []  # a file in a folder that cannot be listed still opens, without its logs
    return [os.path.join(folder, entry) for entry in logs_among(names, name)]


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
