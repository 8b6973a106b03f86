"""Windows' functions on handles: sizes found out, buffers grown, codes made errors.

Sizes that Windows gives are hints: another program may have made a value longer before it is
read.  So whatever says that there is more is asked again with more room.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_uint32, c_void_p, create_string_buffer
from typing import Any, Final

from anyreg.backends.live.declarations import (
    CREATED_NEW,
    MORE_DATA,
    SecurityAttributes,
    ValueEntry,
)
from anyreg.backends.live.failures import NOT_FOUND, PREDEFINED_HANDLE
from anyreg.backends.live.lists import FIRST, ListCalls
from anyreg.backends.live.native import counted_text
from anyreg.types import REG_EXPAND_SZ, REG_MULTI_SZ, REG_SZ
from anyreg.values import Value

_TRIES: Final = 16
_TEXTS: Final = (REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ)
_NO_NUL: Final = b"\xff\xff"
_COUNTERS: Final = (0x80000004, 0x80000050, 0x80000060)


class Calls(ListCalls):
    """The functions, each with its errors."""

    # Keys

    def open(self, handle: int, path: str, options: int, access: int) -> tuple[int, int]:
        """A handle of a key, or 0; and the code."""
        found = c_void_p()
        code = self.windows.open_key(handle, path, options, access, byref(found))
        return self._no_counters(found.value or 0, code)

    def _no_counters(self, opened: int, code: int) -> tuple[int, int]:
        r"""A handle, unless it is that of the counters, which Windows opens for Perflib\009."""
        if opened & 0xFFFFFFFF not in _COUNTERS:
            return opened, code
        self.close(opened)
        return 0, PREDEFINED_HANDLE

    def create(
        self, handle: int, path: str, kind: str, options: int, access: int, descriptor: bytes
    ) -> tuple[int, int, bool]:
        """A handle of a key that was opened or made, or 0; the code; and whether it was made."""
        found, made = c_void_p(), c_uint32()
        security: Any = None
        if descriptor:
            room = create_string_buffer(descriptor, len(descriptor))
            attributes = SecurityAttributes(
                ctypes.sizeof(SecurityAttributes), ctypes.addressof(room), 0
            )
            security = byref(attributes)
        code = self.windows.create_key(
            handle, path, 0, kind or None, options, access, security, byref(found), byref(made)
        )
        return *self._no_counters(found.value or 0, code), made.value == CREATED_NEW

    def close(self, handle: int) -> None:
        """Close a handle."""
        self.windows.close_key(handle)

    def rename(self, handle: int, name: str) -> int:
        """Give a key another name; the code."""
        return self.windows.rename_key(handle, None, name)

    def flush(self, handle: int, path: str) -> None:
        """Let Windows write the hive of a key."""
        code = self.windows.flush_key(handle)
        if code:
            raise self.failed(code, path)

    # Values

    def value(self, handle: int, path: str, name: str) -> tuple[int, bytes] | None:
        """Type and bytes of a value; None if there is none."""
        room: Any = create_string_buffer(FIRST)
        size, kind = c_uint32(FIRST), c_uint32()
        while True:
            code = self.windows.query_value(handle, name, None, byref(kind), room, byref(size))
            if code == 0:
                return kind.value, room[: size.value]
            if code == NOT_FOUND:
                return None
            if code != MORE_DATA:
                raise self.failed(code, path)
            room = create_string_buffer(max(size.value, 2 * len(room)))
            size.value = len(room)

    def set_value(self, handle: int, path: str, value: Value) -> None:
        """Set a value to exactly these bytes.

        Windows looks behind the data of a text for a NUL that was not counted, and would count it:
        so something else stands there.
        """
        raw = value.raw
        if "\0" in value.name:
            counted = counted_text(value.name)
            self.require(
                self.windows.set_counted(handle, byref(counted), 0, value.type, raw, len(raw)),
                path,
            )
            return
        data = raw + _NO_NUL if value.type in _TEXTS else raw
        code = self.windows.set_value(handle, value.name, 0, value.type, data, len(raw))
        if code:
            raise self.failed(code, path)

    def many_values(self, handle: int, names: list[str]) -> dict[str, Value] | None:
        """Several values in one call; None where one is missing, or the call cannot do it.

        Args:
            handle: The key.
            names: Their names.
        """
        entries = (ValueEntry * len(names))(*[ValueEntry(name, 0, 0, 0) for name in names])
        size = c_uint32(4 * FIRST)
        for _ in range(_TRIES):
            room: Any = create_string_buffer(size.value)
            code = self.windows.query_many(handle, entries, len(names), room, byref(size))
            if code != MORE_DATA:
                break
            size.value = max(size.value, 2 * len(room))
        if code:
            return None
        start = ctypes.addressof(room)
        found: dict[str, Value] = {}
        for name, entry in zip(names, entries, strict=True):
            at = entry.data - start
            if not 0 <= at <= len(room) - entry.size:
                return None
            found[name] = Value(name, entry.type, room[at : at + entry.size])
        return found

    def delete_value(self, handle: int, path: str, name: str) -> bool:
        """Delete a value; whether there was one."""
        if "\0" in name:
            counted = counted_text(name)
            status = self.windows.delete_counted(handle, byref(counted))
            code = self.windows.code_of_status(status) if status else 0
        else:
            code = self.windows.delete_value(handle, name)
        if code not in (0, NOT_FOUND):
            raise self.failed(code, path)
        return code == 0
