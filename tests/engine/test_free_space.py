"""Free cells: taken, given, joined, undone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.engine.bins import BinMap
from anyreg.engine.free_space import FreeBin, FreeSpace
from anyreg.engine.image import BytesSource, Image
from anyreg.errors import CorruptHiveError
from engine.made_bins import PAGE, bin_of


def space_of(*bins: bytes) -> FreeSpace:
    data = b"".join(bins)
    image = Image(BytesSource(data), len(data))
    return FreeSpace(image, BinMap(image))


def cells(space: FreeSpace, start: int = 0) -> list[tuple[int, int]]:
    free = space.free_cells(start)
    return list(zip(free.offsets, free.sizes, strict=True))


def full(at: int) -> bytes:
    return bin_of(at, (-4064, b""))


def test_the_smallest_cell_that_fits_is_taken() -> None:
    """From its start; one that fits exactly goes whole."""
    free = FreeBin([32, 200, 400], [64, 24, 48])
    assert free.take(40) == 400
    assert free.take(24) == 200
    assert free.take(100) == -1
    assert (free.offsets, free.sizes) == ([32, 440], [64, 8])


@given(st.permutations(range(12)))
def test_given_cells_are_joined_in_any_order(order: list[int]) -> None:
    """In the end there is one."""
    free = FreeBin([], [])
    for number in order:
        free.give(32 + 16 * number, 16)
        assert all(
            a + n < b for a, n, b in zip(free.offsets, free.sizes, free.offsets[1:], strict=False)
        )
    assert (free.offsets, free.sizes, free.largest()) == ([32], [192], 192)


def test_a_cell_goes_near_the_one_it_belongs_to() -> None:
    """Then to the bin used last, then to any with room."""
    space = space_of(bin_of(0), bin_of(PAGE), bin_of(2 * PAGE))
    space.begin()
    assert space.take(16, PAGE + 40) == PAGE + 32
    assert space.take(16, -1) == PAGE + 48
    assert space.take(4064, PAGE) == 32
    assert space.take(4064, -1) == 2 * PAGE + 32
    assert space.take(4064, -1) == -1


def test_a_bin_of_the_right_class_that_is_too_small_is_passed_over() -> None:
    """Sizes of one class differ: some have the room, some have not."""
    space = space_of(bin_of(0, (-2000, b""), (-1000, b"")), bin_of(PAGE, (-2048, b"")))
    space.begin()
    assert space.take(1064, 0) == 3032
    assert space.take(2000, 0) == PAGE + 2080
    assert space.take(8, 0) == PAGE + 4080


def test_few_bins_are_walked_for_one_cell() -> None:
    """The next look goes on where this one stopped."""
    bins = [full(PAGE * number) for number in range(10)] + [bin_of(10 * PAGE)]
    space = space_of(*bins)
    space.begin()
    assert space.take(16, -1) == -1
    assert space.take(16, -1) == 10 * PAGE + 32


def test_an_undone_level_gives_everything_back() -> None:
    """Of bins that were known, and of those it learned or added."""
    space = space_of(bin_of(0))
    space.begin()
    space.take(16, 0)
    space.begin()
    space.take(16, 0)
    space.give(32, 16)
    space.roll_back()
    assert cells(space) == [(48, 4048)]
    space.roll_back()
    assert cells(space) == [(32, 4064)]


def test_a_finished_level_is_undone_with_the_one_around_it() -> None:
    """Only the outermost end is final."""
    space = space_of(bin_of(0))
    space.begin()
    space.begin()
    space.take(16, 0)
    space.commit()
    assert space.touched() == [0]
    space.roll_back()
    assert cells(space) == [(32, 4064)]


def test_others_changes_make_bins_unknown() -> None:
    """One of them, or all."""
    space = space_of(bin_of(0), bin_of(PAGE))
    space.begin()
    space.take(16, 0)
    space.commit()
    data = full(0) + bin_of(PAGE)
    image = Image(BytesSource(data), len(data))
    space.changed_bins(image, [(0, data[:PAGE])])
    assert cells(space) == []
    data = bin_of(0) + full(PAGE)
    image = Image(BytesSource(data), len(data))
    space.changed_outside(image, BinMap(image))
    assert (cells(space), cells(space, PAGE)) == ([(32, 4064)], [])


@pytest.mark.parametrize("size", [0, 4, 12, 5000])
def test_a_bin_with_a_bad_cell_is_not_written(size: int) -> None:
    """Too small, no multiple of eight, or beyond the bin."""
    data = bytearray(bin_of(0))
    data[32:36] = size.to_bytes(4, "little")
    with pytest.raises(CorruptHiveError, match="bad cell size"):
        cells(space_of(bytes(data)))


def test_free_neighbours_in_a_file_are_joined() -> None:
    """Poor writers leave them apart."""
    assert cells(space_of(bin_of(0, (16, b""), (-16, b""), (16, b"")))) == [(32, 16), (64, 4032)]


@pytest.mark.parametrize(("offset", "size"), [(40, 8), (24, 16), (88, 16), (0, 200)])
def test_what_is_free_already_is_not_freed_again(offset: int, size: int) -> None:
    """A cell of a damaged hive may reach into free space."""
    free = FreeBin([32], [64])
    with pytest.raises(CorruptHiveError, match="free already"):
        free.give(offset, size)
    assert (free.offsets, free.sizes) == ([32], [64])
