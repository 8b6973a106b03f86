"""A key of another machine: an open handle, or the way to get one when it is needed."""

from __future__ import annotations

from anyreg.values import Node


class RemoteNode(Node):
    """A key.

    Attributes:
        way: The names that lead to it from the top, the root's first; none for the top itself.
        handle: What the server calls it; None where it is not opened yet.
        epoch: Which connection the handle is of.
        access: The mask to open it with, the view included.
        options: The options to open it with.
        view: The view that it was opened with, and what is opened from it is: 0, or a flag.
        ahead: What reads keys before the walk that this one is of asks for them, if it is of one.
        found: What was read so of this key, until somebody asks for it.
        facts: The same, when that was asked for, until somebody asks for its facts.
        guard: The same, until somebody asks for its descriptor.
        stays: Whether it is the registry's own, and is not closed.
        is_released: Whether it was given back.
    """

    __slots__ = (
        "access",
        "ahead",
        "epoch",
        "facts",
        "found",
        "guard",
        "handle",
        "is_released",
        "options",
        "stays",
        "view",
        "way",
    )

    def __init__(
        self,
        name: str,
        last_written: int,
        way: list[str],
        handle: object = None,
        view: int = 0,
        stays: bool = False,
    ) -> None:
        self.name = name
        self.last_written = last_written
        self.way = way
        self.handle = handle
        self.view = view
        self.stays = stays
        self.is_released = False
        self.epoch = 0
        self.access = 0
        self.options = 0
        self.ahead: object = None
        self.found: object = None
        self.facts: object = None
        self.guard: object = None
