r"""Nodes of the namespace: each kind of key is a class that answers for itself.

    HiveNode        a key of a hive, with the volatile keys laid over it (hive_node)
    RootNode        one that has its name from the registry, as HKEY_CURRENT_USER has (hive_node)
    DirectoryNode   a key that holds mounts, as \Registry\Machine does (directory_node)
    UsersNode       HKEY_USERS (directory_node)
    ClassesNode     a key of HKEY_CLASSES_ROOT, merged of two (classes_node)
    TopNode         the root of all, above the HKEY_ keys (top_node)

What is here holds for those that no hive has: they belong to the registry itself, and nobody makes,
deletes or renames them; what can be written to them is written to another node.

Keys are found by a walk along names, step by step: a node knows its next step.  A walk that ends
too early gives the last key that there is, and the names that are left: to open is to find that
none is left, and to make is to make those.  So opening and making cannot disagree, and a dangling
link makes its target by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from anyreg.backends.base import VIEW_64, KeyFacts, read_only_error
from anyreg.backends.namespace.hive_set import HiveSet
from anyreg.backends.namespace.joined_hives import JoinedHives
from anyreg.backends.namespace.overlay import VolatileOverlay
from anyreg.backends.namespace.own_links import LINK_NAMES, is_own_place
from anyreg.backends.namespace.path_walk import PathWalk
from anyreg.errors import (
    AccessDeniedError,
    ClosedError,
    KeyDeletedError,
    KeyExistsError,
    KeyNotFoundError,
    LimitError,
)
from anyreg.facts import Facts
from anyreg.names import fold
from anyreg.new_keys import NewKey
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.security.creation import ANYBODY
from anyreg.values import Node, Value


class Realm:
    r"""What all nodes of one registry have in common.

    Attributes:
        top: The key \Registry.
        hives: The hives that are there from the start.
        overlay: The volatile keys over them.
        units: The transaction under way.
        user: The SID of HKEY_CURRENT_USER, "" where there is none.
        is_read_only: Whether every change is refused.
        is_closed: Whether every verb is.
    """

    top: NamespaceNode

    def __init__(self, hives: HiveSet) -> None:
        self.hives = hives
        self.overlay = VolatileOverlay(hives.master)
        self.units = hives.units
        self.user = hives.user
        self.is_read_only = hives.is_read_only
        self.is_closed = False

    def require_open(self) -> None:
        """Refuse every verb after close()."""
        if self.is_closed:
            raise ClosedError("the registry is closed")

    def changing(self) -> JoinedHives:
        """A block of changes, one transaction or a savepoint in it."""
        self.require_open()
        if self.is_read_only:
            raise read_only_error()
        return self.units

    def join_master(self) -> None:
        """Make the volatile keys a part of the transaction under way, if there is one."""
        if self.units.is_ours:
            self.units.join(self.hives.master)

    def make_volatile(
        self, parent: NamespaceNode, name: str, class_name: str, descriptor: bytes, flags: int
    ) -> Node:
        """A new volatile key below another, as a node of the master."""
        self.join_master()
        security = descriptor or ANYBODY.inherited(parent.security())
        return self.overlay.make(parent.trail(), name, class_name, security, flags & KEY_LINK)

    def has_mount(self, names: list[str]) -> bool:
        """Whether a hive is mounted from the start at a path."""
        unit = fold("\\".join(names))
        return any(fold(mount.unit) == unit for mount in self.hives.mounts)

    def note(self, what: str) -> None:
        """Keep what is not as it should be."""
        self.hives.noted.note(-1, what)


class NamespaceNode(Node):
    """A key of the namespace.

    Attributes:
        realm: Its registry.
    """

    __slots__ = ("realm",)

    realm: Realm

    # Finding keys

    def walk(self, way: PathWalk) -> NamespaceNode | None:
        """Go along a way from here.

        Returns:
            The last key that there is; None where a link leads to no path at all.
        """
        if way.at == len(way.names):
            self.expect_alive()
            return self
        self.refresh()
        node: NamespaceNode = self
        while way.at < len(way.names):
            found = node.step(way)
            if found is None:
                break
            node = found
        return None if way.is_lost else node

    def step(self, way: PathWalk) -> NamespaceNode | None:
        """Go the next step of a way, or several; None where there is no such key."""
        raise NotImplementedError

    def entered(self, way: PathWalk) -> NamespaceNode | None:
        """What a walk goes on with that has come here; None: a link has led to no path."""
        return self

    def find(self, names: list[str], view: int = 0, link: bool = False) -> NamespaceNode | None:
        """The key that names lead to, or None."""
        way = PathWalk(names, view, link)
        found = self.walk(way)
        return found if way.at == len(way.names) else None

    def sides(self) -> list[NamespaceNode]:
        """The keys that are shown as this one, the one that is written to first."""
        return [self]

    def above(self) -> NamespaceNode | None:
        """The key in which it really stands; None for the top."""
        names = self.trail()
        return self.realm.top.find(names[:-1], VIEW_64) if names else None

    def reach(self, way: PathWalk) -> tuple[NamespaceNode | None, list[str]]:
        """The last key that there is on a way, and the names of those that would be made in it."""
        found = self.walk(way)
        rest = way.names[way.at :]
        return found.made_in(rest) if found is not None and rest else (found, rest)

    def made_in(self, names: list[str]) -> tuple[NamespaceNode | None, list[str]]:
        """Where keys are made that are to stand in this one, and their names there."""
        return self, names

    def leads_elsewhere(self, name: str) -> bool:
        """Whether a subkey of this name is a link, or stands in another place."""
        own = self.find([name], link=True)
        return own is not None and own.flags() & KEY_LINK != 0

    def has_own_link(self, name: str) -> bool:
        """Whether a subkey of this name is a link that the registry itself makes, if it is one."""
        return fold(name) in LINK_NAMES and is_own_place([*self.trail(), name])

    def seen_child(self, name: str) -> NamespaceNode | None:
        """The subkey of this name, through a link that the registry itself makes."""
        own = self.find([name], link=True)
        return own if own is None or not own.own_target() else self.find([name])

    # What it is

    def refresh(self) -> None:
        """Take over what other processes have changed."""

    def fresh(self) -> NamespaceNode:
        """The node as it is now."""
        return self

    def is_alive(self) -> bool:
        """Whether the key still exists."""
        return True

    def expect_alive(self) -> None:
        """Refuse a key that was deleted."""
        if not self.is_alive():
            raise KeyDeletedError("the key was deleted", path=self.name)

    def trail(self) -> list[str]:
        r"""The names that lead from \Registry to it."""
        raise NotImplementedError

    def places(self) -> list[list[str]]:
        r"""Where it stands, from \Registry on: what changes there is a change of it."""
        return [self.trail()]

    def unit(self) -> str:
        """The mount of its hive, as transactions know it; "" for none."""
        return ""

    def has_roots(self) -> bool:
        """Whether it holds HKEY_LOCAL_MACHINE and the other roots of a whole registry."""
        return False

    def is_fixed(self) -> bool:
        """Whether it belongs to the registry itself."""
        return True

    def lasts(self) -> bool:
        """Whether a hive keeps it."""
        return False

    def own_target(self) -> list[str]:
        r"""Where a link that the registry itself makes leads, from \Registry on; [] of others."""
        return []

    def shows_again(self, units: list[str]) -> bool:
        """Whether it shows a hive in a second place, as one of these mounts is shown already."""
        return False

    def known_as(self, name: str) -> NamespaceNode:
        """The node under another name, which the registry gives it; "" leaves it its own."""
        return self

    # Reading

    def subkeys(self) -> list[NamespaceNode]:
        """All subkeys, in the order of their names; links are not followed."""
        raise NotImplementedError

    def subkey_at(self, index: int) -> NamespaceNode | None:
        """The subkey at an index, None behind the last."""
        found = self.subkeys()
        return found[index] if index < len(found) else None

    def below(self, top: NamespaceNode) -> list[NamespaceNode]:
        """The subkeys with which a tree goes on that begins at another key, each key of it once."""
        return self.subkeys()

    def values(self) -> list[Value]:
        """All values, in stored order."""
        return []

    def value_at(self, index: int) -> Value | None:
        """The value at an index, None behind the last."""
        found = self.values()
        return found[index] if index < len(found) else None

    def read(self, name: str) -> Value | None:
        """The value of this name, or None."""
        return None

    def info(self) -> KeyFacts:
        """What it says of itself."""
        shown = self.fresh()
        return KeyFacts(len(self.subkeys()), 0, "", 0, shown.name, shown.last_written)

    def flags(self) -> int:
        """The flags alone."""
        return self.info().flags

    def security(self) -> bytes:
        """Its self-relative security descriptor, b"" where it has none."""
        return b""

    def stamp(self) -> object:
        """Something that is equal as long as it has the same subkeys and values."""
        facts = self.info()
        return [child.name for child in self.subkeys()], self.fresh().last_written, facts.values

    # Changing

    def make(
        self, way: PathWalk, flags: int, class_name: str, descriptor: bytes
    ) -> tuple[NamespaceNode, bool]:
        """The key at the end of a way, made with its parents where it is missing.

        Args:
            way: The way from here.
            flags: KEY_LINK and KEY_VOLATILE, of what is made.
            class_name: Of the last key.
            descriptor: Of the last key; b"": what it inherits from its parent.

        Returns:
            The key, and whether it was made.
        """
        names = way.names
        found = self.walk(way)
        if found is not None and way.at == len(way.names):
            if way.link:
                raise KeyExistsError("there is such a key already", path="\\".join(names))
            return found, False
        with self.realm.changing():
            while way.at < len(way.names):
                rest = way.names[way.at :]
                if found is None:
                    raise KeyNotFoundError("a symbolic link leads nowhere", path=rest[0])
                if len(rest) == 1:
                    made = found.create(rest[0], class_name, descriptor, flags)
                else:
                    made = found.create(rest[0], "", b"", flags & KEY_VOLATILE)
                way.turn(rest[1:])
                found = made.walk(way)
        assert found is not None
        return found, True

    def create(self, name: str, class_name: str, descriptor: bytes, flags: int) -> NamespaceNode:
        """A new subkey, right where a walk has ended."""
        raise AccessDeniedError("no key can be made here", path=name)

    def bulk_insert(self, keys: list[NewKey]) -> bool:
        """Make many subkeys at one go; False where they must be made one by one."""
        return False

    def delete(self, recursive: bool) -> None:
        """Delete it, with all below it if recursive; of a link, the link alone."""
        raise self._fixed()

    def rename(self, name: str) -> None:
        """Give it another name."""
        raise self._fixed()

    def _fixed(self) -> AccessDeniedError:
        words = "this key belongs to the registry itself"
        return AccessDeniedError(words, path=self.name)

    def held(self) -> NamespaceNode:
        """The key of a hive that holds what is this one's own, to be changed."""
        raise AccessDeniedError("the root of the registry cannot be changed")

    def write(self, values: list[Value]) -> None:
        """Set values."""
        self.held().write(values)

    def assign(self, data: Mapping[str, object]) -> None:
        """Set values to Python data, all or none."""
        self.held().assign(data)

    def remove(self, name: str) -> bool:
        """Delete a value; whether there was one."""
        return self.held().remove(name)

    def set_class(self, class_name: str) -> None:
        """Give it a class name."""
        self.held().set_class(class_name)

    def set_security(self, descriptor: bytes) -> None:
        """Give it another self-relative security descriptor."""
        self.held().set_security(descriptor)

    def rewrite(self, facts: Facts, values: list[Value] | None) -> None:
        """Put it into a state that it had before, its time included."""
        self.held().rewrite(facts, values)

    # Hives that are mounted on its subkeys

    def load(self, name: str, file: str) -> None:
        """Mount a hive file as a subkey."""
        raise _no_place()

    def unload(self, name: str) -> None:
        """Take a hive away that load() has mounted."""
        raise _no_place()

    def replace(self, name: str, new: str, old: str) -> None:
        """Plan another file for a hive that is mounted on a subkey."""
        raise _no_place()


def _no_place() -> LimitError:
    return LimitError("hives are loaded into HKEY_LOCAL_MACHINE and HKEY_USERS only")
