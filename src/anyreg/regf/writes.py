"""Bytes put together from numbers: librt's writer, which mypyc compiles to plain stores.

All of a hive is little-endian.  The numbers pass through int, as in anyreg.regf.reads.
"""

from __future__ import annotations

from mypy_extensions import i64

try:
    from librt.strings import BytesWriter, write_i16_le, write_i32_le, write_i64_le
except ImportError:  # no build of librt for this system
    from anyreg.regf._plain_writes import (  # type: ignore[assignment]
        BytesWriter,
        write_i16_le,
        write_i32_le,
        write_i64_le,
    )

__all__ = ["BytesWriter", "put_i32", "put_u16", "put_u32", "put_u64"]


def put_u16(writer: BytesWriter, number: i64) -> None:
    """Add the two bytes of an unsigned 16-bit number."""
    signed: int = (number ^ 0x8000) - 0x8000
    write_i16_le(writer, signed)


def put_u32(writer: BytesWriter, number: i64) -> None:
    """Add the four bytes of an unsigned 32-bit number."""
    signed: int = (number ^ 0x80000000) - 0x80000000
    write_i32_le(writer, signed)


def put_i32(writer: BytesWriter, number: i64) -> None:
    """Add the four bytes of a signed 32-bit number."""
    signed: int = number
    write_i32_le(writer, signed)


def put_u64(writer: BytesWriter, number: int) -> None:
    """Add the eight bytes of an unsigned 64-bit number."""
    write_i64_le(writer, number if number < 1 << 63 else number - (1 << 64))
