r"""Value data as plain text and numbers, wherever that loses nothing.

A value's bytes often say more than its data shows: a text may lack its NUL, or have something
behind it.  Data counts as readable if turning it into bytes again gives the very bytes that are
stored; everything else is shown in hex.  So a reader needs the type and the data, and nothing is
ever lost.
"""

from __future__ import annotations

from anyreg.errors import ValueTypeError
from anyreg.values import Data, Value, encode_as

Readable = str | int | list[str]
"""What readable data is: a text, a number, or a list of texts."""


def readable(value: Value) -> Readable | None:
    r"""The value's data, or None where it does not tell all of its bytes.

    >>> readable(Value("", 1, b"x\0\0\0")), readable(Value("", 1, b"x\0"))
    ('x', None)
    """
    data = value.data
    if isinstance(data, bytes) or data_bytes(value.type, data) != value.raw:
        return None
    return data


def data_bytes(type: int, data: Data) -> bytes:
    r"""The bytes that readable data of a type stands for.

    Args:
        type: The type number.
        data: What readable() gave, or bytes, which are given back.

    Raises:
        ValueError: Data of this kind does not belong to the type, or does not fit it.

    >>> data_bytes(5, 1)
    b'\x00\x00\x00\x01'
    """
    if isinstance(data, bytes):
        return data
    try:
        return encode_as(data, type)
    except ValueTypeError as error:
        raise ValueError(f"a value of type {type} cannot hold {data!r}") from error
    except ValueError as error:
        if isinstance(data, int):
            raise ValueError(f"{data} does not fit a value of type {type}") from error
        raise


def hex_bytes(digits: str) -> bytes | None:
    r"""The bytes that hex stands for, or None where it is not two digits for each byte alone.

    >>> hex_bytes("0aFF"), hex_bytes("0a ff"), hex_bytes("0")
    (b'\n\xff', None, None)
    """
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        return None
    return raw if len(raw) * 2 == len(digits) else None
