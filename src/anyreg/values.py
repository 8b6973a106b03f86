"""Values: a name, a type number and bytes, and what they mean in Python.

The bytes are the truth: they are kept as they are, whatever the type says.  `Value.data` reads
them the way Windows' programs do, and never fails: bytes that do not fit their type are given
back as bytes.

Source: the meaning of the types is Microsoft's documentation; how odd strings and lists are read
follows the winreg module of CPython.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.errors import ValueTypeError
from anyreg.names import decode_utf16
from anyreg.types import (
    NUMBERS,
    REG_BINARY,
    REG_DWORD,
    REG_EXPAND_SZ,
    REG_LINK,
    REG_MULTI_SZ,
    REG_QWORD,
    REG_SZ,
    TEXTS,
    ExpandString,
    Link,
    QWord,
    Raw,
    type_name,
    type_number,
)

Data = str | int | bytes | list[str]
"""What a value can hold in Python; encode() takes the classes of anyreg.types besides."""

_READ: Final = frozenset((*TEXTS, REG_MULTI_SZ, *NUMBERS))  # whose bytes are read as something
_SHORTEST: Final = 4  # bytes of a character and a NUL


@mypyc_attr(acyclic=True)  # Python need not look for circles of these, and there are many
class Value:
    """One value of a key, exactly as stored.

    Attributes:
        name: The value's name; "" is the default value.
        type: The type number, any 32-bit number (see anyreg.types.ValueType).
        raw: The stored bytes.
    """

    __slots__ = ("name", "raw", "type")

    def __init__(self, name: str, type: int, raw: bytes) -> None:
        self.name = name
        self.type = type
        self.raw = raw

    @property
    def type_name(self) -> str:
        """The type's name, such as "REG_SZ", or its number in hex."""
        return type_name(self.type)

    @property
    def data(self) -> Data:
        """The bytes as Python data: str, int, list of str, or bytes where nothing else fits."""
        return decode(self.type, self.raw)

    def expand(self, environment: Mapping[str, str] | None = None) -> str:
        """The text with its %VARIABLES% replaced, names compared without case.

        Args:
            environment: Where the variables come from; the process's own by default.

        Raises:
            TypeError: The value holds no single text.
        """
        text = self.data
        if not isinstance(text, str):
            raise TypeError(f"{self.type_name} is not a text that could be expanded")
        return expand(text, os.environ if environment is None else environment)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Value)
            and self.name == other.name
            and self.type == other.type
            and self.raw == other.raw
        )

    def __hash__(self) -> int:
        return hash((self.name, self.type, self.raw))

    def __repr__(self) -> str:
        return f"Value(name={self.name!r}, type={self.type_name}, data={self.data!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return Value, (self.name, self.type, self.raw)


def decode(type: int, raw: bytes) -> Data:
    r"""The Python data that a value's bytes stand for.

    Args:
        type: The type number.
        raw: The stored bytes.

    Returns:
        str for REG_SZ, REG_EXPAND_SZ and REG_LINK (up to the first NUL), int for the numbers of
        the right size, list of str for REG_MULTI_SZ, else the bytes.

    Examples:
        >>> decode(7, b"a\0\0\0b\0\0\0\0\0")
        ['a', 'b']
    """
    if type == REG_SZ or type == REG_EXPAND_SZ or type == REG_LINK:
        return decode_utf16(raw).partition("\0")[0]
    if type == REG_MULTI_SZ:
        return _decode_strings(raw)
    number = NUMBERS.get(type)
    if number is not None and number[0] == len(raw):
        return int.from_bytes(raw, number[1])
    return raw


def whole_text(raw: bytes) -> str:
    """A stored text with what stands behind its first NUL, which Windows' programs do not see.

    Args:
        raw: The stored bytes.
    """
    return decode_utf16(raw).rstrip("\0")


def typed_text(value: Value) -> str | None:
    """The text of a value whose type Windows has no name for; None where it holds none.

    Such are the properties of devices, with 0xffff0012 for a text.  A text is UTF-16 that a NUL
    ends, without control characters.

    Args:
        value: The value.
    """
    raw = value.raw
    if value.type <= REG_QWORD or len(raw) < _SHORTEST or len(raw) % 2 or raw[-2:] != b"\0\0":
        return None
    text = decode_utf16(raw).rstrip("\0")
    return text if text.isprintable() and text else None


def _decode_strings(raw: bytes) -> list[str]:
    """The strings of a REG_MULTI_SZ; empty ones are kept, a missing last NUL is forgiven."""
    text = decode_utf16(raw)
    if text.endswith("\0"):
        text = text[:-1]
    if not text:
        return []
    return (text[:-1] if text.endswith("\0") else text).split("\0")


def encode(data: object) -> tuple[int, bytes]:
    r"""The type and bytes that Python data is stored as.

    Args:
        data: str, int (0 to 2**32 - 1), bytes, a list or tuple of str, or one of QWord,
            ExpandString, Link and Raw.

    Returns:
        The type number and the bytes.

    Raises:
        TypeError: No type stands for this Python kind.
        ValueError: A number that does not fit, or a NUL inside a string of a list.

    Examples:
        >>> encode("x")
        (1, b'x\x00\x00\x00')
    """
    if isinstance(data, Raw):
        return data.type, data.raw
    if isinstance(data, Link):
        return REG_LINK, data.encode("utf-16-le", "surrogatepass")
    if isinstance(data, str):
        kind = REG_EXPAND_SZ if isinstance(data, ExpandString) else REG_SZ
        return kind, _terminated(data)
    if isinstance(data, QWord):  # asked here, while it is an object: a typed int is no QWord
        return REG_QWORD, _number_bytes(data, REG_QWORD)
    if isinstance(data, int):
        return REG_DWORD, _number_bytes(data, REG_DWORD)
    if isinstance(data, (bytes, bytearray, memoryview)):
        return REG_BINARY, bytes(data)
    if isinstance(data, (list, tuple)):
        return REG_MULTI_SZ, _encode_strings(data)
    raise TypeError(f"no registry type stands for {type(data).__name__}; use Raw(type, bytes)")


def encode_over(data: object, before: Value | None) -> tuple[int, bytes]:
    """As encode(), keeping the type of a value that is there.

    Args:
        data: As in encode(); the classes of anyreg.types bring a type of their own.
        before: The value that the data replaces, None where there is none.

    Raises:
        ValueTypeError: The type that is there is for data of another kind.
    """
    if before is None or isinstance(data, (QWord, ExpandString, Link, Raw)):
        return encode(data)
    kind = before.type
    if isinstance(data, bytes) and isinstance(before.data, bytes):
        return kind, data  # it holds bytes already, whatever its type is for
    try:
        return kind, encode_as(data, kind)
    except ValueTypeError as error:
        raise ValueTypeError(
            f"value {before.name!r} is {error.expected}, and the data is {error.actual}: give a "
            "type, such as type=..., QWord() or Raw(), to change it",
            expected=error.expected,
            actual=error.actual,
        ) from None


def encode_as(data: object, kind: int) -> bytes:
    r"""The bytes that Python data is stored as under a type.

    Args:
        data: As in encode().
        kind: The type's number.

    Raises:
        ValueTypeError: The type is for data of another kind.
        ValueError: As encode().

    Examples:
        >>> encode_as(1, 11)
        b'\x01\x00\x00\x00\x00\x00\x00\x00'
    """
    if isinstance(data, str):
        if kind == REG_SZ or kind == REG_EXPAND_SZ:
            return _terminated(data)
        if kind == REG_LINK:
            return data.encode("utf-16-le", "surrogatepass")
    elif isinstance(data, int):
        if kind in NUMBERS:
            return _number_bytes(data, kind)
    elif isinstance(data, Raw):
        if kind == data.type:
            return data.raw
    elif isinstance(data, (list, tuple)):
        if kind == REG_MULTI_SZ:
            return _encode_strings(data)
    elif isinstance(data, (bytes, bytearray, memoryview)) and kind not in _READ:
        return bytes(data)
    actual, _ = encode(data)
    expected = type_name(kind)
    raise ValueTypeError(
        f"{expected} is for other data than {type_name(actual)}; Raw() stores any bytes",
        expected=expected,
        actual=type_name(actual),
    )


def of_type(data: object, kind: int | str) -> Raw:
    """Data under a type of your choice, whatever stands there.

    Args:
        data: As in encode().
        kind: The type, by number or name.

    Raises:
        ValueTypeError: The type is for data of another kind.
        ValueError: There is no such type, or as encode().
    """
    number = type_number(kind)
    return Raw(number, encode_as(data, number))


def _terminated(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass") + b"\0\0"


def _number_bytes(number: int, kind: int) -> bytes:
    size, order = NUMBERS[kind]
    if number < 0 or number >> (8 * size):
        more = "; QWord() is 64 bits" if kind == REG_DWORD else ""
        raise ValueError(f"{number} does not fit {type_name(kind)} (0 to 2**{8 * size} - 1){more}")
    return number.to_bytes(size, order)


def _encode_strings(strings: list[object] | tuple[object, ...]) -> bytes:
    pieces: list[bytes] = []
    for text in strings:
        if not isinstance(text, str):
            raise TypeError(f"REG_MULTI_SZ takes strings only, not {type(text).__name__}")
        if "\0" in text:
            raise ValueError("a string of REG_MULTI_SZ cannot hold a NUL")
        pieces.append(_terminated(text))
    pieces.append(b"\0\0")
    return b"".join(pieces)


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Replace %NAME% by the variable's text, as ExpandEnvironmentStrings does.

    Names are compared without case; an unknown name and a lone % stay as they are; what a
    variable holds is not expanded again.
    """
    known = {name.upper(): value for name, value in environment.items()}
    pieces = text.split("%")
    result = [pieces[0]]
    at = 1
    while at < len(pieces):
        value = known.get(pieces[at].upper()) if at + 1 < len(pieces) and pieces[at] else None
        if value is None:
            result.append("%" + pieces[at])
            at += 1
        else:
            result.append(value + pieces[at + 1])
            at += 2
    return "".join(result)


class Node:
    """What every world tells of a key at once: the handle that backends give out.

    Attributes:
        name: The key's name as stored; "" for the root of a registry.
        last_written: The FILETIME of its last change.
    """

    __slots__ = ("last_written", "name")

    def __init__(self, name: str, last_written: int) -> None:
        self.name = name
        self.last_written = last_written
