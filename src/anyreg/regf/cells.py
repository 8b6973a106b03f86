"""Cells: the units that tile a bin, each behind a signed 32-bit size.

The size counts itself, is a multiple of 8, and is negative while the cell is in use.

Source: the public specification of the format, as `layout` has it.
"""

from __future__ import annotations

from anyreg.regf.layout import (
    BIN_HEADER,
    BIN_SIGNATURE,
    CELL_ALIGN,
    CELL_HEADER,
    PAGE,
)


def cell_size(payload: int) -> int:
    """Bytes of the smallest cell that holds a payload of this many bytes."""
    return (payload + CELL_HEADER + CELL_ALIGN - 1) & -CELL_ALIGN


def build_cell(payload: bytes, size: int = 0) -> bytes:
    """A cell in use, filled up with zeros.

    Args:
        payload: What it holds.
        size: Bytes of the cell where it shall be larger than needed.
    """
    size = size or cell_size(len(payload))
    return (-size).to_bytes(4, "little", signed=True) + payload.ljust(size - CELL_HEADER, b"\0")


def build_free_cell(size: int) -> bytes:
    """A free cell of this many bytes, zeros inside."""
    return size.to_bytes(4, "little").ljust(size, b"\0")


def bin_size(cells: int) -> int:
    """Bytes of the smallest bin whose cells take this many bytes."""
    return (BIN_HEADER + cells + PAGE - 1) & -PAGE


def build_bin_header(offset: int, size: int, last_written: int = 0) -> bytes:
    """The 32 bytes that open a bin.

    Args:
        offset: Where the bin stands, counted from the first bin.
        size: Bytes of the bin.
        last_written: FILETIME; Windows sets it in the first bin only.
    """
    return (
        BIN_SIGNATURE
        + offset.to_bytes(4, "little")
        + size.to_bytes(4, "little")
        + bytes(8)
        + last_written.to_bytes(8, "little")
        + bytes(4)
    )
