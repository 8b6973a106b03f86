"""Keys that are to be made: a tree in memory, which a backend makes all at one go."""

from __future__ import annotations

from collections.abc import Iterator

from mypy_extensions import mypyc_attr

from anyreg.names import fold
from anyreg.values import Value


@mypyc_attr(acyclic=True)  # a tree: Python need not look for circles of them
class NewKey:
    """A key that is to be made, with all that it is to hold.

    Attributes:
        name: Its name.
        class_name: Its class name, "" for none.
        values: Its values in order, each under its name in upper case (anyreg.names.fold).
        subkeys: Its subkeys, in the same way.
        place: Where it comes from, for messages: line and column of a file.
    """

    def __init__(self, name: str, place: tuple[int, int] = (0, 0)) -> None:
        self.name = name
        self.class_name = ""
        self.values: dict[str, Value] = {}
        self.subkeys: dict[str, NewKey] = {}
        self.place = place

    def subkey(self, name: str) -> NewKey | None:
        """Its subkey of this name, or None."""
        return self.subkeys.get(fold(name))

    def add_subkey(self, subkey: NewKey) -> None:
        """Give it a subkey, in the place of one of the same name."""
        self.subkeys[fold(subkey.name)] = subkey

    def depth(self) -> int:
        """How many keys stand above each other in it: 1 where it has no subkeys."""
        deepest = 0
        level = [self]
        while level:
            deepest += 1
            level = [subkey for key in level for subkey in key.subkeys.values()]
        return deepest

    def all_keys(self) -> Iterator[NewKey]:
        """It and all below it, each behind the one above it."""
        stack = [self]
        while stack:
            key = stack.pop()
            yield key
            stack.extend(reversed(key.subkeys.values()))
