r"""The texts of Wine's files: names and strings with escapes, and the order that names stand in.

A text is a row of UTF-16 units.  Those of ASCII stand for themselves, but for control characters,
the backslash and what would end the text; any other is \x with as few digits as can be, four where
a digit follows.  A NUL at the end is not written: strings end with one.

Read is more than is written: up to four digits behind \x, up to three of an octal number, and raw
characters of UTF-8.  A backslash before any other character means that character.

Source: see the package.
"""

from __future__ import annotations

import re
from typing import Final

_NAMED: Final = {
    7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 27: "\\e"
}  # fmt: skip
_MEANT: Final = {text[1]: chr(unit) for unit, text in _NAMED.items()}
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_OCTAL: Final = frozenset("01234567")
_BACKSLASH: Final = 0x5C
_BLANK: Final = 0x20
_ASCII: Final = 0x7F
_BMP: Final = 0xFFFF

# Letters to which Wine knows no lower case, other than Unicode.
_AS_THEY_ARE: Final = "\u01c5\u01c8\u01cb\u01f2\u03f4\u1e9e\u2126\u212a\u212b"
_KEPT: Final = {ord(letter): letter for letter in _AS_THEY_ARE}

_escape: Final = re.compile(r"\\(x[0-9a-fA-F]{1,4}|[0-7]{1,3}|.|$)", re.DOTALL)
_no_utf8: Final = re.compile(f"[{chr(0xDC80)}-{chr(0xDCFF)}]+")


def escaped(text: str, delimiters: str) -> str:
    r"""A text as Wine writes it.

    Args:
        text: The text.
        delimiters: The characters that get a backslash beside the backslash itself.

    >>> print(escaped('a"\\\u00e9b\n', '"'))
    a\"\\\x00e9b\n
    """
    if text.isascii() and text.isprintable():
        text = text.replace("\\", "\\\\")
        for delimiter in delimiters:
            text = text.replace(delimiter, "\\" + delimiter)
        return text
    return _escaped_units(_units(text), delimiters)


def _units(text: str) -> str:
    """A text with two characters for each that has two units in UTF-16."""
    if text.isascii() or max(text) <= chr(_BMP):
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    pairs = [raw[at] | raw[at + 1] << 8 for at in range(0, len(raw), 2)]
    return "".join([chr(unit) for unit in pairs])


def _escaped_units(text: str, delimiters: str) -> str:
    pieces: list[str] = []
    last = len(text) - 1
    for at, character in enumerate(text):
        unit = ord(character)
        following = text[at + 1] if at < last else ""
        if unit > _ASCII:
            pieces.append(f"\\x{unit:04x}" if following in _HEX else f"\\x{unit:x}")
        elif unit < _BLANK:
            if unit in _NAMED:
                pieces.append(_NAMED[unit])
            elif unit or at < last:
                pieces.append(f"\\{unit:03o}" if following in _OCTAL else f"\\{unit:o}")
        elif unit == _BACKSLASH or character in delimiters:
            pieces.append("\\" + character)
        else:
            pieces.append(character)
    return "".join(pieces)


def unescaped(text: str) -> str:
    r"""What a text between its delimiters means.

    Args:
        text: The text; bytes that are no UTF-8 stand in it as lone surrogates.

    >>> unescaped(r'a\"\x00e9b\1')
    'a"éb\x01'
    """
    if not text.isascii() and _no_utf8.search(text):
        text = _no_utf8.sub("\ufffd", text)
    if "\\" not in text:
        return text
    text = _escape.sub(_meaning, text)
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _meaning(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) > 1 and code[0] == "x":
        return chr(int(code[1:], 16))
    if code[:1] in _OCTAL:
        return chr(int(code, 8))
    return _MEANT.get(code, code)


def lowered(name: str) -> str:
    """A name in Wine's lower case, unit by unit."""
    if name.isascii():
        return name.lower()
    return "".join([_KEPT.get(ord(unit)) or _low(unit) for unit in _units(name)])


def _low(unit: str) -> str:
    low = unit.lower()
    return low if len(low) == 1 and low <= chr(_BMP) else unit


def wine_order(names: list[str]) -> bytes:
    """Bytes that sort as Wine's server sorts keys, and values by their single names.

    Args:
        names: The names that lead to a key.
    """
    return b"\0\0".join([lowered(name).encode("utf-16-be", "surrogatepass") for name in names])
