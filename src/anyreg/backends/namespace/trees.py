r"""Trees in the namespace: what a walk from a key goes on with, so that it meets each key once.

A registry shows keys in two places: behind the links that it makes itself (`own_links`), and under
roots that are other names.  Of the latter a tree of the whole registry keeps HKEY_CURRENT_USER,
which means something in any registry, rather than the user's SID; HKEY_CLASSES_ROOT and
HKEY_CURRENT_CONFIG are left out, since all in them stands elsewhere too.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.backends.namespace.finding import TopNode, known_as, target_of
from anyreg.backends.namespace.own_links import HOLDERS, LINK_NAMES, is_own_place, is_own_target
from anyreg.backends.namespace.places import Directory, Place
from anyreg.backends.namespace.reading import Reading
from anyreg.errors import ClosedError, KeyNotFoundError, RegistryError
from anyreg.names import fold
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.values import Node

_ALIASES: Final = frozenset(["HKEY_CLASSES_ROOT", "HKEY_CURRENT_CONFIG"])
_LENGTHS: Final = frozenset([len(name) for name in HOLDERS])
_CLASSES_PATH: Final = r"Software\Classes"


@mypyc_attr(allow_interpreted_subclasses=True)
class Trees(Reading):
    """The verbs that see the registry as one tree."""

    def seen_child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, through a link that the registry itself makes."""
        own = self.own_child(node, name)
        return own if own is None or self.own_target(own) is None else self.open(node, name)

    def has_roots(self, node: Node) -> bool:
        """Whether a key holds HKEY_LOCAL_MACHINE and the other roots of a whole registry."""
        return isinstance(node, TopNode)

    def has_own_link(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name is a link that the registry itself makes, if it is one."""
        return fold(name) in LINK_NAMES and is_own_place([*self.trail(node), name])

    def own_target(self, node: Node) -> list[str] | None:
        r"""Where a link that the registry itself makes leads, from \Registry on; None of others."""
        if not isinstance(node, Place) or fold(node.name) not in LINK_NAMES:
            return None
        if not self.flags(node) & KEY_LINK:
            return None
        names = self.trail(node)
        target = target_of(node) if is_own_place(names) else None
        return target if target is not None and is_own_target(names, target) else None

    def below(self, node: Node, top: Node) -> list[Node]:
        """The subkeys with which a tree goes on that begins at another key, each key of it once."""
        if isinstance(node, TopNode):
            return [root for root in self.subkeys(node) if root.name not in _ALIASES]
        if node is self.directories.users:
            return self._users(top)
        found = self.subkeys(node)
        if len(node.name) not in _LENGTHS or fold(node.name) not in HOLDERS:
            return found
        seen: list[Node] = []
        for child in found:
            target = self.own_target(child)
            through = child if target is None else self._through(node, child, target, top)
            if through is not None:
                seen.append(through)
        return seen

    def _through(self, node: Node, link: Node, target: list[str], top: Node) -> Node | None:
        """What an own link leads to, under its name; None where a tree has it in its own place."""
        above = [] if isinstance(top, TopNode) else self.trail(top)
        is_inside = [fold(name) for name in target[: len(above)]] == [fold(name) for name in above]
        if is_inside and not (isinstance(top, TopNode) and self._is_users(target)):
            return None
        try:
            found = self.open(node, link.name)
        except RegistryError as error:
            self.directories.problems.note(-1, f"{link.name} leads nowhere: {error}")
            return None
        return None if found is None else known_as(found, link.name)

    def _is_users(self, names: list[str]) -> bool:
        """Whether names lead to the classes of HKEY_CURRENT_USER."""
        return self.user != "" and fold(names[-1]) == fold(f"{self.user}_Classes")

    def _users(self, top: Node) -> list[Node]:
        """HKEY_USERS; what HKEY_CURRENT_USER has is left out where that is of the tree, too."""
        taken = self._taken() if isinstance(top, TopNode) else []
        return [
            child
            for child in self.directories.children(self.directories.users)
            if not (isinstance(child, Place) and _is_second(child, taken))
        ]

    def _taken(self) -> list[str]:
        """The units of the mounts that a tree of the whole registry shows as HKEY_CURRENT_USER."""
        try:
            user = self._user_root()
            classes = None if user is None else self.find(user, _CLASSES_PATH)
        except (ClosedError, KeyNotFoundError):
            self.require_open()
            return []
        found = [place for place in (user, classes) if isinstance(place, Place)]
        return [place.mount.unit for place in found]

    def lasts(self, node: Node) -> bool:
        """Whether a hive keeps the key."""
        if isinstance(node, Place):
            backend = node.mount.backend
            return not (backend.keeps_volatile and backend.flags(node.inner) & KEY_VOLATILE)
        return not isinstance(node, (Directory, TopNode))


def _is_second(place: Place, taken: list[str]) -> bool:
    """Whether a root key of HKEY_USERS shows a hive in a second place."""
    is_second_name = place.name != place.mount.name
    return place.alias != "" and (is_second_name or place.mount.unit in taken)
