r"""Between the bytes of a value and Python objects, exactly as CPython's winreg does it.

Reading never fails.  A text ends at its first NUL.  The strings of a REG_MULTI_SZ each end at
their NUL; the NUL that ends the list, and one string of no characters before the end of the bytes,
are kept apart as CPython does.  No bytes at all are None where a type holds bytes or a list.
A number reads 4 or 8 bytes; where fewer are stored, CPython reads beyond them, and zeros are read
here.
"""

from __future__ import annotations

from typing import Final

from anyreg.names import decode_utf16
from anyreg.types import REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ, REG_QWORD, REG_SZ

_BAD_DATA: Final = "Could not convert the data to the specified type."


def to_python(type: int, raw: bytes) -> object:
    """What winreg gives for a value: str, int, list of str, bytes, or None."""
    if type == REG_SZ or type == REG_EXPAND_SZ:
        return decode_utf16(raw).partition("\0")[0]
    if type == REG_DWORD:
        return int.from_bytes(raw[:4], "little")
    if type == REG_QWORD:
        return int.from_bytes(raw[:8], "little")
    if not raw:
        return None
    if type == REG_MULTI_SZ:
        return _strings(decode_utf16(raw))
    return raw


def _strings(text: str) -> list[str]:
    r"""The strings of a REG_MULTI_SZ; the last NUL ends the list, if anything ends it.

    >>> _strings("a\0\0b\0\0"), _strings("\0\0"), _strings("\0"), _strings("a")
    (['a', '', 'b'], [''], [], ['a'])
    """
    strings = text.removesuffix("\0").split("\0")
    if not strings[-1]:  # behind the NUL of the last string
        strings.pop()
    return strings


def to_raw(type: int, value: object) -> bytes:
    """The bytes that SetValueEx stores.

    Raises:
        ValueError: The type takes another kind of object.
        TypeError: The object gives no bytes.
        OverflowError: The number does not fit.
    """
    if type == REG_SZ or type == REG_EXPAND_SZ:
        return _text(value)
    if type == REG_DWORD:
        return _number(value, 4)
    if type == REG_QWORD:
        return _number(value, 8)
    if type == REG_MULTI_SZ:
        return _text_list(value)
    if value is None:
        return b""
    return value if isinstance(value, bytes) else _buffer(value)


def _text(value: object) -> bytes:
    if value is None:
        return b"\0\0"
    if not isinstance(value, str):
        raise ValueError(_BAD_DATA)
    return value.encode("utf-16-le", "surrogatepass") + b"\0\0"


def _number(value: object, size: int) -> bytes:
    if value is None:
        return bytes(size)
    if not isinstance(value, int):
        raise ValueError(_BAD_DATA)
    number: int = value
    if number < 0:
        kind = "value to unsigned int" if size == 4 else "int to unsigned"
        raise OverflowError(f"can't convert negative {kind}")
    if number >> (8 * size):
        raise OverflowError(
            "Python int too large to convert to C unsigned long"
            if size == 4
            else "int too big to convert"
        )
    return number.to_bytes(size, "little")


def _text_list(value: object) -> bytes:
    if value is None:
        return b"\0\0"
    if not isinstance(value, list):
        raise ValueError(_BAD_DATA)
    pieces: list[bytes] = []
    for text in value:
        if not isinstance(text, str):
            raise ValueError(_BAD_DATA)
        pieces.append(text.encode("utf-16-le", "surrogatepass") + b"\0\0")
    pieces.append(b"\0\0")
    return b"".join(pieces)


def _buffer(value: object) -> bytes:
    try:
        view = memoryview(value)  # type: ignore[arg-type]  # asked of the object itself
    except TypeError:
        kind = value.__class__.__name__
        raise TypeError(
            f"Objects of type '{kind}' can not be used as binary registry values"
        ) from None
    if not view.c_contiguous:
        raise BufferError("memoryview: underlying buffer is not C-contiguous")
    return view.tobytes()
