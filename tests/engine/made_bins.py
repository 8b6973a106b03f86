"""Bins made by hand, from the format page alone."""

from __future__ import annotations

import struct

from anyreg.engine.bins import BinMap
from anyreg.engine.cell_changes import CellChanges
from anyreg.engine.free_space import FreeSpace
from anyreg.engine.image import BytesSource, Image

PAGE = 4096


def header(at: int, size: int) -> bytes:
    return struct.pack("<4sII", b"hbin", at, size).ljust(32, b"\0")


def bin_of(at: int, *cells: tuple[int, bytes], size: int = PAGE) -> bytes:
    """A bin with these cells (size, payload), the rest of it free."""
    data = header(at, size)
    for length, payload in cells:
        data += struct.pack("<i", length) + payload.ljust(abs(length) - 4, b"\0")
    rest = size - len(data)
    return data + (struct.pack("<i", rest).ljust(rest, b"\0") if rest else b"")


def begun(*bins: bytes) -> CellChanges:
    """A transaction over an image of these bins."""
    data = b"".join(bins)
    image = Image(BytesSource(data), len(data))
    known = BinMap(image)
    space = FreeSpace(image, known)
    changes = CellChanges(image, known, space)
    changes.restart(image, known, space)
    return changes
