"""Little-endian reads without librt, for systems that have no build of it."""

from __future__ import annotations

from struct import Struct

_I16 = Struct("<h")
_I32 = Struct("<i")
_I64 = Struct("<q")


def read_i16_le(data: bytes, at: int, /) -> int:
    """The signed 16-bit number at this index."""
    return _unpack(_I16, data, at)


def read_i32_le(data: bytes, at: int, /) -> int:
    """The signed 32-bit number at this index."""
    return _unpack(_I32, data, at)


def read_i64_le(data: bytes, at: int, /) -> int:
    """The signed 64-bit number at this index."""
    return _unpack(_I64, data, at)


def _unpack(layout: Struct, data: bytes, at: int) -> int:
    """Read as librt does: an index out of the bytes is an IndexError, one below 0 a ValueError."""
    if at < 0:
        raise ValueError("index must be non-negative")
    if at + layout.size > len(data):
        raise IndexError("index out of range")
    number: int = layout.unpack_from(data, at)[0]
    return number
