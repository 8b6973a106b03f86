"""Windows: files that others may rename and delete while they are open, as everywhere else.

Python's open() does not share that; CreateFileW does, and gives a descriptor that is used as any
other.  A name is free at once when its file is removed, and a file takes the place of another one
in one step, also while either is open: Windows 10 does so on NTFS where it is asked for POSIX'
ways.  Elsewhere (older ones, FAT, Wine) a file is renamed before it is deleted, as its name would
stay until the last who has it open closes it; and only a file that nobody has open is replaced.

Scanners and indexers open files for a moment and share less: what they refuse is tried again.

Source: Microsoft, ntifs.h (FILE_DISPOSITION_INFORMATION_EX, FILE_RENAME_INFORMATION), fileapi.h.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from ctypes import create_string_buffer
from errno import ELOOP
from time import monotonic, sleep
from typing import Final

from anyreg.windows import calls

_NORMAL: Final = 0x80  # attributes
_IS_REPARSE_POINT: Final = 0x400
_ANONYMOUSLY: Final = 0x100000  # whoever serves a pipe of that name may not act as this user
_ATTRIBUTE_TAG: Final = 9  # kinds of information
_DISPOSITION: Final = 21
_RENAME: Final = 22
_POSIX_DELETE: Final = 0x1 | 0x2
_POSIX_REPLACE: Final = 0x1 | 0x2
_RENAME_HEAD: Final = "IPI"  # flags, a folder's handle, bytes of the name
_MOVE_OVER: Final = 0x1
_MOVE_DURABLY: Final = 0x8
_NOT_HERE: Final = (calls.INVALID_FUNCTION, calls.NOT_SUPPORTED, calls.INVALID_PARAMETER)
_BUSY: Final = (calls.ACCESS_DENIED, calls.SHARING_VIOLATION)
_PATIENCE: Final = 1.0  # seconds
_PAUSE: Final = 0.02
_LONGEST: Final = 247  # characters of a path that all calls take
_VERBATIM: Final = "\\\\?\\"
_DEVICE: Final = "\\\\.\\"
_TIME_OF_DAY: Final = 3  # SystemTimeOfDayInformation
_TIMES: Final = struct.Struct("<qqqIIqq")  # of the start first; last but one what it was moved by


def open_file(path: str, flags: int, follow: bool = True) -> int:
    """Open a file that others may read, write, rename and delete meanwhile.

    Args:
        path: Where it is.
        flags: Those of os.open(): O_RDONLY or O_RDWR, O_CREAT and O_EXCL.
        follow: Whether a link may lead to it; if not, one is refused.

    Returns:
        Its descriptor, which a program that is started does not inherit.

    Raises:
        OSError: What the system says; ELOOP: it is a link, or another reparse point.
    """
    access = calls.GENERIC_READ | (calls.GENERIC_WRITE if flags & (os.O_WRONLY | os.O_RDWR) else 0)
    how = calls.OPEN_EXISTING
    if flags & os.O_CREAT:
        how = calls.CREATE_NEW if flags & os.O_EXCL else calls.OPEN_ALWAYS
    options = _NORMAL | _ANONYMOUSLY | (0 if follow else calls.OPEN_REPARSE_POINT)
    handle = _open(path, access, how, options)
    try:
        if not follow and _is_reparse_point(handle):
            raise OSError(ELOOP, "this is a reparse point", path)
        kind = os.O_RDWR if access & calls.GENERIC_WRITE else os.O_RDONLY
        binary = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
        return calls.descriptor_of(handle, kind | binary)
    except BaseException:
        calls.kernel().CloseHandle(handle)
        raise


def _open(path: str, access: int, how: int, options: int) -> int:
    found: int = calls.kernel().CreateFileW(
        long_path(path), access, calls.SHARE_ALL, None, how, options, None
    )
    if found == calls.NO_HANDLE:
        raise calls.last_error(path)
    return found


def _is_reparse_point(handle: int) -> bool:
    found = create_string_buffer(8)
    if not calls.kernel().GetFileInformationByHandleEx(handle, _ATTRIBUTE_TAG, found, 8):
        raise calls.last_error()
    return int.from_bytes(found.raw[:4], "little") & _IS_REPARSE_POINT != 0


def long_path(path: str) -> str:
    """A path as every call of Windows takes it, also where it is longer than MAX_PATH.

    Args:
        path: It; what has a prefix already stays what it is.
    """
    full = os.path.abspath(path)  # noqa: PTH100
    if len(full) <= _LONGEST or full.startswith((_VERBATIM, _DEVICE)):
        return path
    return _VERBATIM + ("UNC" + full[1:] if full.startswith("\\\\") else full)


def remove(path: str) -> None:
    """Take a file away; its name is free when this returns.

    Args:
        path: Where it is; what a link leads to stays.

    Raises:
        OSError: What the system says.
    """
    _patiently(lambda: _remove(path))


def _remove(path: str) -> None:
    kernel = calls.kernel()
    handle = _open(path, calls.DELETE, calls.OPEN_EXISTING, calls.OPEN_REPARSE_POINT)
    try:
        how = _POSIX_DELETE.to_bytes(4, "little")
        if kernel.SetFileInformationByHandle(handle, _DISPOSITION, how, len(how)):
            return
        code = calls.last_code()
    finally:
        kernel.CloseHandle(handle)
    if code not in _NOT_HERE:
        raise calls.error_of(code, path)
    gone = f"{path}.{os.urandom(6).hex()}.gone"
    _move(path, gone, 0)
    if not kernel.DeleteFileW(long_path(gone)):
        raise calls.last_error(path)


def rename_new(path: str, new: str) -> None:
    """Give a file a name that no other has.

    Args:
        path: Where it is.
        new: The name.

    Raises:
        OSError: EEXIST: it is taken; or what the system says.
    """
    _patiently(lambda: _move(path, new, _MOVE_DURABLY))


def replace(path: str, new: str) -> None:
    """Give a file another name, in the place of the file that has it, and durably.

    Args:
        path: Where it is.
        new: The name.

    Raises:
        OSError: What the system says: where it cannot do so while others have that file open,
            access is denied.
    """
    _patiently(lambda: _replace(path, new))


def _replace(path: str, new: str) -> None:
    kernel = calls.kernel()
    access = calls.DELETE | calls.GENERIC_WRITE
    options = calls.OPEN_REPARSE_POINT | calls.WRITE_THROUGH
    handle = _open(path, access, calls.OPEN_EXISTING, options)
    try:
        name = long_path(os.path.abspath(new)).encode("utf-16-le", "surrogatepass")  # noqa: PTH100
        told = struct.pack(_RENAME_HEAD, _POSIX_REPLACE, 0, len(name)) + name + bytes(4)
        if kernel.SetFileInformationByHandle(handle, _RENAME, told, len(told)):
            kernel.FlushFileBuffers(handle)
            return
        code = calls.last_code()
    finally:
        kernel.CloseHandle(handle)
    if code not in _NOT_HERE:
        raise calls.error_of(code, new)
    _move(path, new, _MOVE_OVER | _MOVE_DURABLY)


def _move(path: str, new: str, how: int) -> None:
    if not calls.kernel().MoveFileExW(long_path(path), long_path(new), how):
        raise calls.last_error(new)


def _patiently(work: Callable[[], None]) -> None:
    """Do something that a scanner may be in the way of for a moment."""
    over = monotonic() + _PATIENCE
    while True:
        try:
            return work()
        except OSError as error:
            if getattr(error, "winerror", 0) not in _BUSY or monotonic() >= over:
                raise
        sleep(_PAUSE)


def flush_folder(folder: str) -> None:
    """Write out what the system keeps of the names in a folder, where it takes the call.

    NTFS logs names by itself, and has them on the disk soon.

    Raises:
        OSError: There is no such folder, or the disk failed.
    """
    kernel = calls.kernel()
    try:
        handle = _open(folder, calls.GENERIC_WRITE, calls.OPEN_EXISTING, calls.BACKUP_SEMANTICS)
    except PermissionError:
        return  # of somebody else: whoever made it has seen to it
    try:
        if not kernel.FlushFileBuffers(handle):
            code = calls.last_code()
            if code not in (*_NOT_HERE, calls.ACCESS_DENIED, calls.INVALID_HANDLE):
                raise calls.error_of(code, folder)
    finally:
        kernel.CloseHandle(handle)


def boot_id() -> str:
    """A text that is another one after each start of Windows, "" where it does not tell.

    When the clock is set, Windows sets the moment of its start too, and keeps by how much.
    """
    found = create_string_buffer(_TIMES.size)
    if calls.ntdll().NtQuerySystemInformation(_TIME_OF_DAY, found, len(found.raw), None) != 0:
        return ""
    times = _TIMES.unpack(found.raw)
    return f"{times[0] - times[-2]:x}"
