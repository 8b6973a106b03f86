"""A key of the live registry: an open handle, or where to get one when it is needed."""

from __future__ import annotations

from anyreg.values import Node


class LiveNode(Node):
    """A key.

    One that comes out of a list has no handle until it is used: it is then opened by its name from
    the key that the list is of, whose handle is kept open as long for it.

    Attributes:
        handle: The handle; 0 where it is not opened yet.
        above: The key that it is opened from; None where it has been opened.
        view: The view that it was opened with, and what is opened from it is: 0, or a flag.
        uses: How many need the handle: who has the node, and the keys that are opened from it.
        stays: Whether it is the registry's own, and is not closed.
        made_as: Of a key that was made here, the flags it was made with; 0 of others.
        is_released: Whether it was given back.

    Its name is "" where nobody has asked for it yet; what it was opened by stands in `asked`.
    """

    __slots__ = ("_asked", "above", "handle", "is_released", "made_as", "stays", "uses", "view")

    def __init__(
        self,
        name: str,
        last_written: int,
        handle: int,
        above: LiveNode | None = None,
        view: int = 0,
        stays: bool = False,
        asked: str = "",
    ) -> None:
        self.name = name
        self.last_written = last_written
        self.handle = handle
        self.above = above
        self.view = view
        self.uses = 1
        self.stays = stays
        self.made_as = 0
        self.is_released = False
        self._asked = asked

    def label(self) -> str:
        """What it is called in messages, also while its name is not known."""
        return self.name or self._asked
