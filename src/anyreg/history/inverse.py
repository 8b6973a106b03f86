"""What a transaction has changed, found from the cells that it touched.

The editor knows which cells it has touched, and which keys were made, deleted or moved to another
cell; see comparison.py for what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from anyreg.engine.editor import Editor
from anyreg.engine.image import Image
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError
from anyreg.history.comparison import Comparison, facts_of
from anyreg.history.items import Item, PackedKey
from anyreg.history.packing import packed_values
from anyreg.problems import Problems
from anyreg.regf.layout import CELL_HEADER, NK, NK_NAME, NONE
from anyreg.regf.reads import u16


class Inverse(Comparison):
    """The changes of a transaction that is about to be committed."""

    def __init__(self, image: Image, minor: int, root: int, editor: Editor) -> None:
        """Compare two moments.

        Args:
            image: The bins before.
            minor: Format version of the hive.
            root: Cell of its root key.
            editor: The transaction.
        """
        self._editor = editor
        super().__init__(Tree(image, minor, root, Problems()), editor.tree)
        self._cells = editor.changes.cells
        self._rewritten = editor.rewritten
        # Where each key that a rename has moved stood before.
        self._origin = {new: old for old, new in editor.keys.deleted.items() if new != NONE}
        self._created = set(editor.keys.created)

    def items(self) -> Iterator[Item]:
        """Every change: keys that stay, trees that have gone, trees that have come."""
        tops: list[int] = []
        for cell in self._touched():
            path = self.new_paths.of(cell)
            if path is None:
                continue
            old = self._origin_of(cell)
            if old != NONE:
                changed = self.changed(old, cell, path, self.hunks(old, cell, self._rewritten))
                if changed is not None:
                    yield changed
            elif self._origin_of(self._parent(self.new, cell)) != NONE:
                tops.append(cell)
        yield from self._gone()
        for cell in tops:
            parent = self._parent(self.new, cell)
            yield self.top(False, self._origin_of(parent), parent)
            yield from self.whole_tree(self.new, cell)

    def _touched(self) -> Iterator[int]:
        """The cells of the keys that may have changed, and of some that are none."""
        for cell, data in self._cells.items():
            if len(data) >= CELL_HEADER + NK_NAME and u16(data, CELL_HEADER) == NK:
                yield cell
        # Those that are laid already are not among the changed cells.
        for cell in self._editor.keys.bulk_inserted:
            if cell not in self._cells and self._editor.keys.where_is(cell) == cell:
                yield cell

    def _origin_of(self, cell: int) -> int:
        """Where a key stood before the transaction, NONE if it was not there."""
        while cell in self._origin:
            cell = self._origin[cell]
        return NONE if cell in self._created else cell

    def _parent(self, tree: Tree, cell: int) -> int:
        return tree.parent_cell(tree.key(cell))

    def _gone(self) -> Iterator[Item]:
        bulk_deleted = [cells.top for cells in self._editor.keys.bulk_deleted]
        for cell in chain(self._editor.keys.deleted, bulk_deleted):
            if self._editor.keys.where_is(cell) != NONE:
                continue
            try:
                if self.old.image.cell(cell)[2] < 0:
                    continue
                parent = self._parent(self.old, cell)
            except (CorruptHiveError, IndexError):
                continue  # it was made in this transaction, over what was no key
            now = self._editor.keys.where_is(parent)
            if now == NONE or self.old_paths.of(cell) is None:
                continue
            yield self.top(True, parent, now)
            yield from self.whole_tree(self.old, cell)

    def whole_key(self, tree: Tree, node: KeyNode, depth: int) -> Item:
        """The item of a key of a tree, packed for a record right away."""
        count, values = packed_values(tree, node)
        return PackedKey(depth, node.name, facts_of(tree, node), count, values)
