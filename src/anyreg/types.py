"""The registry's value types, and the Python kinds that stand for them.

Plain Python goes in where the type is plain: str is REG_SZ, int REG_DWORD, bytes REG_BINARY, a
list of str REG_MULTI_SZ.  The classes below name the rest, so that a type never depends on how
large a number is or what a text looks like.

Source of the numbers: Microsoft's documentation of registry value types (winnt.h).
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple


class ValueType(IntEnum):
    """The value types that Windows defines; any other 32-bit number may occur in a hive."""

    REG_NONE = 0
    REG_SZ = 1
    REG_EXPAND_SZ = 2
    REG_BINARY = 3
    REG_DWORD = 4
    REG_DWORD_BIG_ENDIAN = 5
    REG_LINK = 6
    REG_MULTI_SZ = 7
    REG_RESOURCE_LIST = 8
    REG_FULL_RESOURCE_DESCRIPTOR = 9
    REG_RESOURCE_REQUIREMENTS_LIST = 10
    REG_QWORD = 11


_NAMES = {int(member): member.name for member in ValueType}
_PREFIX = "REG_"
_NUMBERS = {name.removeprefix(_PREFIX): number for number, name in _NAMES.items()}
_NUMBERS |= {"DWORD_BE": 5, "DWORD_LE": 4, "QWORD_LE": 11}
_NUMBERS |= {"DWORD_LITTLE_ENDIAN": 4, "QWORD_LITTLE_ENDIAN": 11}
_NUMBER = re.compile("0[xX][0-9a-fA-F]+|[0-9]+")
_LARGEST = 0xFFFFFFFF


def type_name(number: int) -> str:
    """The name of a value type, or its number in hex where Windows has no name for it.

    Examples:
        >>> type_name(4), type_name(0x200000)
        ('REG_DWORD', '0x200000')
    """
    return _NAMES.get(number) or f"0x{number:x}"


def type_number(kind: int | str) -> int:
    """The number of a value type.

    Args:
        kind: Its name, with or without REG_, in any case; or its number, also as a text.

    Raises:
        ValueError: There is no such type.

    Examples:
        >>> type_number("dword"), type_number("REG_SZ"), type_number("0x200000")
        (4, 1, 2097152)
    """
    if isinstance(kind, int):
        number = int(kind)
    else:
        known = _NUMBERS.get(kind.upper().removeprefix(_PREFIX))
        if known is not None:
            return known
        is_number = _NUMBER.fullmatch(kind) is not None
        number = int(kind, 16 if kind[:2].lower() == "0x" else 10) if is_number else -1
    if not 0 <= number <= _LARGEST:
        names = ", ".join(sorted(_NUMBERS)).lower()
        raise ValueError(f"{kind!r} is no type: a 32-bit number, or one of {names}")
    return number


class QWord(int):
    """An integer that is stored as REG_QWORD."""

    __slots__ = ()


class ExpandString(str):
    """A text with %VARIABLES%, stored as REG_EXPAND_SZ."""

    __slots__ = ()


class Link(str):
    """The target of a symbolic link, stored as REG_LINK."""

    __slots__ = ()


class Raw(NamedTuple):
    """Bytes under a value type of your choice, stored just as they are.

    Attributes:
        type: The type's number.
        raw: The bytes.
    """

    type: int
    raw: bytes
