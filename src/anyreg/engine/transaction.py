"""A transaction: changed cells over an image, and how they become new bins.

Changed cells are a dict, offset to bytes; reading looks there first, and rolling back is dropping
it.  Nothing of the image is touched.  A cell that the transaction frees is not used again before
it is committed.

Savepoints: each level remembers what the cells it changed were before.  lay() turns all changes
into new bytes for the bins they fall in, and says which pages of them differ.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.bins import BinMap
from anyreg.engine.image import Image, Source, Stretch
from anyreg.engine.space import Space
from anyreg.errors import CorruptHiveError, HiveFullError
from anyreg.regf.cells import bin_size, build_bin_header, build_cell, cell_size
from anyreg.regf.layout import BINS_START, CELL_HEADER, MAX_BINS_SIZE, PAGE
from anyreg.regf.reads import dword


_RUN: Final = 4064  # bytes of new cells that are put together: a bin of one page


class Level:
    """What one level of a transaction must put back when it is undone."""

    def __init__(self, size: int, freed: int) -> None:
        self.cells: dict[int, bytes | None] = {}
        self.size = size
        self.freed = freed


class Overlay(Image):
    """Changed cells over an image; itself an image, so that a tree can read it.

    Attributes:
        image: What lies under it.
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


class Transaction(Overlay):
    """Changes over an image that can be undone, or laid into new bins.

    Attributes:
        freed: Offset and size of each cell that was freed.
    """

    def __init__(self, image: Image, bins: BinMap, space: Space) -> None:
        super().__init__(image, {}, image.size)
        self.freed: list[tuple[int, int]] = []
        self._bins = bins
        self._space = space
        self._levels: list[Level] = []

    def restart(self, image: Image, bins: BinMap, space: Space) -> None:
        """Begin anew over an image, with nothing changed: the outermost level."""
        self.image = image
        self.size = image.size
        self.cells = {}
        self.freed = []
        self._bins = bins
        self._space = space
        self._levels = []
        self.begin()

    # Reading

    def snapshot(self) -> Image:
        """The state of this moment, which later changes do not touch."""
        return Overlay(self.image, dict(self.cells), self.size)

    def payload(self, offset: i64) -> bytes:
        """A cell's payload, all of it."""
        data, at, size = self.cell(offset)
        if size < 0:
            raise CorruptHiveError("a free cell is named", offset=BINS_START + offset)
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
        cell = self.cells.get(offset)
        if cell is None:
            payload = self.payload(offset)
            cell = (-len(payload) - CELL_HEADER).to_bytes(4, "little", signed=True) + payload
        self._remember(offset)
        at += CELL_HEADER
        self.cells[offset] = cell[:at] + data + cell[at + len(data) :]

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
        offset = self._space.take(size, near)
        if offset < 0:
            self._grow(size)
            offset = self._space.take(size, -1)
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
            at = self._space.take(size, near)
            if at < 0:
                self._grow(size)
                at = self._space.take(size, -1)
            for cell in cells[first:end]:
                self._remember(at)
                self.cells[at] = cell
                offsets.append(at)
                at += len(cell)
            first = end
        return offsets

    def free(self, offset: int) -> None:
        """Give a cell back; its space is used again after the commit."""
        self.freed.append((offset, self.capacity(offset) + CELL_HEADER))
        self._remember(offset)
        self.cells.pop(offset, None)

    def _grow(self, size: int) -> None:
        """Add a bin that is just large enough for a cell of this size."""
        start: int = self.size
        total = bin_size(size)
        if start + total > MAX_BINS_SIZE:
            raise HiveFullError("the hive cannot grow beyond 2 GiB")
        self._bins.append(start, total)
        self._space.add_bin(start, total)
        self.size = start + total

    def _remember(self, offset: int) -> None:
        before = self._levels[-1].cells
        if offset not in before:
            before[offset] = self.cells.get(offset)

    # Levels

    def begin(self) -> None:
        """Enter a level: the transaction's first, or a savepoint."""
        self._levels.append(Level(self.size, len(self.freed)))
        self._space.begin()

    def commit_level(self) -> None:
        """Leave a savepoint; what it did counts for the level around it."""
        done = self._levels.pop()
        outer = self._levels[-1].cells
        for offset, before in done.cells.items():
            outer.setdefault(offset, before)
        self._space.commit()

    def roll_back_level(self) -> None:
        """Leave a level and undo what it did."""
        undone = self._levels.pop()
        for offset, before in undone.cells.items():
            if before is None:
                self.cells.pop(offset, None)
            else:
                self.cells[offset] = before
        del self.freed[undone.freed :]
        self.size = undone.size
        self._bins.cut(undone.size)
        self._space.roll_back()

    # Laying

    def lay(self) -> tuple[list[Stretch], list[tuple[int, bytes]]]:
        """Lay all changes into new bins; done() or roll_back_level() must follow.

        Returns:
            The new bytes of all bins that change, and the runs of pages in them that differ:
            where each belongs and its bytes, ascending.
        """
        for offset, size in self.freed:
            self._space.give(offset, size)
        edits: dict[int, list[tuple[int, bytes]]] = {}
        for offset, cell in self.cells.items():
            edits.setdefault(self._bins.start_of(offset), []).append((offset, cell))
        for start in self._space.touched():
            free = self._space.free_cells(start)
            listed = edits.setdefault(start, [])
            for index, offset in enumerate(free.offsets):
                listed.append((offset, dword(free.sizes[index])))
        stretches: list[Stretch] = []
        pages: list[tuple[int, bytes]] = []
        for start in sorted(edits):
            self._lay_bin(start, edits[start], stretches, pages)
        return stretches, merged(pages)

    def done(self) -> None:
        """The changes that were laid are committed: there is no way back."""
        self._levels.pop()
        self._space.commit()

    def _lay_bin(
        self,
        start: int,
        edits: list[tuple[int, bytes]],
        stretches: list[Stretch],
        pages: list[tuple[int, bytes]],
    ) -> None:
        size = self._bins.end_of(start) - start
        new = start >= self.image.size
        old = (
            build_bin_header(start, size).ljust(size, b"\0")
            if new
            else self.image.read(start, size)
        )
        edits.sort()
        parts: list[bytes] = []
        at = 0
        touched: dict[int, None] = {}
        for offset, data in edits:
            place = offset - start
            parts.append(old[at:place])
            parts.append(data)
            at = place + len(data)
            for page in range(place // PAGE, (at - 1) // PAGE + 1):
                touched[page] = None
        parts.append(old[at:])
        laid = b"".join(parts)
        stretches.append(Stretch(laid, start))
        if new:
            pages.append((start, laid))
            return
        for page in touched:
            where = page * PAGE
            bytes_now = laid[where : where + PAGE]
            if bytes_now != old[where : where + PAGE]:
                pages.append((start + where, bytes_now))


def merged(pages: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Ascending pages with neighbours joined into one run."""
    runs: list[tuple[int, bytes]] = []
    parts: list[bytes] = []
    first = end = -1
    for at, data in pages:
        if at != end:
            if parts:
                runs.append((first, b"".join(parts)))
            parts = []
            first = at
        parts.append(data)
        end = at + len(data)
    if parts:
        runs.append((first, b"".join(parts)))
    return runs
