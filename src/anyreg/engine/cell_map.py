"""Which cells tile the bins, and which of them something names.

One byte for each eight of the bins says what starts there, so that a check of a large hive takes
an eighth of its size and no more.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import Image
from anyreg.problems import Problems
from anyreg.regf.layout import (
    BIN_HEADER,
    BIN_OFFSET,
    BIN_SIGNATURE,
    BIN_SIZE,
    BINS_START,
    CELL_ALIGN,
    PAGE,
)
from anyreg.regf.reads import i32, u32

_NOTHING: Final = 0
_FREE: Final = 1
_IN_USE: Final = 2
_NAMED: Final = 3


class CellMap:
    """The cells of an image.

    Attributes:
        bins: Cell offset and size of each bin.
    """

    def __init__(self, image: Image, problems: Problems) -> None:
        """Walk all bins and cells, noting what does not tile."""
        self._image = image
        self._problems = problems
        self._marks = bytearray(image.size // CELL_ALIGN + 1)
        self.bins: list[tuple[int, int]] = []
        at: i64 = 0
        while at < image.size:
            size = self._read_bin(at)
            if size:
                self.bins.append((at, size))
                self._read_cells(at, size)
            at += size or PAGE

    def name(self, cell: i64, what: str, path: str) -> bool:
        """Count a reference to a cell that only one thing may name.

        Args:
            cell: Its offset.
            what: What it holds.
            path: The key that the reference belongs to.

        Returns:
            Whether a cell in use starts there that was not named before: only then it is looked
            into, so that a check takes the time of the hive and not of its references.
        """
        if not self.is_cell(cell, what, path):
            return False
        if self._marks[cell // CELL_ALIGN] == _NAMED:
            self._note(cell, f"{what}: a cell that is named twice", path)
            return False
        self._marks[cell // CELL_ALIGN] = _NAMED
        return True

    def share(self, cell: i64, what: str, path: str) -> bool:
        """As name(), for a cell that several may name."""
        if not self.is_cell(cell, what, path):
            return False
        self._marks[cell // CELL_ALIGN] = _NAMED
        return True

    def is_cell(self, cell: i64, what: str, path: str) -> bool:
        """Whether a cell in use starts at this offset; notes it if not."""
        if cell < 0 or cell >= self._image.size or cell % CELL_ALIGN:
            self._note(cell, f"{what}: no cell can start here", path)
            return False
        mark = self._marks[cell // CELL_ALIGN]
        if mark == _NOTHING:
            self._note(cell, f"{what}: no cell starts here", path)
        elif mark == _FREE:
            self._note(cell, f"{what}: the cell is free", path)
        return mark >= _IN_USE

    def is_named(self, cell: i64) -> bool:
        """Whether something has named this cell already; it must be one."""
        return self._marks[cell // CELL_ALIGN] == _NAMED

    def unnamed(self) -> list[int]:
        """Offsets of the cells that are in use though nothing names them."""
        found: list[int] = []
        at = self._marks.find(_IN_USE)
        while at >= 0:
            found.append(at * CELL_ALIGN)
            at = self._marks.find(_IN_USE, at + 1)
        return found

    def _read_bin(self, at: i64) -> i64:
        """The size of the bin at this offset, 0 where none stands.

        One wrong field does not hide the bin: its cells are still looked at.
        """
        header = self._image.read(at, min(BIN_HEADER, self._image.size - at))
        if len(header) < BIN_HEADER:
            self._note(at, "bin cut short", "")
            return 0
        signed = header[:4] == BIN_SIGNATURE
        placed = u32(header, BIN_OFFSET) == at
        size = u32(header, BIN_SIZE)
        if not signed:
            self._expect(at, "bad bin", repr(BIN_SIGNATURE), repr(header[:4]))
        if not signed and not placed:
            return 0
        if not placed:
            found = u32(header, BIN_OFFSET)
            self._expect(at, "wrong offset in a bin", f"0x{at:x}", f"0x{found:x}")
        if size == 0 or size % PAGE or size > self._image.size - at:
            wanted = "a multiple of 4096 within the hive"
            self._expect(at, "bad size of a bin", wanted, f"{size}")
            return 0
        return size

    def _read_cells(self, start: i64, size: i64) -> None:
        at = start + BIN_HEADER
        end = start + size
        after_free = False
        while at < end:
            signed = i32(self._image.read(at, 4), 0)
            length = -signed if signed < 0 else signed
            if length < CELL_ALIGN or length % CELL_ALIGN or length > end - at:
                self._expect(at, "bad cell size", "a multiple of 8 within the bin", f"{signed}")
                return
            if signed > 0 and after_free:
                self._note(at, "two free cells side by side", "")
            after_free = signed > 0
            self._marks[at // CELL_ALIGN] = _FREE if after_free else _IN_USE
            at += length

    def _expect(self, at: i64, what: str, expected: str, actual: str) -> None:
        self._problems.note(BINS_START + at, what, expected, actual)

    def _note(self, cell: i64, what: str, path: str) -> None:
        self._problems.note(BINS_START + cell, what, "", "", path)
