"""The functions of Windows that the live registry is made of, with the types of what they take.

Nothing is loaded before windows() is called, which only Windows can.  No policy is here: each call
gives the code that Windows gives.  The functions for texts are those for UTF-16; a text that holds
a NUL would be cut there, so whoever calls looks for that first.

Source: Microsoft's documentation of each function; those of ntdll as in its driver kit.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import (
    POINTER,
    c_char_p,
    c_int,
    c_int32,
    c_size_t,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)
from ctypes import c_wchar_p as text
from functools import cache
from typing import Any, ClassVar, Final

Call = Callable[..., int]

_KEY: Final = c_void_p
_NUMBER: Final = c_uint32
_ROOM: Final = c_void_p
_SIZE: Final = POINTER(c_uint32)
_OUT: Final = POINTER(c_void_p)
_TIME: Final = POINTER(c_uint64)

MORE_DATA: Final = 234
SMALL_BUFFER: Final = 122
NO_MORE_ITEMS: Final = 259
OPTION_VOLATILE: Final = 1
OPTION_CREATE_LINK: Final = 2
OPTION_BACKUP: Final = 4
OPTION_OPEN_LINK: Final = 8
CREATED_NEW: Final = 1
BASIC: Final = 0  # KeyBasicInformation: time, index, name
FULL: Final = 2  # KeyFullInformation: time, counts, class
FULL_NAME: Final = 3  # KeyNameInformation: the path from \REGISTRY on
KEY_FLAGS: Final = 5  # KeyFlagsInformation
FULL_VALUE: Final = 1  # KeyValueFullInformation: name, type, data
WRITE_TIME: Final = 0  # KeyWriteTimeInformation
BUFFER_OVERFLOW: Final = 0x80000005
BUFFER_TOO_SMALL: Final = 0xC0000023
NO_MORE_ENTRIES: Final = 0x8000001A
OWNER, GROUP, DACL, SACL, LABEL = 1, 2, 4, 8, 16  # SECURITY_INFORMATION
NOTIFY_NAME, NOTIFY_ATTRIBUTES, NOTIFY_LAST_SET, NOTIFY_SECURITY = 1, 2, 4, 8
NOTIFY_THREAD_AGNOSTIC: Final = 0x10000000
MOST_WAITS: Final = 64  # MAXIMUM_WAIT_OBJECTS
FOR_EVER: Final = 0xFFFFFFFF
WAIT_FAILED: Final = 0xFFFFFFFF
ADJUST_PRIVILEGES, QUERY_TOKEN = 0x20, 0x8
TOKEN_USER, TOKEN_GROUPS = 1, 2
PRIVILEGE_ENABLED: Final = 2
NOT_ALL_ASSIGNED: Final = 1300
FORMAT_OF_MINOR: Final = {3: 1, 5: 2}  # REG_STANDARD_FORMAT and REG_LATEST_FORMAT, by minor version


class SecurityAttributes(ctypes.Structure):
    """SECURITY_ATTRIBUTES."""

    _fields_: ClassVar = [("size", c_uint32), ("descriptor", c_void_p), ("inherit", c_int)]


class CountedText(ctypes.Structure):
    """UNICODE_STRING: a text that may hold a NUL; the bytes that it is made of stay with it."""

    _fields_: ClassVar = [("size", c_uint16), ("room", c_uint16), ("units", c_char_p)]


class ObjectAttributes(ctypes.Structure):
    """OBJECT_ATTRIBUTES."""

    _fields_: ClassVar = [
        ("size", c_uint32),
        ("above", c_void_p),
        ("name", c_void_p),
        ("attributes", c_uint32),
        ("descriptor", c_void_p),
        ("quality", c_void_p),
    ]


class ValueEntry(ctypes.Structure):
    """VALENTW."""

    _fields_: ClassVar = [
        ("name", text),
        ("size", c_uint32),
        ("data", c_size_t),
        ("type", c_uint32),
    ]


class Privilege(ctypes.Structure):
    """TOKEN_PRIVILEGES with one."""

    _pack_ = 4
    _fields_: ClassVar = [("count", c_uint32), ("luid", c_uint64), ("attributes", c_uint32)]


class Windows:
    """The functions, by short names.

    Attributes:
        is_wine: Whether it is Wine that has them.
        last_error: Gives the code of the last function that keeps it elsewhere.
        message: Gives the words for a code.
    """

    def __init__(self) -> None:
        load: Any = vars(ctypes)["WinDLL"]
        registry: Any = load("advapi32")  # its codes are results, as are those of ntdll
        advapi: Any = load("advapi32", use_last_error=True)
        kernel: Any = load("kernel32", use_last_error=True)
        native: Any = load("ntdll")
        self.is_wine = hasattr(native, "wine_get_version")
        self.last_error: Callable[[], int] = vars(ctypes)["get_last_error"]
        self.message: Callable[[int], str] = vars(ctypes)["FormatError"]
        self._declare_keys(registry)
        self._declare_values(registry)
        self._declare_security(registry, advapi)
        self._declare_files(registry)
        self._declare_waiting(registry, kernel)
        self._declare_native(native)

    def _declare_keys(self, registry: Any) -> None:
        self.open_key = _call(registry.RegOpenKeyExW, _KEY, text, _NUMBER, _NUMBER, _OUT)
        options = (_NUMBER, _NUMBER, POINTER(SecurityAttributes))
        self.create_key = _call(
            registry.RegCreateKeyExW, _KEY, text, _NUMBER, text, *options, _OUT, _SIZE
        )
        self.close_key = _call(registry.RegCloseKey, _KEY)
        self.enum_key = _call(
            registry.RegEnumKeyExW, _KEY, _NUMBER, _ROOM, _SIZE, c_void_p, _ROOM, _SIZE, _TIME
        )
        counts = (_SIZE, _SIZE, _SIZE, _SIZE, _SIZE, _SIZE, _SIZE)
        self.query_info = _call(
            registry.RegQueryInfoKeyW, _KEY, _ROOM, _SIZE, c_void_p, *counts, _TIME
        )
        self.rename_key = _call(registry.RegRenameKey, _KEY, text, text)
        self.flush_key = _call(registry.RegFlushKey, _KEY)
        self.connect = _call(registry.RegConnectRegistryW, text, _KEY, _OUT)
        self.open_user = _call(registry.RegOpenCurrentUser, _NUMBER, _OUT)

    def _declare_values(self, registry: Any) -> None:
        self.enum_value = _call(
            registry.RegEnumValueW, _KEY, _NUMBER, _ROOM, _SIZE, c_void_p, _SIZE, _ROOM, _SIZE
        )
        self.query_value = _call(
            registry.RegQueryValueExW, _KEY, text, c_void_p, _SIZE, _ROOM, _SIZE
        )
        self.query_many = _call(
            registry.RegQueryMultipleValuesW, _KEY, POINTER(ValueEntry), _NUMBER, _ROOM, _SIZE
        )
        self.set_value = _call(
            registry.RegSetValueExW, _KEY, text, _NUMBER, _NUMBER, _ROOM, _NUMBER
        )
        self.delete_value = _call(registry.RegDeleteValueW, _KEY, text)
        self.load_string = _call(
            registry.RegLoadMUIStringW, _KEY, text, _ROOM, _NUMBER, _SIZE, _NUMBER, text
        )

    def _declare_security(self, registry: Any, advapi: Any) -> None:
        self.get_security = _call(registry.RegGetKeySecurity, _KEY, _NUMBER, _ROOM, _SIZE)
        self.set_security = _call(registry.RegSetKeySecurity, _KEY, _NUMBER, _ROOM)
        naming = (_ROOM, _SIZE, _SIZE)
        self.lookup_sid = _call(
            advapi.LookupAccountSidW, text, _ROOM, _ROOM, _SIZE, *naming, result=c_int
        )
        self.lookup_name = _call(
            advapi.LookupAccountNameW, text, text, _ROOM, _SIZE, *naming, result=c_int
        )
        self.open_token = _call(advapi.OpenProcessToken, c_void_p, _NUMBER, _OUT, result=c_int)
        self.find_privilege = _call(
            advapi.LookupPrivilegeValueW, text, text, POINTER(c_uint64), result=c_int
        )
        own = POINTER(Privilege)
        self.adjust_token = _call(
            advapi.AdjustTokenPrivileges,
            *(c_void_p, c_int, own, _NUMBER, own, _SIZE),
            result=c_int,
        )
        self.token_facts = _call(
            advapi.GetTokenInformation, c_void_p, c_int, _ROOM, _NUMBER, _SIZE, result=c_int
        )

    def _declare_files(self, registry: Any) -> None:
        self.save_key = _call(
            registry.RegSaveKeyExW, _KEY, text, POINTER(SecurityAttributes), _NUMBER
        )
        self.restore_key = _call(registry.RegRestoreKeyW, _KEY, text, _NUMBER)
        self.load_key = _call(registry.RegLoadKeyW, _KEY, text, text)
        self.unload_key = _call(registry.RegUnLoadKeyW, _KEY, text)
        self.replace_key = _call(registry.RegReplaceKeyW, _KEY, text, text, text)
        self.load_app_key = _call(registry.RegLoadAppKeyW, text, _OUT, _NUMBER, _NUMBER, _NUMBER)

    def _declare_waiting(self, registry: Any, kernel: Any) -> None:
        self.notify = _call(registry.RegNotifyChangeKeyValue, _KEY, c_int, _NUMBER, c_void_p, c_int)
        self.create_event = _call(
            kernel.CreateEventW, c_void_p, c_int, c_int, text, result=c_void_p
        )
        self.set_event = _call(kernel.SetEvent, c_void_p, result=c_int)
        self.wait_many = _call(
            kernel.WaitForMultipleObjects,
            *(_NUMBER, c_void_p, c_int, _NUMBER),
            result=c_uint32,
        )
        self.close_handle = _call(kernel.CloseHandle, c_void_p, result=c_int)
        self.current_process = _call(kernel.GetCurrentProcess, result=c_void_p)

    def _declare_native(self, native: Any) -> None:
        self.query_key = _call(
            native.NtQueryKey, _KEY, c_int, _ROOM, _NUMBER, _SIZE, result=c_uint32
        )
        listing = (_KEY, _NUMBER, c_int, _ROOM, _NUMBER, _SIZE)
        self.list_keys = _call(native.NtEnumerateKey, *listing, result=c_uint32)
        self.list_values = _call(native.NtEnumerateValueKey, *listing, result=c_uint32)
        self.set_key_facts = _call(
            native.NtSetInformationKey, _KEY, c_int, _ROOM, _NUMBER, result=c_uint32
        )
        self.delete_key = _call(native.NtDeleteKey, _KEY, result=c_uint32)
        counted = POINTER(CountedText)
        self.open_counted = _call(
            native.NtOpenKeyEx, _OUT, _NUMBER, POINTER(ObjectAttributes), _NUMBER, result=c_uint32
        )
        self.set_counted = _call(
            native.NtSetValueKey,
            *(_KEY, counted, _NUMBER, _NUMBER, _ROOM, _NUMBER),
            result=c_uint32,
        )
        self.delete_counted = _call(native.NtDeleteValueKey, _KEY, counted, result=c_uint32)
        self.code_of_status = _call(native.RtlNtStatusToDosError, c_uint32, result=c_uint32)


def _call(function: Any, *takes: Any, result: Any = c_int32) -> Call:
    """A function of a library, with its types."""
    function.argtypes = takes
    function.restype = result
    declared: Call = function
    return declared


@cache
def windows() -> Windows:
    """The functions, loaded once; on Windows alone."""
    return Windows()
