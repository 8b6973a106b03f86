r"""A key of a hive, with the volatile keys that are laid over it.

What the hive says of it counts; every verb first takes over what other processes have changed.
Below it stand the hive's keys, and those that the master holds in its place (`overlay`).  Four
things turn a walk that goes down from it: a symbolic link, which leads to the path that its value
names, from \Registry on; a zone of WOW64 (`zones`); a volatile key; and the end of the keys.

A hive joins the transaction under way when the first of its keys is changed.  A volatile key is
made in the master, in the place where it would stand in its hive; so whatever deletes or renames a
key takes along what stands over it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from anyreg.backends import ask, trees
from anyreg.backends.base import MAXIMUM_ALLOWED, VIEW_32, VIEW_64, KeyFacts, read_only_error
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.linked import made_again, seen_below
from anyreg.backends.namespace.mounts import Mount
from anyreg.backends.namespace.nodes import NamespaceNode, Realm
from anyreg.backends.namespace.own_links import LINK_NAMES, link_target, own_link_target
from anyreg.backends.namespace.path_walk import PathWalk
from anyreg.backends.namespace.wow64 import FROM_WOW, WOW_NODE, Zone
from anyreg.errors import HasSubkeysError, KeyExistsError, VolatileParentError
from anyreg.facts import Facts
from anyreg.names import fold, order_key
from anyreg.new_keys import NewKey
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.values import Node, Value

_WOW_FOLDED: Final = fold(WOW_NODE)


class HiveNode(NamespaceNode):
    """A key of a mounted hive.

    Attributes:
        mount: Where the hive is.
        hive: The hive.
        inner: The hive's own node.
        zone: What its subkeys' names mean; None for the most.
    """

    __slots__ = ("hive", "inner", "mount", "zone")

    def __init__(
        self, realm: Realm, mount: Mount, hive: Mountable, inner: Node, zone: Zone | None
    ) -> None:
        self.name = inner.name
        self.last_written = inner.last_written
        self.realm = realm
        self.mount = mount
        self.hive = hive
        self.inner = inner
        self.zone = zone

    # Finding keys

    def step(self, way: PathWalk) -> NamespaceNode | None:
        """Go down as far as there are keys, and no further than a link; in a zone one name."""
        names = way.names
        at = way.at
        zone = self.zone
        if zone is not None:
            turned = self._turned(way, zone)
            if turned is not None:
                return turned
            names = names[: at + 1]
            zone = zone.inside.get(fold(names[at]))
        inner, reached, is_link = self.hive.descend(self.inner, names, at)
        if reached > at:
            way.at = reached
            found = HiveNode(self.realm, self.mount, self.hive, inner, zone)
            return found._through(way) if is_link and not way.wants_link else found
        if is_link:
            return self._through(way)
        volatile = self.realm.overlay.child(self._holder(), names[at])
        if volatile is None:
            return None
        way.at += 1
        return in_master(self.realm, volatile).entered(way)

    def _turned(self, way: PathWalk, zone: Zone) -> NamespaceNode | None:
        """What a way goes on with that a zone turns elsewhere; None: the next name means itself."""
        if self.is_link():
            return None
        folded = fold(way.names[way.at])
        for_32 = way.view & VIEW_32 != 0
        if for_32 and zone.is_wow and folded == _WOW_FOLDED:  # they are in it already
            way.at += 1
            return self
        shared, after = zone.shared_path(way.names, way.at)
        if shared:
            way.turn(shared + way.names[after:])
            return root_of(self.realm, self.mount, self.mount.name, FROM_WOW)
        if folded in zone.moved and (zone.always or for_32):
            way.turn([WOW_NODE, *way.names[way.at :]])
            return HiveNode(self.realm, self.mount, self.hive, self.inner, None)
        return None

    def entered(self, way: PathWalk) -> NamespaceNode | None:
        """What a walk that has come here goes on with: a link is followed, unless it is wanted."""
        return self._through(way) if self.is_link() and not way.wants_link else self

    def _through(self, way: PathWalk) -> NamespaceNode | None:
        """Go through it as a link."""
        target = link_target(self.hive, self.inner)
        way.turn_through(self.name, target, bool(self.own_target()))
        return None if way.is_lost else self.realm.top

    def _inside(self, inner: Node) -> HiveNode:
        """The node of a subkey that is in the hive."""
        zone = self.zone
        below = None if zone is None else zone.inside.get(fold(inner.name))
        return HiveNode(self.realm, self.mount, self.hive, inner, below)

    def leads_elsewhere(self, name: str) -> bool:
        """Whether a subkey of this name is a link, or a zone says where it stands."""
        zone = self.zone
        return (zone is not None and zone.names(name)) or super().leads_elsewhere(name)

    # What it is

    def refresh(self) -> None:
        """Take over what other processes have changed."""
        self.hive.refresh()

    def fresh(self) -> NamespaceNode:
        """The node as it is now."""
        inner = self.hive.fresh(self.inner)
        return HiveNode(self.realm, self.mount, self.hive, inner, self.zone)

    def is_alive(self) -> bool:
        """Whether the key still exists."""
        self.hive.refresh()
        return self.hive.is_alive(self.inner)

    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.flags() & KEY_LINK != 0

    def trail(self) -> list[str]:
        r"""The names that lead from \Registry to it."""
        return self.mount.names + self.hive.names(self.inner)

    def unit(self) -> str:
        """The mount of its hive."""
        return self.mount.unit

    def is_fixed(self) -> bool:
        """Whether it is a hive's root, or a link of the registry."""
        return not self.hive.names(self.inner) or bool(self.own_target())

    def lasts(self) -> bool:
        """Whether a hive keeps it."""
        return not (self.hive.keeps_volatile and self.flags() & KEY_VOLATILE)

    def own_target(self) -> list[str]:
        r"""Where a link that the registry itself makes leads, from \Registry on; [] of others."""
        if fold(self.name) not in LINK_NAMES or not self.is_link():
            return []
        return own_link_target(self.trail(), self.hive, self.inner)

    def known_as(self, name: str) -> NamespaceNode:
        """The node under another name, which the registry gives it; "" leaves it its own."""
        if not name:
            return self
        root = RootNode(self.realm, self.mount, self.hive, self.inner, self.zone)
        root.name = name
        return root

    # Reading

    def subkeys(self) -> list[NamespaceNode]:
        """All subkeys, in the order of their names; a hive's key hides a volatile one."""
        self.hive.refresh()
        found: list[NamespaceNode] = [
            self._inside(inner) for inner in self.hive.subkeys(self.inner)
        ]
        volatile = self._laid_over()
        if volatile:
            known = {order_key(node.name) for node in found}
            for inner in volatile:
                if order_key(inner.name) not in known:
                    found.append(in_master(self.realm, inner))
            found.sort(key=lambda node: order_key(node.name))
        return found

    def subkey_at(self, index: int) -> NamespaceNode | None:
        """The subkey at an index, None behind the last."""
        if self._laid_over():
            return super().subkey_at(index)
        self.hive.refresh()
        inner = self.hive.subkey_at(self.inner, index)
        return None if inner is None else self._inside(inner)

    def below(self, top: NamespaceNode) -> list[NamespaceNode]:
        """The subkeys with which a tree goes on that begins at another key, each key of it once."""
        return seen_below(self, top)

    def values(self) -> list[Value]:
        """All values, in stored order."""
        self.hive.refresh()
        return self.hive.values(self.inner)

    def value_at(self, index: int) -> Value | None:
        """The value at an index, None behind the last."""
        self.hive.refresh()
        return self.hive.value_at(self.inner, index)

    def read(self, name: str) -> Value | None:
        """The value of this name, or None."""
        self.hive.refresh()
        return self.hive.read(self.inner, name)

    def info(self) -> KeyFacts:
        """Counts, class name and flags."""
        self.hive.refresh()
        facts = self.hive.info(self.inner)
        more = len(self._laid_over())
        return facts._replace(subkeys=facts.subkeys + more) if more else facts

    def flags(self) -> int:
        """The flags alone."""
        return self.hive.flags(self.inner)

    def security(self) -> bytes:
        """Its self-relative security descriptor, b"" where it has none."""
        return self.hive.security(self.inner)

    def stamp(self) -> object:
        """Something that is equal as long as it has the same subkeys and values."""
        self.hive.refresh()
        volatile = self._laid_over()  # they come and go without their parent's time
        names = [inner.name for inner in volatile] if volatile else None
        return self.hive.stamp(self.inner), names

    # The volatile keys over it

    def _holder(self) -> Node | None:
        """The key of the master that holds its place, None where there is none."""
        if self.hive.keeps_volatile:
            return None
        overlay = self.realm.overlay
        root = overlay.holder(self.mount.names)
        return None if root is None else overlay.below(root, self.hive.names(self.inner))

    def _laid_over(self) -> list[Node]:
        """The volatile keys below it, as the master's own nodes."""
        return self.realm.overlay.children(self._holder())

    # Changing

    def joined(self) -> Mountable:
        """The hive, which is to be changed, a part of the transaction under way."""
        realm = self.realm
        if realm.is_read_only:
            raise read_only_error()
        units = realm.units
        if units.depth and units.is_ours:
            units.join(self.mount)
        return self.hive

    def create(self, name: str, class_name: str, descriptor: bytes, flags: int) -> NamespaceNode:
        """A new subkey, right where a walk has ended."""
        if fold(name) in LINK_NAMES and not flags & KEY_LINK:
            linked = made_again(self, self.hive, name)
            if linked is not None:
                return linked
        hive = self.joined()
        if not flags & KEY_VOLATILE:
            self._require_stable(name)
        elif not hive.keeps_volatile:
            made = self.realm.make_volatile(self, name, class_name, descriptor, flags)
            return in_master(self.realm, made)
        made, _ = hive.create(self.inner, [name], MAXIMUM_ALLOWED, flags, class_name, descriptor)
        return self._inside(made)

    def _require_stable(self, name: str) -> None:
        if self.flags() & KEY_VOLATILE:
            raise VolatileParentError("a stable key cannot stand below a volatile one", path=name)

    def bulk_insert(self, keys: list[NewKey]) -> bool:
        """Make many subkeys at one go; False where a zone says where one of them stands."""
        zone = self.zone
        if zone is not None and any(zone.names(key.name) for key in keys):
            return False
        hive = self.joined()
        self._require_stable(keys[0].name)
        trees.bulk_insert(hive, self.inner, keys)
        return True

    def delete(self, recursive: bool) -> None:
        """Delete it, with all below it if recursive; of a link, the link alone."""
        if self.is_fixed():
            raise self._fixed()
        holder = self._holder()
        if holder is None:
            self.joined().delete(self.inner, recursive)
            return
        realm = self.realm
        if not recursive and realm.overlay.has_any(holder):
            raise HasSubkeysError("the key has volatile subkeys", path=self.name)
        with realm.changing():
            names = self.trail()
            self.joined().delete(self.inner, recursive)
            realm.join_master()
            realm.overlay.forget(names)  # but for own links, for a key that comes again

    def rename(self, name: str) -> None:
        """Give it another name."""
        if self.is_fixed():
            raise self._fixed()
        realm = self.realm
        names = self.trail()
        other = realm.top.find([*names[:-1], name], VIEW_64, True)
        if other is not None and fold(name) != fold(names[-1]):
            raise KeyExistsError("there is such a key already", path=name)
        with realm.changing():
            is_held = self._holder() is not None
            self.joined().rename(self.inner, name)
            if is_held:
                realm.join_master()
                realm.overlay.rename(names, name)

    def write(self, values: list[Value]) -> None:
        """Set values."""
        self.joined().write(self.inner, values)

    def assign(self, data: Mapping[str, object]) -> None:
        """Set values to Python data, all or none."""
        trees.assign(self.joined(), self.inner, data)

    def remove(self, name: str) -> bool:
        """Delete a value; whether there was one."""
        return self.joined().remove(self.inner, name)

    def set_class(self, class_name: str) -> None:
        """Give it a class name."""
        self.joined().set_class(self.inner, class_name)

    def set_security(self, descriptor: bytes) -> None:
        """Give it another self-relative security descriptor."""
        self.joined().set_security(self.inner, descriptor)

    def rewrite(self, facts: Facts, values: list[Value] | None) -> None:
        """Put it into a state that it had before, its time included."""
        ask.rewrite(self.joined(), self.inner, facts, values)


class RootNode(HiveNode):
    """A key of a hive that has its name from the registry: a hive's root, HKEY_CURRENT_CONFIG."""

    def fresh(self) -> NamespaceNode:
        """The node as it is now, under its name."""
        return super().fresh().known_as(self.name)

    def info(self) -> KeyFacts:
        """What it says of itself, under its name."""
        return super().info()._replace(name=self.name)

    def is_fixed(self) -> bool:
        """It belongs to the registry itself."""
        return True

    def is_link(self) -> bool:
        """What had led to it was followed."""
        return False

    def shows_again(self, units: list[str]) -> bool:
        """Whether it shows a hive in a second place, as one of these mounts is shown already."""
        return self.name != self.mount.name or self.mount.unit in units

    def entered(self, way: PathWalk) -> NamespaceNode | None:
        """What a program of 32 bits gets for SOFTWARE; a Windows of 32 bits has one tree."""
        zone = self.zone
        if not way.view & VIEW_32 or zone is None or zone.wow is None:
            return self
        inner = self.hive.child(self.inner, WOW_NODE)
        if inner is None:
            narrow = HiveNode(self.realm, self.mount, self.hive, self.inner, None)
            return narrow.known_as(self.name)
        return HiveNode(self.realm, self.mount, self.hive, inner, zone.wow)


def root_of(realm: Realm, mount: Mount, name: str, zone: Zone | None) -> RootNode:
    """The root key of a mounted hive under a name."""
    hive = mount.hive
    root = RootNode(realm, mount, hive, hive.root(), zone)
    root.name = name
    return root


def in_master(realm: Realm, inner: Node) -> HiveNode:
    """A key of the master."""
    master = realm.overlay.master
    return HiveNode(realm, master, master.hive, inner, None)
