r"""Volatile keys, laid over the hives by path.

They stand in the master, each under its full path: one made in SYSTEM\Select is
\Registry\Machine\SYSTEM\Select\X there.  The keys on the way to it are not volatile themselves
and only hold its place.  What stands below a volatile key is volatile, so a way leads out of a
hive into the master once, and never back.

A hive that keeps volatile keys itself, as those in memory do, needs none of this.
"""

from __future__ import annotations

from anyreg.backends.base import MAXIMUM_ALLOWED
from anyreg.backends.namespace.mounts import Mount
from anyreg.backends.namespace.own_links import is_own_place
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.values import Node, Value


class VolatileOverlay:
    """The keys of the master that belong to keys elsewhere; all nodes here are the master's own.

    Attributes:
        master: The hive of volatile keys.
    """

    def __init__(self, master: Mount) -> None:
        self.master = master

    def holder(self, names: list[str]) -> Node | None:
        r"""The key at a path below \Registry, or None; volatile or not."""
        return self.below(self.master.hive.root(), names)

    def below(self, node: Node, names: list[str]) -> Node | None:
        """The key at a path below another, or None; volatile or not."""
        hive = self.master.hive
        found: Node | None = node
        for name in names:
            if found is None:
                break
            found = hive.child(found, name)
        return found

    def child(self, holder: Node | None, name: str) -> Node | None:
        """The volatile subkey of this name, or None."""
        if holder is None:
            return None
        hive = self.master.hive
        found = hive.child(holder, name)
        return None if found is None or not hive.flags(found) & KEY_VOLATILE else found

    def children(self, holder: Node | None) -> list[Node]:
        """The volatile subkeys."""
        if holder is None:
            return []
        hive = self.master.hive
        return [node for node in hive.subkeys(holder) if hive.flags(node) & KEY_VOLATILE]

    def has_any(self, holder: Node) -> bool:
        """Whether there are volatile keys anywhere below a key."""
        hive = self.master.hive
        stack = [holder]
        while stack:
            for node in hive.subkeys(stack.pop()):
                if hive.flags(node) & KEY_VOLATILE:
                    return True
                stack.append(node)
        return False

    def make(
        self, names: list[str], name: str, class_name: str, descriptor: bytes, flags: int
    ) -> Node:
        """A new volatile key.

        Args:
            names: What leads to its parent.
            name: Its name.
            class_name: "" for none.
            descriptor: Its security descriptor.
            flags: KEY_LINK or KEY_MOUNT_POINT, or 0.
        """
        flags |= KEY_VOLATILE
        above = self.held(names)
        hive = self.master.hive
        return hive.create(above, [name], MAXIMUM_ALLOWED, flags, class_name, descriptor)[0]

    def held(self, names: list[str]) -> Node:
        """The key at a path, made where it is missing."""
        hive = self.master.hive
        return hive.create(hive.root(), names)[0]

    def forget(self, names: list[str]) -> None:
        """Drop what stands at a path, and all below it: the key it belonged to is gone.

        The registry's own links stay: they show again when their key is made again, or comes back
        by an undo.
        """
        holder = self.holder(names)
        if holder is None:
            return
        hive = self.master.hive
        links = self._own_links(holder, names)
        hive.delete(holder, True)
        for path, values in links:
            hive.write(self.make(path[:-1], path[-1], "", b"", KEY_LINK), values)

    def _own_links(self, holder: Node, names: list[str]) -> list[tuple[list[str], list[Value]]]:
        """The paths and values of the registry's own links below a key."""
        hive = self.master.hive
        found: list[tuple[list[str], list[Value]]] = []
        stack = [(holder, names)]
        while stack:
            node, path = stack.pop()
            for child in hive.subkeys(node):
                below = [*path, child.name]
                if is_own_place(below) and hive.flags(child) & KEY_LINK:
                    found.append((below, hive.values(child)))
                else:
                    stack.append((child, below))
        return found

    def rename(self, names: list[str], name: str) -> None:
        """Follow a key of a hive to its new name."""
        holder = self.holder(names)
        if holder is not None:
            self.master.hive.rename(holder, name)
