"""Numbers out of bytes, with librt and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.regf import _plain_reads, reads

librt = pytest.importorskip("librt.strings")

BYTES = bytes(range(0xF8, 0x100)) + bytes(8)
PAIRS = [
    (getattr(_plain_reads, name), getattr(librt, name))
    for name in ("read_i16_le", "read_i32_le", "read_i64_le")
]


def outcome(read: Callable[[bytes, int], int], data: bytes, at: int) -> object:
    """The number, or the kind of error."""
    try:
        return read(data, at)
    except (IndexError, ValueError) as error:
        return type(error)


@pytest.mark.parametrize(
    ("read", "number"),
    [
        (reads.u16, 0xF9F8),
        (reads.u32, 0xFBFAF9F8),
        (reads.i32, 0xFBFAF9F8 - (1 << 32)),
        (reads.u64, 0xFFFEFDFCFBFAF9F8),
    ],
)
def test_numbers_are_little_endian(read: Callable[[bytes, int], int], number: int) -> None:
    """The highest bit makes a number negative only where it is signed."""
    assert read(BYTES, 0) == number
    assert read(BYTES, 8) == 0


@pytest.mark.parametrize("read", [reads.u16, reads.u32, reads.i32, reads.u64])
def test_nothing_is_read_outside(read: Callable[[bytes, int], int]) -> None:
    """Beyond the end is an IndexError, in front of the start a ValueError."""
    assert outcome(read, BYTES, 15) is IndexError
    assert outcome(read, BYTES, 1 << 40) is IndexError
    assert outcome(read, BYTES, -1) is ValueError
    assert outcome(read, b"", 0) is IndexError


@pytest.mark.parametrize(("plain", "fast"), PAIRS)
@given(st.binary(max_size=20), st.integers(-5, 30))
def test_both_ways_of_reading_are_one(
    plain: Callable[[bytes, int], int], fast: Callable[[bytes, int], int], data: bytes, at: int
) -> None:
    """The same number or the same kind of error from librt and from its stand-in."""
    assert outcome(plain, data, at) == outcome(fast, data, at)
