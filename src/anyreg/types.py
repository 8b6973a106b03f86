"""The registry's value types, and the Python kinds that stand for them.

Plain Python goes in where the type is plain: str is REG_SZ, int REG_DWORD, bytes REG_BINARY, a
list of str REG_MULTI_SZ.  The classes below name the rest, so that a type never depends on how
large a number is or what a text looks like.

Source of the numbers: Microsoft's documentation of registry value types (winnt.h).
"""

from __future__ import annotations

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


def type_name(number: int) -> str:
    """The name of a value type, or its number in hex where Windows has no name for it.

    Examples:
        >>> type_name(4), type_name(0x200000)
        ('REG_DWORD', '0x200000')
    """
    return _NAMES.get(number) or f"0x{number:x}"


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
