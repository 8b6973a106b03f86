"""Between the bytes of a value and Python objects, as pywin32 does it.

It is as winreg does it, but that a REG_DWORD is read as a signed number, that one with a sign is
taken, and that the strings of a list may come from any sequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from anyreg.pywin32.arguments import as_optional_text
from anyreg.types import REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ, REG_QWORD, REG_SZ
from anyreg.winapi.conversions import to_python, to_raw
from anyreg.winapi.hkey import signed

_DWORD_BITS: Final = 32


def as_python(type: int, raw: bytes) -> object:
    """The object for the bytes of a value.

    Args:
        type: The type.
        raw: The bytes.
    """
    if type == REG_MULTI_SZ and not raw:
        return []
    found = to_python(type, raw)
    if type == REG_DWORD and isinstance(found, int):
        return signed(found, _DWORD_BITS)
    return found


def as_raw(type: int, value: object) -> bytes:
    """The bytes that are stored for an object.

    Args:
        type: The type.
        value: The object.

    Raises:
        TypeError: The type takes another kind of object.
        OverflowError: The number does not fit.
    """
    if type in (REG_SZ, REG_EXPAND_SZ):
        return to_raw(type, as_optional_text(value))
    if type == REG_MULTI_SZ:
        return to_raw(type, _texts(value))
    if type in (REG_DWORD, REG_QWORD):
        return to_raw(type, _number(type, value))
    if value is not None and not isinstance(value, bytes | bytearray | memoryview):
        kind = value.__class__.__name__
        raise TypeError(f"a bytes-like object is required, not '{kind}'")
    return to_raw(type, value)


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, Sequence):
        raise TypeError("Object must be a sequence")
    return [as_optional_text(text) for text in value]


def _number(type: int, value: object) -> int:
    if value is None:
        return 0
    if not isinstance(value, int):
        raise TypeError("an integer is required")
    negative = type == REG_DWORD and -(1 << (_DWORD_BITS - 1)) <= value < 0
    return value + (1 << _DWORD_BITS) if negative else value
