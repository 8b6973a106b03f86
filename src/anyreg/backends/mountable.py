"""What the namespace mounts."""

from __future__ import annotations

from mypy_extensions import mypyc_attr

from anyreg.backends.abilities import Inspected, Quick
from anyreg.backends.base import Backend
from anyreg.values import Node


@mypyc_attr(allow_interpreted_subclasses=True)
class Mountable(Backend, Quick, Inspected):
    """A hive, as the namespace mounts it: a plain tree of keys.

    A symbolic link is a key like any other there, because its target is a path of the whole
    registry.  A node of it is no open handle: it need not be released.
    """

    def descend(self, node: Node, names: list[str], at: int) -> tuple[Node, int, bool]:
        """Go down along names as far as there are keys, and no further than a symbolic link.

        Args:
            node: Where to begin.
            names: The names.
            at: Index of the first that counts.

        Returns:
            The last key reached, the index of the first name that was not followed, and whether
            the key is a link.
        """
        raise NotImplementedError

    def child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, or None."""
        raise NotImplementedError

    def flags(self, node: Node) -> int:
        """The flags of a key alone."""
        raise NotImplementedError
