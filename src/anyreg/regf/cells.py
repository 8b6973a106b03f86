"""Cells: the units that tile a bin, each behind a signed 32-bit size.

The size counts itself, is a multiple of 8, and is negative while the cell is in use.

Source: the public specification of the format, as `layout` has it.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.regf.layout import (
    BIN_HEADER,
    BIN_SIGNATURE,
    BIN_SIZE,
    CELL_ALIGN,
    CELL_HEADER,
    PAGE,
)
from anyreg.regf.reads import dword
from anyreg.regf.writes import BytesWriter, put_i32

_ZEROS: Final = [bytes(count) for count in range(CELL_ALIGN)]


def cell_size(payload: i64) -> i64:
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


def put_cell_header(out: BytesWriter, size: i64) -> None:
    """Add what a cell in use of this many bytes begins with."""
    put_i32(out, -size)


def put_cell_end(out: BytesWriter, payload: i64) -> None:
    """Add the zeros that end the smallest cell for a payload of this many bytes."""
    out.write(_ZEROS[-(payload + CELL_HEADER) & (CELL_ALIGN - 1)])


def put_free_cell(out: BytesWriter, size: i64) -> None:
    """Add a free cell of this many bytes."""
    put_i32(out, size)
    out.write(bytes(size - CELL_HEADER))


def bin_size(cells: i64) -> i64:
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


def emptied_bin(page: bytes, size: int) -> bytes:
    """The first page of a bin that is one free cell, whatever stands inside.

    Args:
        page: The page as it is; what means nothing stays.
        size: Bytes of the bin from now on.
    """
    header = page[:BIN_SIZE] + dword(size) + page[BIN_SIZE + 4 : BIN_HEADER]
    return header + dword(size - BIN_HEADER) + page[BIN_HEADER + CELL_HEADER :]
