"""A way along names, for a walk in the namespace."""

from __future__ import annotations

from typing import Final

from anyreg.backends.base import VIEW_32
from anyreg.errors import LimitError

_MOST_LINKS: Final = 64


class PathWalk:
    """The names that a walk follows, and how far it has come.

    Attributes:
        names: The names.
        at: The index of the first that was not followed.
        view: VIEW_32 for what a 32-bit program sees.
        link: Whether a link at the end is meant itself.
        is_lost: Whether a link has led to no path at all.
    """

    __slots__ = ("_links", "at", "is_lost", "link", "names", "view")

    def __init__(self, names: list[str], view: int = 0, link: bool = False) -> None:
        self.names = names
        self.at = 0
        self.view = view
        self.link = link
        self.is_lost = False
        self._links = 0

    @property
    def wants_link(self) -> bool:
        """Whether a link that was come to is the end, and is meant itself."""
        return self.link and self.at == len(self.names)

    def turn(self, names: list[str]) -> None:
        """Follow other names from now on."""
        self.names = names
        self.at = 0

    def turn_through(self, link: str, target: list[str], is_own: bool = False) -> None:
        r"""Go on where a link leads to.

        Args:
            link: The link's name.
            target: The names below \Registry that it leads to; none: it leads to no path.
            is_own: The registry itself has made it, so that a program sees no link there.

        Raises:
            LimitError: Links lead to each other without end.
        """
        self._links += 1
        if self._links > _MOST_LINKS:
            raise LimitError("symbolic links lead to each other", path=link)
        rest = self.names[self.at :]
        if target:
            if not is_own:
                self.view &= ~VIEW_32  # it is a full path, which means what it says
            self.turn(target + rest)
        else:
            self.is_lost = True
            self.turn(rest or [link])
