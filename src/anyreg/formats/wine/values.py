r"""A value's line in Wine's files: "name"=data, or @=data.

Text types are written as text where their bytes are one that ends with a NUL, numbers as eight
digits where they have four bytes, and everything else as bytes, which go on in the next line once a
line has passed 76 characters.

Source: see the package.
"""

from __future__ import annotations

import re
from typing import Final

from anyreg.formats.wine.escapes import escaped, unescaped
from anyreg.names import decode_utf16
from anyreg.types import REG_BINARY, REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ, REG_NONE, REG_SZ
from anyreg.values import Value

WHITE: Final = " \t\v\f\r"
"""What Wine takes for blanks."""

_TEXTS: Final = {REG_SZ: "", REG_EXPAND_SZ: "str(2):", REG_MULTI_SZ: "str(7):"}
_TEXT_TAGS: Final = (
    ('"', REG_SZ),
    ('str:"', REG_SZ),
    ('str(2):"', REG_EXPAND_SZ),
    ('str(7):"', REG_MULTI_SZ),
)
_WIDTH: Final = 76
_INDENT: Final = 2
_MOST_TYPE: Final = 0xFFFF_FFFF
_DWORD: Final = "dword:"

_name: Final = re.compile(r'(?:@|"((?:[^"\\]|\\.)*)")[ \t\v\f\r]*=[ \t\v\f\r]*', re.DOTALL)
_text: Final = re.compile(r'((?:[^"\\]|\\.)*)"', re.DOTALL)
_number: Final = re.compile(r"[ \t\v\f\r]*([-+]?)(?:0[xX])?([0-9a-fA-F]*)")
_bytes: Final = re.compile(r"hex(?::|\([ \t\v\f\r]*[-+]?(?:0[xX])?([0-9a-fA-F]*)\):)")
_plain: Final = re.compile(r"(?:[0-9a-fA-F]{2},)*[0-9a-fA-F]{2}")
_byte: Final = re.compile(r"([0-9a-fA-F]+)[ \t\v\f\r]*,?[ \t\v\f\r]*")


def value_line(value: Value) -> str:
    """The line of a value, or the lines, as Wine's server writes it."""
    name = f'"{escaped(value.name, chr(34))}"=' if value.name else "@="
    return name + _data_text(value.type, value.raw, len(name)) + "\n"


def _data_text(kind: int, raw: bytes, column: int) -> str:
    if kind in _TEXTS and raw and len(raw) % 2 == 0 and raw[-2:] == b"\0\0":
        return f'{_TEXTS[kind]}"{escaped(decode_utf16(raw), chr(34))}"'
    if kind == REG_DWORD and len(raw) == 4:  # noqa: PLR2004
        return f"{_DWORD}{int.from_bytes(raw, 'little'):08x}"
    tag = "hex:" if kind == REG_BINARY else f"hex({kind:x}):"
    return tag + _hex_text(raw, column + len(tag))


def _hex_text(raw: bytes, column: int) -> str:
    """Bytes in hex; a line is left once it has more than 76 characters, its comma counted."""
    first = max(1, (_WIDTH - column) // 3 + 1)
    if len(raw) <= first:
        return raw.hex(",")
    rest = (_WIDTH - _INDENT) // 3 + 1
    lines = [raw[:first], *[raw[at : at + rest] for at in range(first, len(raw), rest)]]
    return ",\\\n  ".join([line.hex(",") for line in lines])


def is_unfinished(text: str) -> bool:
    """Whether a value's line goes on in the next one: its bytes end with a backslash.

    Args:
        text: The line, or the lines so far, without the line break.
    """
    if not text.rpartition("\n")[2].rstrip(WHITE).endswith("\\"):
        return False
    name = _name.match(text)
    return name is not None and text.startswith("hex", name.end())


def parse_value(text: str) -> tuple[Value | None, str]:
    """The value of a line.

    Args:
        text: The line without blanks before it, with those that it goes on in.

    Returns:
        The value, and what is wrong.  None where not even the name can be read; where only the
        data cannot, Wine takes the value for an empty one without a type.
    """
    found = _name.match(text)
    if found is None:
        return None, "no name of a value, and a = behind it"
    named = found[1]
    name = unescaped(named) if named else ""
    at = found.end()
    for tag, kind in _TEXT_TAGS:
        if text.startswith(tag, at):
            body = _text.match(text, at + len(tag))
            if body is None:
                return Value(name, REG_NONE, b""), "a text without a closing quote"
            raw = f"{unescaped(body[1])}\0".encode("utf-16-le", "surrogatepass")
            return Value(name, kind, raw), ""
    if text.startswith(_DWORD, at):
        return Value(name, REG_DWORD, _dword(text, at + len(_DWORD))), ""
    return _hex_value(name, text, at)


def _dword(text: str, at: int) -> bytes:
    found = _number.match(text, at)
    number = int(found[2] or "0", 16) if found is not None else 0
    if found is not None and found[1] == "-":
        number = -number
    return (number & _MOST_TYPE).to_bytes(4, "little")


def _hex_value(name: str, text: str, at: int) -> tuple[Value, str]:
    found = _bytes.match(text, at)
    if found is None:
        return Value(name, REG_NONE, b""), "data of a kind that Wine does not know"
    kind = REG_BINARY
    if text.startswith("hex(", at):
        kind = int(found[1] or "0", 16) & _MOST_TYPE
    raw = _hex_bytes(text[found.end() :])
    if raw is None:
        return Value(name, REG_NONE, b""), "bytes that are none"
    return Value(name, kind, raw), ""


def _hex_bytes(text: str) -> bytes | None:
    """Bytes in hex; None where they are none, or end in the middle."""
    joined = text.replace(",\\\n  ", ",").rstrip(WHITE)
    if _plain.fullmatch(joined):
        return bytes.fromhex(joined.replace(",", ""))
    found = bytearray()
    lines = text.split("\n")
    for number, raw in enumerate(lines):
        line = raw.lstrip(WHITE)
        at = 0
        while (one := _byte.match(line, at)) is not None:
            byte = int(one[1], 16)
            if byte > 0xFF:  # noqa: PLR2004
                return None
            found.append(byte)
            at = one.end()
        is_last = number == len(lines) - 1
        if is_last != (line[at:].strip(WHITE) == "") or not (is_last or line[at] == "\\"):
            return None
    return bytes(found)
