"""What a commit changed, key by key, with both sides: the state before it, and the state after.

A key that is there on both sides is a ChangedKey: its paths, its own facts, and the values that
differ.  A tree that has gone, or that has come, is a TreeTop and then its keys in pre-order,
reported in full.  Swapping the sides of every item gives what takes the commit back.

Items are written and read one by one (see packing.py and unpacking.py), so that no tree is ever in
memory as a whole.
"""

from __future__ import annotations

from anyreg.facts import Facts
from anyreg.values import Value


class Hunk:
    """A run of values that differs; between two hunks the values are the same on both sides.

    Attributes:
        at_before: Index of its first value on the side before.
        at_after: The same on the side after.
        before: Its values before.
        after: Its values after.
    """

    __slots__ = ("after", "at_after", "at_before", "before")

    def __init__(
        self, at_before: int, at_after: int, before: list[Value], after: list[Value]
    ) -> None:
        self.at_before = at_before
        self.at_after = at_after
        self.before = before
        self.after = after


class Item:
    """One of those below."""

    def mirrored(self) -> Item:
        """The same with the sides swapped."""
        raise NotImplementedError


class HiveName(Item):
    """What follows is of this hive."""

    def __init__(self, name: str) -> None:
        self.name = name

    def mirrored(self) -> Item:
        """The same from both sides."""
        return self


class ChangedKey(Item):
    """A key that is there before and after.

    Attributes:
        path_before: Names from the root, before.
        path_after: The same after: other names where it, or a key above it, was renamed.
        before: Its facts before.
        after: Its facts after.
        count_before: How many values it had.
        count_after: How many it has.
        hunks: The values that differ.
    """

    def __init__(
        self,
        path_before: list[str],
        path_after: list[str],
        before: Facts,
        after: Facts,
        count_before: int,
        count_after: int,
        hunks: list[Hunk],
    ) -> None:
        self.path_before = path_before
        self.path_after = path_after
        self.before = before
        self.after = after
        self.count_before = count_before
        self.count_after = count_after
        self.hunks = hunks

    @property
    def is_renamed(self) -> bool:
        """Whether the key itself has another name, not only one above it."""
        return bool(self.path_before) and self.path_before[-1] != self.path_after[-1]

    def mirrored(self) -> Item:
        """The same with the sides swapped."""
        hunks = [Hunk(h.at_after, h.at_before, h.after, h.before) for h in self.hunks]
        return ChangedKey(
            self.path_after,
            self.path_before,
            self.after,
            self.before,
            self.count_after,
            self.count_before,
            hunks,
        )


class TreeTop(Item):
    """A tree that has gone or has come; its keys follow as TreeKeys.

    Attributes:
        is_gone: It was there before; else it is there after.
        parent_before: Names that lead to its parent, before; the parent is there on both sides.
        parent_after: The same after.
    """

    def __init__(self, is_gone: bool, parent_before: list[str], parent_after: list[str]) -> None:
        self.is_gone = is_gone
        self.parent_before = parent_before
        self.parent_after = parent_after

    def mirrored(self) -> Item:
        """The same with the sides swapped."""
        return TreeTop(not self.is_gone, self.parent_after, self.parent_before)


class TreeKey(Item):
    """A key of a tree that has gone or has come.

    Attributes:
        depth: 0 for the tree's top.
        name: Its name.
        facts: What it is of its own.
        values: Its values, in stored order.
    """

    def __init__(self, depth: int, name: str, facts: Facts, values: list[Value]) -> None:
        self.depth = depth
        self.name = name
        self.facts = facts
        self.values = values

    def mirrored(self) -> Item:
        """A key is the same from both sides."""
        return self


class PackedKey(Item):
    """A TreeKey that goes into a record right away: its values are bytes already.

    Attributes:
        depth: 0 for the tree's top.
        name: Its name.
        facts: What it is of its own.
        count: How many values it has.
        values: They, packed.
    """

    def __init__(self, depth: int, name: str, facts: Facts, count: int, values: bytes) -> None:
        self.depth = depth
        self.name = name
        self.facts = facts
        self.count = count
        self.values = values
