"""Where a pointer leads to, and what lies there in the layout of Windows.

Off Windows a `c_wchar` has four bytes, where Windows' functions read and write units of two; and a
`c_long` has eight, where Windows has four.  An address does not say which of these lies at it; the
ctypes object does that the program has made, and that `byref()`, `pointer()` and `cast()` keep.
So this remembers it: texts go into wide buffers as characters, numbers into the width they have.
An address without an object is taken as Windows lays it out.

Sizes that a program gives are in bytes of Windows.  One that it had of `sizeof()` of a wide buffer
is twice as large, and is cut to what the buffer holds.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

from anyreg.names import decode_utf16
from anyreg.winapi.errors import windows_error

UNIT: Final = 2
"""Bytes of a unit of UTF-16."""
NO_ACCESS: Final = 998

SIMPLE: Final[Any] = ctypes.c_int.__bases__[0]
POINTER: Final[Any] = ctypes.POINTER(ctypes.c_int).__bases__[0]
DATA: Final[Any] = SIMPLE.__bases__[0]
REFERENCE: Final[type] = type(ctypes.byref(ctypes.c_int()))
_WCHAR: Final = ctypes.sizeof(ctypes.c_wchar)
_INT: Final = 4
_LONG: Final = 8
_LEAST_ADDRESS: Final = 0x10000  # nothing lies below it, on Windows as here


_allocated: Final[list[object]] = []  # what programs have pointers to


class Memory:
    """Memory that a pointer leads to.

    Attributes:
        address: Where it begins.
    """

    __slots__ = ("_is_wide", "_size", "_thing", "address")

    def __init__(
        self, address: int, thing: object = None, is_wide: bool = False, size: int | None = None
    ) -> None:
        if address < _LEAST_ADDRESS:
            raise OSError(f"exception: access violation reading 0x{address:016X}")
        self.address = address
        self._thing = thing  # keeps the memory, too
        self._is_wide = is_wide
        self._size = size  # in bytes of this system; None where nobody knows

    def get(self, size: int = 4) -> int:
        """The unsigned number that lies there, of so many bytes."""
        number = self._cell().value
        return (number or 0) & ((1 << 8 * size) - 1)

    def put(self, number: int, size: int = 4) -> None:
        """Write a number of so many bytes, into a cell of the width that it has."""
        cell = self._cell(size)
        cell.value = number

    def put_filetime(self, time: int) -> None:
        """Write a FILETIME; into a structure of two longs each half into its own."""
        thing: Any = self._thing
        if isinstance(thing, ctypes.Structure) and ctypes.sizeof(thing) > _LONG:
            low, high = (field[0] for field in thing._fields_)
            setattr(thing, low, time & 0xFFFF_FFFF)
            setattr(thing, high, time >> 32)
        else:
            ctypes.memmove(self.address, time.to_bytes(_LONG, "little"), _LONG)

    def point_to(self, text: str, unit: int) -> None:
        """Write a pointer to a text there, which lives as long as the process.

        Args:
            text: The text.
            unit: 2 for UTF-16, 1 for the code page.
        """
        thing: Any = self._thing
        if isinstance(thing, ctypes.c_wchar_p):
            thing.value = text
            return
        encoding = "utf-16-le" if unit == UNIT else "cp1252"
        memory = ctypes.create_string_buffer(text.encode(encoding) + bytes(unit))
        _allocated.append(memory)
        ctypes.c_void_p.from_address(self.address).value = ctypes.addressof(memory)

    def _cell(self, size: int = 4) -> Any:
        thing = self._thing
        if isinstance(thing, SIMPLE) and ctypes.sizeof(thing) >= _INT and self._begins(thing):
            return thing
        return (ctypes.c_uint64 if size == _LONG else ctypes.c_uint32).from_address(self.address)

    def _begins(self, thing: Any) -> bool:
        return ctypes.addressof(thing) == self.address

    def room(self, size: int) -> int:
        """How many bytes of Windows there is room for, where the program says `size`."""
        return size if self._size is None else min(size, self._held())

    def _held(self) -> int:
        size = self._size or 0
        return size // _WCHAR * UNIT if self._is_wide else size

    def write(self, data: bytes) -> None:
        """Lay bytes of Windows there; into a wide buffer the text that they are."""
        if self._is_wide:
            data = _as_wide(data)
        ctypes.memmove(self.address, data, len(data))

    def read(self, size: int) -> bytes:
        """Bytes of Windows that lie there.

        Raises:
            OSError: There are not so many (998).
        """
        if self._is_wide:
            return self._wide_bytes(size)
        if self._size is not None and size > self._size:
            raise windows_error(NO_ACCESS)
        return ctypes.string_at(self.address, size)

    def has(self, size: int) -> bool:
        """Whether so many bytes of Windows lie there, as far as that is known."""
        if self._is_wide:
            return size <= (self._length() if self._size is None else self._held() // UNIT) * UNIT
        return self._size is None or size <= self._size

    def _wide_bytes(self, size: int) -> bytes:
        length = self._length() if self._size is None else self._size // _WCHAR
        if size > length * _WCHAR:
            raise windows_error(NO_ACCESS)
        return _encoded(ctypes.wstring_at(self.address, length))[:size]

    def _length(self) -> int:
        """Characters of a wide text, with the NUL that ends it."""
        return len(ctypes.wstring_at(self.address)) + 1

    def is_long(self) -> bool:
        """Whether a C long lies there, which has four bytes on Windows."""
        return isinstance(self._thing, ctypes.c_long | ctypes.c_ulong) and self._size == _LONG

    def text(self) -> str:
        """The text of UTF-16 that lies there, to its NUL."""
        if self._is_wide:
            found = ctypes.wstring_at(self.address, -1 if self._size is None else self._held() // 2)
            return found.partition("\0")[0]
        return decode_utf16(self._to_nul(UNIT))

    def ansi_text(self) -> bytes:
        """The bytes that lie there, to the NUL."""
        return self._to_nul(1)

    def _to_nul(self, step: int) -> bytes:
        """Bytes before the first unit of zeros, or before the end where that is known."""
        found = bytearray()
        while self._size is None or len(found) + step <= self._size:
            unit = ctypes.string_at(self.address + len(found), step)
            if not any(unit):
                break
            found += unit
        return bytes(found)


def _as_wide(data: bytes) -> bytes:
    """UTF-16 as an array of c_wchar holds it."""
    return decode_utf16(data).encode("utf-32-le" if _WCHAR > UNIT else "utf-16-le", "surrogatepass")


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def memory_at(argument: object) -> Memory | None:
    """Where an argument leads to; None where it is NULL.

    Args:
        argument: An int, text, bytes, ctypes object or what byref() gives.

    Raises:
        TypeError: It is no pointer.
    """
    if argument is None or argument == 0:
        return None
    if isinstance(argument, int):
        return Memory(argument)
    if isinstance(argument, str):
        return _around(ctypes.create_unicode_buffer(argument))
    if isinstance(argument, bytes):
        return Memory(_address(argument), argument, size=len(argument) + 1)
    if isinstance(argument, REFERENCE):
        thing = referred(argument)
        address = _address(argument)
        return Memory(address, thing, _is_wide(thing), _end(thing) - address)
    if isinstance(argument, ctypes.Array):
        return _around(argument)
    if isinstance(argument, POINTER | SIMPLE):
        return _pointed(argument)
    raise TypeError(f"a pointer is expected, not {type(argument).__name__}")


def referred(reference: Any) -> object:
    """The object that byref() was given."""
    return reference._obj


def _pointed(pointer: Any) -> Memory | None:
    """Where a pointer leads to, or a number that is one."""
    address = ctypes.cast(pointer, ctypes.c_void_p).value if _leads(pointer) else pointer.value
    if not address:
        return None
    if isinstance(pointer, ctypes.c_wchar_p):
        return Memory(address, pointer, is_wide=True)
    kept = pointer._objects
    for thing in kept.values() if isinstance(kept, dict) else ():
        if isinstance(thing, DATA) and ctypes.addressof(thing) == address and thing is not pointer:
            return _around(thing)
    is_wide = getattr(pointer, "_type_", None) is ctypes.c_wchar
    # What a c_wchar_p has made of a text is kept as a capsule, whatever it was cast to.
    return Memory(address, pointer, is_wide or type(kept).__name__ == "PyCapsule")


def _leads(pointer: object) -> bool:
    return isinstance(pointer, POINTER | ctypes.c_wchar_p | ctypes.c_char_p | ctypes.c_void_p)


def _around(thing: Any) -> Memory:
    address = ctypes.addressof(thing)
    return Memory(address, thing, _is_wide(thing), _end(thing) - address)


def _end(thing: Any) -> int:
    return ctypes.addressof(thing) + ctypes.sizeof(thing)


def _is_wide(thing: object) -> bool:
    kind: Any = getattr(thing, "_type_", None) if isinstance(thing, ctypes.Array) else type(thing)
    return kind is ctypes.c_wchar


def _address(argument: Any) -> int:
    return ctypes.cast(argument, ctypes.c_void_p).value or 0
