"""The registry of another machine, as walks read it, and who wants several values at once.

What was read of a key for a walk is used once more where somebody asks for its facts, or for its
descriptor, right behind: so writing a tree as a file asks for nothing twice.
"""

from __future__ import annotations

from typing import cast

from anyreg.backends.base import MAXIMUM_ALLOWED, KeyFacts
from anyreg.backends.remote.ahead import Ahead, Found
from anyreg.backends.remote.conversations import Lists
from anyreg.backends.remote.node import RemoteNode
from anyreg.backends.remote.reading import READ_PARTS, RemoteReading
from anyreg.backends.remote.several_values import MOST_VALUES
from anyreg.backends.remote.window import Conversation
from anyreg.backends.system_abilities import Batched
from anyreg.names import fold, units
from anyreg.regf.layout import MAX_VALUE_NAME
from anyreg.rpc.arguments import ContextHandle
from anyreg.values import Node, Value


class RemoteWalking(RemoteReading, Batched):
    """The part that reads much at once."""

    def open_unnamed(self, node: Node, names: list[str]) -> Node | None:
        """As open(): the server says of no key how its name is spelled."""
        return self.open(node, names)

    def read_all(self, node: Node, top: Node) -> tuple[list[Node], list[Value]]:
        """The subkeys and the values, as they were at one moment."""
        own = cast(RemoteNode, node)
        if own is self.top:
            return self.below(own, top), []
        session = own.ahead
        if own is top or not isinstance(session, Ahead):
            own.ahead = session = Ahead(self.calls.channel, self._asked, self.listed)
            self.handle(own)  # where a walk begins may have been opened through a link
        self.handle(self.roots[fold(own.way[0])])
        own.facts = own.guard = found = session.take(own)
        assert isinstance(found.lists, Lists)
        return list[Node](found.below), found.lists.values

    def _asked(self, node: RemoteNode, parts: int) -> Conversation[Lists]:
        """Asks for all that a key holds; its root is open."""
        if node.handle is not None and node.epoch == self.calls.channel.epoch:
            return self.calls.ask_all(cast(ContextHandle, node.handle), node.name, parts)
        root = cast(ContextHandle, self.roots[fold(node.way[0])].handle)
        opening = node.options, node.access or MAXIMUM_ALLOWED | node.view
        return self.calls.ask_whole(root, "\\".join(node.way[1:]), opening, parts)

    def _fresh(self, found: object) -> Lists | None:
        """What a walk has read of a key, if it can be believed still."""
        if isinstance(found, Found) and found.is_fresh(self.calls.channel):
            return found.lists if isinstance(found.lists, Lists) else None
        return None

    def read_several(self, node: Node, names: list[str]) -> dict[str, Value] | None:
        """Those of some values that there are, in one call if the server can."""
        own = cast(RemoteNode, node)
        wanted = {fold(name): name for name in names}
        if own is self.top or not wanted or len(wanted) > MOST_VALUES:
            return None
        can_be = [
            name for name in wanted.values() if units(name) <= MAX_VALUE_NAME and "\0" not in name
        ]
        return self.calls.several(self.handle(own), own.name, can_be) if can_be else {}

    def info(self, node: Node) -> KeyFacts:
        """What a key says of itself; what a walk has just read counts as now, once."""
        own = cast(RemoteNode, node)
        known, own.facts = self._fresh(own.facts), None
        return super().info(own) if known is None else self.facts_of(own, known.counts)

    def security(self, node: Node) -> bytes:
        """A key's descriptor; what a walk has just read counts as now, once."""
        own = cast(RemoteNode, node)
        if isinstance(own.ahead, Ahead):
            own.ahead.parts = READ_PARTS
        known, own.guard = self._fresh(own.guard), None
        if known is not None and known.descriptor is not None:
            return known.descriptor
        return super().security(own)
