"""Where the data of a value stands.

Up to four bytes stand in the value's record; up to 16,344 in a cell of their own; more in segments
of which a db record names the list, or, in versions without these, in one cell whose size is a
power of two.

Source: the public specification of the format, as `layout` has it.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.regf.cells import cell_size
from anyreg.regf.layout import (
    CELL_HEADER,
    DATA_INLINE,
    DATA_INLINE_MOST,
    MINOR_BIG_DATA,
    SEGMENT,
)

_ROUNDED_FROM: Final = 16384  # cells over this are rounded up to a power of two without segments
_MOST_SEGMENTS: Final = 65535
_MOST_SINGLE: Final = 1 << 30


def most_data(minor: i64) -> i64:
    """How many bytes of data a value can have in a hive of this minor version."""
    return _MOST_SEGMENTS * SEGMENT if minor >= MINOR_BIG_DATA else _MOST_SINGLE


def size_field(size: i64) -> i64:
    """What a record says of the size of its data: that, and whether it stands in the record."""
    return size | DATA_INLINE if size <= DATA_INLINE_MOST else size


def inline_data(raw: bytes) -> i64:
    """Data of up to four bytes as the number that stands in its record."""
    number: i64 = 0
    at: i64 = 0
    for byte in raw:
        number |= byte << at
        at += 8
    return number


def is_segmented(size: i64, minor: i64) -> bool:
    """Whether data of so many bytes stands in segments in a hive of this minor version."""
    return size > SEGMENT and minor >= MINOR_BIG_DATA


def segment_count(size: i64) -> i64:
    """How many segments so many bytes of data take."""
    return (size + SEGMENT - 1) // SEGMENT


def segments(raw: bytes) -> list[bytes]:
    """Data cut into segments; the cell of each has room for SEGMENT bytes, also the last one's."""
    return [raw[at : at + SEGMENT] for at in range(0, len(raw), SEGMENT)]


def data_room(size: i64) -> i64:
    """The bytes of the payload of the one cell that data of so many bytes is given.

    Data so large that the cell is rounded comes in versions without segments only.
    """
    room = cell_size(size)
    if room > _ROUNDED_FROM:
        most: int = room - 1
        room = 1 << most.bit_length()
    return room - CELL_HEADER
