"""The functions of Windows' libraries that files need, with the types of what they take.

Source: Microsoft, Win32 API (fileapi.h, winbase.h, ioapiset.h), winternl.h.
"""

from __future__ import annotations

import ctypes
from ctypes import c_int, c_size_t, c_uint32, c_void_p, c_wchar_p
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, Final

GENERIC_READ: Final = 0x80000000
GENERIC_WRITE: Final = 0x40000000
DELETE: Final = 0x00010000
SHARE_ALL: Final = 0x7  # reads, writes, and that the file is renamed or deleted
CREATE_NEW: Final = 1
OPEN_EXISTING: Final = 3
OPEN_ALWAYS: Final = 4
BACKUP_SEMANTICS: Final = 0x02000000  # or no folder is opened
OPEN_REPARSE_POINT: Final = 0x00200000  # and not what it leads to
OVERLAPPED: Final = 0x40000000
WRITE_THROUGH: Final = 0x80000000
NO_HANDLE: Final = c_void_p(-1).value

# Codes of errors
INVALID_FUNCTION: Final = 1
ACCESS_DENIED: Final = 5
INVALID_HANDLE: Final = 6
SHARING_VIOLATION: Final = 32
LOCK_VIOLATION: Final = 33
NOT_SUPPORTED: Final = 50
INVALID_PARAMETER: Final = 87
NOT_LOCKED: Final = 158
OPERATION_ABORTED: Final = 995
IO_PENDING: Final = 997

FOR_EVER: Final = 0xFFFFFFFF  # milliseconds
WAIT_TIMEOUT: Final = 0x102


class Overlapped(ctypes.Structure):
    """OVERLAPPED: a call that may still be under way, and the offset that it is for."""

    _fields_: ClassVar = [
        ("internal", c_size_t),
        ("internal_high", c_size_t),
        ("offset", c_uint32),
        ("offset_high", c_uint32),
        ("event", c_void_p),
    ]


_PLACE: Final = (c_uint32, c_uint32, c_void_p)  # two halves of a size, and the offset
_KERNEL: Final = {
    "CancelIoEx": (c_int, (c_void_p, c_void_p)),
    "CloseHandle": (c_int, (c_void_p,)),
    "CreateEventW": (c_void_p, (c_void_p, c_int, c_int, c_wchar_p)),
    "CreateFileW": (
        c_void_p,
        (c_wchar_p, c_uint32, c_uint32, c_void_p, c_uint32, c_uint32, c_void_p),
    ),
    "CreateIoCompletionPort": (c_void_p, (c_void_p, c_void_p, c_size_t, c_uint32)),
    "DeleteFileW": (c_int, (c_wchar_p,)),
    "FlushFileBuffers": (c_int, (c_void_p,)),
    "GetDriveTypeW": (c_uint32, (c_wchar_p,)),
    "GetFileInformationByHandleEx": (c_int, (c_void_p, c_int, c_void_p, c_uint32)),
    "GetOverlappedResult": (c_int, (c_void_p, c_void_p, c_void_p, c_int)),
    "GetQueuedCompletionStatus": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_uint32)),
    "LockFileEx": (c_int, (c_void_p, c_uint32, c_uint32, *_PLACE)),
    "MoveFileExW": (c_int, (c_wchar_p, c_wchar_p, c_uint32)),
    "PostQueuedCompletionStatus": (c_int, (c_void_p, c_uint32, c_size_t, c_void_p)),
    "ReadDirectoryChangesW": (
        c_int,
        (c_void_p, c_void_p, c_uint32, c_int, c_uint32, c_void_p, c_void_p, c_void_p),
    ),
    "ReOpenFile": (c_void_p, (c_void_p, c_uint32, c_uint32, c_uint32)),
    "SetFileInformationByHandle": (c_int, (c_void_p, c_int, c_void_p, c_uint32)),
    "UnlockFileEx": (c_int, (c_void_p, c_uint32, *_PLACE)),
    "WaitForSingleObject": (c_uint32, (c_void_p, c_uint32)),
}
_NT: Final = {"NtQuerySystemInformation": (c_uint32, (c_int, c_void_p, c_uint32, c_void_p))}


def _library(name: str, functions: dict[str, Any]) -> Any:
    library = vars(ctypes)["WinDLL"](name, use_last_error=True)
    for function, (result, takes) in functions.items():
        found = getattr(library, function)
        found.restype, found.argtypes = result, takes
    return library


@cache
def kernel() -> Any:
    """The functions of kernel32."""
    return _library("kernel32", _KERNEL)


@cache
def ntdll() -> Any:
    """Those of ntdll, which return a status: 0 where all is well."""
    return _library("ntdll", _NT)


@cache
def is_wine() -> bool:
    """Whether this is no Windows but Wine, which has not all of it."""
    return hasattr(ntdll(), "wine_get_version")


def handle_of(number: int) -> int:
    """The handle behind a descriptor.

    Args:
        number: The descriptor.
    """
    handle: int = import_module("msvcrt").get_osfhandle(number)
    return handle


def descriptor_of(handle: int, flags: int) -> int:
    """A new descriptor that a handle belongs to from now on.

    Args:
        handle: The handle.
        flags: Of os.open().
    """
    number: int = import_module("msvcrt").open_osfhandle(handle, flags)
    return number


def last_code() -> int:
    """The code of this thread's last error."""
    code: int = vars(ctypes)["get_last_error"]()
    return code


def error_of(code: int, path: str | None = None) -> OSError:
    """The error of a code, as Python would raise it.

    Args:
        code: See last_code().
        path: The file that it is about.
    """
    return OSError(0, vars(ctypes)["FormatError"](code).strip(), path, code)


def last_error(path: str | None = None) -> OSError:
    """The last error of this thread.

    Args:
        path: The file that it is about.
    """
    return error_of(last_code(), path)
