"""Values as reg.exe prints them, and as it reads them.

What reg.exe makes of words, as Wine's tests pin it on Windows: a REG_NONE holds text, a
REG_DWORD_BIG_ENDIAN is stored and shown as any other number, a REG_QWORD may be left out or
negative, and a separator is one character.
"""

from __future__ import annotations

import re

from anyreg.cli.output import emit, printable
from anyreg.cli.reg.options import invalid_syntax
from anyreg.types import NULS, NUMBERS, ValueType, type_name
from anyreg.values import Value, decode
from anyreg.winapi.conversions import to_raw

DEFAULT = "(Default)"
UNSET = "(value not set)"
SEPARATOR = "\\0"

_OTHER_NAMES = {"REG_DWORD_LITTLE_ENDIAN": ValueType.REG_DWORD}

_number_word = re.compile(r"(?P<hex>0[xX][0-9a-fA-F]+)|[+-]?[0-9]+", re.ASCII)


def emit_value(value: Value, *, separator: str = SEPARATOR, number: bool = False) -> None:
    """Print a value's line.

    Args:
        value: The value.
        separator: What stands between the strings of a REG_MULTI_SZ.
        number: Print the number of the type behind its name.
    """
    emit_line(value.name or DEFAULT, value.type, data_text(value, separator), number=number)


def emit_line(name: str, type: int, data: str, *, number: bool = False) -> None:
    """Print a line of name, type and data."""
    kind = f"{type_name(type)} ({type})" if number else type_name(type)
    emit(f"    {printable(name)}    {kind}    {printable(data)}")


def data_text(value: Value, separator: str = SEPARATOR) -> str:
    """The data as text: numbers in hex, bytes as digits."""
    if value.type == ValueType.REG_DWORD_BIG_ENDIAN:
        value = Value(value.name, ValueType.REG_DWORD, value.raw)
    data = decode(value.type, value.raw)
    if isinstance(data, list):
        return separator.join(data)
    if isinstance(data, int):
        return f"0x{data:x}"
    return data if isinstance(data, str) else data.hex().upper()


def type_number(name: str | None) -> int:
    """The number of a type; REG_SZ where none was given.

    Raises:
        RegError: There is none of the name.
    """
    word = "REG_SZ" if name is None else name.upper()
    try:
        return _OTHER_NAMES.get(word) or ValueType[word]
    except KeyError:
        raise invalid_syntax() from None


def raw_of(type: int, data: str | None, separator: str = SEPARATOR) -> bytes:
    """The bytes of data that was typed.

    Raises:
        RegError: It does not fit the type.
    """
    if NULS.get(type) == 1:
        return to_raw(type, data)
    if type == ValueType.REG_NONE:
        return to_raw(ValueType.REG_SZ, data)
    if type == ValueType.REG_MULTI_SZ:
        return to_raw(type, _strings(data or "", separator))
    if type in NUMBERS:
        return _number(data, type)
    if type == ValueType.REG_BINARY:
        return _bytes(data or "")
    raise invalid_syntax()


def _strings(data: str, separator: str) -> list[str]:
    """The strings of a list; one separator may end it, and alone it is one empty string."""
    strings = data.removesuffix(separator).split(separator) if data else []
    if "" in strings and data != separator:
        raise invalid_syntax()
    return strings


def _number(data: str | None, type: int) -> bytes:
    size, _ = NUMBERS[type]
    if data == "" or (data is None and type == ValueType.REG_QWORD):
        return bytes(size)
    found = _number_word.fullmatch(data or "")
    if found is None:
        raise invalid_syntax()
    number = int(found[0], 16 if found["hex"] else 10)
    is_negative = type == ValueType.REG_QWORD and number < 0  # counts from the end
    if abs(number) >> (8 * size) or (number < 0 and not is_negative):
        raise invalid_syntax()
    return (number % (1 << (8 * size))).to_bytes(size, "little")


def _bytes(digits: str) -> bytes:
    """Digits in pairs; a single one is the low half of the first byte."""
    if any(character.isspace() for character in digits):
        raise invalid_syntax()
    try:
        return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)
    except ValueError:
        raise invalid_syntax() from None
