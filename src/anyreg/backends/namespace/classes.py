r"""HKEY_CLASSES_ROOT: the user's classes laid over the machine's.

A key of it is up to two keys of one path: below HKCU\Software\Classes and below
HKLM\SOFTWARE\Classes.  Both are read, the user's first; it is written to the user's key where that
exists, else to the machine's; and what is new is made for the machine.

A handle belongs to the keys that were there when it was opened, first of all to the user's: it is
dead when that one is deleted.  A key that has come since on the other side is found by its path.
"""

from __future__ import annotations

from anyreg.backends.base import Backend
from anyreg.backends.readable import VIEW_64, KeyFacts
from anyreg.errors import ClosedError, KeyDeletedError, KeyNotFoundError
from anyreg.names import fold, order_key
from anyreg.values import Node, Value

_USER: int = 0x80000001
_MACHINE: int = 0x80000002


class ClassesNode(Node):
    """A key of HKEY_CLASSES_ROOT.

    Attributes:
        names: The names that lead to it.
        user: The user's key, None where there was none.
        machine: The machine's.
    """

    __slots__ = ("machine", "names", "user")

    def __init__(
        self, name: str, names: list[str], user: Node | None, machine: Node | None
    ) -> None:
        first = user if user is not None else machine
        self.name = name
        self.last_written = 0 if first is None else first.last_written
        self.names = names
        self.user = user
        self.machine = machine


class MergedClasses(Backend):
    """The verbs over keys of HKEY_CLASSES_ROOT, by those of the whole registry."""

    def __init__(self, world: Backend) -> None:
        self._world = world

    def top(self) -> ClassesNode:
        """HKEY_CLASSES_ROOT itself."""
        return ClassesNode("HKEY_CLASSES_ROOT", [], self._at(_USER, []), self._at(_MACHINE, []))

    def _at(self, root: int, names: list[str]) -> Node | None:
        world = self._world
        path = "\\".join(["Software", "Classes", *names])
        try:
            return world.find(world.predefined(root), path, VIEW_64)
        except (ClosedError, KeyNotFoundError):
            world.root()  # if it is not closed, there is no user
            return None

    def _user(self, node: ClassesNode) -> Node | None:
        return self._side(node, node.user, _USER)

    def _machine(self, node: ClassesNode) -> Node | None:
        bound = node.machine
        if bound is not None and node.user is not None and not self._world.is_alive(bound):
            bound = None
        return self._side(node, bound, _MACHINE)

    def _side(self, node: ClassesNode, bound: Node | None, root: int) -> Node | None:
        if bound is None:
            return self._at(root, node.names)
        if not self._world.is_alive(bound):
            raise KeyDeletedError("the key was deleted", path=node.name)
        return bound

    def sides(self, node: ClassesNode) -> list[Node]:
        """The keys that are there, the user's first.

        Raises:
            KeyDeletedError: The one that the handle belongs to is gone.
        """
        found = [self._user(node), self._machine(node)]
        return [side for side in found if side is not None]

    def first(self, node: ClassesNode) -> Node:
        """The key that is written to.

        Raises:
            KeyNotFoundError: Neither the user nor the machine has classes at all.
        """
        sides = self.sides(node)
        if not sides:
            raise KeyNotFoundError("neither the user nor the machine has classes")
        return sides[0]

    def alive(self, node: ClassesNode) -> bool:
        """Whether the key that the handle belongs to exists."""
        bound = node.user if node.user is not None else node.machine
        return bound is None or self._world.is_alive(bound)

    # Reading

    def step(self, node: ClassesNode, name: str, view: int) -> ClassesNode | None:
        """The subkey of this name."""
        world = self._world
        user = self._user(node)
        machine = self._machine(node)
        users = None if user is None else world.find(user, name, view)
        machines = None if machine is None else world.find(machine, name, view)
        if users is None and machines is None:
            return None
        shown = users.name if users is not None else machines.name if machines is not None else ""
        return ClassesNode(shown, [*node.names, name], users, machines)

    def children(self, node: ClassesNode) -> list[Node]:
        """The subkeys of both sides, in the order of their names."""
        found: dict[bytes, ClassesNode] = {}
        user = self._user(node)
        machine = self._machine(node)
        for child in [] if user is None else self._world.subkeys(user):
            names = [*node.names, child.name]
            found[order_key(child.name)] = ClassesNode(child.name, names, child, None)
        for child in [] if machine is None else self._world.subkeys(machine):
            known = found.get(order_key(child.name))
            if known is None:
                names = [*node.names, child.name]
                found[order_key(child.name)] = ClassesNode(child.name, names, None, child)
            else:
                known.machine = child
        return [found[place] for place in sorted(found)]

    def records(self, node: ClassesNode) -> list[Value]:
        """The values of the user's key, and those that only the machine's has."""
        found: dict[str, Value] = {}
        for side in self.sides(node):
            for value in self._world.values(side):
                found.setdefault(fold(value.name), value)
        return list(found.values())

    def value(self, node: ClassesNode, name: str) -> Value | None:
        """The value of this name, the user's if there is one."""
        for side in self.sides(node):
            found = self._world.read(side, name)
            if found is not None:
                return found
        return None

    def facts(self, node: ClassesNode) -> KeyFacts:
        """What the first side says, with the counts of both."""
        sides = self.sides(node)
        if not sides:
            return KeyFacts(0, 0, "", 0)
        facts = self._world.info(sides[0])
        if len(sides) == 1:
            return facts
        counts = len(self.children(node)), len(self.records(node))
        return KeyFacts(counts[0], counts[1], facts.class_name, facts.flags)

    # Changes

    def made(
        self, node: ClassesNode, name: str, class_name: str, descriptor: bytes, volatile: bool
    ) -> ClassesNode:
        """A new subkey, of the machine."""
        world = self._world
        path = "\\".join(["SOFTWARE", "Classes", *node.names, name])
        made, _ = world.make(
            world.predefined(_MACHINE),
            path,
            VIEW_64,
            volatile=volatile,
            class_name=class_name,
            descriptor=descriptor,
        )
        return ClassesNode(made.name, [*node.names, name], None, made)

    def taken(self, node: ClassesNode, name: str) -> bool:
        """Delete a value of the first side that has it; whether one had."""
        return any(self._world.remove(side, name) for side in self.sides(node))
