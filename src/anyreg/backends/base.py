"""The verbs that every world gives; all comfort is built on them, once, in anyreg.registry.

A backend hands out nodes, its own kind of handle for a key, and takes them back in its verbs.
"""

from __future__ import annotations

from typing import NamedTuple

from mypy_extensions import mypyc_attr

from anyreg.engine.problems import Problem
from anyreg.values import Node, Value


class KeyFacts(NamedTuple):
    """What a key says of itself besides its name and time.

    Attributes:
        subkeys: Number of subkeys.
        values: Number of values.
        class_name: Its class name, "" where it has none.
        flags: The flags of its key node (see anyreg.regf.layout, KEY_...).
    """

    subkeys: int
    values: int
    class_name: str
    flags: int


@mypyc_attr(allow_interpreted_subclasses=True)
class Backend:
    """One world's registry.

    Every verb raises ClosedError after close(), and an error of anyreg.errors where its world
    cannot do what is asked.
    """

    def root(self) -> Node:
        """The key at the top."""
        raise NotImplementedError

    def open(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, or None."""
        raise NotImplementedError

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in stored order."""
        raise NotImplementedError

    def values(self, node: Node) -> list[Value]:
        """All values, in stored order."""
        raise NotImplementedError

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name ("" is the default value), or None."""
        raise NotImplementedError

    def info(self, node: Node) -> KeyFacts:
        """Counts, class name and flags of a key."""
        raise NotImplementedError

    def about(self) -> dict[str, str | int | list[str]]:
        """Facts on the registry as a whole, for people: what, where, which version."""
        raise NotImplementedError

    def problems(self) -> list[Problem]:
        """What reading has met so far that is not as it should be."""
        raise NotImplementedError

    def check(self) -> list[Problem]:
        """Every problem there is, changing nothing."""
        raise NotImplementedError

    def close(self) -> None:
        """Give everything back; further calls do nothing."""
        raise NotImplementedError
