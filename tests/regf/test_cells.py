"""Cells and bins as bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.regf.cells import (
    bin_size,
    build_bin_header,
    build_cell,
    build_free_cell,
    cell_size,
    emptied_bin,
    put_cell_end,
    put_cell_header,
    put_free_cell,
)
from anyreg.regf.writes import BytesWriter


@pytest.mark.parametrize(("payload", "size"), [(0, 8), (1, 8), (4, 8), (5, 16), (12, 16), (13, 24)])
def test_a_cell_counts_its_size_and_is_a_multiple_of_eight(payload: int, size: int) -> None:
    """Four bytes of size, then the payload, rounded up."""
    assert cell_size(payload) == size


def test_a_used_cell_has_a_negative_size() -> None:
    """Behind the size stands the payload, then zeros."""
    assert build_cell(b"abcde") == struct.pack("<i", -16) + b"abcde" + bytes(7)


def test_a_cell_can_be_larger_than_it_must() -> None:
    """Room to grow is zeros."""
    assert build_cell(b"ab", 24) == struct.pack("<i", -24) + b"ab" + bytes(18)


def test_a_free_cell_has_a_positive_size() -> None:
    """Inside are zeros."""
    assert build_free_cell(16) == struct.pack("<i", 16) + bytes(12)


@pytest.mark.parametrize(("cells", "size"), [(0, 4096), (4064, 4096), (4065, 8192)])
def test_a_bin_is_whole_pages(cells: int, size: int) -> None:
    """Its header takes 32 bytes of the first."""
    assert bin_size(cells) == size


def test_a_bin_header() -> None:
    """Signature, where it stands, how large it is, and a time."""
    assert build_bin_header(4096, 8192, 9) == struct.pack("<4sIIQQI", b"hbin", 4096, 8192, 0, 9, 0)


@given(st.binary(max_size=200))
def test_any_payload_comes_back(payload: bytes) -> None:
    """The size tells where the cell ends, and the payload stands in front of the filling."""
    cell = build_cell(payload)
    (size,) = struct.unpack_from("<i", cell)
    assert -size == len(cell) == cell_size(len(payload))
    assert cell[4:].startswith(payload)
    assert not any(cell[4 + len(payload) :])


@given(st.lists(st.binary(max_size=40), max_size=4), st.integers(1, 5))
def test_cells_one_behind_the_other_are_what_single_ones_are(raws: list[bytes], free: int) -> None:
    """Bulk work writes the same bytes."""
    out = BytesWriter()
    for raw in raws:
        put_cell_header(out, cell_size(len(raw)))
        out.write(raw)
        put_cell_end(out, len(raw))
    put_free_cell(out, 8 * free)
    cells = [build_cell(raw) for raw in raws]
    assert out.getvalue() == b"".join(cells) + build_free_cell(8 * free)


def test_an_emptied_bin_keeps_what_means_nothing() -> None:
    """Its size and that of its one free cell change."""
    page = build_bin_header(4096, 4096, 7) + b"\xee" * 4064
    emptied = emptied_bin(page, 8192)
    assert emptied[:32] == build_bin_header(4096, 8192, 7)
    assert emptied[32:] == struct.pack("<i", 8160) + b"\xee" * 4060
