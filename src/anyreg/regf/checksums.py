"""The two sums that guard a hive: XOR-32 over the base block, Marvin32 over log entries.

Source: msuhanov/regf for where each is used and for Marvin32's seed; Marvin32 itself is the
published algorithm: two 32-bit words, mixed once for each four bytes of input.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i32, i64

from anyreg.regf.layout import BASE_CHECKSUM
from anyreg.regf.reads import read_i32_le, u32

_MASK: Final = 0xFFFFFFFF
_PADDING: Final = b"\x80" + bytes(7)
_SEED_LOW: Final = 0x7A4E55C5
_SEED_HIGH: Final = 0x82EF4D88 - (1 << 32)  # as a signed word
_IS_COMPILED: Final = not __file__.endswith(".py")
_WHOLE: Final = -1 if _IS_COMPILED else _MASK  # all bits of a word


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
    stop = end if end >= 0 else len(data)
    low, high = _mixed_in(_SEED_LOW, _SEED_HIGH, data, start, stop)
    return _finished(low, high)  # a call with a star would go through the interpreter


def marvin32_of_parts(parts: list[bytes]) -> int:
    """Marvin32 of bytes that stand in several pieces, each a multiple of 4 long."""
    low, high = _SEED_LOW, _SEED_HIGH
    for part in parts:
        low, high = _mixed_in(low, high, part, 0, len(part))
    return _finished(low, high)


def _mixed_in(low: i32, high: i32, data: bytes, at: i64, stop: i64) -> tuple[i32, i32]:
    """The two words of 32 bits after the bytes from one index to another.

    This loop is most of a commit.  Compiled, a word is 32 bits wide and wraps; plain, it grows,
    and is cut once a round: each step waits for the one before, so compiled code does without.
    Shifts to the right take from the lower 32 bits alone.
    """
    if (stop - at) & 3:
        raise ValueError("marvin32 takes a multiple of 4 bytes")
    grows = not _IS_COMPILED
    whole: i32 = _WHOLE
    while at < stop:
        low += read_i32_le(data, at)
        high ^= low
        low = (low << 20 | low >> 12 & 0xFFFFF) + high
        high = (high << 9 | high >> 23 & 0x1FF) ^ low
        low = (low << 27 | low >> 5 & 0x7FFFFFF) + high
        high = high << 19 | high >> 13 & 0x7FFFF
        if grows:
            low &= whole
            high &= whole
        at += 4
    return low, high


def _finished(low: i32, high: i32) -> int:
    """The hash: behind the last word stands the padding, and at the very end a round of nothing."""
    low, high = _mixed_in(low, high, _PADDING, 0, len(_PADDING))
    return (int(high) & _MASK) << 32 | int(low) & _MASK
