"""An opened key as such: which key it is, what it says of itself, and which are above and below it.

What goes through many keys (`walk`, `search`) is written for any class derived from this one, and
gives out keys of that class; so it need not know Key, which has it as methods.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final, NamedTuple, Self

from anyreg.backends import ask
from anyreg.backends.base import RENAMES, Backend
from anyreg.backends.system_abilities import Batched
from anyreg.errors import ClosedError, KeyDeletedError, KeyNotFoundError, RegistryError
from anyreg.names import fold
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.registry.key_names import shown_names
from anyreg.registry.path_errors import missing
from anyreg.times import to_datetime
from anyreg.values import Node
from anyreg.watching.open_subscriptions import end_watches

_log: Final = logging.getLogger(__name__)


class KeyInfo(NamedTuple):
    """What a key says of itself.

    Attributes:
        path: Its path from the registry's root.
        subkeys: Number of subkeys.
        values: Number of values.
        class_name: Its class name, "" where it has none.
        last_written: Time of its last change, UTC; None where the number is no time.
        filetime: The same as stored: 100 ns ticks since 1601.
        flags: The flags of its key node (anyreg.regf.layout, KEY_...).
    """

    path: str
    subkeys: int
    values: int
    class_name: str
    last_written: datetime | None
    filetime: int
    flags: int


class KeyHandle:
    """The part of a key that knows where it is, and what stands around it."""

    def __init__(
        self, backend: Backend, node: Node, parent: Self | None, way: list[str] | None = None
    ) -> None:
        """Take over a node; it is given back when the key is closed, or dies.

        Args:
            backend: The registry.
            node: The backend's handle.
            parent: The key that it was opened from, None for the root.
            way: The names from there to it, more than one; None where it is a subkey.
        """
        self._backend = backend
        self._opened: Node | None = node
        self._parent = parent
        self._way = way
        self._name = node.name
        self._seen = RENAMES.count if node.name or parent is None else -1  # when it was named
        self._is_shown = way is None  # whether they are those that a path shows
        self._owns_backend = False
        self.known_as = ""  # its name where it stands, if it was reached through a link

    def _made(self, node: Node, parent: Self | None, way: list[str] | None = None) -> Self:
        """Another key of the same class; the arguments are those of __init__()."""
        raise NotImplementedError

    def __del__(self) -> None:
        node = self._opened
        if node is not None:
            self._backend.release(node)

    @property
    def node(self) -> Node:
        """The backend's own handle of the key.

        Raises:
            ClosedError: The key is closed.
        """
        node = self._opened
        if node is None:
            raise ClosedError("the key is closed")
        return node

    @property
    def name(self) -> str:
        """The key's name as stored."""
        node = self.node
        if self._seen != RENAMES.count:
            self._look_again(node)
        return self._name

    @property
    def last_written(self) -> int:
        """The FILETIME of the key's last change: 100 ns ticks since 1601."""
        return ask.fresh(self._backend, self.node).last_written

    @property
    def lasts(self) -> bool:
        """Whether a hive keeps the key: not volatile, nor one above the hives of a registry.

        One that was deleted meanwhile counts as kept: reading its subkeys reports it.
        """
        try:
            return ask.lasts(self._backend, self.node)
        except KeyDeletedError:
            return True

    @property
    def is_volatile(self) -> bool:
        """Whether the key is volatile."""
        return self._backend.info(self.node).flags & KEY_VOLATILE != 0

    @property
    def names(self) -> list[str]:
        """The names that lead here from the registry's root, also such as no path can tell."""
        names: list[str] = []
        key = self
        parent = key._parent
        while parent is not None:
            if key._way is None:
                names.append(key.known_as or key.name)
            else:
                names.extend(reversed(key._shown_way(key._way, parent)))
            key = parent
            parent = key._parent
        names.reverse()
        return names

    def _shown_way(self, way: list[str], parent: KeyHandle) -> list[str]:
        """The names from another key to this one, as a path shows them."""
        node = self.node
        if self._seen != RENAMES.count:
            self._look_again(node)
        if not self._is_shown:
            way = shown_names(self._backend, parent._opened, node, way)
            self._way = way
            self._is_shown = True
        return way

    def _look_again(self, node: Node) -> None:
        """Something was renamed."""
        self._seen = RENAMES.count
        self._name = ask.fresh(self._backend, node).name
        self._is_shown = self._way is None

    @property
    def path(self) -> str:
        r"""The path from the registry's root, such as "Software\\Vendor"; "" for the root."""
        return "\\".join(self.names)

    def info(self) -> KeyInfo:
        """Counts, times and class name."""
        facts = self._backend.info(self.node)
        return KeyInfo(
            self.path,
            facts.subkeys,
            facts.values,
            facts.class_name,
            to_datetime(facts.last_written),
            facts.last_written,
            facts.flags,
        )

    @property
    def class_name(self) -> str:
        """The key's class name, "" where it has none; it can be set."""
        return self._backend.info(self.node).class_name

    @class_name.setter
    def class_name(self, class_name: str) -> None:
        self._backend.set_class(self.node, class_name)
        if _log.isEnabledFor(logging.INFO):
            _log.info("set the class of %r: %r", self.told_path(), class_name)

    @property
    def descriptor(self) -> bytes:
        """The key's self-relative security descriptor, b"" where it has none; it can be set."""
        return self._backend.security(self.node)

    @descriptor.setter
    def descriptor(self, descriptor: bytes) -> None:
        self._backend.set_security(self.node, descriptor)
        if _log.isEnabledFor(logging.INFO):
            _log.info(
                "set the security descriptor of %r (%d bytes)", self.told_path(), len(descriptor)
            )

    @property
    def is_fixed(self) -> bool:
        """Whether the key belongs to the registry itself, as a root does, and cannot be deleted."""
        return ask.is_fixed(self._backend, self.node)

    # Others

    def children(self) -> list[Self]:
        """All subkeys in stored order, doubles of a damaged hive included."""
        backend = self._backend
        return [self._made(node, self) for node in backend.subkeys(self.node)]

    def below(self, top: KeyHandle) -> list[Self]:
        """The subkeys with which a tree goes on that begins at another key, each key of it once.

        As children(), but that what a registry shows in a second place is there only if its first
        one lies outside of the tree, and then what a link of the registry itself leads to.

        Args:
            top: The key where the tree begins.
        """
        backend = self._backend
        return [self._made(node, self) for node in ask.below(backend, self.node, top.node)]

    def open_names(self, names: list[str]) -> Self:
        """A key below this one, by names, which are never split at backslashes.

        Args:
            names: The names; without any it is the key itself, under a new handle.

        Raises:
            KeyNotFoundError: There is no such key.
        """
        backend = self._backend
        if len(names) > 1 and isinstance(backend, Batched):
            node = backend.open_unnamed(self.node, names)
        else:
            node = backend.open(self.node, names)
        if node is None:
            raise self._missing_key(names)
        if names:
            return self._made(node, self, names)
        key = self._made(node, self._parent, self._way)
        key.known_as = self.known_as
        return key

    def _missing_key(self, names: list[str]) -> RegistryError:
        """What to say of names that lead nowhere."""
        key = self
        for at, name in enumerate(names):
            child = key.find_child(name)
            if child is None:
                above = None if key._parent is None else key.path
                return missing(self._backend, key.node, above, names[at:])
            key = child
        return KeyNotFoundError("no such key", path=key.path)  # it has come meanwhile

    @property
    def parent(self) -> Self | None:
        """The key above, None for the root."""
        way = self._way
        above = self._parent
        if way is None or above is None or len(way) == 1:
            return above
        names = self._shown_way(way, above)
        parent = above.open_names(names[:-1])
        self._parent = parent
        self._way = names[-1:]
        return parent

    def find_child(self, name: str) -> Self | None:
        """The subkey of this name, or None; a name is never split at backslashes.

        Args:
            name: The subkey's name.
        """
        node = self._backend.open(self.node, [name])
        return None if node is None else self.made_child(node, name)

    def seen_child(self, name: str) -> Self | None:
        """The subkey of this name, or None; of links the registry's own alone are followed.

        Args:
            name: The subkey's name.
        """
        node = ask.seen_child(self._backend, self.node, name)
        return None if node is None else self.made_child(node, name)

    def made_child(self, node: Node, name: str) -> Self:
        """The subkey that was found under a name, or made: its path is that of the way to it.

        What a link leads to has a name of its own; a root has two, and shows the long one.

        Args:
            node: What the backend gave for the name.
            name: The name.
        """
        key = self._made(node, self)
        is_other = node.name != name and fold(node.name) != fold(name)
        if is_other and not ask.has_roots(self._backend, self.node):
            key.known_as = name
        return key

    def leads_elsewhere(self, name: str) -> bool:
        """Whether a subkey of this name stands in another place, or would be made there.

        So it is behind a symbolic link, and with keys that programs of 32 and 64 bits find in two
        places.

        Args:
            name: The subkey's name; there need not be one.
        """
        return ask.leads_elsewhere(self._backend, self.node, name)

    def link_target(self) -> Self | None:
        """The key that this one leads to as a symbolic link; None where it is no link.

        In a single hive no link leads anywhere: its target is a path of a whole registry.

        Raises:
            KeyNotFoundError: There is no such key.
            LimitError: Links lead to each other without end.
        """
        parent = self.parent
        if parent is None or not self._backend.info(self.node).flags & KEY_LINK:
            return None
        target = parent.find_child(self.name)
        if target is None:
            raise KeyNotFoundError("a symbolic link leads nowhere", path=self.path)
        return None if self._backend.info(target.node).flags & KEY_LINK else target

    # Life

    def close(self) -> None:
        """Close the handle; further calls do nothing, any other use raises ClosedError."""
        node = self._opened
        if node is not None:
            if _log.isEnabledFor(logging.DEBUG):
                _log.debug("closed %r", self.told_path())
            self._opened = None
            self._backend.release(node)
        if self._owns_backend:
            end_watches(self._backend)
            self._backend.close()

    def told_path(self) -> str:
        """The path for the log, where the registry may be closed already."""
        try:
            return self.path
        except RegistryError:
            return self._opened.name if self._opened is not None else ""
