"""Words of a command line as the data of values.

A text is one word, a list one word for each of its texts, a number decimal or 0x hex (one below 0
is stored as Windows does, as the two's complement); everything else is hex.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from anyreg import Value, ValueTypeError
from anyreg.types import NUMBERS, REG_MULTI_SZ, REG_SZ, TEXTS, type_name
from anyreg.values import encode_as

_NUMBER = re.compile("(?P<minus>-?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|(?P<decimal>[0-9]+))")
_SEPARATORS = re.compile("[\\s,:-]")


def parse_data(kind: int, words: Sequence[str]) -> bytes:
    r"""The bytes that words stand for under a type.

    Raises:
        ValueError: They do not fit the type.

    >>> parse_data(4, ["0x2a"]), parse_data(3, ["cafe", "01"])
    (b'*\x00\x00\x00', b'\xca\xfe\x01')
    """
    if kind == REG_MULTI_SZ:
        return encode_as(list(words), kind)
    if kind in NUMBERS:
        return encode_as(_number(_only(kind, words), 8 * NUMBERS[kind][0]), kind)
    if kind in TEXTS:
        return encode_as(_only(kind, words), kind)
    return parse_hex(words, f"{type_name(kind)} takes hex, two digits a byte")


def parse_hex(words: Sequence[str], wanted: str = "bytes are hex, two digits each") -> bytes:
    """The bytes that hex stands for, with any separators.

    Args:
        words: The hex.
        wanted: What to say where they are no hex.

    Raises:
        ValueError: They are not.
    """
    try:
        return bytes.fromhex(_SEPARATORS.sub("", "".join(words)))
    except ValueError:
        raise ValueError(f"{wanted}, not {' '.join(words)!r}") from None


def parse_over(before: Value | None, words: Sequence[str]) -> tuple[int, bytes]:
    """The type and bytes of words that come without a type.

    Args:
        before: The value that they replace, whose type they keep.
        words: The words; without such a value they are a text.

    Raises:
        ValueError: They are not one text.
        ValueTypeError: They do not fit the type that is there.
    """
    if not words or (before is None and len(words) != 1):
        raise ValueError(f"{len(words)} data need a --type, such as multi_sz")
    if before is None:
        return REG_SZ, parse_data(REG_SZ, words)
    try:
        return before.type, parse_data(before.type, words)
    except ValueError as error:
        name = before.name or "(default)"
        raise ValueTypeError(
            f"value {name!r} is {before.type_name}, and {error}; --type makes it another",
            expected=before.type_name,
            actual=" ".join(words),
        ) from None


def _only(kind: int, words: Sequence[str]) -> str:
    if len(words) != 1:
        raise ValueError(f"{type_name(kind)} takes one datum, not {len(words)}")
    return words[0]


def _number(text: str, bits: int) -> int:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no number: decimal, or hex behind 0x")
    number = int(found["hex"], 16) if found["hex"] else int(found["decimal"])
    if not found["minus"]:
        if number >> bits:
            raise ValueError(f"{text} is too large: at most 0x{(1 << bits) - 1:x}")
        return number
    if number > 1 << bits - 1:
        raise ValueError(f"{text} is too small: at least -{1 << bits - 1}")
    return -number % (1 << bits)
