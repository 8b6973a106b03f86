"""The two sums that guard a hive: XOR-32 over the base block, Marvin32 over log entries.

Source: msuhanov/regf for where each is used and for Marvin32's seed; Marvin32 itself is the
published algorithm: two 32-bit words, mixed once for each four bytes of input.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.regf.layout import BASE_CHECKSUM
from anyreg.regf.reads import read_i64_le, u32

_MASK: Final = 0xFFFFFFFF
_PADDING: Final = 0x80
_SEED_LOW: Final = 0x7A4E55C5
_SEED_HIGH: Final = 0x82EF4D88


def base_checksum(base: bytes) -> int:
    """The checksum that a base block must carry: XOR of its first 127 dwords.

    The results 0 and 0xFFFFFFFF are stored as 1 and 0xFFFFFFFE.

    Args:
        base: The base block, at least its first 508 bytes.
    """
    result: i64 = 0
    for at in range(0, BASE_CHECKSUM, 4):
        result ^= u32(base, at)
    if result == 0:
        return 1
    return 0xFFFFFFFE if result == _MASK else result


def marvin32(data: bytes, start: int = 0, end: int = -1) -> int:
    """Marvin32 of the bytes from start to end, as a 64-bit number.

    Args:
        data: Holds the bytes.
        start: Index of the first.
        end: Index behind the last; -1 is the end of data.  The length must be a multiple of 4,
            as all that a log hashes is.
    """
    low, high = _mixed_in(_SEED_LOW, _SEED_HIGH, data, start, end if end >= 0 else len(data))
    return _finished(low, high)


def marvin32_of_parts(parts: list[bytes]) -> int:
    """Marvin32 of bytes that stand in several pieces, each a multiple of 4 long."""
    low: i64 = _SEED_LOW
    high: i64 = _SEED_HIGH
    for part in parts:
        low, high = _mixed_in(low, high, part, 0, len(part))
    return _finished(low, high)


def _mixed_in(low: i64, high: i64, data: bytes, at: i64, stop: i64) -> tuple[i64, i64]:
    """The two words after the bytes from one index to another."""
    if (stop - at) & 3:
        raise ValueError("marvin32 takes a multiple of 4 bytes")
    # Two words are read at a time, and mixed one after the other: this loop is most of a commit.
    while at + 8 <= stop:
        words: i64 = read_i64_le(data, at)
        low = (low + words) & _MASK
        high ^= low
        low = ((low << 20 | low >> 12) + high) & _MASK
        high = (high << 9 | high >> 23) & _MASK ^ low
        low = ((low << 27 | low >> 5) + high) & _MASK
        high = (high << 19 | high >> 13) & _MASK
        low = (low + (words >> 32)) & _MASK
        high ^= low
        low = ((low << 20 | low >> 12) + high) & _MASK
        high = (high << 9 | high >> 23) & _MASK ^ low
        low = ((low << 27 | low >> 5) + high) & _MASK
        high = (high << 19 | high >> 13) & _MASK
        at += 8
    if at < stop:
        low, high = _mixed(low + u32(data, at), high)
    return low, high


def _finished(low: i64, high: i64) -> int:
    # Behind the last word stands the padding 0x80, and at the very end one round of nothing.
    low, high = _mixed(low + _PADDING, high)
    low, high = _mixed(low, high)
    return int(high) << 32 | int(low)


def _mixed(low: i64, high: i64) -> tuple[i64, i64]:
    """One round of mixing."""
    low &= _MASK
    high ^= low
    low = ((low << 20 | low >> 12) + high) & _MASK
    high = (high << 9 | high >> 23) & _MASK ^ low
    low = ((low << 27 | low >> 5) + high) & _MASK
    high = (high << 19 | high >> 13) & _MASK
    return low, high
