r"""Volatile keys, laid over the hives by path.

They stand in the master, each under its full path: one made in SYSTEM\Select is
\Registry\Machine\SYSTEM\Select\X there.  The keys on the way to it are not volatile themselves
and only hold its place.  What stands below a volatile key is volatile, so a way leads out of a
hive into the master once, and never back.

A hive that keeps volatile keys itself, as those in memory do, needs none of this.
"""

from __future__ import annotations

from anyreg.backends.namespace.own_links import is_own_place
from anyreg.backends.namespace.places import Mount, Place
from anyreg.names import order_key
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.values import Node, Value


class Overlay:
    """The master's keys that belong to keys of hives."""

    def __init__(self, master: Mount) -> None:
        self.master = master

    def placed(self, node: Node) -> Place:
        """A key of the master as a place."""
        return Place(node.name, node.last_written, self.master, node)

    def holder(self, names: list[str]) -> Node | None:
        r"""The key of the master at a path below \Registry, or None; volatile or not."""
        backend = self.master.backend
        node: Node | None = backend.root()
        for name in names:
            if node is None:
                return None
            node = backend.open(node, name)
        return node

    def names_of(self, place: Place) -> list[str]:
        r"""The names below \Registry that lead to a key."""
        return place.mount.names + place.mount.backend.trail(place.inner)

    def _holder_of(self, place: Place) -> Node | None:
        if self.is_self_kept(place):
            return None
        return self.holder(self.names_of(place))

    def is_self_kept(self, place: Place) -> bool:
        """Whether the hive of a key keeps volatile keys without help."""
        return place.mount.backend.keeps_volatile

    def child_at(self, holder: Node | None, name: str) -> Place | None:
        """The volatile key of this name below a key of the master."""
        if holder is None:
            return None
        backend = self.master.backend
        found = backend.open(holder, name)
        if found is None or not backend.flags(found) & KEY_VOLATILE:
            return None
        return self.placed(found)

    def children_at(self, holder: Node | None) -> list[Place]:
        """The volatile keys below a key of the master."""
        if holder is None:
            return []
        backend = self.master.backend
        found = [self.placed(node) for node in backend.subkeys(holder)]
        return [place for place in found if backend.flags(place.inner) & KEY_VOLATILE]

    def child(self, place: Place, name: str) -> Place | None:
        """The volatile key of this name below a key of a hive."""
        return self.child_at(self._holder_of(place), name)

    def children(self, place: Place) -> list[Place]:
        """The volatile keys below a key of a hive."""
        return self.children_at(self._holder_of(place))

    def is_over(self, place: Place) -> bool:
        """Whether the master holds anything for a key of a hive, or for keys below it."""
        return self._holder_of(place) is not None

    def has_any(self, place: Place) -> bool:
        """Whether there are volatile keys anywhere below a key of a hive."""
        backend = self.master.backend
        holder = self._holder_of(place)
        stack = [] if holder is None else [holder]
        while stack:
            for node in backend.subkeys(stack.pop()):
                if backend.flags(node) & KEY_VOLATILE:
                    return True
                stack.append(node)
        return False

    def make(
        self, names: list[str], name: str, class_name: str, descriptor: bytes, flags: int
    ) -> Place:
        """A new volatile key.

        Args:
            names: What leads to its parent.
            name: Its name.
            class_name: "" for none.
            descriptor: Its security descriptor.
            flags: KEY_LINK or KEY_MOUNT_POINT, or 0.
        """
        node = self.held(names).inner
        backend = self.master.backend
        made = backend.create(node, name, class_name, descriptor, flags | KEY_VOLATILE)
        return self.placed(made)

    def held(self, names: list[str]) -> Place:
        """The key of the master at a path, made where it is missing."""
        backend = self.master.backend
        node = backend.root()
        for name in names:
            found = backend.open(node, name)
            node = backend.create(node, name, "") if found is None else found
        return self.placed(node)

    def forget(self, names: list[str]) -> None:
        """Drop what stands at a path, and all below it: the key it belonged to is gone.

        The registry's own links stay: they show again when their key is made again, or comes back
        by an undo.
        """
        holder = self.holder(names)
        if holder is None:
            return
        backend = self.master.backend
        links = self._own_links(holder, names)
        backend.delete(holder, True)
        for path, values in links:
            place = self.make(path[:-1], path[-1], "", b"", KEY_LINK)
            backend.write(place.inner, values)

    def _own_links(self, holder: Node, names: list[str]) -> list[tuple[list[str], list[Value]]]:
        """The paths and values of the registry's own links below a key of the master."""
        backend = self.master.backend
        found: list[tuple[list[str], list[Value]]] = []
        stack = [(holder, names)]
        while stack:
            node, path = stack.pop()
            for child in backend.subkeys(node):
                below = [*path, child.name]
                if is_own_place(below) and backend.flags(child) & KEY_LINK:
                    found.append((below, backend.values(child)))
                else:
                    stack.append((child, below))
        return found

    def rename(self, names: list[str], name: str) -> None:
        """Follow a key of a hive to its new name."""
        holder = self.holder(names)
        if holder is not None:
            self.master.backend.rename(holder, name)


def merged(stable: list[Place], volatile: list[Place]) -> list[Node]:
    """Subkeys of both kinds, in the order of their names; a hive's key hides a volatile one."""
    nodes: list[Node] = [*stable]
    if volatile:
        known = {order_key(place.name) for place in stable}
        nodes.extend([place for place in volatile if order_key(place.name) not in known])
        nodes.sort(key=_order)
    return nodes


def _order(node: Node) -> bytes:
    return order_key(node.name)
