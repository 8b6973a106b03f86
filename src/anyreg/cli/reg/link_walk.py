"""All below a key as reg.exe sees it: it opens each subkey, and so follows every symbolic link.

Unlike the walks of the package it comes to a key as often as there are ways to it.  A link that
leads back to a key on the way to it, or above one, is given as it is: reg.exe would go on until the
path is too long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from anyreg.backends import ask
from anyreg.backends.base import Backend
from anyreg.cli.reg.reg_keys import Place, child_name
from anyreg.names import fold
from anyreg.regf.layout import KEY_LINK
from anyreg.registry.current_registry import backend_of
from anyreg.registry.key import Key
from anyreg.registry.results import WalkStep
from anyreg.values import Node


class Listed(NamedTuple):
    """A key with the name that is shown of it.

    Attributes:
        name: The name.
        key: The key.
        way: Where the way to it begins, and the keys that it has left through links.
    """

    name: str
    key: Key
    way: tuple[str, ...] = ()

    @property
    def node(self) -> Node:
        """The backend's own handle."""
        return self.key.node

    @property
    def own_name(self) -> str:
        """The name that it has in its parent, also behind a link."""
        return self.key.names[-1]

    def below(self) -> list[Listed]:
        """The subkeys, in order."""
        return [self._below(child) for child in self.key.children()]

    def _below(self, child: Key) -> Listed:
        backend = backend_of(child)
        name = child_name(self.name, child.name)
        if not backend.info(child.node).flags & KEY_LINK:
            return Listed(name, child, self.way)
        target = backend.open(self.node, [child.name])
        if target is None:
            return Listed(name, child, self.way)
        entered = self.key.made_child(target, child.name)
        if backend.info(target).flags & KEY_LINK:  # in a hive no link leads anywhere
            return Listed(name, child, self.way)
        here, there = _place(backend, self.node), _place(backend, target)
        if any(_is_within(place, there) for place in (here, *self.way)):
            return Listed(name, child, self.way)
        return Listed(name, entered, (*self.way, here))


def _place(backend: Backend, node: Node) -> str:
    return fold(ask.nt_path(backend, node))


def _is_within(place: str, above: str) -> bool:
    return place == above or place.startswith(above + "\\")


def listed(place: Place) -> Listed:
    """The key at a place.

    Raises:
        RegError: There is none.
    """
    return Listed(place.name, place.key())


def all_below(top: Listed, deep: bool = True) -> Iterator[Listed]:
    """A key, and with `deep` all below it, in order."""
    stack = [top]
    while stack:
        found = stack.pop()
        yield found
        if deep:
            stack.extend(reversed(found.below()))


def steps(place: Place) -> Iterator[WalkStep[Key]]:
    """A key and all below it as a walk; what is taken out of a list of subkeys is left out."""
    stack = [listed(place)]
    while stack:
        found = stack.pop()
        below = found.below()
        step = WalkStep(found.key, [child.key for child in below], found.key.records())
        yield step
        kept = {id(key) for key in step.subkeys}
        stack.extend([child for child in reversed(below) if id(child.key) in kept])
