"""The data of values - in the record, in a cell, in segments - changed inside a transaction."""

from __future__ import annotations

from anyreg.engine.cell_changes import CellChanges
from anyreg.regf.cells import cell_size
from anyreg.regf.data import (
    data_room,
    inline_data,
    is_segmented,
    segment_count,
    segments,
    size_field,
)
from anyreg.regf.layout import (
    CELL_HEADER,
    DATA_INLINE,
    DATA_INLINE_MOST,
    DB_LIST,
    SEGMENT,
    VK_DATA,
    VK_DATA_SIZE,
)
from anyreg.regf.lists import build_array
from anyreg.regf.reads import dword, u32
from anyreg.regf.records import build_big_data


class DataCells:
    """Gives values other data, and frees what they had."""

    def __init__(self, changes: CellChanges, minor: int) -> None:
        """Work on a transaction.

        Args:
            changes: The transaction.
            minor: Format version of the hive.
        """
        self._changes = changes
        self._minor = minor

    def add(self, near: int, raw: bytes) -> int:
        """The cell that a value of more than four bytes names."""
        if not is_segmented(len(raw), self._minor):
            return self._changes.add(raw, near, data_room(len(raw)))
        cells = [self._changes.add(part, -1, SEGMENT) for part in segments(raw)]
        listed = self._changes.add(build_array(cells), near)
        return self._changes.add(build_big_data(len(cells), listed), near)

    def change(self, cell: int, raw: bytes) -> None:
        """Give the value whose record stands in a cell other data, in place where that fits."""
        payload = self._changes.payload(cell)
        size = u32(payload, VK_DATA_SIZE)
        where = u32(payload, VK_DATA)
        simple = not size & DATA_INLINE and size and not is_segmented(size, self._minor)
        if simple and len(raw) > DATA_INLINE_MOST and not is_segmented(len(raw), self._minor):
            room = self._changes.capacity(where)
            # A much larger cell than needed is given back, or a hive would never shrink inside.
            if cell_size(len(raw)) <= room + CELL_HEADER <= 2 * cell_size(len(raw)) + 32:
                self._changes.put(where, raw)
                if len(raw) != size:
                    self._changes.patch(cell, VK_DATA_SIZE, dword(len(raw)))
                return
        self.free(cell)
        field = inline_data(raw) if len(raw) <= DATA_INLINE_MOST else self.add(cell, raw)
        self._changes.patch(cell, VK_DATA_SIZE, dword(size_field(len(raw))) + dword(field))

    def free(self, cell: int) -> None:
        """Free the data of the value whose record stands in a cell."""
        payload = self._changes.payload(cell)
        size = u32(payload, VK_DATA_SIZE)
        where = u32(payload, VK_DATA)
        if size & DATA_INLINE or size == 0:
            return
        if is_segmented(size, self._minor):
            listed = u32(self._changes.payload(where), DB_LIST)
            payload = self._changes.payload(listed)
            for index in range(segment_count(size)):
                self._changes.free(u32(payload, 4 * index))
            self._changes.free(listed)
        self._changes.free(where)
