r"""Finding keys in the namespace: a walk over names.

In a hive it goes down as far as there are keys; four things turn it elsewhere.  A directory leads
into a mount.  A symbolic link leads to the path that its value names, from \Registry on.  A zone,
of WOW64, leads to where the subkeys of a key really stand.  And where a hive has no key of a name,
a volatile one may stand in the master.

Where a walk ends too early it gives the last key that there is, and the names that are left: to
open is to find that none is left, and to make is to make those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.backends.base import Backend
from anyreg.backends.namespace.classes import ClassesNode, MergedClasses
from anyreg.backends.namespace.directories import Directories
from anyreg.backends.namespace.overlay import Overlay
from anyreg.backends.namespace.places import Directory, Mount, Place
from anyreg.backends.namespace.zones import FROM_WOW, SOFTWARE, WOW, WOW_NODE, Zone
from anyreg.backends.readable import VIEW_32
from anyreg.errors import ClosedError, KeyNotFoundError, LimitError
from anyreg.names import decode_utf16, fold
from anyreg.paths import ROOTS, SHORT_ROOTS, split_path
from anyreg.regf.layout import KEY_LINK
from anyreg.types import REG_LINK
from anyreg.values import Node

LINK_VALUE: Final = "SymbolicLinkValue"
_MOST_LINKS: Final = 64
_LOW: Final = 0xFFFFFFFF

CLASSES_ROOT: Final = 0x80000000
CURRENT_USER: Final = 0x80000001
LOCAL_MACHINE: Final = 0x80000002
USERS: Final = 0x80000003
CURRENT_CONFIG: Final = 0x80000005
USER_SETTINGS: Final = 0x80000007

_NAMES: Final[dict[int, str]] = {number: name for name, number in ROOTS.items()}
_WOW_FOLDED: Final = fold(WOW_NODE)
_CONFIG_PATH: Final = r"SYSTEM\CurrentControlSet\Hardware Profiles\Current"


class TopNode(Node):
    """The root of all, which holds the HKEY_ keys."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Finding(Backend):
    """The verbs that find keys."""

    def __init__(
        self,
        mounts: list[Mount],
        master: Mount,
        user: str,
        open_hive: Callable[[str], Backend],
    ) -> None:
        r"""Put a registry together.

        Args:
            mounts: The hives.
            master: The mount at \Registry, which keeps volatile keys.
            user: The SID of HKEY_CURRENT_USER, "" where there is none.
            open_hive: How a further hive is opened.
        """
        self.user = user
        self.overlay = Overlay(master)
        self.directories = Directories(mounts, self.overlay, open_hive)
        self.master = master
        self.classes = MergedClasses(self)
        self._numbers = ROOTS | SHORT_ROOTS
        self.is_closed = False

    def require_open(self) -> None:
        """Refuse every verb after close()."""
        if self.is_closed:
            raise ClosedError("the registry is closed")

    # Finding keys

    def root(self) -> Node:
        """The root of all, above the HKEY_ keys."""
        self.require_open()
        return TopNode("", 0)

    def predefined(self, number: int) -> Node:
        """The key that one of the HKEY_ constants stands for."""
        self.require_open()
        number &= _LOW
        if number == LOCAL_MACHINE:
            return self.directories.machine
        if number == USERS:
            return self.directories.users
        if number == CLASSES_ROOT:
            return self.classes.top()
        found: Node | None = None
        if number == CURRENT_USER:
            found = self._user_root()
        elif number == CURRENT_CONFIG:
            found = self.find(self.directories.machine, _CONFIG_PATH)
        elif number == USER_SETTINGS:
            found = self.find(self.predefined(CURRENT_USER), r"Software\Classes\Local Settings")
        if found is None:
            raise ClosedError("no such predefined key", path=f"0x{number:08x}")
        return known_as(found, _NAMES.get(number, ""))

    def _user_root(self) -> Node | None:
        if not self.user:
            raise KeyNotFoundError(
                "there are several users, or none: say whose with user=, or take HKEY_USERS"
            )
        return self.directories.child(self.directories.users, self.user)

    def open(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, or None; a link is followed."""
        found, rest = self.walk(node, [name], 0, False)
        return None if rest else found

    def own_child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name itself, or None; a link is not followed."""
        found, rest = self.walk(node, [name], 0, True)
        return None if rest else found

    def leads_elsewhere(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name is a link, or a zone says where it stands."""
        if isinstance(node, Place) and node.zone is not None and node.zone.names(name):
            return True
        own = self.own_child(node, name)
        return own is not None and self.flags(own) & KEY_LINK != 0

    def find(self, node: Node, path: str, view: int = 0, link: bool = False) -> Node | None:
        """The key at a path below another."""
        found, rest = self.walk(node, split_path(path), view, link)
        return None if rest else found

    def walk(
        self, node: Node, names: list[str], view: int, link: bool
    ) -> tuple[Node | None, list[str]]:
        """Go along names.

        Returns:
            The last key that there is, and the names that are left.  The key is None where a
            link leads to no path at all.
        """
        at = 0
        links = 0
        if not names:
            self.expect_alive(node)
        elif isinstance(node, Place):
            node.mount.backend.refresh()  # one that is entered on the way is refreshed there
            if _is_link(node):
                target = target_of(node)
                if target is None:
                    return None, names
                node, names = self.directories.top, target + names
        while at < len(names):
            if isinstance(node, Place):
                before = at
                start, names, at = _redirected(node, names, at, view)
                if start is not node or at != before:
                    node = start  # perhaps it is redirected again
                    continue
                found, at = self._down(start, names, at)
                if found is None:
                    return start, names[at:]
                node = found
                if _is_link(node):
                    if link and at == len(names):
                        break
                    target = target_of(node)
                    if target is None:
                        return None, names[at:] or [node.name]
                    links += 1
                    if links > _MOST_LINKS:
                        raise LimitError("symbolic links lead to each other", path=node.name)
                    node, names, at = self.directories.top, target + names[at:], 0
                continue
            child = self._child(node, names[at], view)
            if child is None:
                break
            node = child
            at += 1
        return node, names[at:]

    def _down(self, place: Place, names: list[str], at: int) -> tuple[Place | None, int]:
        """Go down within a hive, at least one name; None where there is no such key.

        In a zone it goes one name at a time.
        """
        mount = place.mount
        backend = mount.backend
        zone = place.zone
        if zone is None:
            inner, reached = backend.descend(place.inner, names, at)
        else:
            inner, reached = backend.descend(place.inner, names[: at + 1], at)
            zone = zone.inside.get(fold(names[at]))
        if reached > at:
            return Place(inner.name, inner.last_written, mount, inner, zone), reached
        volatile = self.overlay.child(place, names[at])
        return volatile, at if volatile is None else at + 1

    def _child(self, node: Node, name: str, view: int) -> Node | None:
        """The subkey of a key that is in no hive."""
        if isinstance(node, Directory):
            found = self.directories.child(node, name)
            if view & VIEW_32 and isinstance(found, Place) and found.zone is SOFTWARE:
                return _wow_root(found)
            return found
        if isinstance(node, ClassesNode):
            return self.classes.step(node, name, view)
        number = self._numbers.get(fold(name))
        try:
            return None if number is None else self.predefined(number)
        except ClosedError:
            self.require_open()
            return None  # this registry lacks it

    def fresh(self, node: Node) -> Node:
        """The node as it is now; one above the hives is as old as the registry's volatile keys."""
        if isinstance(node, Directory):
            holder = self.overlay.holder(node.names)
            node.last_written = 0 if holder is None else holder.last_written
            return node
        if isinstance(node, TopNode):
            return TopNode(node.name, self.fresh(self.directories.machine).last_written)
        if not isinstance(node, Place):
            return node
        inner = node.mount.backend.fresh(node.inner)
        name = node.alias or inner.name
        return Place(name, inner.last_written, node.mount, inner, node.zone, node.alias)

    def is_alive(self, node: Node) -> bool:
        """Whether the key still exists."""
        if isinstance(node, Place):
            backend = node.mount.backend
            backend.refresh()
            return backend.is_alive(node.inner)
        return not isinstance(node, ClassesNode) or self.classes.alive(node)

    def trail(self, node: Node) -> list[str]:
        r"""The names that lead from \Registry to a key."""
        if isinstance(node, Place):
            return self.overlay.names_of(node)
        if isinstance(node, ClassesNode):
            return self.trail(self.classes.first(node))
        return node.names if isinstance(node, Directory) else []

    def nt_path(self, node: Node) -> str:
        """The full path of a key as the kernel names it."""
        return "\\".join(["", "Registry", *self.trail(node)])


def known_as(node: Node, alias: str) -> Node:
    """A key under the name that it has at the top."""
    if isinstance(node, Place) and alias:
        return Place(alias, node.last_written, node.mount, node.inner, node.zone, alias)
    return node


def _wow_root(place: Place) -> Place:
    """What a 32-bit program gets for the root of SOFTWARE; a 32-bit Windows has one tree."""
    inner = place.mount.backend.open(place.inner, WOW_NODE)
    if inner is None:
        return Place(place.name, place.last_written, place.mount, place.inner, None)
    return Place(inner.name, inner.last_written, place.mount, inner, WOW)


def _redirected(place: Place, names: list[str], at: int, view: int) -> tuple[Place, list[str], int]:
    """Where the next name really leads, and what is left of the way."""
    zone = place.zone
    if zone is None:
        return place, names, at
    folded = fold(names[at])
    for_32 = view & VIEW_32 != 0
    if for_32 and zone is WOW and folded == _WOW_FOLDED:
        return place, names, at + 1  # they are in it already
    shared, after = _shared(zone, names, at)
    if shared:
        mount = place.mount
        inner = mount.backend.root()
        root = Place(mount.name, inner.last_written, mount, inner, FROM_WOW, mount.name)
        return root, shared + names[after:], 0
    if folded in zone.moved and (zone.always or for_32):
        start = Place(place.name, place.last_written, place.mount, place.inner, None, place.alias)
        return start, [WOW_NODE, *names[at:]], 0
    return place, names, at


def _shared(zone: Zone | None, names: list[str], at: int) -> tuple[list[str], int]:
    """The path of the shared key that names lead to, and the index of the first name behind it.

    The keys on the way to it need not be there in the other tree.
    """
    while zone is not None and at < len(names):
        folded = fold(names[at])
        at += 1
        found = zone.shared.get(folded)
        if found is not None:
            return found, at
        zone = zone.inside.get(folded)
    return [], at


def _is_link(place: Place) -> bool:
    return place.mount.backend.flags(place.inner) & KEY_LINK != 0


def target_of(link: Place) -> list[str] | None:
    r"""The names below \Registry that a symbolic link leads to, or None."""
    found = link.mount.backend.read(link.inner, LINK_VALUE)
    if found is None or found.type != REG_LINK:
        return None
    names = decode_utf16(found.raw).split("\\")
    if names[0] or fold("\\".join(names[1:2])) != "REGISTRY":
        return None
    return [name for name in names[2:] if name] or None
