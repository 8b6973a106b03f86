"""Where the data of values stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.regf.cells import cell_size
from anyreg.regf.data import (
    data_room,
    inline_data,
    is_segmented,
    most_data,
    segment_count,
    segments,
    size_field,
)
from anyreg.regf.layout import SEGMENT


@pytest.mark.parametrize(("size", "minor", "told"), [(16344, 5, 0), (16345, 4, 1), (16345, 3, 0)])
def test_large_data_is_cut_where_the_version_can(size: int, minor: int, told: int) -> None:
    """Versions before 1.4 know no segments."""
    assert is_segmented(size, minor) == bool(told)


@pytest.mark.parametrize(
    ("size", "room"), [(5, 12), (12, 12), (13, 20), (16380, 16380), (16381, 32764), (40000, 65532)]
)
def test_a_cell_too_large_for_a_bin_is_a_power_of_two(size: int, room: int) -> None:
    """Its header counts too; smaller ones are as large as needed."""
    assert data_room(size) == room
    assert cell_size(room) == room + 4


def test_short_data_says_that_it_stands_in_the_record() -> None:
    """By one bit of its size."""
    assert [size_field(size) for size in (0, 4, 5)] == [0x80000000, 0x80000004, 5]


def test_a_value_holds_more_in_versions_with_segments_than_their_list_counts() -> None:
    """65,535 segments, or a gigabyte in one cell."""
    assert [most_data(minor) for minor in (3, 4, 6)] == [1 << 30, 65535 * 16344, 65535 * 16344]


@given(st.binary(max_size=4))
def test_short_data_is_a_number(raw: bytes) -> None:
    """Its first byte is the lowest, and what is missing is zeros."""
    assert inline_data(raw) == int.from_bytes(raw, "little")


@given(st.sampled_from([1, 2, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 50_000]))
def test_segments_are_the_data(size: int) -> None:
    """All but the last are full."""
    raw = bytes(range(250)) * (size // 250 + 1)
    parts = segments(raw[:size])
    assert b"".join(parts) == raw[:size]
    assert len(parts) == segment_count(size)
    assert {len(part) for part in parts[:-1]} <= {SEGMENT}
