r"""A key of HKEY_CLASSES_ROOT: the user's classes laid over the machine's.

It is up to two keys of one path: below HKCU\Software\Classes and below HKLM\SOFTWARE\Classes.  Both
are read, the user's first; it is written to the user's key where that exists, else to the
machine's; and what is new is made for the machine.

A handle belongs to the keys that were there when it was opened, first of all to the user's: it is
dead when that one is deleted.  A key that has come since on the other side is found by its path.
"""

from __future__ import annotations

from anyreg.backends.base import VIEW_64, KeyFacts
from anyreg.backends.namespace.nodes import NamespaceNode, Realm
from anyreg.backends.namespace.path_walk import PathWalk
from anyreg.errors import ClosedError, KeyDeletedError, KeyNotFoundError
from anyreg.names import fold, order_key
from anyreg.regf.layout import KEY_LINK
from anyreg.values import Value


class ClassesNode(NamespaceNode):
    """A key of HKEY_CLASSES_ROOT.

    Attributes:
        names: The names that lead to it.
        user: The user's key, None where there was none.
        machine: The machine's.
    """

    __slots__ = ("machine", "names", "user")

    def __init__(
        self,
        realm: Realm,
        name: str,
        names: list[str],
        user: NamespaceNode | None,
        machine: NamespaceNode | None,
    ) -> None:
        first = user if user is not None else machine
        self.name = name
        self.last_written = 0 if first is None else first.last_written
        self.realm = realm
        self.names = names
        self.user = user
        self.machine = machine

    # The two keys

    def _users_key(self) -> NamespaceNode | None:
        bound = self.user
        return users_classes(self.realm, self.names) if bound is None else self._alive(bound)

    def _machines_key(self) -> NamespaceNode | None:
        bound = self.machine
        if bound is not None and self.user is not None and not bound.is_alive():
            bound = None
        return machines_classes(self.realm, self.names) if bound is None else self._alive(bound)

    def _alive(self, bound: NamespaceNode) -> NamespaceNode:
        if not bound.is_alive():
            raise KeyDeletedError("the key was deleted", path=self.name)
        return bound

    def sides(self) -> list[NamespaceNode]:
        """The keys that are there, the user's first.

        Raises:
            KeyDeletedError: The one that the handle belongs to is gone.
        """
        found = [self._users_key(), self._machines_key()]
        return [side for side in found if side is not None]

    def held(self) -> NamespaceNode:
        """The key that is written to.

        Raises:
            KeyNotFoundError: Neither the user nor the machine has classes at all.
        """
        sides = self.sides()
        if not sides:
            raise KeyNotFoundError("neither the user nor the machine has classes")
        return sides[0]

    def is_alive(self) -> bool:
        """Whether the key that the handle belongs to exists."""
        bound = self.user if self.user is not None else self.machine
        return bound is None or bound.is_alive()

    # What it is

    def trail(self) -> list[str]:
        r"""The names that lead from \Registry to the key that is written to."""
        return self.held().trail()

    def places(self) -> list[list[str]]:
        r"""Its path on both sides, whether there is a key or not."""
        tops = [users_classes(self.realm, []), machines_classes(self.realm, [])]
        return [[*top.trail(), *self.names] for top in tops if top is not None]

    def is_fixed(self) -> bool:
        """Whether it is HKEY_CLASSES_ROOT itself."""
        return not self.names

    def lasts(self) -> bool:
        """Its keys are those of hives."""
        return True

    # Reading

    def step(self, way: PathWalk) -> NamespaceNode | None:
        """Go to the subkey of the next name."""
        name = way.names[way.at]
        user = self._users_key()
        machine = self._machines_key()
        users = None if user is None else user.find([name], way.view)
        machines = None if machine is None else machine.find([name], way.view)
        first = users if users is not None else machines
        if first is None:
            return None
        way.at += 1
        return self._subkey(first.name, name, users, machines)

    def _subkey(
        self,
        shown: str,
        name: str,
        user: NamespaceNode | None,
        machine: NamespaceNode | None,
    ) -> ClassesNode:
        return ClassesNode(self.realm, shown, [*self.names, name], user, machine)

    def subkeys(self) -> list[NamespaceNode]:
        """The subkeys of both sides, in the order of their names."""
        found: dict[bytes, ClassesNode] = {}
        user = self._users_key()
        machine = self._machines_key()
        for child in [] if user is None else user.subkeys():
            found[order_key(child.name)] = self._subkey(child.name, child.name, child, None)
        for child in [] if machine is None else machine.subkeys():
            known = found.get(order_key(child.name))
            if known is None:
                found[order_key(child.name)] = self._subkey(child.name, child.name, None, child)
            else:
                known.machine = child
        return [found[place] for place in sorted(found)]

    def values(self) -> list[Value]:
        """The values of the user's key, and those that only the machine's has."""
        found: dict[str, Value] = {}
        for side in self.sides():
            for value in side.values():
                found.setdefault(fold(value.name), value)
        return list(found.values())

    def read(self, name: str) -> Value | None:
        """The value of this name, the user's if there is one."""
        for side in self.sides():
            found = side.read(name)
            if found is not None:
                return found
        return None

    def info(self) -> KeyFacts:
        """What the first side says, with the counts of both."""
        sides = self.sides()
        if not sides:
            return KeyFacts(0, 0, "", 0, self.name, self.last_written)
        facts = sides[0].info()._replace(name=self.name, last_written=self.last_written)
        if len(sides) == 1:
            return facts
        return facts._replace(subkeys=len(self.subkeys()), values=len(self.values()))

    def security(self) -> bytes:
        """That of the key that is written to."""
        return self.held().security()

    def stamp(self) -> object:
        """Something that is equal as long as both sides have the same subkeys and values."""
        return [side.stamp() for side in self.sides()]

    # Changing

    def create(self, name: str, class_name: str, descriptor: bytes, flags: int) -> NamespaceNode:
        """A new subkey, of the machine."""
        way = PathWalk(self._on_machine([name]), VIEW_64, flags & KEY_LINK != 0)
        made, _ = self.realm.top.make(way, flags, class_name, descriptor)
        return self._subkey(made.name, name, None, made)

    def made_in(self, names: list[str]) -> tuple[NamespaceNode | None, list[str]]:
        """Keys are made in the machine's, which may be missing itself."""
        return self.realm.top.reach(PathWalk(self._on_machine(names), VIEW_64, True))

    def _on_machine(self, names: list[str]) -> list[str]:
        return ["Machine", "SOFTWARE", "Classes", *self.names, *names]

    def delete(self, recursive: bool) -> None:
        """Delete the key that is written to."""
        self._deleted().delete(recursive)

    def rename(self, name: str) -> None:
        """Give the key that is written to another name."""
        self._deleted().rename(name)

    def _deleted(self) -> NamespaceNode:
        if not self.names:
            raise self._fixed()
        return self.held()

    def remove(self, name: str) -> bool:
        """Delete a value of the first side that has it; whether one had."""
        return any(side.remove(name) for side in self.sides())


def classes_root(realm: Realm) -> ClassesNode:
    """HKEY_CLASSES_ROOT itself."""
    user, machine = users_classes(realm, []), machines_classes(realm, [])
    return ClassesNode(realm, "HKEY_CLASSES_ROOT", [], user, machine)


def users_classes(realm: Realm, names: list[str]) -> NamespaceNode | None:
    """The key of the user at a path of HKEY_CLASSES_ROOT, or None."""
    if not realm.user:
        return None
    return _classes(realm, ["User", realm.user, "Software", "Classes", *names])


def machines_classes(realm: Realm, names: list[str]) -> NamespaceNode | None:
    """The key of the machine at a path of HKEY_CLASSES_ROOT, or None."""
    return _classes(realm, ["Machine", "SOFTWARE", "Classes", *names])


def _classes(realm: Realm, names: list[str]) -> NamespaceNode | None:
    try:
        return realm.top.find(names, VIEW_64)
    except (ClosedError, KeyNotFoundError):
        realm.require_open()  # if it is not closed, there is none
        return None
