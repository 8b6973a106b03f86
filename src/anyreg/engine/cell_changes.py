"""Changed cells of a transaction: over an image, and how they become new bins.

Changed cells are a dict, offset to bytes; reading looks there first, and rolling back is dropping
it.  Nothing of the image is touched.  A cell that the transaction frees is not used again before
it is committed.

Savepoints: each remembers what the cells were that it has changed, once each, so that many changes
of one cell take no more memory than one.  The outermost level needs none of that, since undoing it
drops all changes.  At the end they are laid into new bins (anyreg.engine.page_layout).
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.bins import BinMap
from anyreg.engine.free_space import FreeSpace
from anyreg.engine.image import Image, Source, Stretch
from anyreg.engine.page_layout import PageLayout, packed, runs
from anyreg.errors import CorruptHiveError, HiveFullError
from anyreg.regf.cells import bin_size, build_cell, cell_size
from anyreg.regf.layout import BINS_START, CELL_HEADER, MAX_BINS_SIZE

_RUN: Final = 4064  # bytes of new cells that are put together: a bin of one page


class Level:
    """What one level of a transaction must put back when it is undone."""

    def __init__(self, size: int, freed: int, image: Image, inserted_bins: int) -> None:
        self.before: dict[int, bytes | None] = {}  # changed cells
        self.size = size
        self.freed = freed
        self.image = image
        self.inserted_bins = inserted_bins


class Overlay(Image):
    """Changed cells over an image; itself an image, so that a tree can read it.

    Attributes:
        image: What lies under it, the bins that were inserted in bulk among it.
        cells: Changed cells by offset, each with its header.
    """

    def __init__(self, image: Image, cells: dict[int, bytes], size: int) -> None:
        super().__init__(Source(), 0)
        self.image = image
        self.cells = cells
        self.size = size

    def cell(self, offset: i64) -> tuple[bytes, i64, i64]:
        """As Image.cell, of the changed state."""
        changed = self.cells.get(offset)
        if changed is not None:
            return changed, CELL_HEADER, len(changed) - CELL_HEADER
        return self.image.cell(offset)

    def read(self, offset: i64, size: i64) -> bytes:
        """As Image.read; only ever of cells that have not changed."""
        return self.image.read(offset, size)


class CellChanges(Overlay):
    """Changes over an image that can be undone, or laid into new bins.

    Attributes:
        bins: Where each bin begins.
        space: Which cells are free.
        committed: What lies under all changes.
        freed: The cells that it frees, packed; in no order, and sorted by lay().
        frees_security: Whether a security record may be among them.
    """

    def __init__(self, image: Image, bins: BinMap, space: FreeSpace) -> None:
        super().__init__(image, {}, image.size)
        self.freed: list[int] = []
        self.frees_security = False
        self.bins = bins
        self.space = space
        self._levels: list[Level] = []
        self._laid: PageLayout | None = None
        self.committed = image
        self._inserted_bins: list[Stretch] = []  # bins that were laid already, ascending

    def restart(self, image: Image, bins: BinMap, space: FreeSpace) -> None:
        """Begin anew over an image, with nothing changed: the outermost level."""
        space.restart()
        bins.cut(image.size)
        self.image = self.committed = image
        self._inserted_bins.clear()
        self.size = image.size
        self.cells = {}
        self.freed.clear()
        self.frees_security = False
        self._laid = None
        self.bins = bins
        self.space = space
        self._levels.clear()
        self.begin()

    # Reading

    def snapshot(self) -> Image:
        """The state of this moment, which later changes do not touch."""
        return Overlay(self.image, dict(self.cells), self.size)

    def payload(self, offset: i64) -> bytes:
        """A cell's payload, all of it."""
        data, at, size = self._used(offset)
        if at + size > len(data):
            return self.image.read(offset + CELL_HEADER, size)
        return data[at : at + size]

    def capacity(self, offset: i64) -> int:
        """The largest payload that a cell can hold where it stands."""
        size = self.cell(offset)[2]
        return size if size > 0 else -size

    # Changing

    def put(self, offset: int, payload: bytes) -> None:
        """Give a cell another payload, which must fit."""
        size = self.capacity(offset) + CELL_HEADER
        self._remember(offset)
        self.cells[offset] = build_cell(payload, size)

    def patch(self, offset: int, at: int, data: bytes) -> None:
        """Replace bytes of a cell, counted from the start of its payload."""
        cell = self._whole(offset)
        self._remember(offset)
        at += CELL_HEADER
        self.cells[offset] = b"".join([cell[:at], data, cell[at + len(data) :]])

    def _whole(self, offset: i64) -> bytes:
        """A cell in use, its header included."""
        data, at, size = self._used(offset)
        if at + size > len(data):
            return self.image.read(offset, size + CELL_HEADER)
        return data[at - CELL_HEADER : at + size]

    def _used(self, offset: i64) -> tuple[bytes, i64, i64]:
        """As cell(), of one that is in use."""
        data, at, size = self.cell(offset)
        if size < 0:
            raise CorruptHiveError("a free cell is named", offset=BINS_START + offset)
        return data, at, size

    def add(self, payload: bytes, near: int = -1, room: int = 0) -> int:
        """A new cell.

        Args:
            payload: What it holds.
            near: The cell that it belongs to.
            room: Bytes that it shall have room for, if more than the payload.

        Returns:
            Its offset.

        Raises:
            HiveFullError: The hive cannot grow so far.
        """
        size = cell_size(max(len(payload), room))
        offset = self.space.take(size, near)
        if offset < 0:
            self._grow(size)
            offset = self.space.take(size, -1)
        self._remember(offset)
        self.cells[offset] = build_cell(payload, size)
        return offset

    def add_all(self, payloads: list[bytes], near: int) -> list[int]:
        """New cells, one behind the other where they go together: see add().

        Args:
            payloads: What they hold.
            near: The cell that they belong to.

        Returns:
            Their offsets.
        """
        cells = [build_cell(payload, cell_size(len(payload))) for payload in payloads]
        offsets: list[int] = []
        first = 0
        while first < len(cells):
            end = first + 1
            size = len(cells[first])
            while end < len(cells) and size + len(cells[end]) <= _RUN:
                size += len(cells[end])
                end += 1
            at = self.space.take(size, near)
            if at < 0:
                self._grow(size)
                at = self.space.take(size, -1)
            for cell in cells[first:end]:
                self._remember(at)
                self.cells[at] = cell
                offsets.append(at)
                at += len(cell)
            first = end
        return offsets

    def bulk_insert(self, bins: list[bytes], sizes: list[int]) -> None:
        """Add bins that are laid already, behind the last.

        Args:
            bins: Their bytes, one or several bins at a time.
            sizes: The bytes of each.

        Raises:
            HiveFullError: The hive cannot grow so far.
        """
        start: int = self.size
        if start + sum(sizes) > MAX_BINS_SIZE:
            raise HiveFullError("the hive cannot grow beyond 2 GiB")
        inserted_bins: list[Stretch] = []
        at = start
        for data in bins:
            inserted_bins.append(Stretch(data, at))
            at += len(data)
        for size in sizes:
            self.bins.append(self.size, size)
            self.size += size
        known: int = self.image.size
        # Of new bins that are not laid yet the cells alone are known.
        unlaid = [Stretch(bytes(start - known), known)] if known < start else []
        self.image = self.image.changed(unlaid + inserted_bins, self.size)
        self._inserted_bins += inserted_bins
        self.space.bulk_inserted(self.image)

    def free(self, offset: int) -> None:
        """Give a cell back; its space is used again after the commit."""
        self.free_cell(offset, self.capacity(offset) + CELL_HEADER)

    def free_cell(self, offset: i64, size: i64) -> None:
        """As free(), where the cell's size is known: that of its header is in it."""
        self.freed.append(packed(offset, size))
        self.forget(offset)

    def free_cells(self, cells: list[int]) -> None:
        """Free many cells, which were forgotten already.

        Args:
            cells: Packed (anyreg.engine.page_layout.packed); the list is sorted.

        Raises:
            CorruptHiveError: A cell is among them twice.
        """
        self.freed += runs(cells)

    def forget(self, offset: i64) -> None:
        """What was changed of a cell means nothing any more."""
        if offset in self.cells:
            self._remember(offset)
            del self.cells[offset]

    def _grow(self, size: int) -> None:
        """Add a bin that is just large enough for a cell of this size."""
        start: int = self.size
        total = bin_size(size)
        if start + total > MAX_BINS_SIZE:
            raise HiveFullError("the hive cannot grow beyond 2 GiB")
        self.bins.append(start, total)
        self.space.add_bin(start, total)
        self.size = start + total

    def _remember(self, offset: int) -> None:
        if len(self._levels) > 1:
            before = self._levels[-1].before
            if offset not in before:
                before[offset] = self.cells.get(offset)

    # Levels

    def begin(self) -> None:
        """Enter a level: the transaction's first, or a savepoint."""
        level = Level(self.size, len(self.freed), self.image, len(self._inserted_bins))
        self._levels.append(level)
        self.space.begin()

    def commit_level(self) -> None:
        """Leave a savepoint; what it did counts for the level around it."""
        done = self._levels.pop()
        if len(self._levels) > 1:
            outer = self._levels[-1].before
            for offset, before in done.before.items():
                outer.setdefault(offset, before)
        self.space.commit()

    def roll_back_level(self) -> None:
        """Leave a level and undo what it did."""
        undone = self._levels.pop()
        if self._levels:
            self._put_back(undone.before)
        else:
            self.cells = {}
        del self.freed[undone.freed :]
        self.size = undone.size
        self.bins.cut(undone.size)
        self.space.roll_back()
        if len(self._inserted_bins) > undone.inserted_bins:
            del self._inserted_bins[undone.inserted_bins :]
            self.image = undone.image
            self.space.ungrafted(self.image, undone.size)

    def roll_back(self) -> None:
        """Leave all levels and undo what they did."""
        while self._levels:
            self.roll_back_level()

    def _put_back(self, cells: dict[int, bytes | None]) -> None:
        for offset, before in cells.items():
            if before is None:
                self.cells.pop(offset, None)
            else:
                self.cells[offset] = before

    # Laying

    def lay(self) -> PageLayout:
        """Lay all changes into new bins; done() or roll_back_level() must follow.

        Raises:
            CorruptHiveError: A cell was freed twice, as it belongs to two keys of a damaged hive.
        """
        self._laid = PageLayout(self.image, self.bins, self.space, self.size)
        self._laid.note_inserted_bins(self.committed.size, self._inserted_bins)
        self._laid.lay(self.cells, self.freed)
        return self._laid

    def done(self) -> None:
        """The changes that were laid are committed: there is no way back."""
        self._levels.pop()
        self.space.commit()
        laid = self._laid
        if laid is not None and (laid.joined or laid.size != self.size):
            self.bins.rearrange(laid.size, laid.joined)
            self.space.rearranged(laid.size, laid.joined)
        self._laid = None
