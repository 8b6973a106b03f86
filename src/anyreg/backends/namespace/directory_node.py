r"""A key that holds mounts: \Registry\Machine and \Registry\User, and \Registry above them.

What is mounted from the start is known here; what is loaded later stands in the master (`loaded`),
as do volatile keys beside the hives.  Values and all else of such a key are those of the key that
the master has at its place, if it has one.
"""

from __future__ import annotations

from typing import Final

from anyreg.backends.base import KeyFacts
from anyreg.backends.namespace.hive_node import HiveNode, in_master, root_of
from anyreg.backends.namespace.loaded import LoadedHives
from anyreg.backends.namespace.mounts import Mount
from anyreg.backends.namespace.nodes import NamespaceNode, Realm
from anyreg.backends.namespace.path_walk import PathWalk
from anyreg.errors import (
    AccessDeniedError,
    ClosedError,
    KeyExistsError,
    KeyNotFoundError,
    LimitError,
    RegistryError,
)
from anyreg.names import fold, order_key
from anyreg.regf.layout import KEY_VOLATILE
from anyreg.values import Node, Value

_LOCAL_SYSTEM: Final = "S-1-5-18"  # its profile is that of the default user
_CLASSES: Final = ("Software", "Classes")


class DirectoryNode(NamespaceNode):
    r"""A key that holds mounts.

    Attributes:
        names: The names below \Registry that lead to it.
        inside: The keys of this kind in it, by folded name.
    """

    __slots__ = ("_loaded", "_mounts", "_shown", "inside", "names")

    def __init__(self, realm: Realm, loaded: LoadedHives, name: str, names: list[str]) -> None:
        self.name = name
        self.last_written = 0
        self.realm = realm
        self.names = names
        self.inside: dict[str, DirectoryNode] = {}
        self._loaded = loaded
        self._mounts: dict[str, Mount] = {}  # by folded name; one may have two names
        self._shown: dict[str, str] = {}  # these names as they are spelled
        for mount in realm.hives.mounts:
            if mount.names[:-1] == names:
                self._add(mount, mount.name)
                if mount.name == ".DEFAULT":
                    self._add(mount, _LOCAL_SYSTEM)

    def _add(self, mount: Mount, name: str) -> None:
        self._mounts[fold(name)] = mount
        self._shown[fold(name)] = name

    # Finding keys

    def step(self, way: PathWalk) -> NamespaceNode | None:
        """Go to the key of the next name."""
        found = self.child(way.names[way.at])
        if found is None:
            return None
        way.at += 1
        return found.entered(way)

    def child(self, name: str) -> NamespaceNode | None:
        """The key of this name in it."""
        folded = fold(name)
        mount = self._mounts.get(folded)
        if mount is not None:
            return root_of(self.realm, mount, self._shown[folded], mount.zone)
        inside = self.inside.get(folded)
        if inside is not None:
            return inside
        self._loaded.drop_unloaded()
        found = self.realm.overlay.child(self._holder(), name)
        return None if found is None else self._through(found)

    def _through(self, point: Node) -> NamespaceNode:
        """A key of the master; where a hive is loaded on it, the hive's root."""
        if not self._loaded.is_point(point):
            return in_master(self.realm, point)
        mount = self._loaded.mount_at(point, self.names)
        return root_of(self.realm, mount, mount.name, None)

    def trail(self) -> list[str]:
        r"""The names that lead from \Registry to it."""
        return self.names

    # What it has of its own

    def _holder(self) -> Node | None:
        return self.realm.overlay.holder(self.names)

    def _shown_as(self) -> HiveNode | None:
        """The key of the master at its place."""
        holder = self._holder()
        return None if holder is None else in_master(self.realm, holder)

    def held(self) -> NamespaceNode:
        """The key of the master at its place, made where it is missing."""
        if not self.names:
            raise AccessDeniedError("the root of the registry cannot be changed")
        self.realm.join_master()
        return in_master(self.realm, self.realm.overlay.held(self.names))

    def fresh(self) -> NamespaceNode:
        """The node as it is now: as old as the volatile keys of the registry."""
        holder = self._holder()
        self.last_written = 0 if holder is None else holder.last_written
        return self

    def values(self) -> list[Value]:
        """All values, in stored order."""
        shown = self._shown_as()
        return [] if shown is None else shown.values()

    def read(self, name: str) -> Value | None:
        """The value of this name, or None."""
        shown = self._shown_as()
        return None if shown is None else shown.read(name)

    def info(self) -> KeyFacts:
        """Counts, class name and flags."""
        shown = self._shown_as()
        facts = super().info()
        if shown is None:
            return facts
        counts = facts.subkeys, facts.name, facts.last_written
        return shown.info()._replace(subkeys=counts[0], name=counts[1], last_written=counts[2])

    def security(self) -> bytes:
        """Its self-relative security descriptor, b"" where it has none."""
        shown = self._shown_as()
        return b"" if shown is None else shown.security()

    # What it holds

    def subkeys(self) -> list[NamespaceNode]:
        """All keys in it; a hive that cannot be opened is left out and noted."""
        self._loaded.drop_unloaded()
        found: dict[str, NamespaceNode] = dict(self.inside)
        for folded, mount in self._mounts.items():
            self._show(found, mount, self._shown[folded])
        for point in self.realm.overlay.children(self._holder()):
            if fold(point.name) in found:
                continue
            if self._loaded.is_point(point):
                self._show(found, self._loaded.mount_at(point, self.names), point.name)
            else:
                found[fold(point.name)] = in_master(self.realm, point)
        return [found[folded] for folded in sorted(found, key=order_key)]

    def _show(self, found: dict[str, NamespaceNode], mount: Mount, name: str) -> None:
        try:
            found[fold(name)] = root_of(self.realm, mount, name, mount.zone)
        except RegistryError as error:
            self._loaded.note(mount, error)

    # Changing

    def create(self, name: str, class_name: str, descriptor: bytes, flags: int) -> NamespaceNode:
        """A key beside the mounts: all there is volatile."""
        if not self.names:
            raise AccessDeniedError("no key can be made here", path=name)
        if not flags & KEY_VOLATILE:
            raise LimitError("only volatile keys can be made beside the hives", path=name)
        made = self.realm.make_volatile(self, name, class_name, descriptor, flags)
        return in_master(self.realm, made)

    def load(self, name: str, file: str) -> None:
        """Mount a hive file as a subkey.

        Raises:
            KeyExistsError: There is a key of that name.
        """
        if not self.names:
            super().load(name, file)
        if fold(name) in self._mounts or fold(name) in self.inside:
            raise KeyExistsError("there is such a key already", path=name)
        self._loaded.require_none(self.names, name)
        self._loaded.load(self.names, name, file)

    def unload(self, name: str) -> None:
        """Take a hive away that load() has mounted.

        Raises:
            AccessDeniedError: It belongs to the registry itself.
        """
        if not self.names:
            super().unload(name)
        if fold(name) in self._mounts:
            raise AccessDeniedError("this hive belongs to the registry", path=name)
        self._loaded.unload(self.names, name)

    def replace(self, name: str, new: str, old: str) -> None:
        """Plan another file for a hive that is mounted on a subkey."""
        if not self.names:
            super().replace(name, new, old)
        mount = self._mounts.get(fold(name))
        if mount is None:
            self._loaded.replace(self.names, name, new, old)
        else:
            self.realm.hives.replace(mount, new, old)


class UsersNode(DirectoryNode):
    """HKEY_USERS; one of the users is HKEY_CURRENT_USER."""

    def current(self) -> NamespaceNode | None:
        """HKEY_CURRENT_USER by its SID, or None.

        Raises:
            KeyNotFoundError: It is not known whose that is.
        """
        user = self.realm.user
        if not user:
            raise KeyNotFoundError(
                "there are several users, or none: say whose with user=, or take HKEY_USERS"
            )
        return self.child(user)

    def below(self, top: NamespaceNode) -> list[NamespaceNode]:
        """The users; what HKEY_CURRENT_USER has is left out where that is of the tree, too."""
        taken = self._taken() if top.has_roots() else []
        return [child for child in self.subkeys() if not child.shows_again(taken)]

    def _taken(self) -> list[str]:
        """The units of the mounts that a tree of the whole registry shows as HKEY_CURRENT_USER."""
        try:
            user = self.current()
            classes = None if user is None else user.find(list(_CLASSES))
        except (ClosedError, KeyNotFoundError):
            self.realm.require_open()
            return []
        return [node.unit() for node in (user, classes) if node is not None]
