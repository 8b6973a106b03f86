"""Arguments of winreg's functions, as the C parser of CPython takes and refuses them.

Source: what a genuine CPython 3.13 for Windows says to each; 3.11 and 3.12 differ in a few words.
"""

from __future__ import annotations

import operator
from typing import Final

from anyreg.winapi.hkey import PyHKEY

_LONG_HANDLE: Final = 1 << 64
_LEAST_HANDLE: Final = -(1 << 63)
_MOST_INT: Final = 0x7FFF_FFFF
_MOST_DWORD: Final = 0xFFFF_FFFF


def as_handle(value: object) -> int:
    """The number of a handle: of a PyHKEY, or an int.

    Raises:
        TypeError: It is neither.
        OverflowError: It has more than 64 bits.
    """
    if isinstance(value, PyHKEY):
        return value._handle
    if isinstance(value, int):
        number: int = value
        if number >= _LONG_HANDLE or number < _LEAST_HANDLE:
            raise OverflowError("int too big to convert")
        return number % _LONG_HANDLE if number < 0 else number
    if value is None:
        raise TypeError("None is not a valid HKEY in this context")
    raise TypeError("The object is not a PyHKEY object")


def as_text(value: object, place: str, kind: str = "str") -> str:
    """A text without NULs.

    Args:
        value: The argument.
        place: What to call it, such as "OpenKey() argument 'sub_key'".
        kind: What it must be, in words.
    """
    if not isinstance(value, str):
        what = "None" if value is None else value.__class__.__name__
        raise TypeError(f"{place} must be {kind}, not {what}")
    if "\0" in value:
        raise ValueError("embedded null character")
    return value


def as_optional_text(value: object, place: str) -> str | None:
    """A text without NULs, or None."""
    return None if value is None else as_text(value, place, "str or None")


def as_int(value: object) -> int:
    """A C int.

    Raises:
        OverflowError: It has more than 32 bits.
    """
    number: int = value if isinstance(value, int) else operator.index(value)  # type: ignore[arg-type]
    if number > _MOST_INT or number < -_MOST_INT - 1:
        raise OverflowError("Python int too large to convert to C int")
    return number


def as_dword(value: object) -> int:
    """An unsigned number of 32 bits."""
    if not isinstance(value, int):
        raise TypeError("an integer is required")
    number: int = value
    if number < 0:
        raise ValueError("value must be positive")
    if number > _MOST_DWORD:
        raise OverflowError("Python int too large to convert to C unsigned long")
    return number
