"""A hive as plain dicts, and the verbs of the public interface on it.

A registry and a model that are told the same hold the same.  Of the package it takes nothing but
the folding of names and what new keys inherit, which have tests of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import anyreg
from anyreg.names import fold
from anyreg.security.creation import ANYBODY
from oracles import Path_, Row, Tree

Where = tuple[str, ...]
"""The way to a key by folded names."""
Record = tuple[str, int, bytes]
"""A value: its name, type and bytes."""


def folded(name: str) -> str:
    """A name as the registry compares it."""
    return fold(name)


def in_order(name: str) -> bytes:
    """What the registry sorts names by: their upper-case UTF-16 units."""
    return folded(name).encode("utf-16-be", "surrogatepass")


@dataclass
class Node:
    """A key of the model.

    Attributes:
        written: When it was last written; None once the model has changed it.
        values: Records by folded name, in the order in which they were made.
        children: Nodes by folded name, in any order.
    """

    name: str
    descriptor: bytes
    class_name: str = ""
    written: int | None = None
    values: dict[str, Record] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)

    def copied(self) -> Node:
        """A node of its own, with all below it."""
        values, children = dict(self.values), self.children.items()
        copies = {folded: child.copied() for folded, child in children}
        return Node(self.name, self.descriptor, self.class_name, self.written, values, copies)

    def all(self, where: Where = ()) -> Iterator[tuple[Where, Node]]:
        """This node and all below it, in any order."""
        yield where, self
        for name, child in self.children.items():
            yield from child.all((*where, name))

    @property
    def height(self) -> int:
        """How many levels are below it."""
        return 1 + max((child.height for child in self.children.values()), default=-1)

    # What the interface does

    def at(self, where: Where) -> Node:
        """The node at a place below this one."""
        node = self
        for name in where:
            node = node.children[folded(name)]
        return node

    def create(self, name: str, class_name: str = "") -> Node:
        """A child: a new one inherits from its parent's descriptor, one that is there stays."""
        found = self.children.get(folded(name))
        if found is None:
            found = Node(name, ANYBODY.inherited(self.descriptor), class_name)
            self.children[folded(name)] = found
            self.written = None
        return found

    def delete(self, name: str) -> None:
        """Delete a child and all below it."""
        del self.children[folded(name)]
        self.written = None

    def rename(self, old: str, new: str) -> None:
        """Give a child another name."""
        child = self.children.pop(folded(old))
        child.name = new
        child.written = self.written = None
        self.children[folded(new)] = child

    def set(self, name: str, kind: int, raw: bytes) -> None:
        """Set a value: its spelling stays, and the same again changes nothing."""
        before = self.values.get(folded(name))
        after = (before[0] if before else name, kind, raw)
        if after != before:
            self.values[folded(name)] = after
            self.written = None

    def remove(self, name: str) -> None:
        """Delete a value."""
        del self.values[folded(name)]
        self.written = None

    def copy_from(self, source: Node) -> None:
        """Take over the values of a node and all below it."""
        for name, kind, raw in source.values.values():
            self.set(name, kind, raw)
        for child in source.children.values():
            found = self.children.get(folded(child.name))
            if found is None:
                found = self.create(child.name, child.class_name)
                found.descriptor = child.descriptor
            found.copy_from(child)


def model_of(root: anyreg.Key) -> Node:
    """A model of what a registry holds; no two siblings may have one name."""
    top = Node("", b"")
    todo = [(root, top)]
    while todo:
        key, node = todo.pop()
        node.name, node.descriptor, node.class_name = key.name, key.descriptor, key.class_name
        node.written = key.last_written
        records = key.records()
        node.values = {folded(v.name): (v.name, v.type, v.raw) for v in records}
        assert len(node.values) == len(records)
        children = key.children()
        for child in children:
            below = node.children[folded(child.name)] = Node(child.name, b"")
            todo.append((child, below))
        assert len(node.children) == len(children)
    return top


def tree_of(top: Node) -> Tree:
    """The model in the shape of the oracles: keys in pre-order, siblings in their order."""
    tree: Tree = {}
    stack: list[tuple[Path_, Node]] = [((), top)]
    while stack:
        path, node = stack.pop()
        rows: list[Row] = list(node.values.values())
        tree[path] = node.written, rows
        ordered = sorted(node.children.values(), key=lambda child: in_order(child.name))
        stack.extend(((*path, child.name), child) for child in reversed(ordered))
    return tree


def compare(model: Tree, read: Tree, since: int) -> None:
    """Key by key: what the model has changed was written since a moment, the rest was not."""
    assert list(read) == list(model)
    for path, (written, rows) in model.items():
        when, found = read[path]
        assert (path, found) == (path, rows)
        assert when is not None
        assert (path, when >= since if written is None else when == written) == (path, True)
