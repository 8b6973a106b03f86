"""What a caller gives a function, converted as ctypes converts it on Windows.

Without `argtypes` ctypes takes None, int, bytes, text and its own objects, and an int must fit C's.
With them, `from_param()` of each type decides; where that gives an object of ctypes that does not
show its value, the type itself makes one.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Final

from anyreg.winapi.hkey import signed
from anyreg.windll.memory import DATA, POINTER, REFERENCE, SIMPLE, Memory, memory_at, referred

Converter = Callable[[object], object]

_LEAST_INT: Final = -(1 << 31)
_MOST_INT: Final = 0xFFFF_FFFF
# On Windows a long is as wide as an int, so programs mix them.
_NARROW: Final[dict[object, object]] = {
    ctypes.c_long: ctypes.c_int,
    ctypes.c_ulong: ctypes.c_uint,
}


def taken(argument: object, argtype: Any) -> object:
    """An argument as one of: None, an int, bytes, text, an object of ctypes, a reference.

    Args:
        argument: What the caller gave.
        argtype: Its type of `argtypes`, None where there is none.

    Raises:
        TypeError: It is of another kind.
        ValueError: It is out of the range that the type has.
        OverflowError: It is no C int.
    """
    if argtype is None:
        return _plain(argument)
    given = _unwrapped(argument)
    try:
        converted = argtype.from_param(argument)
    except (TypeError, ctypes.ArgumentError):
        if not _is_same_on_windows(given, argtype):
            raise
        return given
    if isinstance(given, int) and isinstance(argtype, type) and issubclass(argtype, SIMPLE):
        return argtype(given)
    return given if isinstance(converted, (REFERENCE, DATA)) else _plain(converted)


def _plain(argument: object) -> object:
    given = _unwrapped(argument)
    if isinstance(given, int):
        if not _LEAST_INT <= given <= _MOST_INT:
            raise OverflowError("int too long to convert")
        return signed(given, 32)
    if given is None or isinstance(given, (bytes, str, DATA, REFERENCE)):
        return given
    raise TypeError("Don't know how to convert parameter")


def _unwrapped(argument: Any) -> object:
    if isinstance(argument, (int, bytes, str, DATA, REFERENCE)):
        return argument
    return getattr(argument, "_as_parameter_", argument)


def _is_same_on_windows(given: Any, argtype: Any) -> bool:
    """Whether a pointer leads to an int where one to a long is asked for, or the reverse."""
    wanted = getattr(argtype, "_type_", None) if _is_pointer(argtype) else None
    if isinstance(given, REFERENCE):
        found: object = type(referred(given))
    elif isinstance(given, (POINTER, ctypes.Array)):
        found = given._type_
    else:
        return False
    return wanted is not None and _NARROW.get(found, found) == _NARROW.get(wanted, wanted)


def _is_pointer(argtype: object) -> bool:
    return isinstance(argtype, type) and issubclass(argtype, POINTER)


def as_number(argument: object) -> int:
    """A number of 64 bits, as a register holds it; a pointer is its address."""
    if argument is None:
        return 0
    if isinstance(argument, int):
        return argument & 0xFFFF_FFFF_FFFF_FFFF
    if isinstance(argument, SIMPLE) and not isinstance(
        argument, ctypes.c_char_p | ctypes.c_wchar_p
    ):
        value: Any = argument
        return int(value.value or 0) & 0xFFFF_FFFF_FFFF_FFFF
    place = memory_at(argument)
    return place.address if place else 0


def as_dword(argument: object) -> int:
    """A number of 32 bits."""
    return as_number(argument) & 0xFFFF_FFFF


def as_int(argument: object) -> int:
    """A signed number of 32 bits."""
    return signed(as_number(argument), 32)


def as_memory(argument: object) -> Memory | None:
    """Where a pointer leads to; None where it is NULL."""
    return memory_at(argument)


def as_wide_text(argument: object) -> str | None:
    """A text of UTF-16, None where it is NULL."""
    if isinstance(argument, str):
        return argument.partition("\0")[0]
    place = memory_at(argument)
    return place.text() if place else None


def as_ansi_text(argument: object) -> str | None:
    """A text of the code page, None where it is NULL."""
    if isinstance(argument, str):
        raise TypeError("bytes are expected: this function takes text of the code page")
    place = memory_at(argument)
    return place.ansi_text().decode("cp1252", "replace") if place else None
