"""The registry of another machine, read from what was read lately where somebody wants that.

A key is told apart by its way, and by how it was opened: through links or not, in which view, and
with which rights.  Whether a key still exists, and whether its lists have changed, is always asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from anyreg.backends.base import MAXIMUM_ALLOWED, KeyFacts
from anyreg.backends.live.declarations import OPTION_OPEN_LINK
from anyreg.backends.remote.calls import RemoteCalls
from anyreg.backends.remote.node import RemoteNode
from anyreg.backends.remote.read_cache import MISSING, Place, ReadCache
from anyreg.backends.remote.reading import VIEWS
from anyreg.backends.remote.walking import RemoteWalking
from anyreg.names import fold
from anyreg.values import Node, Value

T = TypeVar("T")


class RemoteCached(RemoteWalking):
    """The part that remembers.

    Attributes:
        cache: What was read lately.
    """

    def __init__(self, calls: RemoteCalls, cache: float = 0.0) -> None:
        """Open nothing yet.

        Args:
            calls: The methods of the server.
            cache: Seconds for which what was read is believed.
        """
        super().__init__(calls)
        self.cache = ReadCache(cache, lambda: calls.channel.changes)

    def _is_asked(self, own: RemoteNode) -> bool:
        """Whether a key cannot be answered for from memory."""
        return not self.cache.seconds or own is self.top

    def _spot(self, own: RemoteNode, what: str) -> Place:
        access = own.access or MAXIMUM_ALLOWED | own.view
        return (what, access, own.options, *[fold(name) for name in own.way])

    def _known(self, own: RemoteNode, what: str, ask: Callable[[], T]) -> T:
        """An answer, from memory or else from the server."""
        self.require_usable(own)
        place = self._spot(own, what)
        found = self.cache.find(place)
        if found is MISSING:
            changes = self.calls.channel.changes
            found = ask()
            self.cache.keep(place, found, changes)
        return cast(T, found)

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        """The key that names lead to, or None."""
        own, rest = self.begun(node, names)
        if own is None or not rest or self._is_asked(own) or access & ~VIEWS != MAXIMUM_ALLOWED:
            return super().open(node, names, access, link)
        self.require_usable(own)
        view = access & VIEWS or own.view
        below = RemoteNode(rest[-1], 0, [*own.way, *rest], None, view)
        below.access, below.options = access | view, OPTION_OPEN_LINK if link else 0
        place = self._spot(below, f"open {len(own.way)}")
        is_there = self.cache.find(place)
        if is_there is not MISSING:
            return below if is_there else None
        changes = self.calls.channel.changes
        found = super().open(node, names, access, link)
        self.cache.keep(place, found is not None, changes)
        return found

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys."""
        own = cast(RemoteNode, node)
        if self._is_asked(own):
            return super().subkeys(own)
        return list[Node](self.listed(own, self._known(own, "subkeys", lambda: self._names(own))))

    def _names(self, own: RemoteNode) -> list[tuple[str, int]]:
        return [(one.name, one.last_written) for one in super().subkeys(own)]

    def values(self, node: Node) -> list[Value]:
        """All values."""
        own = cast(RemoteNode, node)
        if self._is_asked(own):
            return super().values(own)
        return list(self._known(own, "values", lambda: super(RemoteCached, self).values(own)))

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name, or None."""
        own = cast(RemoteNode, node)
        if self._is_asked(own):
            return super().read(own, name)
        self.require_usable(own)
        values = self.cache.find(self._spot(own, "values"))
        if isinstance(values, list):
            same = [value for value in values if fold(value.name) == fold(name)]
            found: Value | None = same[0] if same else None
        else:
            found = self._known(own, _named(name), lambda: self._read(own, name))
        return None if found is None else Value(name, found.type, found.raw)

    def _read(self, own: RemoteNode, name: str) -> Value | None:
        return super().read(own, name)

    def subkey_at(self, node: Node, index: int) -> Node | None:
        """The subkey at an index, None behind the last."""
        if self._is_asked(cast(RemoteNode, node)):
            return super().subkey_at(node, index)
        found = self.subkeys(node)
        return found[index] if index < len(found) else None

    def value_at(self, node: Node, index: int) -> Value | None:
        """The value at an index, None behind the last."""
        if self._is_asked(cast(RemoteNode, node)):
            return super().value_at(node, index)
        found = self.values(node)
        return found[index] if index < len(found) else None

    def info(self, node: Node) -> KeyFacts:
        """What a key says of itself."""
        own = cast(RemoteNode, node)
        if self._is_asked(own):
            return super().info(own)
        return self._known(own, "info", lambda: super(RemoteCached, self).info(own))

    def security(self, node: Node) -> bytes:
        """A key's descriptor."""
        own = cast(RemoteNode, node)
        if self._is_asked(own):
            return super().security(own)
        return self._known(own, "security", lambda: super(RemoteCached, self).security(own))

    def read_all(self, node: Node, top: Node) -> tuple[list[Node], list[Value]]:
        """The subkeys and the values, as they were at one moment."""
        own = cast(RemoteNode, node)
        if self._is_asked(own):
            return super().read_all(own, top)
        self.require_usable(own)
        names, values = (self.cache.find(self._spot(own, what)) for what in ("subkeys", "values"))
        if isinstance(names, list) and isinstance(values, list):
            return list[Node](self.listed(own, names)), list(values)
        changes = self.calls.channel.changes
        nodes, read = super().read_all(own, top)
        listed = [(one.name, one.last_written) for one in nodes]
        self.cache.keep(self._spot(own, "subkeys"), listed, changes)
        self.cache.keep(self._spot(own, "values"), list(read), changes)
        return nodes, read

    def read_several(self, node: Node, names: list[str]) -> dict[str, Value] | None:
        """Those of some values that there are; None where all are known."""
        own = cast(RemoteNode, node)
        if self._is_asked(own):
            return super().read_several(own, names)
        self.require_usable(own)
        if self.cache.find(self._spot(own, "values")) is not MISSING:
            return None
        spots = {name: self._spot(own, _named(name)) for name in names}
        known = [(name, self.cache.find(spot)) for name, spot in spots.items()]
        if all(value is not MISSING for _, value in known):
            values = [(name, value) for name, value in known if isinstance(value, Value)]
            return {name: Value(name, value.type, value.raw) for name, value in values}
        changes = self.calls.channel.changes
        found = super().read_several(own, names)
        if found is not None:
            by_name = {fold(name): value for name, value in found.items()}
            for name, spot in spots.items():
                self.cache.keep(spot, by_name.get(fold(name)), changes)
        return found


def _named(name: str) -> str:
    return f"value {fold(name)!r}"
