"""The registry's value types, and the Python kinds that stand for them.

Plain Python goes in where the type is plain: str is REG_SZ, int REG_DWORD, bytes REG_BINARY, a
list of str REG_MULTI_SZ.  The classes below name the rest, so that a type never depends on how
large a number is or what a text looks like.

Source of the numbers: Microsoft's documentation of registry value types (winnt.h).
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final, Literal, NamedTuple

REG_NONE: Final = 0
REG_SZ: Final = 1
REG_EXPAND_SZ: Final = 2
REG_BINARY: Final = 3
REG_DWORD: Final = 4
REG_DWORD_BIG_ENDIAN: Final = 5
REG_LINK: Final = 6
REG_MULTI_SZ: Final = 7
REG_RESOURCE_LIST: Final = 8
REG_FULL_RESOURCE_DESCRIPTOR: Final = 9
REG_RESOURCE_REQUIREMENTS_LIST: Final = 10
REG_QWORD: Final = 11

# What the bytes of a type are, where they are more than bytes.
TEXTS: Final = frozenset((REG_SZ, REG_EXPAND_SZ, REG_LINK))
NULS: Final = {REG_SZ: 1, REG_EXPAND_SZ: 1, REG_MULTI_SZ: 2}  # that end a text, or a list of them
NUMBERS: Final[dict[int, tuple[int, Literal["little", "big"]]]] = {  # their bytes, and the order
    REG_DWORD: (4, "little"),
    REG_DWORD_BIG_ENDIAN: (4, "big"),
    REG_QWORD: (8, "little"),
}


class ValueType(IntEnum):
    """The value types that Windows defines; any other 32-bit number may occur in a hive."""

    REG_NONE = REG_NONE
    REG_SZ = REG_SZ
    REG_EXPAND_SZ = REG_EXPAND_SZ
    REG_BINARY = REG_BINARY
    REG_DWORD = REG_DWORD
    REG_DWORD_BIG_ENDIAN = REG_DWORD_BIG_ENDIAN
    REG_LINK = REG_LINK
    REG_MULTI_SZ = REG_MULTI_SZ
    REG_RESOURCE_LIST = REG_RESOURCE_LIST
    REG_FULL_RESOURCE_DESCRIPTOR = REG_FULL_RESOURCE_DESCRIPTOR
    REG_RESOURCE_REQUIREMENTS_LIST = REG_RESOURCE_REQUIREMENTS_LIST
    REG_QWORD = REG_QWORD


TYPE_NUMBERS: Final = {member.name: int(member) for member in ValueType}
_NAMES = {number: name for name, number in TYPE_NUMBERS.items()}
_PREFIX = "REG_"
_NUMBERS = {name.removeprefix(_PREFIX): number for number, name in _NAMES.items()}
_NUMBERS |= {"DWORD_LITTLE_ENDIAN": REG_DWORD, "QWORD_LITTLE_ENDIAN": REG_QWORD}
_NUMBERS |= {"DWORD_BE": REG_DWORD_BIG_ENDIAN, "DWORD_LE": REG_DWORD, "QWORD_LE": REG_QWORD}
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
