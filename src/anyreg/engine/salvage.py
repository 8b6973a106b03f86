"""Salvage: the keys of a damaged hive that nothing leads to any more.

A key that its parent's list does not name, as the list or the parent is lost, still names its
parent.  So all key nodes in use are looked for, cell by cell where the cells tile their bins, and
by their looks behind the place where they do not.  One whose parents lead up to a key that is there
goes back to its place.  Any other, with what is below it, is put apart; so is one whose parent has
whole lists without it: it was deleted, and its cell never freed.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import Image
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError
from anyreg.problems import Problems
from anyreg.regf.layout import (
    BIN_HEADER,
    BIN_OFFSET,
    BIN_SIGNATURE,
    BIN_SIZE,
    CELL_ALIGN,
    CELL_HEADER,
    NK,
    NK_NAME,
    NK_NAME_SIZE,
    PAGE,
)
from anyreg.regf.reads import i32, u16, u32

_LONGEST_NAME: Final = 512  # bytes that a name of a key node may have at most


class Salvage:
    """The keys of a tree, those that nothing leads to among them.

    Attributes:
        tree: The tree.
        apart: The keys of which it is not known where they were, without those below them, by
            the cell that each names as its parent.
        returned: How many keys are back in their place.
        lost: How many are apart, those below them counted.
    """

    def __init__(self, tree: Tree) -> None:
        """Look for them."""
        self.tree = tree
        self.apart: dict[int, list[int]] = {}
        self.returned = 0
        self.lost = 0
        self._below: dict[int, list[int]] = {}
        self._seen: set[int] = set()
        self._walk(tree.root_cell)
        there = len(self._seen)
        orphans = [cell for cell in key_cells(tree.image) if cell not in self._seen]
        if orphans:
            self._settle(orphans, there)

    def children(self, node: KeyNode) -> list[KeyNode]:
        """The subkeys of a key, those that its lists do not name behind the others."""
        found = self.tree.children(node)
        more = self._below.get(node.cell)
        if more is not None:
            found += [self.tree.key(cell) for cell in more]
        return found

    def _settle(self, orphans: list[int], there: int) -> None:
        """Find the place of each."""
        quiet = Tree(self.tree.image, self.tree.minor, self.tree.root_cell, Problems())
        known = self._seen.union(orphans)
        listed: set[int] = set()
        for cell in orphans:
            for child in quiet.children(quiet.key(cell)):
                listed.add(child.cell)
        for cell in orphans:
            if cell in listed:
                continue
            parent = quiet.parent_cell(quiet.key(cell))
            if parent in known and not (parent in self._seen and _is_whole(quiet, parent)):
                self._below.setdefault(parent, []).append(cell)
            else:
                self.apart.setdefault(parent, []).append(cell)
        for parent in list(self._below):
            if parent in self._seen:
                for cell in self._below[parent]:
                    self._walk(cell)
        self.returned = len(self._seen) - there
        for tops in self.apart.values():
            for cell in tops:
                self._walk(cell)
        for cell in orphans:  # what is left stands in circles
            if cell not in self._seen:
                parent = quiet.parent_cell(quiet.key(cell))
                self._cut(parent, cell)
                self.apart.setdefault(parent, []).append(cell)
                self._walk(cell)
        self.lost = len(self._seen) - there - self.returned

    def _cut(self, parent: int, cell: int) -> None:
        """Take a key away from the parent that it names, which stands below it."""
        below = self._below.get(parent)
        if below is not None and cell in below:
            below.remove(cell)

    def _walk(self, top: int) -> None:
        """Note a key and all below it."""
        stack = [top]
        while stack:
            cell = stack.pop()
            if cell in self._seen:
                continue
            self._seen.add(cell)
            for child in self.children(self.tree.key(cell)):
                stack.append(child.cell)


def _is_whole(tree: Tree, cell: int) -> bool:
    """Whether a key lists as many subkeys as it says, all its own: then it misses none."""
    node = tree.key(cell)
    try:
        count = tree.listed_count(node)[0]
    except CorruptHiveError:
        return False
    return count == tree.subkey_count(node) == tree.own_children(node)


def key_cells(image: Image) -> list[int]:
    """The cells of all key nodes in use."""
    found: list[int] = []
    at: i64 = 0
    while at < image.size:
        header = image.read(at, min(BIN_HEADER, image.size - at))
        first: i64 = 0
        size: i64 = _stated(header, at)
        if size:
            first = BIN_HEADER
        else:
            size = PAGE  # and all pages behind it that begin no bin either
            while at + size < image.size and not _stated(
                image.read(at + size, BIN_HEADER), at + size
            ):
                size += PAGE
        size = min(size, image.size - at)
        _in_bin(image.read(at, size), at, first, found)
        at += size
    return found


def _stated(header: bytes, at: i64) -> i64:
    """The size of the bin that begins at an offset, 0 where none does."""
    if len(header) < BIN_HEADER or header[:4] != BIN_SIGNATURE or u32(header, BIN_OFFSET) != at:
        return 0
    size = u32(header, BIN_SIZE)
    return size if size % PAGE == 0 else 0


def _in_bin(data: bytes, base: i64, first: i64, found: list[int]) -> None:
    """Find those of one bin, or of a page that belongs to none.

    Args:
        data: Its bytes.
        base: Its offset.
        first: Where its cells begin; 0 where that is not known.
        found: Filled with their cells.
    """
    at = first
    end: i64 = len(data)
    tiles = first > 0
    while at + CELL_HEADER <= end:
        signed = i32(data, at)
        size = -signed if signed < 0 else signed
        sound = size >= CELL_ALIGN and size % CELL_ALIGN == 0 and size <= end - at
        if signed < 0 and sound and _is_key(data, at + CELL_HEADER, size - CELL_HEADER):
            found.append(base + at)
            tiles = True  # what follows a record that is whole is a cell again
        elif not sound:
            tiles = False
        at += size if sound and tiles else CELL_ALIGN


def _is_key(data: bytes, at: i64, size: i64) -> bool:
    if size < NK_NAME or u16(data, at) != NK:
        return False
    length = u16(data, at + NK_NAME_SIZE)
    return length <= size - NK_NAME and length <= _LONGEST_NAME
