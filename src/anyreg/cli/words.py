"""Words of a command line as the data of values.

A type goes by its name, with or without REG_, in any case, or by its number.  A text is one word,
a list one word for each of its texts, a number decimal or 0x hex; everything else is hex.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from anyreg import ExpandString, Link, Value
from anyreg.types import ValueType, type_name
from anyreg.values import encode

_PREFIX = "reg_"
_TYPES = {member.name.lower().removeprefix(_PREFIX): int(member) for member in ValueType}
_TYPES["dword_be"] = int(ValueType.REG_DWORD_BIG_ENDIAN)
_TYPES["dword_le"] = int(ValueType.REG_DWORD)
_TYPES["qword_le"] = int(ValueType.REG_QWORD)

_TEXTS = {ValueType.REG_SZ: str, ValueType.REG_EXPAND_SZ: ExpandString, ValueType.REG_LINK: Link}
_NUMBERS: dict[int, tuple[int, Literal["little", "big"]]] = {
    ValueType.REG_DWORD: (4, "little"),
    ValueType.REG_DWORD_BIG_ENDIAN: (4, "big"),
    ValueType.REG_QWORD: (8, "little"),
}
_NUMBER = re.compile("(?:0[xX](?P<hex>[0-9a-fA-F]+))|(?P<decimal>[0-9]+)")
_SEPARATORS = re.compile("[\\s,:-]")
_LARGEST_TYPE = 0xFFFFFFFF


def parse_type(text: str) -> int:
    """The number of a type.

    Raises:
        ValueError: There is no such type.

    >>> parse_type("dword"), parse_type("REG_SZ"), parse_type("0x200000")
    (4, 1, 2097152)
    """
    known = _TYPES.get(text.lower().removeprefix(_PREFIX))
    if known is not None:
        return known
    try:
        return _number(text, _LARGEST_TYPE)
    except ValueError:
        names = ", ".join(sorted(_TYPES))
        raise ValueError(f"{text!r} is no type: a 32-bit number, or one of {names}") from None


def parse_data(kind: int, words: Sequence[str]) -> bytes:
    r"""The bytes that words stand for under a type.

    Raises:
        ValueError: They do not fit the type.

    >>> parse_data(4, ["0x2a"]), parse_data(3, ["cafe", "01"])
    (b'*\x00\x00\x00', b'\xca\xfe\x01')
    """
    if kind == ValueType.REG_MULTI_SZ:
        return encode(list(words))[1]
    if kind in _NUMBERS:
        size, order = _NUMBERS[kind]
        return _number(_only(kind, words), (1 << 8 * size) - 1).to_bytes(size, order)
    if kind in _TEXTS:
        text = _only(kind, words)
        return encode(_TEXTS[ValueType(kind)](text))[1]
    digits = _SEPARATORS.sub("", "".join(words))
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise ValueError(f"{type_name(kind)} takes hex, two digits a byte") from None


def parse_over(before: Value | None, words: Sequence[str]) -> tuple[int, bytes]:
    """The type and bytes of words that come without a type.

    Args:
        before: The value that they replace: its type is kept if they fit it.
        words: The words; without such a value they are a text.

    Raises:
        ValueError: They are not one text.
    """
    if before is not None:
        try:
            return before.type, parse_data(before.type, words)
        except ValueError:
            pass  # a text, then
    if len(words) != 1:
        raise ValueError(f"{len(words)} data need a --type, such as multi_sz")
    return int(ValueType.REG_SZ), parse_data(ValueType.REG_SZ, words)


def _only(kind: int, words: Sequence[str]) -> str:
    if len(words) != 1:
        raise ValueError(f"{type_name(kind)} takes one datum, not {len(words)}")
    return words[0]


def _number(text: str, largest: int) -> int:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no number: decimal, or hex behind 0x")
    number = int(found["hex"], 16) if found["hex"] else int(found["decimal"])
    if number > largest:
        raise ValueError(f"{text} is too large: at most 0x{largest:x}")
    return number
