"""Cells whose size makes no sense, though the record in them does: one flipped bit is enough.

A record says how long it is, so the size of its cell is known without it, but for the room that
some have to spare.  It is believed where cells go on behind it to the end of the bin.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import Image
from anyreg.errors import CorruptHiveError
from anyreg.regf.layout import BIN_SIGNATURE, CELL_ALIGN, CELL_HEADER, PAGE
from anyreg.regf.reads import i32, u16

SPARE: Final = 512  # bytes of room behind a list or data that are tried
_CELLS: Final = 600  # more than a bin of a page has


def length_of(image: Image, cell: i64, need: i64, name_at: i64) -> i64:
    """Bytes of a record, out of itself; -1 where the hive ends before it.

    Args:
        image: The bins.
        cell: Its cell.
        need: Bytes of what it begins with.
        name_at: Where it says how long the name is that follows; 0 where none does.
    """
    if cell % CELL_ALIGN or cell + CELL_HEADER + need > image.size:
        return -1
    if name_at:
        need += u16(image.read(cell + CELL_HEADER, need), name_at)
    return need if cell + CELL_HEADER + need <= image.size else -1


def is_whole(image: Image, cell: i64, need: i64, spare: i64) -> bool:
    """Whether cells go on behind a record of so many bytes, or of up to so many more."""
    first = (cell + CELL_HEADER + need + CELL_ALIGN - 1) & -CELL_ALIGN
    for end in range(first, min(first + spare, image.size) + 1, CELL_ALIGN):
        if _goes_on(image, end):
            return True
    return False


def _goes_on(image: Image, at: i64) -> bool:
    try:
        for _ in range(_CELLS):
            if at == image.size:
                return True
            head = image.read(at, 4)
            if at % PAGE == 0 and head == BIN_SIGNATURE:
                return True
            size: i64 = i32(head, 0)
            if size < 0:
                size = -size
            if size < CELL_ALIGN or size % CELL_ALIGN or size > image.size - at:
                return False
            at += size
    except CorruptHiveError:
        pass
    return False
