"""What only the kernel's own functions do: names as they are, flags, times, names with a NUL.

And the errors of all functions.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_uint32, c_uint64, c_void_p, create_string_buffer
from struct import unpack_from
from typing import Any, Final

from anyreg.backends.live.declarations import (
    BASIC,
    BUFFER_OVERFLOW,
    BUFFER_TOO_SMALL,
    FULL_NAME,
    KEY_FLAGS,
    MORE_DATA,
    OPTION_OPEN_LINK,
    SMALL_BUFFER,
    WRITE_TIME,
    CountedText,
    ObjectAttributes,
    Windows,
)
from anyreg.backends.live.failures import INVALID_PARAMETER, failure
from anyreg.errors import RegistryError

_CASELESS: Final = 0x40  # OBJ_CASE_INSENSITIVE
_OPEN_LINK: Final = 0x100  # OBJ_OPENLINK
_SIZE_OF_ATTRIBUTES: Final = ctypes.sizeof(ObjectAttributes)
_FLAGS_SIZE: Final = 12
_BAD_DESCRIPTOR: Final = 1338


class KernelCalls:
    """These functions, each with its errors.

    Attributes:
        windows: The functions as they are declared.
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    def failed(self, code: int, path: str = "") -> RegistryError:
        """The error of a code.

        Args:
            code: The code.
            path: What it is about.
        """
        return failure(code, path, self.windows.message)

    def last_failure(self, path: str = "") -> RegistryError:
        """The error of a function of the kind that keeps its code elsewhere."""
        return self.failed(self.windows.last_error(), path)

    def require(self, status: int, path: str) -> None:
        """Raise what a status of the kernel means, unless all is well."""
        if status:
            raise self.failed(self.windows.code_of_status(status), path)

    def open_child(self, handle: int, name: str, options: int, access: int) -> tuple[int, int]:
        """A handle of a subkey, or 0; and the code.

        As open(), by one name that may hold a NUL, from a handle that is the kernel's, in the view
        that is its own.
        """
        found = c_void_p()
        data = name.encode("utf-16-le", "surrogatepass")
        counted = CountedText(len(data), len(data), data)
        kinds = _CASELESS | (_OPEN_LINK if options & OPTION_OPEN_LINK else 0)
        attributes = ObjectAttributes(
            _SIZE_OF_ATTRIBUTES, handle, ctypes.addressof(counted), kinds, None, None
        )
        status = self.windows.open_counted(byref(found), access, byref(attributes), options)
        if status and found.value:  # a key that stands for other data, see PREDEFINED_HANDLE
            self.windows.close_key(found)
            found.value = None
        return found.value or 0, self.windows.code_of_status(status) if status else 0

    def name_and_time(self, handle: int, path: str) -> tuple[str, int]:
        """A key's own name, as stored, and its time."""
        data = self._native(handle, BASIC, path)
        time, _, size = unpack_from("<QII", data)
        return data[16 : 16 + size].decode("utf-16-le", "surrogatepass"), time

    def full_path(self, handle: int, path: str) -> str:
        r"""The path of a key from \REGISTRY on."""
        data = self._native(handle, FULL_NAME, path)
        (size,) = unpack_from("<I", data)
        return data[4 : 4 + size].decode("utf-16-le", "surrogatepass")

    def key_flags(self, handle: int) -> int | None:
        """The flags of a key: 1 volatile, 2 a link; None where this system does not say."""
        room, needed = create_string_buffer(64), c_uint32()
        status = self.windows.query_key(handle, KEY_FLAGS, room, 64, byref(needed))
        if status or needed.value < _FLAGS_SIZE:
            return None
        flags: int = unpack_from("<III", room.raw)[1]
        return flags

    def _native(self, handle: int, what: int, path: str) -> bytes:
        size = 600
        while True:
            room: Any = create_string_buffer(size)
            needed = c_uint32()
            status = self.windows.query_key(handle, what, room, size, byref(needed))
            if status == 0:
                return bytes(room[: needed.value])
            if status not in (BUFFER_OVERFLOW, BUFFER_TOO_SMALL):
                raise self.failed(self.windows.code_of_status(status), path)
            size = max(needed.value, 2 * size)

    def set_time(self, handle: int, time: int) -> bool:
        """Give a key a time; whether this system can."""
        told = c_uint64(time)
        return self.windows.set_key_facts(handle, WRITE_TIME, byref(told), 8) == 0

    def delete_key(self, handle: int, path: str) -> None:
        """Delete the key itself, also where it is a link."""
        self.require(self.windows.delete_key(handle), path)

    # Security

    def security(self, handle: int, path: str, parts: int) -> bytes:
        """A descriptor, as far as the parts are asked for."""
        size = c_uint32(1024)
        while True:
            room: Any = create_string_buffer(size.value)
            code = self.windows.get_security(handle, parts, room, byref(size))
            if code == 0:
                return bytes(room[: size.value])
            if code not in (SMALL_BUFFER, MORE_DATA):
                raise self.failed(code, path)
            size.value = max(size.value, 2 * len(room))

    def set_security(self, handle: int, path: str, parts: int, descriptor: bytes) -> None:
        """Give a key the parts of a descriptor."""
        code = self.windows.set_security(handle, parts, descriptor)
        if code:
            if code == INVALID_PARAMETER:
                code = _BAD_DESCRIPTOR
            raise self.failed(code, path)


def counted_text(text: str) -> CountedText:
    """A text that may hold a NUL."""
    data = text.encode("utf-16-le", "surrogatepass")
    return CountedText(len(data), len(data), data)
