"""Pruning: freeing every cell of a tree of keys that is deleted.

A tree may have a million keys.  It is gone through level by level without making an object for a
key that has no subkeys, and what is kept of each is its cell: four bytes, for the handles that
may still name it.  A subkey list that is not in order - its keys do not name the key as their
parent - is read as damaged hives are, by the rules of Tree.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

from mypy_extensions import i64

from anyreg.engine.transaction import Transaction
from anyreg.engine.tree import Tree
from anyreg.engine.value_cells import ValueCells
from anyreg.errors import CorruptHiveError
from anyreg.regf.layout import (
    BINS_START,
    CELL_HEADER,
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
)
from anyreg.regf.reads import u16, u32


class CellSet:
    """The cells of many keys that went together, four bytes each.

    Attributes:
        top: The cell of the key that all others were below.
    """

    def __init__(self, cells: list[int]) -> None:
        """Take over a list, the tree's top first; it is sorted."""
        self.top = cells[0]
        cells.sort()
        self._cells = array("I", cells)

    def holds(self, cell: int) -> bool:
        """Whether a cell is among them."""
        at = bisect_left(self._cells, cell)
        return at < len(self._cells) and self._cells[at] == cell


class Pruner:
    """Frees one tree of keys that no list names any more.

    Attributes:
        keys: The cells of its keys.
        descriptors: How many of its keys used each security record.
    """

    def __init__(self, changes: Transaction, tree: Tree, values: ValueCells) -> None:
        self._changes = changes
        self._tree = tree
        self._values = values
        self._parents: list[int] = []  # keys whose subkeys are still to be freed
        self._record: i64 = NONE  # of the last key; most keys have that of the one before
        self._uses: i64 = 0
        self.keys: list[int] = []
        self.descriptors: dict[int, int] = {}

    def prune(self, top: int) -> None:
        """Free a key and all below it.

        Raises:
            CorruptHiveError: The tree names a cell that is free or makes no sense.
        """
        self._free_key(top)
        while self._parents:
            parent = self._parents.pop()
            for cell in self._subkeys(parent):
                self._free_key(cell)
            self._free(parent)
        self._count(NONE)

    def _subkeys(self, parent: i64) -> list[int]:
        node = self._tree.key(parent)
        cells = self._tree.subkey_cells(node)
        for cell in cells:
            if not self._is_child(cell, parent):
                cells = [child.cell for child in self._tree.children(node)]
                break
        for listed in self._tree.list_cells(node):
            self._free(listed)
        return cells

    def _is_child(self, cell: i64, parent: i64) -> bool:
        try:
            data, at, size = self._changes.cell(cell)
        except CorruptHiveError:
            return False
        return size >= NK_NAME and u16(data, at) == NK and u32(data, at + NK_PARENT) == parent

    def _free_key(self, cell: i64) -> None:
        data, at, size = self._changes.cell(cell)
        if size < NK_NAME:
            raise _bad_cell(cell)
        self.keys.append(cell)
        if u32(data, at + NK_SUBKEYS):
            self._parents.append(cell)  # it is freed behind its subkeys, which are found by it
        else:
            self._changes.free_cell(cell, size + CELL_HEADER)
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

    def _free_values(self, listed: i64, count: i64) -> None:
        cells = self._changes.payload(listed)
        at: i64 = 0
        for _ in range(min(count, len(cells) // 4)):
            cell = u32(cells, at)
            self._values.free_data(cell)
            self._free(cell)
            at += 4
        self._free(listed)

    def _free(self, cell: i64) -> None:
        size = self._changes.cell(cell)[2]
        if size < 0:
            raise _bad_cell(cell)
        self._changes.free_cell(cell, size + CELL_HEADER)

    def _count(self, record: i64) -> None:
        """The keys from here on have another security record."""
        if self._record != NONE:
            before = self.descriptors.get(self._record, 0)
            self.descriptors[self._record] = before + self._uses
        self._record = record
        self._uses = 0


def _bad_cell(cell: i64) -> CorruptHiveError:
    return CorruptHiveError(
        "a key to be deleted names a cell that is free or too small: repair the hive into a new "
        "file first",
        offset=BINS_START + cell,
    )
