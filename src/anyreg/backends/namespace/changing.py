"""Changing the namespace: one transaction, whatever hives it comes to touch.

A hive joins the transaction when the first of its keys is changed.  A volatile key is made in the
master, in the place where it would stand in its hive; so whatever deletes or renames a key of a
hive takes along what stands over it in the master.  A key of HKEY_CLASSES_ROOT is changed in the
tree that it comes from.  Directories, roots of hives and the HKEY_ keys are of the registry itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mypy_extensions import mypyc_attr

from anyreg.backends.base import AllOrNone, Backend
from anyreg.backends.control_sets import is_current, name_meant
from anyreg.backends.namespace.classes import ClassesNode
from anyreg.backends.namespace.finding import LINK_VALUE
from anyreg.backends.namespace.own_links import LINK_NAMES, is_own_place
from anyreg.backends.namespace.places import Directory, Mount, Place
from anyreg.backends.namespace.trees import Trees
from anyreg.backends.namespace.units import Units
from anyreg.backends.namespace.zones import Zone
from anyreg.backends.readable import VIEW_64
from anyreg.errors import (
    AccessDeniedError,
    HasSubkeysError,
    KeyExistsError,
    KeyNotFoundError,
    LimitError,
    TransactionError,
    VolatileParentError,
)
from anyreg.facts import Facts
from anyreg.history.recorder import Recorder
from anyreg.names import fold
from anyreg.newkeys import NewKey
from anyreg.paths import split_path
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.types import Link
from anyreg.values import Node, Value, encode


@mypyc_attr(allow_interpreted_subclasses=True)
class Changing(Trees):
    """The verbs that change keys, their transactions, and what a history keeps of them."""

    def __init__(
        self,
        mounts: list[Mount],
        master: Mount,
        user: str,
        open_hive: Callable[[str], Backend],
        units: Units | None = None,
        is_read_only: bool = False,
    ) -> None:
        """Put a registry together.

        Args:
            mounts: The hives.
            master: See Finding.
            user: See Finding.
            open_hive: How a further hive is opened.
            units: What transactions are made of.
            is_read_only: Refuse every change.
        """
        super().__init__(mounts, master, user, open_hive)
        self._units = units or Units()
        self._is_read_only = is_read_only
        self._own = mounts

    def freeze(self) -> None:
        """Refuse every change from now on."""
        self._is_read_only = True

    # Transactions

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in the one that this context has begun."""
        self.require_open()
        if self._is_read_only:
            raise self._refused()
        self._units.begin(timeout)

    def commit(self, durable: bool) -> None:
        """End the innermost level for good; at the outermost one, commit."""
        self._require_writing()
        self._units.commit(durable)

    def roll_back(self) -> None:
        """Undo the innermost level."""
        self._require_writing()
        self._units.roll_back()

    def is_changing(self) -> bool:
        """Whether a transaction of this context is under way."""
        return self._units.is_ours

    def _require_writing(self) -> None:
        if not self._units.is_ours:
            raise TransactionError("no transaction is under way")

    def _joined(self, place: Place) -> Backend:
        """The hive of a key that is to be changed, a part of the transaction under way."""
        if self._is_read_only:
            raise self._refused()
        if self._units.is_ours:
            self._units.join(place.mount)
        return place.mount.backend

    # Changes

    def make(
        self,
        node: Node,
        path: str,
        view: int = 0,
        *,
        volatile: bool = False,
        link: bool = False,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        """Open the key at a path below another, made with its parents where it is missing."""
        flags = (KEY_VOLATILE if volatile else 0) | (KEY_LINK if link else 0)
        return self._make(node, split_path(path), view, flags, class_name, descriptor)

    def create(
        self, node: Node, name: str, class_name: str, descriptor: bytes = b"", flags: int = 0
    ) -> Node:
        """The subkey of this name, made if there is none."""
        return self._make(node, [name], 0, flags, class_name, descriptor)[0]

    def _make(
        self,
        node: Node,
        names: list[str],
        view: int,
        flags: int,
        class_name: str,
        descriptor: bytes,
    ) -> tuple[Node, bool]:
        link = flags & KEY_LINK != 0
        found, rest = self.walk(node, names, view, link)
        if not rest and found is not None:
            if link:
                raise KeyExistsError("there is such a key already", path="\\".join(names))
            return found, False
        with AllOrNone(self):
            while rest:
                if found is None:
                    raise KeyNotFoundError("a symbolic link leads nowhere", path=rest[0])
                if len(rest) == 1:
                    made = self._create(found, rest[0], class_name, descriptor, flags)
                else:
                    made = self._create(found, rest[0], "", b"", flags & KEY_VOLATILE)
                found, rest = self.walk(made, rest[1:], view, link)
            assert found is not None
        return found, True

    def _create(
        self, node: Node, name: str, class_name: str, descriptor: bytes, flags: int
    ) -> Node:
        """A new subkey of a key, right where the walk has ended."""
        volatile = flags & KEY_VOLATILE != 0
        if isinstance(node, ClassesNode):
            return self.classes.made(node, name, class_name, descriptor, volatile)
        if not isinstance(node, Place):
            return self._create_at_top(node, name, class_name, descriptor, flags)
        if fold(name) in LINK_NAMES and not flags & KEY_LINK:
            linked = self._linked(node, name)
            if linked is not None:
                return linked
        backend = self._joined(node)
        if not volatile and backend.flags(node.inner) & KEY_VOLATILE:
            raise VolatileParentError("a stable key cannot stand below a volatile one", path=name)
        if volatile and not backend.keeps_volatile:
            self._join_master()
            names = self.overlay.names_of(node)
            return self.overlay.make(names, name, class_name, descriptor, flags & KEY_LINK)
        inner = backend.create(node.inner, name, class_name, descriptor, flags)
        zone = None if node.zone is None else node.zone.inside.get(fold(name))
        return Place(inner.name, inner.last_written, node.mount, inner, zone)

    def _linked(self, node: Place, name: str) -> Node | None:
        """Where the registry itself has a link: what that leads to, the link made again first."""
        names = [*self.trail(node), name]
        target = self._target_of_own(node, names) if is_own_place(names) else None
        if target is None:
            return None
        link = self._create(node, name, "", b"", KEY_LINK | KEY_VOLATILE)
        path = "\\".join(["", "Registry", *target])
        self.write(link, [Value(LINK_VALUE, *encode(Link(path)))])
        found, rest = self.walk(self.directories.top, target, VIEW_64, False)
        return None if rest else found

    def _target_of_own(self, node: Place, names: list[str]) -> list[str] | None:
        if fold(names[-1]) == "CLASSES":
            classes = f"{names[1]}_Classes"
            return ["User", classes] if fold(classes) in self.directories.users.mounts else None
        meant = name_meant(node.mount.backend) if is_current(names[-1]) else ""
        return [*names[:-1], meant] if meant else None

    def _create_at_top(
        self, node: Node, name: str, class_name: str, descriptor: bytes, flags: int
    ) -> Node:
        """A key beside the mounts: all there is volatile."""
        if not isinstance(node, Directory) or not node.names:
            raise AccessDeniedError("no key can be made here", path=name)
        if not flags & KEY_VOLATILE:
            raise LimitError("only volatile keys can be made beside the hives", path=name)
        self._join_master()
        return self.overlay.make(node.names, name, class_name, descriptor, flags & KEY_LINK)

    def _join_master(self) -> None:
        if self._units.is_ours:
            self._units.join(self.master)

    def _changed(self, node: Node) -> tuple[Backend, Node]:
        """The hive and the key in it that a change of a key is made to."""
        if isinstance(node, ClassesNode):
            node = self.classes.first(node)
        if isinstance(node, Directory) and node.names:
            self._join_master()
            node = self.overlay.held(node.names)
        if not isinstance(node, Place):
            raise AccessDeniedError("the root of the registry cannot be changed")
        return self._joined(node), node.inner

    def _movable(self, node: Node) -> Place:
        """The key of a hive that is to be deleted or renamed; a hive's root is not."""
        if isinstance(node, ClassesNode) and node.names:
            node = self.classes.first(node)
        if not isinstance(node, Place) or self.is_fixed(node):
            raise AccessDeniedError("this key belongs to the registry itself", path=node.name)
        return node

    def is_fixed(self, node: Node) -> bool:
        """Whether it is a root, holds mounts, is a hive's root, or a link of the registry."""
        if isinstance(node, ClassesNode):
            return not node.names
        if not isinstance(node, Place):
            return True
        is_root = node.alias != "" or not node.mount.backend.trail(node.inner)
        return is_root or self.own_target(node) is not None

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key, with all below it if recursive; of a link, the link alone."""
        place = self._movable(node)
        if not self.overlay.is_over(place):
            self._joined(place).delete(place.inner, recursive)
            return
        if not recursive and self.overlay.has_any(place):
            raise HasSubkeysError("the key has volatile subkeys", path=place.name)
        with AllOrNone(self):
            names = self.overlay.names_of(place)
            self._joined(place).delete(place.inner, recursive)
            self._join_master()
            self.overlay.forget(names)  # the registry's own links stay, for a key that comes again

    def rename(self, node: Node, name: str) -> None:
        """Give a key another name."""
        place = self._movable(node)
        names = self.overlay.names_of(place)
        _, rest = self.walk(self.directories.top, [*names[:-1], name], VIEW_64, True)
        if not rest and fold(name) != fold(names[-1]):
            raise KeyExistsError("there is such a key already", path=name)
        with AllOrNone(self):
            is_over = self.overlay.is_over(place)
            self._joined(place).rename(place.inner, name)
            if is_over:
                self._join_master()
                self.overlay.rename(names, name)

    def graft(self, node: Node, keys: list[NewKey]) -> None:
        """Make many subkeys with all that they are to hold."""
        if not isinstance(node, Place) or _has_named(node.zone, keys):
            super().graft(node, keys)
            return
        backend = self._joined(node)
        if backend.flags(node.inner) & KEY_VOLATILE:
            raise VolatileParentError(
                "a stable key cannot stand below a volatile one", path=keys[0].name
            )
        backend.graft(node.inner, keys)

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key."""
        backend, inner = self._changed(node)
        backend.write(inner, values)

    def assign(self, node: Node, data: Mapping[str, object]) -> None:
        """Set values of a key to Python data, all or none."""
        backend, inner = self._changed(node)
        backend.assign(inner, data)

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; whether there was one."""
        if isinstance(node, ClassesNode):
            return self.classes.taken(node, name)
        backend, inner = self._changed(node)
        return backend.remove(inner, name)

    def set_class(self, node: Node, class_name: str) -> None:
        """Give a key a class name."""
        backend, inner = self._changed(node)
        backend.set_class(inner, class_name)

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another self-relative security descriptor."""
        backend, inner = self._changed(node)
        backend.set_security(inner, descriptor)

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before, its time included."""
        backend, inner = self._changed(node)
        backend.rewrite(inner, facts, values)

    # History: of the registry's own hives, not of those that are loaded, nor of volatile keys

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        """Let every commit from now on have a record in a history."""
        for mount in self._own:
            mount.recorder = recorder
            if mount.opened is not None:
                mount.opened.keep_history(recorder, mount.unit)

    def history_hive(self, hive: str) -> Backend:
        """A hive by its name in the history, a part of the transaction under way."""
        for mount in self._own:
            if mount.unit == hive:
                backend = mount.backend
                if self._units.is_ours:
                    self._units.join(mount)
                return backend
        raise KeyNotFoundError("a hive of the history is not there", path=hive)


def _has_named(zone: Zone | None, keys: list[NewKey]) -> bool:
    """Whether a zone says where one of these keys stands."""
    return zone is not None and any(zone.names(key.name) for key in keys)
