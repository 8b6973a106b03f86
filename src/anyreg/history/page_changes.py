"""What a commit has changed, found afterwards from the pages that differ; so for commits of others.

In the pages that differ stand the key nodes that were written.  A key node that is listed before
and after is a key that stays: its subkey lists say which trees below it have come and gone, and
its values are compared where their cells lie in those pages.  So the cost depends on the size of
the change alone.

A transaction uses no cell again that it has freed, so one cell is one key.  A renamed key whose
longer name needs another cell keeps most of what it holds, by which it is found.  Between moments
that several commits lie between a cell can have become another key: it is reported as renamed then,
and what is reported leads from the one state to the other all the same.

That rests on one thing: no commit leaves a key node as it was whose values or subkeys it changes.
Its time sees to that, which is never the same twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import Image
from anyreg.engine.tree import Tree
from anyreg.history.comparison import Comparison
from anyreg.history.items import Item
from anyreg.regf.layout import (
    CELL_ALIGN,
    CELL_HEADER,
    DATA_INLINE,
    NK_CLASS,
    NK_NAME,
    NK_NAME_SIZE,
    NK_SUBKEY_LIST,
    NK_VALUE_LIST,
    NONE,
    PAGE,
    RI,
    SEGMENT,
    VK_DATA,
    VK_DATA_SIZE,
)
from anyreg.regf.reads import i32, u16, u32

_SIGNATURE: Final = b"nk"
_ENOUGH: Final = 1024  # cells by which a renamed key is found
_SIZE_BITS: Final = 0x7FFFFFFF


class Pages:
    """Stretches of pages that differ."""

    def __init__(self, runs: list[tuple[int, int]]) -> None:
        """Note them.

        Args:
            runs: Offset and size of each, in any order; they may overlap.
        """
        self._starts: list[int] = []
        self._ends: list[int] = []
        for at, size in sorted(runs):
            if self._ends and at <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], at + size)
            else:
                self._starts.append(at)
                self._ends.append(at + size)

    def runs(self) -> list[tuple[int, int]]:
        """Start and end of each stretch, ascending and apart."""
        return list(zip(self._starts, self._ends, strict=True))

    def meet(self, start: int, end: int) -> bool:
        """Whether any of these bytes lies in them."""
        place = bisect_right(self._starts, end - 1)
        return place > 0 and self._ends[place - 1] > start


class PageChanges(Comparison):
    """The changes between two images of one hive."""

    def __init__(self, old: Tree, new: Tree, runs: list[tuple[int, int]]) -> None:
        """Compare two moments.

        Args:
            old: The keys before.
            new: The keys after.
            runs: Offset and size of the pages that may differ.
        """
        super().__init__(old, new)
        self._pages = Pages(runs)
        self._written: set[int] = set()  # keys whose nodes were written
        # Where each key stood before, NONE if it was not there.
        self._origin: dict[int, int] = {new.root_cell: old.root_cell}
        self._come: list[tuple[int, int, int]] = []  # cell, parent before, parent after
        self._gone: list[tuple[int, int, int]] = []

    def items(self) -> Iterator[Item]:
        """Every change: keys that stay, trees that have gone, trees that have come."""
        for path, cell in self._written_keys():
            old = self._origin_of(cell)
            if old == NONE:
                continue
            self._compare_children(old, cell)
            hunks = self.hunks(old, cell, self._rewritten(old, cell))
            changed = self.changed(old, cell, path, hunks)
            if changed is not None:
                yield changed
        for cell, before, after in self._gone:
            yield self.top(True, before, after)
            yield from self.whole_tree(self.old, cell)
        for cell, before, after in self._come:
            yield self.top(False, before, after)
            yield from self.whole_tree(self.new, cell)

    # Keys that were written

    def _written_keys(self) -> list[tuple[list[str], int]]:
        """Path and cell of each, those above before those below."""
        found: list[tuple[list[str], int]] = []
        for start, end in self._pages.runs():
            for cell in self._written_nodes(max(0, start - PAGE), end + PAGE):
                path = self.new_paths.of(cell)
                if path is not None and cell not in self._written:
                    self._written.add(cell)
                    found.append((path, cell))
        found.sort(key=_depth)
        return found

    def _written_nodes(self, start: i64, end: i64) -> list[int]:
        """Cells in these pages that look like key nodes, and have other bytes than before."""
        after = _bytes(self.new.image, start, end)
        before = _bytes(self.old.image, start, end)
        found: list[int] = []
        at: i64 = after.find(_SIGNATURE)
        while at >= 0:
            if at % CELL_ALIGN == CELL_HEADER and at + NK_NAME <= len(after):
                stop = at + NK_NAME + u16(after, at + NK_NAME_SIZE)
                head = at - CELL_HEADER
                if i32(after, head) < 0 and after[head:stop] != before[head:stop]:
                    found.append(start + head)
            at = after.find(_SIGNATURE, at + 1)
        return found

    def _origin_of(self, cell: int) -> int:
        """Where a key stood before, NONE if it was not there; those above it are settled."""
        chain: list[int] = []
        while cell not in self._origin:
            chain.append(cell)
            cell = self.new.parent_cell(self.new.key(cell))
        before = self._origin[cell]
        while chain:
            cell = chain.pop()
            before = self._origin[cell] = self._below(before, cell)
        return before

    def _below(self, parent: int, cell: int) -> int:
        """The cell itself if a key stood there before, below this parent; else NONE."""
        if parent == NONE or self.old_paths.of(cell) is None:
            return NONE
        return cell if self.old.parent_cell(self.old.key(cell)) == parent else NONE

    # Their subkeys

    def _compare_children(self, old: int, new: int) -> None:
        old_node, new_node = self.old.key(old), self.new.key(new)
        lists = self.old.list_cells(old_node)
        lists_after = self.new.list_cells(new_node)
        same = {cell for cell in set(lists).intersection(lists_after) if not self._is_met(cell)}
        before = _entries(self.old, lists, same)
        after = _entries(self.new, lists_after, same)
        both = self._written.intersection(before).intersection(after)
        others = {cell for cell in both if not self.may_be_one(cell, cell)}
        self._origin.update(dict.fromkeys(others, NONE))
        gone = [cell for cell in before if cell not in after or cell in others]
        come = [cell for cell in after if cell not in before or cell in others]
        if gone and come:
            self._pair(gone, come)
        self._gone += [(cell, old, new) for cell in gone if self.old_paths.of(cell) is not None]
        self._come += [(cell, old, new) for cell in come if self.new_paths.of(cell) is not None]

    def _is_met(self, cell: int) -> bool:
        """Whether a cell that both sides have lies in the pages."""
        size = self.new.image.cell(cell)[2]
        return self._pages.meet(cell, cell + CELL_HEADER + (size if size > 0 else -size))

    def _pair(self, gone: list[int], come: list[int]) -> None:
        """Take keys out that were renamed into another cell."""
        known = {trace: cell for cell in gone for trace in _traces(self.old, cell)}
        only = len(gone) == 1 and len(come) == 1
        for cell in list(come):
            traces = _traces(self.new, cell)
            before = next((known[trace] for trace in traces if trace in known), NONE)
            if before == NONE and only and not traces and self._alike(gone[0], cell):
                before = gone[0]
            if before in gone and self.may_be_one(before, cell):
                gone.remove(before)
                come.remove(cell)
                self._origin[cell] = before

    def _alike(self, old: int, new: int) -> bool:
        """Whether two keys, of which the new one holds nothing, may be one."""
        before, after = self.old.key(old), self.new.key(new)
        same = self.old.descriptor(before) == self.new.descriptor(after)
        return same and not _traces(self.old, before.cell)

    # Their values

    def _rewritten(self, old: int, new: int) -> set[int]:
        """The values in the lists of both sides whose cells lie in the pages."""
        found: set[int] = set()
        listed = self.new.value_list_of(self.new.key(new))
        for at in range(0, len(listed), 4):
            cell = u32(listed, at)
            if self._is_value_met(cell):
                found.add(cell)
        return found

    def _is_value_met(self, cell: int) -> bool:
        data, at, size = self.new.image.cell(cell)
        if self._pages.meet(cell, cell + CELL_HEADER + size) or size < VK_DATA + 4:
            return True
        stated = u32(data, at + VK_DATA_SIZE)
        if stated & DATA_INLINE:
            return False
        if stated > SEGMENT:  # it lies in several cells
            return True
        where = u32(data, at + VK_DATA)
        return self._pages.meet(where, where + CELL_HEADER + (stated & _SIZE_BITS))


def _depth(found: tuple[list[str], int]) -> int:
    return len(found[0])


def _bytes(image: Image, start: i64, end: i64) -> bytes:
    """The bytes of whole pages, as far as there are any."""
    end = min(end, image.size)
    return b"".join(image.pieces(start, end)) if start < end else b""


def _entries(tree: Tree, lists: list[int], skipped: set[int]) -> dict[int, None]:
    """The cells that subkey lists name, but for some of the lists."""
    found: dict[int, None] = {}
    for cell in lists:
        if cell not in skipped:
            subkeys = tree.subkey_list(cell)
            if subkeys.signature != RI:
                for number in range(subkeys.count):
                    found[u32(subkeys.data, subkeys.at + number * subkeys.step)] = None
    return found


def _traces(tree: Tree, cell: int) -> list[int]:
    """Cells of what a key holds and of what is below it, the next ones first.

    A rename leaves most of them where they are, and keys never move to other parents.
    """
    found: list[int] = []
    keys = [cell]
    for key in keys:
        node = tree.key(key)
        children = [child.cell for child in tree.children(node)]
        values = tree.value_list_of(node)
        found += children
        found += [u32(values, at) for at in range(0, len(values), 4)]
        for field in (NK_SUBKEY_LIST, NK_VALUE_LIST, NK_CLASS):
            where = u32(node.data, node.at + field)
            if where != NONE:
                found.append(where)
        if len(found) > _ENOUGH:
            break
        keys += children
    return found
