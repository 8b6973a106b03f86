"""Which bin each block belongs to, and images that are read whole."""

from __future__ import annotations

import pytest

from anyreg.engine.bins import BinMap, load_image, whole_bins
from anyreg.engine.image import STRETCH, BytesSource, Image, Stretch
from anyreg.errors import CorruptHiveError
from engine.made_bins import PAGE, bin_of


def image_of(*sizes: int) -> Image:
    """An image of empty bins of these sizes."""
    data, at = b"", 0
    for size in sizes:
        data += bin_of(at, size=size)
        at += size
    return load_image(BytesSource(data), len(data))


def test_stretches_hold_whole_bins() -> None:
    """Also where a bin is larger than any stretch."""
    image = image_of(PAGE, 60 * 1024, 8 * PAGE, 2 * STRETCH, PAGE)
    for start, size in ((0, PAGE), (STRETCH, 8 * PAGE), (STRETCH + 8 * PAGE, 2 * STRETCH)):
        found = image.stretch(start)
        assert found.base <= start
        assert found.base + len(found.data) >= start + size


def test_the_map_names_the_bin_of_each_cell() -> None:
    """And where it ends."""
    bins = BinMap(image_of(PAGE, 3 * PAGE, PAGE))
    assert bins.starts == [0, PAGE, PAGE, PAGE, 4 * PAGE]
    assert bins.start_of(3 * PAGE + 40) == PAGE
    assert [bins.end_of(start) for start in (0, PAGE, 4 * PAGE)] == [PAGE, 4 * PAGE, 5 * PAGE]


def test_the_map_grows_and_is_cut() -> None:
    """With the transaction that adds bins, and with the hive that others make larger."""
    bins = BinMap(image_of(PAGE))
    bins.append(PAGE, 2 * PAGE)
    assert bins.starts == [0, PAGE, PAGE]
    bins.cut(PAGE)
    bins.extend(image_of(PAGE, PAGE, PAGE))
    assert bins.starts == [0, PAGE, 2 * PAGE]


@pytest.mark.parametrize(
    ("at", "bytes_"),
    [(0, b"none"), (4, b"\x01\0\0\0"), (8, bytes(4)), (8, b"\x01\x10\0\0"), (8, b"\0\x40\0\0")],
)
def test_bins_that_do_not_tile_are_refused(at: int, bytes_: bytes) -> None:
    """Signature, offset, and a size of whole pages within the hive."""
    data = bytearray(bin_of(0) + bin_of(PAGE))
    data[PAGE + at : PAGE + at + len(bytes_)] = bytes_
    with pytest.raises(CorruptHiveError, match="bad bin"):
        load_image(BytesSource(bytes(data)), len(data))


def test_pages_become_the_bins_they_stand_in() -> None:
    """Each whole, with the pages beside them."""
    image = image_of(3 * PAGE, PAGE, PAGE)
    page = b"x" * PAGE
    image = image.changed([Stretch(page, PAGE)], image.size)
    (stretch,) = whole_bins(image, BinMap(image_of(3 * PAGE, PAGE, PAGE)), [(PAGE, page)])
    assert (stretch.base, len(stretch.data)) == (0, 3 * PAGE)
    assert stretch.data[PAGE : 2 * PAGE] == page
