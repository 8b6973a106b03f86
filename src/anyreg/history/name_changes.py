"""What differs between two moments of a hive whose cells have nothing to do with each other.

So it is where a hive was read anew, compacted or replaced: all keys are compared, by their names.
A renamed key is one that has gone and one that has come.
"""

from __future__ import annotations

from collections.abc import Iterator

from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.history.comparison import Comparison
from anyreg.history.items import Hunk, Item
from anyreg.names import fold


class NameChanges(Comparison):
    """The changes between any two trees."""

    def items(self) -> Iterator[Item]:
        """Every change: keys that stay, trees that have gone, trees that have come."""
        stack: list[tuple[KeyNode, KeyNode, list[str]]] = [(self.old.root(), self.new.root(), [])]
        while stack:
            old, new, path = stack.pop()
            changed = self.changed(old.cell, new.cell, path, self._all_values(old, new))
            if changed is not None:
                yield changed
            before = _by_name(self.old, old)
            after = _by_name(self.new, new)
            for name, child in before.items():
                other = after.get(name)
                if other is None or not self.may_be_one(child.cell, other.cell):
                    yield self.top(True, old.cell, new.cell)
                    yield from self.whole_tree(self.old, child.cell)
            for name, child in after.items():
                other = before.get(name)
                if other is None or not self.may_be_one(other.cell, child.cell):
                    yield self.top(False, old.cell, new.cell)
                    yield from self.whole_tree(self.new, child.cell)
                else:
                    stack.append((other, child, [*path, child.name]))

    def _all_values(self, old: KeyNode, new: KeyNode) -> list[Hunk]:
        before, after = self.old.records(old), self.new.records(new)
        same = len(before) == len(after) and all(
            (one.name, one.type, one.raw) == (two.name, two.type, two.raw)
            for one, two in zip(before, after, strict=True)
        )
        return [] if same else [Hunk(0, 0, before, after)]


def _by_name(tree: Tree, node: KeyNode) -> dict[str, KeyNode]:
    """The subkeys of a key by name; of two of one name the first."""
    found: dict[str, KeyNode] = {}
    for child in tree.children(node):
        found.setdefault(fold(child.name), child)
    return found
