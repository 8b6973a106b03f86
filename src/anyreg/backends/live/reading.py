"""The registry of the Windows that is running, as it is read, and where its keys are.

What Windows does by itself is left to it: views, links, the classes of user and machine as one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from anyreg.backends.abilities import About, Inspected, Quick, Reached, Whole
from anyreg.backends.base import KeyFacts
from anyreg.backends.live.calls import Calls
from anyreg.backends.live.descriptors import READ_PARTS
from anyreg.backends.live.keys import LiveKeys
from anyreg.backends.live.node import LiveNode
from anyreg.backends.live.nt_paths import names_of, path_of
from anyreg.errors import KeyDeletedError, RegistryError
from anyreg.names import fold, units
from anyreg.paths import ROOTS
from anyreg.problems import Problem
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE, MAX_VALUE_NAME
from anyreg.types import REG_LINK
from anyreg.values import Node, Value

_VOLATILE_FLAG: Final = 1
_LINK_FLAG: Final = 2
LINK_VALUE: Final = "SymbolicLinkValue"
"""Where a symbolic link keeps its target."""

_CLASSES: Final = ["HKEY_LOCAL_MACHINE", "SOFTWARE", "Classes"]
_CONFIG: Final = ["SYSTEM", "CurrentControlSet", "Hardware Profiles", "Current"]
_HIVES: Final = ["SYSTEM", "CurrentControlSet", "Control", "hivelist"]
_MACHINE: Final = frozenset(("SYSTEM", "SOFTWARE", "SAM", "SECURITY", "HARDWARE", "BCD00000000"))
_DEPTH_OF_HIVES: Final = 2  # names that lead to the key of a hive


class LiveReading(LiveKeys, Quick, Whole, Inspected):
    """The part of the live registry that changes nothing."""

    def __init__(self, calls: Calls, roots: dict[str, int], user: str) -> None:
        """Open nothing yet.

        Args:
            calls: Windows' functions.
            roots: The handle of each root, by its name.
            user: The SID of the user, "" where HKEY_CURRENT_USER is not there.
        """
        super().__init__(calls, roots)
        self._user = user
        self._has_flags = True
        self._fixed: set[str] | None = None

    # Where keys are

    def names(self, node: Node) -> list[str]:
        """The names that lead from the top to where a key really stands."""
        own = cast(LiveNode, node)
        if own.stays:
            return self._root_names(own)
        return names_of(self.calls.full_path(self.handle(own), own.label()))

    def _root_names(self, own: LiveNode) -> list[str]:
        self.require_open()
        if own.name == "HKEY_CURRENT_USER" and self._user:
            return ["HKEY_USERS", self._user]
        if own.name == "HKEY_CLASSES_ROOT":
            return list(_CLASSES)
        if own.name == "HKEY_CURRENT_CONFIG":
            return self._real_names(_CONFIG)
        return [own.name] if own.name else []

    def _real_names(self, way: list[str]) -> list[str]:
        machine = self.predefined(ROOTS["HKEY_LOCAL_MACHINE"])
        node = self.open(machine, way)
        if node is None:
            return ["HKEY_LOCAL_MACHINE", *way]
        try:
            return self.names(node)
        finally:
            self.release(node)

    def nt_path(self, node: Node) -> str:
        """The path of a key in the kernel."""
        return path_of(self.names(node))

    def has_roots(self, node: Node) -> bool:
        """Whether it is the top."""
        return node is self._top

    def is_fixed(self, node: Node) -> bool:
        """Whether a key is a root, or that of a hive of the system's own."""
        if cast(LiveNode, node).stays:
            return True
        names = self.names(node)
        if len(names) > _DEPTH_OF_HIVES:
            return False
        if self._fixed is None:
            self._fixed = self._hive_keys()
        return len(names) < _DEPTH_OF_HIVES or fold("\\".join(names)) in self._fixed

    def own_hives(self) -> set[str]:
        """The keys of the hives that every Windows has, folded."""
        users = [".DEFAULT", "S-1-5-18", self._user, f"{self._user}_Classes"]
        found = {fold(f"HKEY_LOCAL_MACHINE\\{name}") for name in _MACHINE}
        return found | {fold(f"HKEY_USERS\\{name}") for name in users}

    def _hive_keys(self) -> set[str]:
        """The keys of the hives that the system keeps mounted, folded."""
        found = self.own_hives()
        machine = self.predefined(ROOTS["HKEY_LOCAL_MACHINE"])
        try:
            listed = self.open(machine, _HIVES)
            if listed is not None:
                for value in self.values(listed):
                    found.add(fold("\\".join(names_of(value.name))))
                self.release(listed)
        except RegistryError:
            pass  # what is known anyway must do
        return found

    def lasts(self, node: Node) -> bool:
        """Whether a hive keeps the key."""
        own = cast(LiveNode, node)
        return not own.stays and not self.info(own).flags & KEY_VOLATILE

    def below(self, node: Node, top: Node) -> list[Node]:
        """The subkeys; of the top the two roots that all others are in."""
        if node is not self._top:
            return self.subkeys(node)
        roots = ("HKEY_LOCAL_MACHINE", "HKEY_USERS")
        return [self._numbers[ROOTS[name]] for name in roots if ROOTS[name] in self._numbers]

    def seen_child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, links as such."""
        return self.open(node, [name], link=True)

    def sides(self, node: Node) -> list[Node]:
        """The key itself."""
        return [node]

    def above(self, node: Node) -> Node | None:
        """The key in which a key really stands."""
        names = self.names(node)
        return self.open(self._top, names[:-1]) if names else None

    def reach(self, node: Node, names: list[str], access: int, link: bool) -> Reached:
        """How far names lead."""
        found = node
        at = 0
        while at < len(names):
            is_last = link and at == len(names) - 1
            child = self.open(found, [names[at]], access, is_last)
            if child is None:
                break
            if found is not node:
                self.release(found)
            found = child
            at += 1
        return found, names[at:]

    # Reading

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in the order of Windows."""
        own = cast(LiveNode, node)
        if own is self._top:
            self.require_open()
            return list(self._numbers.values())
        found = self.calls.subkeys(self.handle(own), own.label())
        return self.listed(own, found)

    def subkey_at(self, node: Node, index: int) -> Node | None:
        """The subkey at an index, None behind the last."""
        own = cast(LiveNode, node)
        if own is self._top:
            roots = self.subkeys(own)
            return roots[index] if index < len(roots) else None
        found = self.calls.subkey_at(self.handle(own), own.label(), index)
        return None if found is None else self.nodes(own, [found])[0]

    def values(self, node: Node) -> list[Value]:
        """All values, in the order of Windows."""
        own = cast(LiveNode, node)
        return [] if own is self._top else self.calls.values(self.handle(own), own.label())

    def value_at(self, node: Node, index: int) -> Value | None:
        """The value at an index, None behind the last."""
        own = cast(LiveNode, node)
        return (
            None if own is self._top else self.calls.value_at(self.handle(own), own.label(), index)
        )

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name, or None; it has the spelling that was asked for."""
        own = cast(LiveNode, node)
        if own is self._top or units(name) > MAX_VALUE_NAME:
            return None
        if "\0" in name:
            wanted = fold(name)
            found = [value for value in self.values(own) if fold(value.name) == wanted]
            return found[0] if found else None
        read = self.calls.value(self.handle(own), own.label(), name)
        return None if read is None else Value(name, *read)

    def info(self, node: Node) -> KeyFacts:
        """What a key says of itself, as it is now."""
        own = cast(LiveNode, node)
        if own is self._top:
            return KeyFacts(len(self._numbers), 0, "", 0, "", 0)
        handle = self.handle(own)
        told = self.calls.counts(handle, own.label(), with_class=True)
        flags = 0 if own.stays else self._flags(own, handle, told.values)
        name = own.name if own.stays else self._own_name(own, handle)
        return KeyFacts(told.subkeys, told.values, told.class_name, flags, name, told.time)

    def _own_name(self, own: LiveNode, handle: int) -> str:
        own.name, own.last_written = self._name_and_time(handle)
        return own.name

    def _flags(self, own: LiveNode, handle: int, values: int) -> int:
        told = self.calls.key_flags(handle) if self._has_flags else None
        if told is None:  # a link holds its target, and nothing else
            self._has_flags = False
            flags = own.made_as
            if values == 1:
                target = self.calls.value(handle, own.label(), LINK_VALUE)
                flags |= KEY_LINK if target is not None and target[0] == REG_LINK else 0
            return flags
        volatile = KEY_VOLATILE if told & _VOLATILE_FLAG else 0
        return volatile | (KEY_LINK if told & _LINK_FLAG else 0)

    def fresh(self, node: Node) -> Node:
        """The key itself, with its name and time as they are now."""
        own = cast(LiveNode, node)
        if own is not self._top:
            try:
                handle = self.handle(own)
                if own.stays:
                    own.last_written = self.calls.counts(handle, own.label()).time
                else:
                    self._own_name(own, handle)
            except KeyDeletedError:
                pass
        return own

    def is_alive(self, node: Node) -> bool:
        """Whether the key still exists."""
        own = cast(LiveNode, node)
        if own is not self._top:
            try:
                self.calls.counts(self.handle(own), own.label())
            except KeyDeletedError:
                return False
        return True

    def stamp(self, node: Node) -> object:
        """Counts and time."""
        own = cast(LiveNode, node)
        return None if own is self._top else self.calls.counts(self.handle(own), own.label())

    def security(self, node: Node) -> bytes:
        """A key's descriptor, with the parts that may be read without a privilege."""
        own = cast(LiveNode, node)
        if own is self._top:
            return b""
        return self.calls.security(self.handle(own), own.label(), READ_PARTS)

    # The whole

    def about(self) -> About:
        """What it is, and whose."""
        self.require_open()
        return {"kind": "live registry", "user": self._user}

    def problems(self) -> list[Problem]:
        """None: Windows itself reads the files."""
        return []

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """None, for the same reason."""
        self.require_open()
        return []
