"""What a transaction has changed, found from the cells that it touched.

Every change of a key touches its key node: values, subkeys, class and security all stamp it, and a
rename writes it anew.  So the keys that changed are the key nodes among the touched cells, whatever
verb made the change; the editor knows which keys were made, deleted or moved to another cell.

Bytes that look like a key node need not be one: free space keeps what stood in it, and the data of
a value can be anything.  A cell is a key if its parent lists it, and that one's parent too, up to
the root.

A key never moves to another parent.  So a deleted key whose parent stays is the top of a tree that
has gone as a whole, and a new key below an old one the top of a tree that has come.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from anyreg.engine.editor import Editor
from anyreg.engine.image import Image
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError
from anyreg.facts import Facts
from anyreg.history.items import ChangedKey, Hunk, Item, PackedKey, TreeTop
from anyreg.history.packing import packed_values
from anyreg.history.value_lists import changed_part
from anyreg.problems import Problems
from anyreg.regf.layout import (
    CELL_HEADER,
    KEY_COMPRESSED,
    NK,
    NK_NAME,
    NONE,
)
from anyreg.regf.reads import u16, u32

_DEEPEST: Final = 1024


def facts_of(tree: Tree, node: KeyNode) -> Facts:
    """What a key is of its own."""
    return Facts(
        tree.class_name(node),
        tree.descriptor(node),
        tree.flags(node) & ~KEY_COMPRESSED,
        node.last_written,
    )


class Paths:
    """The paths of a tree's keys by their cells, and which cells are keys at all."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._known: dict[int, list[str] | None] = {}

    def of(self, cell: int) -> list[str] | None:
        """The names that lead to a key; None where no key of the tree stands in the cell."""
        chain: list[KeyNode] = []
        while cell != self._tree.root_cell and cell not in self._known:
            node = self._node(cell)
            if node is None or len(chain) > _DEEPEST:
                path: list[str] | None = None
                break
            chain.append(node)
            cell = self._tree.parent_cell(node)
        else:
            path = [] if cell == self._tree.root_cell else self._known[cell]
        while chain:
            node = chain.pop()
            if path is not None:
                path = [*path, node.name] if self._is_listed(node) else None
            self._known[node.cell] = path
        return path

    def _node(self, cell: int) -> KeyNode | None:
        try:
            data, at, size = self._tree.image.cell(cell)
            if size < NK_NAME or u16(data, at) != NK:
                return None
            return self._tree.key(cell)
        except (CorruptHiveError, IndexError):
            return None

    def _is_listed(self, node: KeyNode) -> bool:
        """Whether a key's parent, which is one, lists it."""
        try:
            parent = self._tree.key(self._tree.parent_cell(node))
            found = self._tree.child(parent, node.name)
            if found is not None and found.cell == node.cell:
                return True
            for child in self._tree.children(parent):  # two of one name
                if child.cell == node.cell:
                    return True
        except CorruptHiveError:
            pass
        return False


class Inverse:
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
        self._old = Tree(image, minor, root, Problems())
        self._new = editor.tree
        self._old_paths = Paths(self._old)
        self._new_paths = Paths(self._new)
        self._cells = editor.changes.cells
        self._rewritten = editor.rewritten
        # Where each key that a rename has moved stood before.
        self._origin = {new: old for old, new in editor.keys.deleted.items() if new != NONE}
        self._created = set(editor.keys.created)

    def items(self) -> Iterator[Item]:
        """Every change: keys that stay, trees that have gone, trees that have come."""
        tops: list[int] = []
        for cell in self._touched():
            path = self._new_paths.of(cell)
            if path is None:
                continue
            old = self._origin_of(cell)
            if old != NONE:
                changed = self._changed(old, cell, path)
                if changed is not None:
                    yield changed
            elif self._origin_of(self._parent(self._new, cell)) != NONE:
                tops.append(cell)
        yield from self._gone()
        for cell in tops:
            parent = self._parent(self._new, cell)
            yield self._top(False, self._origin_of(parent), parent)
            yield from _tree(self._new, cell)

    def _touched(self) -> Iterator[int]:
        """The cells of the keys that may have changed, and of some that are none."""
        for cell, data in self._cells.items():
            if len(data) >= CELL_HEADER + NK_NAME and u16(data, CELL_HEADER) == NK:
                yield cell
        for (
            cell
        ) in self._editor.keys.bulk_inserted:  # laid already, and not among the changed cells
            if cell not in self._cells and self._editor.keys.where_is(cell) == cell:
                yield cell

    def _origin_of(self, cell: int) -> int:
        """Where a key stood before the transaction, NONE if it was not there."""
        while cell in self._origin:
            cell = self._origin[cell]
        return NONE if cell in self._created else cell

    def _parent(self, tree: Tree, cell: int) -> int:
        return tree.parent_cell(tree.key(cell))

    def _top(self, is_gone: bool, old_parent: int, new_parent: int) -> Item:
        before = self._old_paths.of(old_parent)
        after = self._new_paths.of(new_parent)
        assert before is not None
        assert after is not None
        return TreeTop(is_gone, before, after)

    def _gone(self) -> Iterator[Item]:
        bulk_deleted = [cells.top for cells in self._editor.keys.bulk_deleted]
        for cell in chain(self._editor.keys.deleted, bulk_deleted):
            if self._editor.keys.where_is(cell) != NONE:
                continue
            try:
                if self._old.image.cell(cell)[2] < 0:
                    continue
                parent = self._parent(self._old, cell)
            except (CorruptHiveError, IndexError):
                continue  # it was made in this transaction, over what was no key
            now = self._editor.keys.where_is(parent)
            if now == NONE or self._old_paths.of(cell) is None:
                continue
            yield self._top(True, parent, now)
            yield from _tree(self._old, cell)

    def _changed(self, old: int, new: int, path: list[str]) -> Item | None:
        path_before = self._old_paths.of(old)
        if path_before is None:
            return None
        old_node, new_node = self._old.key(old), self._new.key(new)
        before, after = facts_of(self._old, old_node), facts_of(self._new, new_node)
        hunks = self._hunks(old_node, new_node)
        same_name = old_node.name == new_node.name
        same_time = before.last_written == after.last_written
        if same_name and same_time and not hunks and before.same_but_time(after):
            return None  # only what stands in its cell besides: a parent that has moved, a count
        counts = self._old.value_count(old_node), self._new.value_count(new_node)
        return ChangedKey(path_before, path, before, after, counts[0], counts[1], hunks)

    def _hunks(self, old_node: KeyNode, new_node: KeyNode) -> list[Hunk]:
        """The values that differ: one whose cells were not touched is the same on both sides."""
        old, new = self._old.value_list_of(old_node), self._new.value_list_of(new_node)
        first, end, stop = changed_part(old, new, self._rewritten)
        places = {u32(new, at): at for at in range(first, stop, 4)}
        hunks: list[Hunk] = []
        i = j = first  # what both sides have up to here is reported
        for at in range(first, end, 4):
            cell = u32(old, at)
            place = places.get(cell, -1)
            if place < 0 or (cell in self._rewritten and self._differs(cell)):
                continue
            if place < j:  # they have changed places
                return [self._hunk(old, new, 0, len(old), 0, len(new))]
            if at > i or place > j:
                hunks.append(self._hunk(old, new, i, at, j, place))
            i, j = at + 4, place + 4
        if i < end or j < stop:
            hunks.append(self._hunk(old, new, i, end, j, stop))
        return hunks

    def _differs(self, cell: int) -> bool:
        before, after = self._old.value_at(cell), self._new.value_at(cell)
        return (before.name, before.type, before.raw) != (after.name, after.type, after.raw)

    def _hunk(self, old: bytes, new: bytes, i: int, end: int, j: int, stop: int) -> Hunk:
        before = [self._old.value_at(u32(old, at)) for at in range(i, end, 4)]
        after = [self._new.value_at(u32(new, at)) for at in range(j, stop, 4)]
        return Hunk(i // 4, j // 4, before, after)


def _tree(tree: Tree, top: int) -> Iterator[Item]:
    """A key and all below it, in pre-order."""
    stack: list[tuple[int, int]] = [(top, 0)]
    while stack:
        cell, depth = stack.pop()
        node = tree.key(cell)
        count, values = packed_values(tree, node)
        yield PackedKey(depth, node.name, facts_of(tree, node), count, values)
        children = [(child.cell, depth + 1) for child in tree.children(node)]
        children.reverse()
        stack.extend(children)
