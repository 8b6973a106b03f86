"""Two moments of a hive compared key by key: what both ways of finding the changed keys share.

Every change of a key touches its key node: values, subkeys, class and security all stamp it, and a
rename writes it anew.  So the keys that changed are the key nodes among the touched cells, whatever
verb made the change.  Which cells were touched an editor knows while its transaction is open
(inverse.py); afterwards the pages that differ show it (page_changes.py).

Bytes that look like a key node need not be one: free space keeps what stood in it, and the data of
a value can be anything.  A cell is a key if its parent lists it, and that one's parent too, up to
the root.

A key never moves to another parent.  So a deleted key whose parent stays is the top of a tree that
has gone as a whole, and a new key below an old one the top of a tree that has come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError
from anyreg.facts import Facts
from anyreg.history.items import ChangedKey, Hunk, Item, TreeKey, TreeTop
from anyreg.history.value_lists import changed_part
from anyreg.regf.layout import KEY_COMPRESSED, KEY_VOLATILE, NK, NK_NAME
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


@mypyc_attr(allow_interpreted_subclasses=True)
class Comparison:
    """A hive before and after.

    Attributes:
        old: Its keys before.
        new: Its keys after.
        old_paths: The paths of those.
        new_paths: The paths of these.
    """

    def __init__(self, old: Tree, new: Tree) -> None:
        self.old = old
        self.new = new
        self.old_paths = Paths(old)
        self.new_paths = Paths(new)

    def items(self) -> Iterator[Item]:
        """Every change: keys that stay, trees that have gone, trees that have come."""
        raise NotImplementedError

    def may_be_one(self, old: int, new: int) -> bool:
        """Whether two cells can hold one key: no key becomes volatile, or ceases to be."""
        before, after = self.old.flags(self.old.key(old)), self.new.flags(self.new.key(new))
        return before & KEY_VOLATILE == after & KEY_VOLATILE

    def whole_key(self, tree: Tree, node: KeyNode, depth: int) -> Item:
        """The item of a key of a tree that has gone or has come."""
        return TreeKey(depth, node.name, facts_of(tree, node), tree.records(node))

    def top(self, is_gone: bool, old_parent: int, new_parent: int) -> Item:
        """The item that begins a tree which has gone or has come below a key that stays."""
        before = self.old_paths.of(old_parent)
        after = self.new_paths.of(new_parent)
        assert before is not None
        assert after is not None
        return TreeTop(is_gone, before, after)

    def whole_tree(self, tree: Tree, top: int) -> Iterator[Item]:
        """A key and all below it, in pre-order."""
        stack: list[tuple[int, int]] = [(top, 0)]
        while stack:
            cell, depth = stack.pop()
            node = tree.key(cell)
            yield self.whole_key(tree, node, depth)
            children = [(child.cell, depth + 1) for child in tree.children(node)]
            children.reverse()
            stack.extend(children)

    def changed(self, old: int, new: int, path: list[str], hunks: list[Hunk]) -> Item | None:
        """What has changed of a key; None if nothing has.

        Args:
            old: Its cell before.
            new: Its cell after.
            path: The names that lead to it after.
            hunks: Its values that differ.
        """
        path_before = self.old_paths.of(old)
        if path_before is None:
            return None
        old_node, new_node = self.old.key(old), self.new.key(new)
        before, after = facts_of(self.old, old_node), facts_of(self.new, new_node)
        same_name = old_node.name == new_node.name
        same_time = before.last_written == after.last_written
        if same_name and same_time and not hunks and before.same_but_time(after):
            return None  # only what stands in its cell besides: a parent that has moved, a count
        counts = self.old.value_count(old_node), self.new.value_count(new_node)
        return ChangedKey(path_before, path, before, after, counts[0], counts[1], hunks)

    def hunks(self, old: int, new: int, rewritten: Collection[int]) -> list[Hunk]:
        """The values of a key that differ: one whose cells were not touched is the same.

        Args:
            old: Its cell before.
            new: Its cell after.
            rewritten: Cells of values whose type or data may have changed.
        """
        listed = self.old.value_list_of(self.old.key(old))
        listed_after = self.new.value_list_of(self.new.key(new))
        return self._hunks(listed, listed_after, rewritten)

    def _hunks(self, old: bytes, new: bytes, rewritten: Collection[int]) -> list[Hunk]:
        first, end, stop = changed_part(old, new, rewritten)
        places = {u32(new, at): at for at in range(first, stop, 4)}
        hunks: list[Hunk] = []
        i = j = first  # what both sides have up to here is reported
        for at in range(first, end, 4):
            cell = u32(old, at)
            place = places.get(cell, -1)
            if place < 0 or (cell in rewritten and self._differs(cell)):
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
        before, after = self.old.value_at(cell), self.new.value_at(cell)
        return (before.name, before.type, before.raw) != (after.name, after.type, after.raw)

    def _hunk(self, old: bytes, new: bytes, i: int, end: int, j: int, stop: int) -> Hunk:
        before = [self.old.value_at(u32(old, at)) for at in range(i, end, 4)]
        after = [self.new.value_at(u32(new, at)) for at in range(j, stop, 4)]
        return Hunk(i // 4, j // 4, before, after)
