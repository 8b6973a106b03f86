"""A key of a world that is opened as somebody: the other world's node, and the rights on it."""

from __future__ import annotations

from typing import Final

from anyreg.values import Node

NOT_ASKED: Final = -1


class EnforcedNode(Node):
    """A key of the other world, and what may be done with it.

    Attributes:
        inner: The node of the other world.
        rights: The rights that were granted; negative: not asked yet.
    """

    __slots__ = ("inner", "rights")

    def __init__(self, inner: Node, rights: int = NOT_ASKED) -> None:
        self.name = inner.name
        self.last_written = inner.last_written
        self.inner = inner
        self.rights = rights
