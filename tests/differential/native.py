"""What Windows has and winreg lacks, for the cases that need it: one set of names, two worlds.

On Windows these call the system's libraries; elsewhere they call anyreg.winapi.  Each raises the
OSError of the code that it gets.
"""

from __future__ import annotations

import sys
from typing import Any

if sys.platform == "win32":
    import ctypes
    from ctypes import POINTER, byref, c_void_p
    from ctypes.wintypes import DWORD, HANDLE, LONG, LPCWSTR, ULONG

    _advapi = ctypes.WinDLL("advapi32")
    _ntdll = ctypes.WinDLL("ntdll")

    def _declare(library: Any, name: str, *arguments: Any) -> Any:
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = LONG
        return function

    _set = _declare(_advapi, "RegSetValueExW", HANDLE, LPCWSTR, DWORD, DWORD, c_void_p, DWORD)
    _query = _declare(
        _advapi, "RegQueryValueExW", HANDLE, LPCWSTR, c_void_p, POINTER(DWORD), c_void_p,
        POINTER(DWORD),
    )  # fmt: skip
    _get = _declare(
        _advapi, "RegGetValueW", HANDLE, LPCWSTR, LPCWSTR, DWORD, POINTER(DWORD), c_void_p,
        POINTER(DWORD),
    )  # fmt: skip
    _rename = _declare(_advapi, "RegRenameKey", HANDLE, LPCWSTR, LPCWSTR)
    _copy_tree = _declare(_advapi, "RegCopyTreeW", HANDLE, LPCWSTR, HANDLE)
    _delete_tree = _declare(_advapi, "RegDeleteTreeW", HANDLE, LPCWSTR)
    _delete_key_value = _declare(_advapi, "RegDeleteKeyValueW", HANDLE, LPCWSTR, LPCWSTR)
    _set_key_value = _declare(
        _advapi, "RegSetKeyValueW", HANDLE, LPCWSTR, LPCWSTR, DWORD, c_void_p, DWORD
    )
    _create = _declare(
        _advapi, "RegCreateKeyExW", HANDLE, LPCWSTR, DWORD, LPCWSTR, DWORD, DWORD, c_void_p,
        POINTER(HANDLE), POINTER(DWORD),
    )  # fmt: skip
    _unload = _declare(_advapi, "RegUnLoadKeyW", HANDLE, LPCWSTR)
    _nt_delete = _declare(_ntdll, "NtDeleteKey", HANDLE)
    _nt_query = _declare(_ntdll, "NtQueryKey", HANDLE, DWORD, c_void_p, ULONG, POINTER(ULONG))
    _code_of = _declare(_ntdll, "RtlNtStatusToDosError", LONG)

    def _expect(code: int) -> None:
        if code:
            raise ctypes.WinError(code)

    def set_raw(key: Any, name: str | None, kind: int, data: bytes) -> None:
        """Set a value to just these bytes."""
        _expect(_set(int(key), name, 0, kind & 0xFFFFFFFF, data, len(data)))

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
                int(key), path, 0, class_name, options, access, None, byref(handle),
                byref(disposition),
            )
        )  # fmt: skip
        return handle.value or 0, disposition.value

    def nt_path(key: Any) -> str:
        """The full name of a key, as the kernel has it."""
        data, size = ctypes.create_string_buffer(4096), ULONG()
        status = _nt_query(int(key), 3, data, 4096, byref(size))
        _expect(_code_of(status) if status else 0)
        length = int.from_bytes(data.raw[:4], "little")
        return data.raw[4 : 4 + length].decode("utf-16-le", "surrogatepass")

    def delete_itself(key: Any) -> None:
        """Delete the key of a handle; a link that is open as itself, and not its target."""
        status = _nt_delete(int(key))
        _expect(_code_of(status) if status else 0)

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
