"""Page layout: how the changed and the freed cells of a transaction become new bins.

Bins that are free from end to end need no cell laid out.  Neighbours of that kind become one bin
of up to 32 pages, of which the first page alone differs; where the hive ends with 16 such pages
or more, they are cut off.  So a tree of a million keys is deleted by a small entry in the log.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from mypy_extensions import i64

from anyreg.engine.bins import BinMap
from anyreg.engine.free_space import FreeSpace
from anyreg.engine.image import Image, Stretch
from anyreg.errors import CorruptHiveError
from anyreg.regf.cells import build_bin_header, emptied_bin
from anyreg.regf.layout import BIN_HEADER, BINS_START, CELL_HEADER, PAGE
from anyreg.regf.reads import dword

_JOINED_MOST: Final = 32 * PAGE  # a bin is laid out whole at each change, so it stays small
_CUT_FROM: Final = 16 * PAGE  # less is kept: it is soon used again

# A freed cell is kept as one number: its offset, and how many times eight bytes it has.
_SIZE_BITS: Final = 28
_SIZE_MASK: Final = (1 << _SIZE_BITS) - 1


def packed(offset: i64, size: i64) -> i64:
    """A freed cell as one number."""
    return offset << _SIZE_BITS | size >> 3


def unpacked(cell: i64) -> tuple[i64, i64]:
    """Offset and size of a freed cell."""
    return cell >> _SIZE_BITS, (cell & _SIZE_MASK) << 3


def runs(freed: list[int]) -> list[int]:
    """The stretches of free space that cells make up, sorted and joined with their neighbours.

    Args:
        freed: Packed cells; the list is sorted.

    Returns:
        The stretches, packed as the cells are.

    Raises:
        CorruptHiveError: A cell is in it twice.
    """
    freed.sort()
    found: list[int] = []
    first: i64 = -1
    end: i64 = -1
    for number in freed:
        offset, size = unpacked(number)
        if offset < end:
            raise CorruptHiveError(
                "a cell belongs to two deleted keys",
                offset=BINS_START + offset,
            )
        if offset != end:
            if first >= 0:
                found.append(packed(first, end - first))
            first = offset
        end = offset + size
    if first >= 0:
        found.append(packed(first, end - first))
    return found


def _require_kept(cells: dict[int, bytes], freed: list[int]) -> None:
    """Refuse a changed cell that was freed too.

    Args:
        cells: Changed cells by offset.
        freed: Sorted runs.

    Raises:
        CorruptHiveError: There is one: two keys of a damaged hive have it.
    """
    for cell in cells:
        index = bisect_right(freed, packed(cell + 1, 0)) - 1
        if index >= 0:
            offset, size = unpacked(freed[index])
            if cell < offset + size:
                raise _overlapping(cell)


def _overlapping(cell: i64) -> CorruptHiveError:
    return CorruptHiveError(
        "a cell lies over another one, or belongs to two keys",
        offset=BINS_START + cell,
    )


class PageLayout:
    """What a transaction makes of the bins.

    Attributes:
        stretches: The new bytes of all bins that change.
        pages: The pages in them that differ, one or several at a time: where each belongs and its
            bytes, ascending.
        size: Bytes of the bins from now on.
        joined: Start and end of each bin that is free from end to end now, and perhaps was
            several.
    """

    def __init__(self, image: Image, bins: BinMap, space: FreeSpace, size: int) -> None:
        self._image = image
        self._bins = bins
        self._space = space
        self.stretches: list[Stretch] = []
        self.pages: list[tuple[int, bytes]] = []
        self.size = size
        self.joined: list[tuple[int, int]] = []
        self._committed: i64 = image.size
        self._inserted_bins: list[Stretch] = []
        self._inserted_starts: list[int] = []

    def note_inserted_bins(self, committed: i64, inserted_bins: list[Stretch]) -> None:
        """Some bins of the image were laid in this transaction.

        Args:
            committed: Bytes of the bins that there were before it.
            inserted_bins: The bins that it has laid, ascending.
        """
        self._committed = committed
        self._inserted_bins = inserted_bins
        self._inserted_starts = [inserted.base for inserted in inserted_bins]
        self.stretches += inserted_bins

    def lay(self, cells: dict[int, bytes], freed: list[int]) -> None:
        """Lay changed and freed cells; the free space is informed of both.

        Raises:
            CorruptHiveError: Cells of a damaged hive lie over each other, or one belongs to two
                keys.
        """
        edits: dict[int, list[tuple[int, bytes]]] = {}
        for offset, cell in cells.items():
            edits.setdefault(self._bins.start_of(offset), []).append((offset, cell))
        left = runs(freed)
        if left:
            _require_kept(cells, left)
        emptied = self._give(left)
        for start in self._space.touched():
            free = self._space.free_cells(start)
            if start not in edits and self._is_whole(start):
                emptied.append(start)
                continue
            listed = edits.setdefault(start, [])
            for index, offset in enumerate(free.offsets):
                listed.append((offset, dword(free.sizes[index])))
        if emptied:
            self._lay_emptied(emptied, edits)
        for start in sorted(edits):
            if start >= self.size:
                raise _overlapping(start)
            self._lay_bin(start, edits[start])
        if self.joined or self._inserted_bins:
            self.pages.sort()
        if self._inserted_bins:
            self._log_grafts()

    def _give(self, left: list[int]) -> list[int]:
        """Tell the free space of freed runs; the bins that were emptied at one go are given."""
        emptied: list[int] = []
        index: i64 = 0
        before: i64 = -1
        while index < len(left):
            offset, size = unpacked(left[index])
            start = self._bins.start_of(offset)
            behind = self._emptied_by(start, left, index) if start != before else index
            before = start
            if behind > index:
                emptied.append(start)
                index = behind
            else:
                self._space.give(offset, size)
                index += 1
        return emptied

    def _emptied_by(self, start: i64, freed: list[int], first: i64) -> i64:
        """The index behind the runs that are a bin with the free cells between them.

        It is that of the first one where they are not.
        """
        if self._is_new(start) or self._space.is_touched(start):
            return first
        end = self._bins.end_of(start)
        at = start + BIN_HEADER
        index = first
        while at < end:
            offset, size = unpacked(freed[index]) if index < len(freed) else (end, 0)
            if offset == at:
                at += size
                index += 1
            else:
                try:
                    size = self._image.cell(at)[2]
                except CorruptHiveError:
                    return first  # the free space says it better
                at += CELL_HEADER - size
                if size >= 0 or offset < at:  # in use, or free space that reaches over a cell
                    return first
        return index if at == end else first

    def _is_new(self, start: i64) -> bool:
        """Whether nothing of a bin is laid yet."""
        return start >= self._committed and not self._is_grafted(start)

    def _is_whole(self, start: int) -> bool:
        """Whether a bin is one free cell."""
        size = self._bins.end_of(start) - start
        return self._space.is_empty(start, size - BIN_HEADER)

    # Bins that are free from end to end

    def _lay_emptied(self, emptied: list[int], edits: dict[int, list[tuple[int, bytes]]]) -> None:
        emptied.sort()
        self._cut(set(emptied))
        first: i64 = 0  # of the bins that become one
        end: i64 = 0
        for start in emptied:
            if start >= self.size:
                break
            stop: i64 = self._bins.end_of(start)
            if self._is_new(start):
                edits[start] = [(start + BIN_HEADER, dword(stop - start - BIN_HEADER))]
                continue
            if start != end or stop - first > _JOINED_MOST:
                self._lay_free_bin(first, end)
                first = start
            end = stop
        self._lay_free_bin(first, end)

    def _cut(self, emptied: set[int]) -> None:
        """Leave out the bins at the end that are free, if they are many."""
        end = self.size
        while end > PAGE:
            start = self._bins.start_of(end - PAGE)
            if start not in emptied and not self._is_free(start):
                break
            end = start
        if self.size - end >= _CUT_FROM:
            self.size = end

    def _is_free(self, start: int) -> bool:
        """Whether a bin was free before; an unknown one need not be walked to tell."""
        if self._space.knows(start):
            return self._is_whole(start)
        size = self._bins.end_of(start) - start - BIN_HEADER
        return self._image.read(start + BIN_HEADER, CELL_HEADER) == dword(size)

    def _lay_free_bin(self, start: int, end: int) -> None:
        """The first page of a bin of one free cell; what the others hold means nothing."""
        size = end - start
        if size == 0:
            return
        self.joined.append((start, end))
        old = self._image.read(start, PAGE)
        page = emptied_bin(old, size)
        if page != old:
            self.stretches.append(Stretch(page, start))
            self.pages.append((start, page))

    # Bins with cells

    def _lay_bin(self, start: int, edits: list[tuple[int, bytes]]) -> None:
        size = self._bins.end_of(start) - start
        new = self._is_new(start)
        old = (
            build_bin_header(start, size).ljust(size, b"\0") if new else self._read_bin(start, size)
        )
        edits.sort()
        parts: list[bytes] = []
        at = 0
        for offset, data in edits:
            place = offset - start
            if place < at or place + len(data) > size:
                raise _overlapping(offset)
            parts.append(old[at:place])
            parts.append(data)
            at = place + len(data)
        parts.append(old[at:])
        laid = b"".join(parts)
        self.stretches.append(Stretch(laid, start))
        if new:
            self.pages.append((start, laid))
        else:
            self._note_pages(start, old, laid, edits)

    def _note_pages(
        self, start: int, old: bytes, laid: bytes, edits: list[tuple[int, bytes]]
    ) -> None:
        """Log the pages of a bin that differ: they can only where something was edited."""
        if len(laid) == PAGE:
            if laid != old:
                self.pages.append((start, laid))
            return
        touched: dict[int, None] = {}
        for offset, data in edits:
            place = offset - start
            for page in range(place // PAGE, (place + len(data) - 1) // PAGE + 1):
                touched[page] = None
        for page in touched:
            where = page * PAGE
            bytes_now = laid[where : where + PAGE]
            if bytes_now != old[where : where + PAGE]:
                self.pages.append((start + where, bytes_now))

    def _read_bin(self, start: int, size: int) -> bytes:
        """A bin's bytes; one that was joined lies in stretches of different ages."""
        return b"".join(self._image.pieces(start, start + size))

    # Bins that were laid before the others

    def _log_grafts(self) -> None:
        """Log every page of them, as it is now, and none beyond the end."""
        changed = dict(self.pages)
        pages = [(at, data) for at, data in self.pages if not self._is_grafted(at)]
        for inserted in self._inserted_bins:
            end = min(inserted.base + len(inserted.data), self.size)
            if end <= inserted.base:
                break
            first = inserted.base
            for at in range(inserted.base, end, PAGE):
                if at in changed:
                    pages.append((first, _part(inserted, first, at)))
                    pages.append((at, changed[at]))
                    first = at + PAGE
            pages.append((first, _part(inserted, first, end)))
        self.pages = sorted([(at, data) for at, data in pages if data])
        self.stretches = [_up_to(stretch, self.size) for stretch in self.stretches]

    def _is_grafted(self, at: i64) -> bool:
        index = bisect_right(self._inserted_starts, at) - 1
        return index >= 0 and at < self._inserted_starts[index] + len(
            self._inserted_bins[index].data
        )


def _part(stretch: Stretch, start: i64, end: i64) -> bytes:
    """The bytes of a stretch between two cell offsets; all of them are no copy."""
    if start == stretch.base and end == start + len(stretch.data):
        return stretch.data
    return stretch.data[start - stretch.base : end - stretch.base]


def _up_to(stretch: Stretch, end: i64) -> Stretch:
    """A stretch without what lies behind the end."""
    if stretch.base + len(stretch.data) <= end:
        return stretch
    return Stretch(_part(stretch, stretch.base, max(end, stretch.base)), stretch.base)
