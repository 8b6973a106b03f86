"""Numbers out of bytes, and back.

All of a hive is little-endian; none of the reads goes beyond the end.

Compiled, each is a bounds check and a load; plain, a call into librt.  The numbers pass through
int, and not through the call i64(), because that call costs plain Python more than all the rest.
"""

from __future__ import annotations

from mypy_extensions import i64

try:
    from librt.strings import read_i16_le, read_i32_le, read_i64_le
except ImportError:  # no build of librt for this system
    from anyreg.regf._plain_reads import read_i16_le, read_i32_le, read_i64_le

__all__ = ["dword", "i32", "read_i16_le", "read_i32_le", "read_i64_le", "u16", "u32", "u64", "word"]


def u16(data: bytes, at: i64) -> i64:
    """The unsigned 16-bit number at this index.

    Raises:
        IndexError: It would reach beyond the end.
        ValueError: The index is negative.
    """
    number: int = read_i16_le(data, at)
    return number & 0xFFFF


def u32(data: bytes, at: i64) -> i64:
    """The unsigned 32-bit number at this index; raises as u16 does."""
    number: int = read_i32_le(data, at)
    return number & 0xFFFFFFFF


def i32(data: bytes, at: i64) -> i64:
    """The signed 32-bit number at this index; raises as u16 does."""
    number: int = read_i32_le(data, at)
    return number


def u64(data: bytes, at: i64) -> int:
    """The unsigned 64-bit number at this index; raises as u16 does."""
    number: int = read_i64_le(data, at)
    return number if number >= 0 else number + (1 << 64)


def word(number: int) -> bytes:
    """The two bytes of an unsigned 16-bit number."""
    return number.to_bytes(2, "little")


def dword(number: int) -> bytes:
    """The four bytes of an unsigned 32-bit number."""
    return number.to_bytes(4, "little")
