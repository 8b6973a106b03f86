"""A key of a hive of dicts, and what it was at a moment.

What is a key's own is remembered as a whole and put back as a whole, so every change is undone in
the same way.  The dict of its values is replaced then: who has a key remembered changes a copy.
Its children are no part of that, as there may be many: they come and go one by one.
"""

from __future__ import annotations

from anyreg.facts import Facts
from anyreg.names import order_key
from anyreg.times import now
from anyreg.values import Node, Value


class MemoryNode(Node):
    """A key.

    Attributes:
        parent: The key above, None for the root.
        children: The subkeys by folded name.
        values: The values by folded name, oldest first.
        class_name: "" for none.
        descriptor: Its security descriptor.
        flags: KEY_ flags.
        is_deleted: Whether it is gone.
        ordered: The subkeys in order, None where that is to be found out.
    """

    __slots__ = (
        "children",
        "class_name",
        "descriptor",
        "flags",
        "is_deleted",
        "ordered",
        "parent",
        "values",
    )

    def __init__(
        self, name: str, parent: MemoryNode | None, class_name: str, descriptor: bytes, flags: int
    ) -> None:
        self.name = name
        self.last_written = now()
        self.parent = parent
        self.children: dict[str, MemoryNode] = {}
        self.values: dict[str, Value] = {}
        self.class_name = class_name
        self.descriptor = descriptor
        self.flags = flags
        self.is_deleted = False
        self.ordered: list[Node] | None = None

    def in_order(self) -> list[Node]:
        """The subkeys in the order of their names."""
        ordered = self.ordered
        if ordered is None:
            placed = sorted(
                [(order_key(child.name), child) for child in self.children.values()], key=_place
            )
            ordered = [child for _, child in placed]
            self.ordered = ordered
        return ordered.copy()

    def put(self, folded: str, key: MemoryNode) -> None:
        """Have a subkey, by its folded name."""
        self.children[folded] = key
        self.ordered = None

    def take(self, folded: str) -> None:
        """Have a subkey no longer."""
        del self.children[folded]
        self.ordered = None

    def die(self) -> None:
        """Be a key that was deleted."""
        self.is_deleted = True


def _place(entry: tuple[bytes, MemoryNode]) -> bytes:
    return entry[0]


class KeyMoment:
    """What was a key's own at one moment.

    Attributes:
        key: The key.
        name: Its name.
        facts: Its class, descriptor, flags and time.
        values: Its values by folded name; nobody changes this dict.
        is_deleted: Whether it was not there.
    """

    __slots__ = ("facts", "is_deleted", "key", "name", "values")

    def __init__(self, key: MemoryNode) -> None:
        self.key = key
        self.name = key.name
        self.facts = Facts(key.class_name, key.descriptor, key.flags, key.last_written)
        self.values = key.values
        self.is_deleted = key.is_deleted

    def put_back(self) -> None:
        """Make the key what it was."""
        key = self.key
        facts = self.facts
        key.name = self.name
        key.last_written = facts.last_written
        key.values = self.values
        key.class_name = facts.class_name
        key.descriptor = facts.descriptor
        key.is_deleted = self.is_deleted
