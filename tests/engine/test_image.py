"""The image: stretches of bins, loaded when touched, and the cells in them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.engine.image import STRETCH, Image, PatchedSource, Source, StorageSource, Stretch
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.errors import CorruptHiveError, HiveChangedError
from hives import base_block


class Bytes(Source):
    """Bins out of memory, with a list of what was read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reads: list[tuple[int, int]] = []

    def read(self, at: int, size: int) -> bytes:
        self.reads.append((at, size))
        return self.data[at : at + size]


def image_of(data: bytes) -> tuple[Image, Bytes]:
    source = Bytes(data)
    return Image(source, len(data)), source


def numbered(size: int) -> bytes:
    """Bytes that tell where they stand."""
    return struct.pack(f"<{size // 4}I", *range(size // 4))


def bins_with(at: int, cell: bytes, size: int = 3 * STRETCH) -> bytes:
    """Bins of zeros with one cell."""
    return bytes(at) + cell + bytes(size - at - len(cell))


def test_nothing_is_read_before_it_is_asked_for() -> None:
    """An image of any size costs no reading."""
    _, source = image_of(bytes(10 * STRETCH))
    assert source.reads == []


def test_a_stretch_is_read_once() -> None:
    """All blocks of it share what was read."""
    image, source = image_of(numbered(3 * STRETCH))
    for at in (STRETCH, STRETCH + 4096, 2 * STRETCH - 1):
        assert image.stretch(at).base == STRETCH
    assert source.reads == [(STRETCH, STRETCH)]


def test_the_last_stretch_ends_with_the_image() -> None:
    """No byte behind the bins is ever asked for."""
    image, source = image_of(numbered(STRETCH + 4096))
    assert len(image.stretch(STRETCH + 4095).data) == 4096
    assert source.reads == [(STRETCH, 4096)]


def test_tables_are_made_for_blocks_far_away() -> None:
    """The second level starts anew every 2 MiB."""
    data = numbered(5 << 20)
    image, _ = image_of(data)
    assert image.read(4 << 20, 8) == data[4 << 20 : (4 << 20) + 8]
    assert image.read(0, 8) == data[:8]


@pytest.mark.parametrize("offset", [-8, 4096, 0xFFFFFFFF])
def test_offsets_outside_are_refused(offset: int) -> None:
    """The error says where, and how far the bins go."""
    image, _ = image_of(bytes(4096))
    with pytest.raises(CorruptHiveError) as caught:
        image.cell(offset)
    assert caught.value.offset == 4096 + offset
    assert "0x1000" in caught.value.expected


def test_a_cell_in_use_has_a_positive_size_and_a_free_one_a_negative() -> None:
    """The payload's place and size, without the four bytes in front."""
    used, _ = image_of(bins_with(64, struct.pack("<i", -16) + b"payload.", 4096))
    data, at, size = used.cell(64)
    assert (data[at : at + 8], size) == (b"payload.", 12)
    free, _ = image_of(bins_with(64, struct.pack("<i", 16), 4096))
    assert free.cell(64)[2] == -12


@pytest.mark.parametrize("size", [0, 4, -4, 7, -12, 4096, -5000, -0x80000000, 0x7FFFFFF8])
def test_cells_of_impossible_sizes_are_refused(size: int) -> None:
    """Too small, no multiple of 8, or beyond the bins."""
    image, _ = image_of(bins_with(64, struct.pack("<i", size), 4096))
    with pytest.raises(CorruptHiveError, match="bad cell") as caught:
        image.cell(64)
    assert caught.value.actual == str(size)


@pytest.mark.parametrize("offset", [1, 4, 63])
def test_cells_stand_at_multiples_of_eight(offset: int) -> None:
    """Any other offset is damage."""
    image, _ = image_of(bytes(4096))
    with pytest.raises(CorruptHiveError, match="multiple of 8"):
        image.cell(offset)


def test_a_cell_over_the_border_of_two_stretches_is_joined() -> None:
    """Its payload is there in one piece."""
    payload = numbered(1000)
    cell = struct.pack("<i", -1008) + payload + bytes(4)
    image, _ = image_of(bins_with(STRETCH - 8, cell))
    data, at, size = image.cell(STRETCH - 8)
    assert data[at : at + 1000] == payload
    assert size == 1004


def test_of_a_huge_cell_the_start_is_given() -> None:
    """Its size is right all the same, and read() gives the rest."""
    size = 3 * STRETCH
    data = struct.pack("<i", -size) + numbered(size - 4)
    image, _ = image_of(data)
    part, at, room = image.cell(0)
    assert room == size - 4
    assert data[4:].startswith(part[at:])
    assert image.read(4, room) == data[4:]


def test_a_file_that_is_too_short_reads_as_zeros() -> None:
    """Whoever asks for more has checked the size before; garbage must not come out."""
    storage = MemoryStorage(base_block(4096) + b"abc")
    source = StorageSource(storage, storage.read(0, 4096), "hive")
    assert source.read(0, 8) == b"abc\0\0\0\0\0"


def test_a_changed_base_block_is_noticed() -> None:
    """Bytes read after another program wrote may belong to another moment."""
    storage = MemoryStorage(base_block(4096) + bytes(4096))
    source = StorageSource(storage, storage.read(0, 4096), "the hive")
    assert source.read(0, 4) == bytes(4)
    storage.write(0, base_block(4096, numbers=(2, 1)))
    with pytest.raises(HiveChangedError, match="the hive"):
        source.read(0, 4)


def test_a_source_must_say_how_it_reads() -> None:
    """The base class has no bytes."""
    with pytest.raises(NotImplementedError):
        Source().read(0, 1)


@given(
    st.lists(st.tuples(st.integers(0, 3 * STRETCH), st.integers(1, STRETCH + 9)), max_size=6),
    st.lists(st.tuples(st.integers(0, 3 * STRETCH), st.integers(1, STRETCH)), max_size=5),
)
def test_patches_lie_over_each_other(
    places: list[tuple[int, int]], reads: list[tuple[int, int]]
) -> None:
    """The later patch wins, whatever is read and wherever they stand."""
    model = bytearray(3 * STRETCH)
    pieces = [(at, bytes([number]) * size) for number, (at, size) in enumerate(places, 1)]
    for at, piece in pieces:
        model[at : at + len(piece)] = piece[: max(len(model) - at, 0)]
    source = PatchedSource(Bytes(bytes(3 * STRETCH)), pieces)
    for at, size in [*reads, (0, 3 * STRETCH)]:
        length = min(size, 3 * STRETCH - at)
        assert length == 0 or source.read(at, length) == model[at : at + length]


@given(st.integers(1, 4 * STRETCH), st.data())
def test_any_part_can_be_read(size: int, data: st.DataObject) -> None:
    """However many stretches it lies in."""
    image, _ = image_of(content := numbered(4 * STRETCH)[:size])
    at = data.draw(st.integers(0, size - 1))
    length = data.draw(st.integers(0, size - at))
    assert image.read(at, length) == content[at : at + length]


def test_a_stretch_that_ends_too_soon_is_an_error() -> None:
    """And no reading without an end."""
    image = Image(Source(), 8192).changed(
        [Stretch(bytes(4000), 0), Stretch(bytes(4096), 4096)], 8192
    )
    with pytest.raises(CorruptHiveError, match="bytes of a bin"):
        image.read(0, 5000)


@given(st.lists(st.tuples(st.integers(0, 39), st.integers(1, 20)), max_size=6), st.data())
def test_pieces_are_the_newest_bytes_of_any_pages(
    changes: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Also where stretches of different ages lie over each other; the model is an array."""
    model = bytearray(numbered(40 * 4096))
    image = Image(Source(), 0).changed([Stretch(bytes(model), 0)], len(model))
    for number, (first, count) in enumerate(changes):
        laid = bytes([number + 1]) * (min(count, 40 - first) * 4096)
        image = image.changed([Stretch(laid, first * 4096)], image.size)
        model[first * 4096 : first * 4096 + len(laid)] = laid
    start = data.draw(st.integers(0, 39)) * 4096
    end = data.draw(st.integers(start // 4096, 40)) * 4096
    assert b"".join(image.pieces(start, end)) == model[start:end]
    assert all(image.pieces(start, end))


def test_a_stretch_that_is_too_short_for_its_pages_is_an_error() -> None:
    """All behind it would stand in a wrong place."""
    image = Image(Source(), 0).changed([Stretch(bytes(4096 + 512), 0)], 8192)
    assert image.pieces(0, 4096) == [bytes(4096)]
    with pytest.raises(CorruptHiveError):
        image.pieces(0, 8192)
