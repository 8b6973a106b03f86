"""Free space: which cells of which bins are free, and where a new cell goes.

A bin's free cells are found by walking it when it is first wanted; until then it counts as
unknown.  A new cell goes, in this order, into the bin of the cell that it belongs to, so that a
small commit changes one page; into the bin that was used last; into any known bin with room; into
one of a few unknown bins, which are thereby known; at last into a new bin.

Transactions nest: each level remembers how the bins that it touched were, and puts them back if
it is undone.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.bins import BinMap
from anyreg.engine.image import Image
from anyreg.errors import CorruptHiveError
from anyreg.regf.layout import BIN_HEADER, BINS_START, CELL_ALIGN, PAGE
from anyreg.regf.reads import i32

_LOOKS: Final = 8  # unknown bins that one allocation walks at most
_CLASSES: Final = 33  # by the binary digits of the largest free cell


class FreeBin:
    """The free cells of a bin, by offset; neighbours are always joined.

    Attributes:
        offsets: Their cell offsets, ascending.
        sizes: The size of each, its header included.
        room_class: Binary digits of the largest size.
    """

    def __init__(self, offsets: list[int], sizes: list[int]) -> None:
        self.offsets = offsets
        self.sizes = sizes
        self.room_class = 0

    def copy(self) -> FreeBin:
        """The same again, to be changed on its own."""
        return FreeBin(self.offsets[:], self.sizes[:])

    def take(self, size: i64) -> int:
        """Take this many bytes out of the smallest free cell that has them; -1 if none has."""
        best = -1
        best_size: i64 = 1 << 40
        for index in range(len(self.sizes)):
            have: i64 = self.sizes[index]
            if size <= have < best_size:
                best = index
                best_size = have
        if best < 0:
            return -1
        offset = self.offsets[best]
        if best_size == size:
            del self.offsets[best]
            del self.sizes[best]
        else:
            self.offsets[best] = offset + size
            self.sizes[best] = best_size - size
        return offset

    def give(self, offset: int, size: int) -> None:
        """Add a free cell, joined with the free cells before and behind it.

        Raises:
            CorruptHiveError: A part of it is free already.
        """
        index = 0
        while index < len(self.offsets) and self.offsets[index] < offset:
            index += 1
        before = self.offsets[index - 1] + self.sizes[index - 1] if index else 0
        behind = self.offsets[index] if index < len(self.offsets) else offset + size
        if before > offset or behind < offset + size:
            raise CorruptHiveError(
                "a cell to be freed is free already",
                offset=BINS_START + offset,
            )
        if index < len(self.offsets) and offset + size == behind:
            size += self.sizes[index]
            del self.offsets[index]
            del self.sizes[index]
        if before == offset:
            self.sizes[index - 1] += size
        else:
            self.offsets.insert(index, offset)
            self.sizes.insert(index, size)

    def largest(self) -> int:
        """The size of the largest free cell, 0 where there is none."""
        most = 0
        for size in self.sizes:
            most = max(most, size)
        return most


class FreeSpace:
    """The free space of one hive, as the transaction under way sees it."""

    def __init__(self, image: Image, bins: BinMap) -> None:
        self._bins = bins
        self._known: dict[int, FreeBin] = {}
        self._classes: list[dict[int, None]] = [{} for _ in range(_CLASSES)]
        self._levels: list[dict[int, FreeBin | None]] = []
        self._recent = -1
        self._unknown = 0  # the first block not yet looked at in search of room
        self._image = image

    # Levels of a transaction

    def restart(self) -> None:
        """A transaction begins: levels that an interrupted one has left are undone."""
        while self._levels:
            self.roll_back()

    def begin(self) -> None:
        """Enter a level."""
        self._levels.append({})

    def commit(self) -> None:
        """Leave a level; what it did counts for the one around it."""
        touched = self._levels.pop()
        if self._levels:
            outer = self._levels[-1]
            for start, before in touched.items():
                outer.setdefault(start, before)

    def roll_back(self) -> None:
        """Leave a level and undo what it did."""
        for start, before in self._levels.pop().items():
            self._forget(start)
            if before is not None:
                self._know(start, before)
        self._recent = -1

    def touched(self) -> list[int]:
        """The bins whose free cells the outermost level has changed."""
        return list(self._levels[0])

    # Between transactions

    def published(self, image: Image) -> None:
        """A commit was published: from now on unknown bins are walked in this image."""
        self._image = image

    def rearranged(self, size: int, joined: list[tuple[int, int]]) -> None:
        """A commit has cut bins off, or joined them.

        Args:
            size: Bytes of the bins that are left.
            joined: Start and end of each bin that is one free cell now.
        """
        for start in [start for start in self._known if start >= size]:
            self._forget(start)
        for start, end in joined:
            for inner in range(start, end, PAGE):
                self._forget(inner)
            self._know(start, FreeBin([start + BIN_HEADER], [end - start - BIN_HEADER]))
        self._recent = -1

    def bulk_inserted(self, image: Image) -> None:
        """Bins were added that are laid already: they are walked in this image."""
        self._image = image
        self._recent = -1

    def ungrafted(self, image: Image, size: int) -> None:
        """The bins behind this many bytes were taken away again."""
        self._image = image
        for start in [start for start in self._known if start >= size]:
            self._forget(start)
        self._recent = -1

    def changed_outside(self, image: Image, bins: BinMap) -> None:
        """Another process has changed the hive: nothing is known any more."""
        self._image = image
        self._bins = bins
        self._known.clear()
        self._classes = [{} for _ in range(_CLASSES)]
        self._recent = -1
        self._unknown = 0

    def changed_bins(self, image: Image, pages: list[tuple[int, bytes]]) -> None:
        """Another process has changed these pages, and no bin has come or gone."""
        self._image = image
        for at, data in pages:
            for place in range(at, at + len(data), PAGE):
                self._forget(self._bins.start_of(place))
        self._recent = -1
        self._unknown = 0

    # Cells

    def take(self, size: int, near: int) -> int:
        """The offset of a new cell in the bins that there are, -1 if none has the room.

        Args:
            size: Bytes of the cell, its header included.
            near: The cell that it belongs to, -1 for none.
        """
        if near >= 0:
            offset = self._take_from(self._bins.start_of(near), size)
            if offset >= 0:
                return offset
        if self._recent >= 0:
            offset = self._take_from(self._recent, size)
            if offset >= 0:
                return offset
        offset = self._take_known(size)
        return offset if offset >= 0 else self._take_unknown(size)

    def give(self, offset: int, size: int) -> None:
        """A cell is free from now on."""
        start = self._bins.start_of(offset)
        free = self._touch(start)
        free.give(offset, size)
        self._classify(start, free)

    def is_touched(self, start: int) -> bool:
        """Whether this level has changed the free cells of a bin."""
        return start in self._levels[-1]

    def is_empty(self, start: int, size: int) -> bool:
        """Whether a bin, whose cells have this many bytes, is one free cell."""
        sizes = self._bin(start).sizes
        return len(sizes) == 1 and sizes[0] == size

    def knows(self, start: int) -> bool:
        """Whether the free cells of a bin are known without walking it."""
        return start in self._known

    def free_cells(self, start: int) -> FreeBin:
        """The free cells of a bin."""
        return self._bin(start)

    def add_bin(self, start: int, size: int) -> None:
        """A new bin, all of it free, behind the last."""
        self._levels[-1].setdefault(start, None)
        self._know(start, FreeBin([start + BIN_HEADER], [size - BIN_HEADER]))
        self._recent = start

    def _take_from(self, start: int, size: int) -> int:
        if self._bin(start).largest() < size:
            return -1
        free = self._touch(start)
        offset = free.take(size)
        self._classify(start, free)
        self._recent = start
        return offset

    def _take_known(self, size: int) -> int:
        # In the class of the size itself some have the room and some have not: a few are tried.
        own = size.bit_length()
        for looks, start in enumerate(self._classes[own]):
            if looks == _LOOKS:
                break
            offset = self._take_from(start, size)
            if offset >= 0:
                return offset
        for room in range(own + 1, _CLASSES):
            for start in self._classes[room]:
                return self._take_from(start, size)
        return -1

    def _take_unknown(self, size: int) -> int:
        looks = 0
        while self._unknown < len(self._bins.starts) and looks < _LOOKS:
            start = self._bins.starts[self._unknown]
            self._unknown = self._bins.end_of(start) // PAGE
            if start not in self._known:
                looks += 1
                offset = self._take_from(start, size)
                if offset >= 0:
                    return offset
        return -1

    # Bins

    def _bin(self, start: int) -> FreeBin:
        free = self._known.get(start)
        if free is None:
            free = self._walk(start, self._bins.end_of(start))
            self._know(start, free)
        return free

    def _touch(self, start: int) -> FreeBin:
        """A bin's free cells, which are about to change."""
        free = self._bin(start)
        level = self._levels[-1]
        if start not in level:
            level[start] = free.copy()
        return free

    def _know(self, start: int, free: FreeBin) -> None:
        self._known[start] = free
        free.room_class = 0
        self._classify(start, free)

    def _forget(self, start: int) -> None:
        free = self._known.pop(start, None)
        if free is not None:
            self._classes[free.room_class].pop(start, None)

    def _classify(self, start: int, free: FreeBin) -> None:
        room = free.largest().bit_length()
        if room != free.room_class:
            self._classes[free.room_class].pop(start, None)
            free.room_class = room
            if room:
                self._classes[room][start] = None

    def _walk(self, start: int, end: int) -> FreeBin:
        """The free cells of a bin that stands in the image."""
        offsets: list[int] = []
        sizes: list[int] = []
        data = self._image.read(start, end - start)
        at: i64 = BIN_HEADER
        size: i64 = end - start
        while at < size:
            signed = i32(data, at)
            length = -signed if signed < 0 else signed
            if length < CELL_ALIGN or length % CELL_ALIGN or length > size - at:
                raise CorruptHiveError(
                    "bad cell size",
                    offset=BINS_START + start + at,
                    expected="a multiple of 8 within the bin",
                    actual=f"{signed}",
                )
            if signed > 0:
                if offsets and offsets[-1] + sizes[-1] == start + at:
                    sizes[-1] += length
                else:
                    offsets.append(start + at)
                    sizes.append(length)
            at += length
        return FreeBin(offsets, sizes)
