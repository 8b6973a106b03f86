"""Reading in the namespace: what a key of each kind holds.

A key of a hive holds what its hive says, and the volatile keys that stand in its place in the
master.  A directory holds its mounts, and values where the master has a key for it.  A key of
HKEY_CLASSES_ROOT is merged of two.  The root of all holds the HKEY_ keys that there are.

Every verb first takes over what other processes have changed in its hive.
"""

from __future__ import annotations

from typing import cast

from mypy_extensions import mypyc_attr

from anyreg.backends.namespace.classes import ClassesNode
from anyreg.backends.namespace.finding import Finding
from anyreg.backends.namespace.overlay import merged
from anyreg.backends.namespace.places import Directory, Place
from anyreg.backends.readable import KeyFacts
from anyreg.errors import ClosedError, KeyNotFoundError
from anyreg.names import fold
from anyreg.paths import ROOTS
from anyreg.values import Node, Value


@mypyc_attr(allow_interpreted_subclasses=True)
class Reading(Finding):
    """The verbs that read keys."""

    def _place(self, node: Node) -> Place | None:
        """What holds the values of a key that is no key of a hive; None where there is nothing."""
        if isinstance(node, Place):
            return node
        return self.directories.holder(node) if isinstance(node, Directory) else None

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in the order of their names; links are not followed."""
        if isinstance(node, ClassesNode):
            return self.classes.children(node)
        if isinstance(node, Directory):
            return self.directories.children(node)
        if not isinstance(node, Place):
            return self._tops()
        mount = node.mount
        mount.backend.refresh()
        stable = [_inside(node, inner) for inner in mount.backend.subkeys(node.inner)]
        return merged(stable, self.overlay.children(node))

    def subkey_at(self, node: Node, index: int) -> Node | None:
        """The subkey at an index, None behind the last."""
        if not isinstance(node, Place) or self.overlay.children(node):
            return super().subkey_at(node, index)
        node.mount.backend.refresh()
        inner = node.mount.backend.subkey_at(node.inner, index)
        return None if inner is None else _inside(node, inner)

    def _tops(self) -> list[Node]:
        found: list[Node] = []
        for number in ROOTS.values():
            try:
                found.append(self.predefined(number))
            except (ClosedError, KeyNotFoundError):
                self.require_open()  # it lacks this one, as where there is no SYSTEM
        return found

    def values(self, node: Node) -> list[Value]:
        """All values, in stored order."""
        if isinstance(node, ClassesNode):
            return self.classes.records(node)
        place = self._place(node)
        if place is None:
            return []
        backend = place.mount.backend
        backend.refresh()
        return backend.values(place.inner)

    def value_at(self, node: Node, index: int) -> Value | None:
        """The value at an index, None behind the last."""
        place = None if isinstance(node, ClassesNode) else self._place(node)
        if place is None:
            return super().value_at(node, index)
        place.mount.backend.refresh()
        return place.mount.backend.value_at(place.inner, index)

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name, or None."""
        if isinstance(node, ClassesNode):
            return self.classes.value(node, name)
        place = self._place(node)
        if place is None:
            return None
        backend = place.mount.backend
        backend.refresh()
        return backend.read(place.inner, name)

    def info(self, node: Node) -> KeyFacts:
        """Counts, class name and flags of a key."""
        if isinstance(node, ClassesNode):
            return self.classes.facts(node)
        place = self._place(node)
        if place is None:
            return KeyFacts(len(self.subkeys(node)), 0, "", 0)
        backend = place.mount.backend
        backend.refresh()
        facts = backend.info(place.inner)
        if isinstance(node, Directory):
            return KeyFacts(len(self.subkeys(node)), facts.values, facts.class_name, facts.flags)
        more = len(self.overlay.children(place))
        return facts._replace(subkeys=facts.subkeys + more) if more else facts

    def flags(self, node: Node) -> int:
        """The flags of a key alone."""
        if isinstance(node, Place):
            return node.mount.backend.flags(node.inner)
        return self.info(node).flags

    def stamp(self, node: Node) -> object:
        """Something that is equal as long as the key has the same subkeys and values."""
        if isinstance(node, ClassesNode):
            return [self.stamp(side) for side in self.classes.sides(node)]
        place = self._place(node)
        if place is None or isinstance(node, Directory):
            return [child.name for child in self.subkeys(node)], super().stamp(node)
        backend = place.mount.backend
        backend.refresh()
        volatile = self.overlay.children(place)  # they come and go without their parent's time
        names = [child.name for child in volatile] if volatile else None
        return backend.stamp(place.inner), names

    def get_security(self, node: Node) -> bytes:
        """A key's self-relative security descriptor."""
        place = self._first(node)
        return b"" if place is None else place.mount.backend.get_security(place.inner)

    def _first(self, node: Node) -> Place | None:
        """The one key that a key's own facts are of."""
        if isinstance(node, ClassesNode):
            return cast(Place, self.classes.first(node))
        return self._place(node)


def _inside(place: Place, inner: Node) -> Place:
    """The place of a subkey of another one's key."""
    zone = place.zone
    below = None if zone is None else zone.inside.get(fold(inner.name))
    return Place(inner.name, inner.last_written, place.mount, inner, below)
