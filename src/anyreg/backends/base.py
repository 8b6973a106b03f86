"""The verbs that every world gives; all comfort is built on them, once, in anyreg.registry.

A backend hands out nodes, its own kind of handle for a key, and takes them back in its verbs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mypy_extensions import mypyc_attr

from anyreg.engine.problems import Problem
from anyreg.errors import NotSupportedError
from anyreg.names import fold
from anyreg.values import Node, Value, encode_over


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

    One that cannot be written raises NotSupportedError from every verb that changes.

    Every verb raises ClosedError after close(), and an error of anyreg.errors where its world
    cannot do what is asked.
    """

    def fresh(self, node: Node) -> Node:
        """The node as it is now, where it can have changed; a deleted key's as it was."""
        return node

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

    def get_security(self, node: Node) -> bytes:
        """A key's self-relative security descriptor, b"" where it has none."""
        raise NotImplementedError

    # Changes

    def begin(self) -> None:
        """Begin a transaction, or a savepoint in the one that this thread has begun."""
        raise self._refused()

    def commit(self, durable: bool) -> None:
        """End the innermost level for good; at the outermost one, commit.

        Args:
            durable: Return only when the commit would survive a power cut.
        """
        raise self._refused()

    def roll_back(self) -> None:
        """Undo the innermost level."""
        raise self._refused()

    def create(self, node: Node, name: str, class_name: str) -> Node:
        """The subkey of this name, made if there is none."""
        raise self._refused()

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key, with all below it if recursive."""
        raise self._refused()

    def rename(self, node: Node, name: str) -> None:
        """Give a key another name."""
        raise self._refused()

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key."""
        raise self._refused()

    def assign(self, node: Node, data: Mapping[str, object]) -> None:
        """Set values of a key to Python data, all or none.

        A value that is there keeps its type where that holds the same Python kind.

        Args:
            node: The key.
            data: What encode_over() takes, by value name.
        """
        self.begin()
        try:
            known = {fold(value.name): value for value in reversed(self.values(node))}
            values: list[Value] = []
            for name, datum in data.items():
                kind, raw = encode_over(datum, known.get(fold(name)))
                values.append(Value(name, kind, raw))
            self.write(node, values)
        except BaseException:
            self.roll_back()
            raise
        self.commit(False)

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; whether there was one."""
        raise self._refused()

    def set_class(self, node: Node, class_name: str) -> None:
        """Give a key a class name."""
        raise self._refused()

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another self-relative security descriptor."""
        raise self._refused()

    def copy(self, source: Backend, top: Node, target: Node) -> None:
        """Copy what a key of any backend holds, and all below it, into a key of this one."""
        raise self._refused()

    def flush(self) -> None:
        """Make every commit so far durable."""

    def compact(self) -> None:
        """Leave out all free space, in place."""
        raise self._refused()

    def _refused(self) -> NotSupportedError:
        return NotSupportedError('the registry is open for reading only: open it with mode "r+"')

    # The whole

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
