"""Values as reg.exe prints them, and as it reads them."""

from __future__ import annotations

from anyreg.cli.output import emit, printable
from anyreg.cli.reg.options import invalid_syntax
from anyreg.types import ValueType, type_name
from anyreg.values import Value, decode
from anyreg.winapi.conversions import to_raw

DEFAULT = "(Default)"
UNSET = "(value not set)"
SEPARATOR = "\\0"

_TEXTS = (ValueType.REG_SZ, ValueType.REG_EXPAND_SZ)
_NUMBERS = {ValueType.REG_DWORD: 4, ValueType.REG_QWORD: 8, ValueType.REG_DWORD_BIG_ENDIAN: 4}
_BYTES = (ValueType.REG_BINARY, ValueType.REG_NONE)


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
    try:
        return ValueType[(name or "REG_SZ").upper()]
    except KeyError:
        raise invalid_syntax() from None


def raw_of(type: int, data: str | None, separator: str = SEPARATOR) -> bytes:
    """The bytes of data that was typed.

    Raises:
        RegError: It does not fit the type.
    """
    try:
        if type in _TEXTS:
            return to_raw(type, data)
        if type == ValueType.REG_MULTI_SZ:
            return to_raw(type, _strings(data or "", separator))
        if type in _NUMBERS:
            return _number(data or "", _NUMBERS[ValueType(type)], type)
        if type in _BYTES:
            return bytes.fromhex(_even(data or ""))
    except ValueError:
        raise invalid_syntax() from None
    raise invalid_syntax()


def _strings(data: str, separator: str) -> list[str]:
    """The strings of a list; empty ones cannot be typed, but one separator may end it."""
    strings = data.removesuffix(separator).split(separator) if data else []
    if "" in strings:
        raise invalid_syntax()
    return strings


def _number(data: str, size: int, type: int) -> bytes:
    number = int(data, 16 if data.lower().startswith("0x") else 10)
    if number < 0 or number >> (8 * size):
        raise invalid_syntax()
    order = "big" if type == ValueType.REG_DWORD_BIG_ENDIAN else "little"
    return number.to_bytes(size, "big" if order == "big" else "little")


def _even(digits: str) -> str:
    """Digits in pairs; a single one is the low half of the first byte."""
    if any(letter.isspace() for letter in digits):
        raise invalid_syntax()
    return digits if len(digits) % 2 == 0 else "0" + digits
