"""A tree of keys as it was at one moment, to be put back exactly; only what differs is touched."""

from __future__ import annotations

from anyreg.backends import ask
from anyreg.backends.base import Backend
from anyreg.backends.undo import facts_of, made_key, tree_items
from anyreg.history.items import TreeKey
from anyreg.names import fold
from anyreg.values import Node


class SavedTree:
    """A key and all below it, in memory.

    Attributes:
        keys: In pre-order; none where there was no such key.
    """

    def __init__(self, backend: Backend, top: Node | None) -> None:
        """Take the state that a tree has now.

        Args:
            backend: Where it is.
            top: Its key, None where it is missing, which is a state too.
        """
        self.keys: list[TreeKey] = [] if top is None else list(tree_items(backend, top))

    def make_top(self, backend: Backend, parent: Node) -> Node:
        """Make the tree's key anew, in its parent."""
        return made_key(backend, parent, self.keys[0])

    def put_back(self, backend: Backend, top: Node) -> None:
        """Put everything back, in the transaction under way.

        Args:
            backend: Where the tree goes.
            top: Its key; whatever it holds now.
        """
        names = self._names_below()
        path: list[tuple[Node, TreeKey, dict[str, Node]]] = []
        for index, item in enumerate(self.keys):
            while len(path) > item.depth:
                _leave(backend, path.pop(), top)
            node = top if item.depth == 0 else _entered(backend, path[-1], item)
            present = facts_of(backend, node)
            values = backend.values(node)
            if values != item.values or not present.same_but_time(item.facts):
                ask.rewrite(backend, node, item.facts, item.values)
            below: dict[str, Node] = {}
            for child in ask.below(backend, node, top):
                if fold(child.name) in names[index]:
                    below[fold(child.name)] = child
                    continue
                if not ask.is_fixed(backend, child):
                    backend.delete(child, True)
                backend.release(child)
            path.append((node, item, below))
        while path:
            _leave(backend, path.pop(), top)

    def _names_below(self) -> list[set[str]]:
        """The names of the subkeys of each key."""
        names: list[set[str]] = []
        path: list[int] = []
        for index, item in enumerate(self.keys):
            names.append(set())
            del path[item.depth :]
            if path:
                names[path[-1]].add(fold(item.name))
            path.append(index)
        return names


def _entered(backend: Backend, above: tuple[Node, TreeKey, dict[str, Node]], item: TreeKey) -> Node:
    """The key of an item below one that is in place."""
    parent, _, there = above
    found = there.pop(fold(item.name), None)
    if found is None:
        return made_key(backend, parent, item)
    if found.name != item.name:
        backend.rename(found, item.name)
    return found


def _leave(backend: Backend, done: tuple[Node, TreeKey, dict[str, Node]], top: Node) -> None:
    """All below a key is in place: now its time."""
    node, item, _ = done
    if backend.info(node).last_written != item.facts.last_written:
        ask.rewrite(backend, node, item.facts, None)
    if node is not top:
        backend.release(node)
