"""The root of all, which holds the HKEY_ keys."""

from __future__ import annotations

from typing import Final

from anyreg.backends.namespace.classes_node import classes_root
from anyreg.backends.namespace.directory_node import DirectoryNode, UsersNode
from anyreg.backends.namespace.nodes import NamespaceNode, Realm
from anyreg.backends.namespace.path_walk import PathWalk
from anyreg.errors import ClosedError, KeyNotFoundError
from anyreg.names import fold
from anyreg.paths import ROOTS, SHORT_ROOTS

_LOW: Final = 0xFFFFFFFF
_CLASSES_ROOT: Final = 0x80000000
_CURRENT_USER: Final = 0x80000001
_LOCAL_MACHINE: Final = 0x80000002
_USERS: Final = 0x80000003
_CURRENT_CONFIG: Final = 0x80000005
_USER_SETTINGS: Final = 0x80000007

_NUMBERS: Final = ROOTS | SHORT_ROOTS
_CONFIG: Final = ("SYSTEM", "CurrentControlSet", "Hardware Profiles", "Current")
_SETTINGS: Final = ("Software", "Classes", "Local Settings")
_ALIASES: Final = (_CLASSES_ROOT, _CURRENT_CONFIG)  # all in them stands elsewhere too


class TopNode(NamespaceNode):
    """The root of all."""

    __slots__ = ("_machine", "_users")

    def __init__(self, realm: Realm, machine: DirectoryNode, users: UsersNode) -> None:
        self.name = ""
        self.last_written = 0
        self.realm = realm
        self._machine = machine
        self._users = users

    def predefined(self, number: int) -> NamespaceNode:
        """The key that one of the HKEY_ constants stands for; its low 32 bits count.

        Raises:
            ClosedError: This registry has no such key.
            KeyNotFoundError: It is not known whose HKEY_CURRENT_USER is.
        """
        self.realm.require_open()
        number &= _LOW
        if number == _LOCAL_MACHINE:
            return self._machine
        if number == _USERS:
            return self._users
        if number == _CLASSES_ROOT:
            return classes_root(self.realm)
        found: NamespaceNode | None = None
        name = ""
        if number == _CURRENT_USER:
            found = self._users.current()
            name = "HKEY_CURRENT_USER"
        elif number == _CURRENT_CONFIG:
            found = self._machine.find(list(_CONFIG))
            name = "HKEY_CURRENT_CONFIG"
        elif number == _USER_SETTINGS:
            found = self.predefined(_CURRENT_USER).find(list(_SETTINGS))
        if found is None:
            raise ClosedError("no such predefined key", path=f"0x{number:08x}")
        return found.known_as(name)

    def step(self, way: PathWalk) -> NamespaceNode | None:
        """Go to the root of the next name, if this registry has it."""
        number = _NUMBERS.get(fold(way.names[way.at]), 0)
        found = self._root(number) if number else None
        if found is not None:
            way.at += 1
        return found

    def _root(self, number: int) -> NamespaceNode | None:
        try:
            return self.predefined(number)
        except ClosedError:
            self.realm.require_open()
            return None

    def trail(self) -> list[str]:
        r"""It stands where \Registry does."""
        return []

    def has_roots(self) -> bool:
        """It holds HKEY_LOCAL_MACHINE and the other roots."""
        return True

    def fresh(self) -> NamespaceNode:
        """The node as it is now: as old as HKEY_LOCAL_MACHINE."""
        self.last_written = self._machine.fresh().last_written
        return self

    def subkeys(self) -> list[NamespaceNode]:
        """The roots that there are."""
        return self._roots(list(ROOTS.values()))

    def below(self, top: NamespaceNode) -> list[NamespaceNode]:
        """The roots that are no other names of keys which stand elsewhere."""
        return self._roots([number for number in ROOTS.values() if number not in _ALIASES])

    def _roots(self, numbers: list[int]) -> list[NamespaceNode]:
        found: list[NamespaceNode] = []
        for number in numbers:
            try:
                root = self._root(number)
            except KeyNotFoundError:
                root = None  # it is not known whose HKEY_CURRENT_USER is
            if root is not None:
                found.append(root)
        return found
