"""A key of a hive of dicts, and what it was before a change.

What is a key's own is remembered as a whole and put back as a whole, so every change is undone in
the same way.  The dict of its values is replaced then: who has a key remembered changes a copy.
Its children are no part of that, as there may be many: they come and go one by one.
"""

from __future__ import annotations

from anyreg.engine.context_lock import ContextLock
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


class Before:
    """What was a key's own at one moment."""

    __slots__ = (
        "_class_name",
        "_descriptor",
        "_is_deleted",
        "_key",
        "_name",
        "_values",
        "_written",
    )

    def __init__(self, key: MemoryNode) -> None:
        self._key = key
        self._name = key.name
        self._written = key.last_written
        self._values = key.values
        self._class_name = key.class_name
        self._descriptor = key.descriptor
        self._is_deleted = key.is_deleted

    def put_back(self) -> None:
        """Make the key what it was."""
        key = self._key
        key.name = self._name
        key.last_written = self._written
        key.values = self._values
        key.class_name = self._class_name
        key.descriptor = self._descriptor
        key.is_deleted = self._is_deleted


class Brief:
    """One change: others wait for its end, unless it is a part of the transaction under way."""

    def __init__(self, turn: ContextLock) -> None:
        """Begin with the block.

        Args:
            turn: Who may change the hive.
        """
        self._turn = turn
        self._taken = False

    def __enter__(self) -> None:
        if not self._turn.is_mine():
            self._turn.wait_briefly()
            self._taken = True

    def __exit__(self, *exception: object) -> None:
        if self._taken:
            self._turn.give_briefly()
