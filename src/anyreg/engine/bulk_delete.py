"""Bulk delete: freeing every cell of a tree of keys that is deleted.

A tree may have a million keys.  It is gone through level by level without making an object for a
key that has no subkeys, and what is kept of each is its cell: four bytes, for the handles that
may still name it.  The subkeys of a key are freed as they stand in the file, so that neighbours
make one run at once.  A subkey list that is not in order - a key is named twice, or does not name
this one as its parent - is read as damaged hives are, by the rules of Tree.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from mypy_extensions import i64

from anyreg.engine.cell_changes import CellChanges
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.page_layout import packed
from anyreg.engine.tree import Tree
from anyreg.engine.value_cells import ValueCells
from anyreg.errors import CorruptHiveError
from anyreg.regf.layout import (
    BINS_START,
    CELL_HEADER,
    DATA_INLINE,
    KEY_PREDEFINED,
    NK,
    NK_CLASS,
    NK_CLASS_SIZE,
    NK_FLAGS,
    NK_NAME,
    NK_PARENT,
    NK_SECURITY,
    NK_SUBKEYS,
    NK_VALUE_LIST,
    NK_VALUES,
    NONE,
    SEGMENT,
    VK_DATA,
    VK_DATA_SIZE,
    VK_NAME,
)
from anyreg.regf.reads import u16, u32

_CHUNK: Final = 8192  # runs after which those found are joined, so that few numbers are kept


class CellSet:
    """The cells of many keys that went together, four bytes each.

    Attributes:
        top: The cell of the key that all others were below.
    """

    def __init__(self, cells: Iterable[int], top: int) -> None:
        self.top = top
        self._cells = array("I", cells)
        self._is_sorted = False

    def holds(self, cell: int) -> bool:
        """Whether a cell is among them."""
        if not self._is_sorted:  # most sets are never asked
            self._cells = array("I", sorted(self._cells))
            self._is_sorted = True
        at = bisect_left(self._cells, cell)
        return at < len(self._cells) and self._cells[at] == cell


class BulkDelete:
    """Frees one tree of keys that no list names any more.

    Attributes:
        keys: The cells of its keys.
        descriptors: How many of its keys used each security record.
    """

    def __init__(self, changes: CellChanges, tree: Tree, values: ValueCells) -> None:
        self._changes = changes
        self._image = changes.image
        self._tree = tree
        self._values = values
        self._parents: list[KeyNode] = []  # keys whose subkeys are still to be freed
        self._freed: list[int] = []  # packed, since they were last joined
        self._first: i64 = 0  # the run that is not among them yet
        self._end: i64 = 0
        self._record: i64 = NONE  # of the last key; most keys have that of the one before
        self._uses: i64 = 0
        self.keys = array("I")
        self.descriptors: dict[int, int] = {}

    def bulk_delete(self, top: int) -> None:
        """Free a key and all below it.

        Raises:
            CorruptHiveError: The tree names a cell that is free or makes no sense.
        """
        if not self._free_keys([top], self._tree.parent_cell(self._tree.key(top))):
            raise _bad_cell(top)
        while self._parents:
            node = self._parents.pop()
            listed = self._tree.list_cells(node)
            self._free_subkeys(node)
            for cell in listed:
                self._free(cell)
            if len(self._freed) >= _CHUNK:
                self._join()
        self._join()
        self._count(NONE)

    def _free_subkeys(self, node: KeyNode) -> None:
        cells = self._tree.listed_cells(node)
        cells.sort()
        count = self._free_keys(cells, node.cell)
        if count < len(cells):
            self._free_in_disorder(node, set(cells[:count]))

    def _free_in_disorder(self, node: KeyNode, freed: set[int]) -> None:
        """Free the subkeys of a key of a damaged hive that are really its own."""
        for child in self._tree.children(node):
            if child.cell not in freed:
                self._free_keys([child.cell], self._tree.parent_cell(child))

    def _free_keys(self, cells: list[int], parent: i64) -> int:
        """Free ascending keys up to one that is not of this parent; how many were freed."""
        is_changed = self._may_have_changed(cells)
        count: i64 = 0
        last: i64 = -1
        for number in cells:
            cell: i64 = number
            if cell == last or not self._free_key(cell, parent, is_changed):
                break
            last = cell
            count += 1
        self.keys.fromlist(cells if count == len(cells) else cells[:count])
        return count

    def _may_have_changed(self, cells: list[int]) -> bool:
        """Whether ascending cells may be among those that the transaction has changed."""
        changed = self._changes.cells
        if len(changed) > len(cells):
            return True
        for cell in changed:
            at = bisect_left(cells, cell)
            if at < len(cells) and cells[at] == cell:
                return True
        return False

    def _free_key(self, cell: i64, parent: i64, is_changed: bool) -> bool:
        """Free a key whose parent is this one; False, and nothing is done, where it is not."""
        try:
            data, at, size = self._changes.cell(cell) if is_changed else self._image.cell(cell)
        except CorruptHiveError:
            return False
        if size < NK_NAME or u16(data, at) != NK or u32(data, at + NK_PARENT) != parent:
            return False
        if is_changed:
            self._changes.forget(cell)
        self._note_freed(cell, size + CELL_HEADER)
        if u32(data, at + NK_SUBKEYS):
            self._parents.append(KeyNode("", 0, cell, data, at, size, 0))
        count = u32(data, at + NK_VALUES)
        if count and not u16(data, at + NK_FLAGS) & KEY_PREDEFINED:
            self._free_values(u32(data, at + NK_VALUE_LIST), count)
        where = u32(data, at + NK_CLASS)
        if where != NONE and u16(data, at + NK_CLASS_SIZE):
            self._free(where)
        record = u32(data, at + NK_SECURITY)
        if record != self._record:
            self._count(record)
        self._uses += 1
        return True

    def _free_values(self, listed: i64, count: i64) -> None:
        cells = self._changes.payload(listed)
        at: i64 = 0
        for _ in range(min(count, len(cells) // 4)):
            cell = u32(cells, at)
            self._free_data(cell)
            self._free(cell)
            at += 4
        self._free(listed)

    def _free_data(self, cell: i64) -> None:
        """Free the data of a value: nothing, one cell, or a record and its segments."""
        data, at, size = self._changes.cell(cell)
        if size < VK_NAME:
            raise _bad_cell(cell)
        length = u32(data, at + VK_DATA_SIZE)
        if length == 0 or length & DATA_INLINE:
            return
        if length > SEGMENT:
            self._values.data.free(cell)
        else:
            self._free(u32(data, at + VK_DATA))

    def _free(self, cell: i64) -> None:
        size = self._changes.cell(cell)[2]
        if size < 0:
            raise _bad_cell(cell)
        self._changes.forget(cell)
        self._note_freed(cell, size + CELL_HEADER)

    def _note_freed(self, cell: i64, size: i64) -> None:
        if cell != self._end:
            self._end_run()
            self._first = cell
        self._end = cell + size

    def _end_run(self) -> None:
        if self._end > self._first:
            self._freed.append(packed(self._first, self._end - self._first))
        self._first = self._end = 0

    def _join(self) -> None:
        self._end_run()
        self._changes.free_cells(self._freed)
        self._freed = []

    def _count(self, record: i64) -> None:
        """The keys from here on have another security record."""
        if self._record != NONE:
            before = self.descriptors.get(self._record, 0)
            self.descriptors[self._record] = before + self._uses
        self._record = record
        self._uses = 0


def _bad_cell(cell: i64) -> CorruptHiveError:
    return CorruptHiveError(
        "a key to be deleted names a cell that is free or too small",
        offset=BINS_START + cell,
    )
