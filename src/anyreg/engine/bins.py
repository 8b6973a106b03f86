"""The bins of a hive that is open for writing: all in memory, and where each begins.

A hive that is read alone is loaded stretch by stretch wherever it is touched.  One that is
written is read whole, in stretches that begin and end with a bin, so that no cell ever lies in
two of them, and a changed bin is replaced by itself.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import STRETCH, Image, Source, Stretch
from anyreg.engine.storage import Storage
from anyreg.errors import CorruptHiveError
from anyreg.regf.layout import (
    BASE_BINS_SIZE,
    BIN_OFFSET,
    BIN_SIGNATURE,
    BIN_SIZE,
    BINS_START,
    PAGE,
)
from anyreg.regf.reads import u32

_HEADER: Final = 12  # what is looked at of a bin's header


def load_image(source: Source, size: int, like: Image | None = None) -> Image:
    """Read all bins into an image whose stretches are whole bins.

    Args:
        source: Where the bytes come from.
        size: Bytes of the bins.
        like: An image of an earlier moment; where the bytes are the same, its are used.

    Raises:
        CorruptHiveError: The bins do not tile the hive, so that it must not be written.
    """
    if size % PAGE:
        raise CorruptHiveError(
            "bad size of the bins", offset=BASE_BINS_SIZE, expected="whole pages", actual=f"{size}"
        )
    stretches: list[Stretch] = []
    at = 0
    while at < size:
        data = source.read(at, min(STRETCH, size - at))
        whole = _whole_bins(data, at, size)
        if whole == 0:
            first = _bin_size(data, 0, at, size)
            data = source.read(at, first)
            whole = first
        stretches.append(_kept(data if whole == len(data) else data[:whole], at, like))
        at += whole
    return Image(source, 0).changed(stretches, size)


def size_of_bins(storage: Storage) -> int:
    """How far the bins of a file go on, one behind the other, whatever its base block says."""
    at = 0
    while True:
        header = storage.read(BINS_START + at, _HEADER)
        if len(header) < _HEADER:
            return at
        size = u32(header, BIN_SIZE)
        whole = size > 0 and size % PAGE == 0 and u32(header, BIN_OFFSET) == at
        if header[:4] != BIN_SIGNATURE or not whole:
            return at
        at += size


def _kept(data: bytes, at: int, like: Image | None) -> Stretch:
    """A stretch of these bytes: the one that another image has there, if that is the same."""
    if like is not None and at < like.size:
        before = like.stretch(at)
        if before.base == at and before.data == data:
            return before
    return Stretch(data, at)


def _whole_bins(data: bytes, start: i64, size: i64) -> int:
    """How many of these bytes are bins that they hold to their ends."""
    at: i64 = 0
    while at + _HEADER <= len(data):
        length = _bin_size(data, at, start + at, size)
        if at + length > len(data):
            break
        at += length
    return at


def _bin_size(data: bytes, at: i64, offset: i64, hive_size: i64) -> i64:
    """The size of the bin whose header stands at an index of the bytes."""
    length = u32(data, at + BIN_SIZE)
    sound = (
        data[at : at + 4] == BIN_SIGNATURE
        and u32(data, at + BIN_OFFSET) == offset
        and length > 0
        and length % PAGE == 0
        and offset + length <= hive_size
    )
    if not sound:
        raise CorruptHiveError(
            "bad bin",
            offset=BINS_START + offset,
            expected="a bin of whole pages",
            actual=repr(data[at : at + _HEADER]),
        )
    return length


def whole_bins(image: Image, bins: BinMap, pages: list[tuple[int, bytes]]) -> list[Stretch]:
    """The bins that these pages of an image belong to, each in one stretch.

    A cell may reach from one page into the next: its bytes must never stand in two stretches of
    different age.
    """
    starts: dict[int, None] = {}
    for at, data in pages:
        for place in range(at, at + len(data), PAGE):
            starts[bins.start_of(place)] = None
    stretches: list[Stretch] = []
    for start in starts:
        parts = [image.read(at, PAGE) for at in range(start, bins.end_of(start), PAGE)]
        stretches.append(Stretch(b"".join(parts), start))
    return stretches


class BinMap:
    """Which bin each block belongs to.

    Attributes:
        starts: For each block of the hive, the cell offset of its bin.
    """

    def __init__(self, image: Image) -> None:
        """Find the bins of an image.

        Raises:
            CorruptHiveError: They do not tile it.
        """
        self.starts: list[int] = []
        self.extend(image)

    def extend(self, image: Image) -> None:
        """Enter the bins of an image that stand behind the last one known.

        Raises:
            CorruptHiveError: They do not tile it.
        """
        at: i64 = len(self.starts) * PAGE
        while at < image.size:
            size = _bin_size(image.read(at, _HEADER), 0, at, image.size)
            self.append(at, size)
            at += size

    def append(self, start: int, size: int) -> None:
        """Enter a bin behind the last."""
        self.starts.extend([start] * (size // PAGE))

    def cut(self, size: int) -> None:
        """Forget the bins behind this many bytes."""
        if len(self.starts) > size // PAGE:
            del self.starts[size // PAGE :]

    def rearrange(self, size: int, joined: list[tuple[int, int]]) -> None:
        """Forget the bins behind this many bytes, and take each of these stretches as one bin."""
        self.cut(size)
        for start, end in joined:
            self.starts[start // PAGE : end // PAGE] = [start] * ((end - start) // PAGE)

    def start_of(self, cell: i64) -> int:
        """The cell offset of the bin that a cell stands in."""
        return self.starts[cell // PAGE]

    def end_of(self, start: int) -> int:
        """Where a bin ends."""
        block = start // PAGE
        while block < len(self.starts) and self.starts[block] == start:
            block += 1
        return block * PAGE
