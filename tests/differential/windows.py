"""Functions of Windows that winreg lacks, called as they are, in Windows or Wine.

Each raises the OSError of the code that it gets.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import POINTER, byref, c_uint64, c_void_p
from ctypes.wintypes import DWORD, HANDLE, LONG, LPCWSTR, ULONG, USHORT
from typing import Any

assert sys.platform == "win32"

_advapi = ctypes.WinDLL("advapi32")
_kernel = ctypes.WinDLL("kernel32")
_kernel.CreateEventW.restype = HANDLE
_ntdll = ctypes.WinDLL("ntdll")


def _declare(library: Any, name: str, *arguments: Any) -> Any:
    function = getattr(library, name)
    function.argtypes = arguments
    function.restype = LONG
    return function


class _Text(ctypes.Structure):
    _fields_ = (("length", USHORT), ("size", USHORT), ("buffer", c_void_p))


class _Privileges(ctypes.Structure):
    _pack_ = 4
    _fields_ = (("count", DWORD), ("identity", c_uint64), ("attributes", DWORD))


_set = _declare(_ntdll, "NtSetValueKey", HANDLE, POINTER(_Text), ULONG, ULONG, c_void_p, ULONG)
_query = _declare(
    _advapi,
    "RegQueryValueExW",
    HANDLE,
    LPCWSTR,
    c_void_p,
    POINTER(DWORD),
    c_void_p,
    POINTER(DWORD),
)
_get = _declare(
    _advapi,
    "RegGetValueW",
    HANDLE,
    LPCWSTR,
    LPCWSTR,
    DWORD,
    POINTER(DWORD),
    c_void_p,
    POINTER(DWORD),
)
_rename = _declare(_advapi, "RegRenameKey", HANDLE, LPCWSTR, LPCWSTR)
_copy_tree = _declare(_advapi, "RegCopyTreeW", HANDLE, LPCWSTR, HANDLE)
_delete_tree = _declare(_advapi, "RegDeleteTreeW", HANDLE, LPCWSTR)
_delete_key_value = _declare(_advapi, "RegDeleteKeyValueW", HANDLE, LPCWSTR, LPCWSTR)
_set_key_value = _declare(
    _advapi, "RegSetKeyValueW", HANDLE, LPCWSTR, LPCWSTR, DWORD, c_void_p, DWORD
)
_create = _declare(
    _advapi,
    "RegCreateKeyExW",
    HANDLE,
    LPCWSTR,
    DWORD,
    LPCWSTR,
    DWORD,
    DWORD,
    c_void_p,
    POINTER(HANDLE),
    POINTER(DWORD),
)
_unload = _declare(_advapi, "RegUnLoadKeyW", HANDLE, LPCWSTR)
_notify = _declare(_advapi, "RegNotifyChangeKeyValue", HANDLE, LONG, DWORD, HANDLE, LONG)
_nt_delete = _declare(_ntdll, "NtDeleteKey", HANDLE)
_nt_query = _declare(_ntdll, "NtQueryKey", HANDLE, DWORD, c_void_p, ULONG, POINTER(ULONG))
_code_of = _declare(_ntdll, "RtlNtStatusToDosError", LONG)


def _expect(code: int) -> None:
    if code:
        raise ctypes.WinError(code)


def _expect_status(status: int) -> None:
    _expect(_code_of(status) if status else 0)


def set_raw(key: Any, name: str, kind: int, data: bytes) -> None:
    """Set a value to just these bytes."""
    raw = name.encode("utf-16-le", "surrogatepass")
    buffer = ctypes.create_string_buffer(raw, len(raw) + 2)
    text = _Text(len(raw), len(raw), ctypes.addressof(buffer))
    _expect_status(_set(int(key), byref(text), 0, kind, data, len(data)))


def get_raw(key: Any, name: str | None) -> tuple[int, bytes]:
    """The type and the bytes of a value."""
    kind, size = DWORD(), DWORD(1 << 20)
    data = ctypes.create_string_buffer(1 << 20)
    _expect(_query(int(key), name, None, byref(kind), data, byref(size)))
    return kind.value, data.raw[: size.value]


def get_value(key: Any, path: str | None, name: str | None, flags: int) -> tuple[int, bytes]:
    """RegGetValue: a value that is one of the types that the flags allow."""
    kind, size = DWORD(), DWORD(1 << 16)
    data = ctypes.create_string_buffer(1 << 16)
    _expect(_get(int(key), path, name, flags, byref(kind), data, byref(size)))
    return kind.value, data.raw[: size.value]


def create(
    key: Any, path: str, options: int = 0, access: int = 0xF003F, class_name: str | None = None
) -> tuple[int, int]:
    """RegCreateKeyEx: a bare handle, and 1 for a key that is new or 2 for one that was."""
    handle, disposition = HANDLE(), DWORD()
    _expect(
        _create(
            int(key),
            path,
            0,
            class_name,
            options,
            access,
            None,
            byref(handle),
            byref(disposition),
        )
    )
    return handle.value or 0, disposition.value


def nt_path(key: Any) -> str:
    """The full name of a key, as the kernel has it."""
    data, size = ctypes.create_string_buffer(4096), ULONG()
    _expect_status(_nt_query(int(key), 3, data, 4096, byref(size)))
    length = int.from_bytes(data.raw[:4], "little")
    return data.raw[4 : 4 + length].decode("utf-16-le", "surrogatepass")


def delete_itself(key: Any) -> None:
    """Delete the key of a handle; a link that is open as itself, and not its target."""
    _expect_status(_nt_delete(int(key)))


def rename(key: Any, path: str | None, name: str | None) -> None:
    """RegRenameKey."""
    _expect(_rename(int(key), path, name))


def copy_tree(key: Any, path: str | None, target: Any) -> None:
    """RegCopyTree."""
    _expect(_copy_tree(int(key), path, int(target)))


def delete_tree(key: Any, path: str | None) -> None:
    """RegDeleteTree."""
    _expect(_delete_tree(int(key), path))


def delete_key_value(key: Any, path: str | None, name: str | None) -> None:
    """RegDeleteKeyValue."""
    _expect(_delete_key_value(int(key), path, name))


def set_key_value(key: Any, path: str | None, name: str | None, kind: int, data: bytes) -> None:
    """RegSetKeyValue."""
    _expect(_set_key_value(int(key), path, name, kind, data, len(data)))


def unload(key: Any, name: str) -> None:
    """RegUnLoadKey."""
    _expect(_unload(int(key), name))


def notices(key: Any, subtree: bool, what: int, change: Callable[[], object]) -> bool:
    """Whether RegNotifyChangeKeyValue tells of a change."""
    event = HANDLE(_kernel.CreateEventW(None, True, False, None))
    try:
        _expect(_notify(int(key), subtree, what, event, True))
        change()
        return int(_kernel.WaitForSingleObject(event, 100)) == 0
    finally:
        _kernel.CloseHandle(event)


def prepare() -> None:
    """Enable the privileges that saving and loading hives asks for: to back up, to restore."""
    token, name = HANDLE(), DWORD()
    process = _kernel.GetCurrentProcess()
    _advapi.OpenProcessToken(HANDLE(process), 0x28, byref(token))
    for name in ("SeBackupPrivilege", "SeRestorePrivilege"):
        identity = c_uint64()
        _advapi.LookupPrivilegeValueW(None, name, byref(identity))
        wanted = _Privileges(1, identity.value, 2)
        _advapi.AdjustTokenPrivileges(token, False, byref(wanted), 0, None, None)
