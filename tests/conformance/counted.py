"""A world that has the core alone, and counts the nodes that it has given out."""

from __future__ import annotations

from anyreg.backends import ask
from anyreg.backends.abilities import Exact
from anyreg.backends.base import MAXIMUM_ALLOWED, Backend, KeyFacts
from anyreg.facts import Facts
from anyreg.values import Node, Value


class CountedWorld(Backend):
    """Another world, by its core verbs alone; a node that was released is not taken any more.

    Attributes:
        given: The nodes that are out, and what they are in the other world.
        accesses: The access masks that were asked for.
        wrong: What was released that is not out.
    """

    def __init__(self, inner: Backend) -> None:
        self._inner = inner
        self.given: dict[Node, Node] = {}
        self.accesses: list[int] = []
        self.wrong: list[Node] = []

    def _out(self, node: Node) -> Node:
        handle = Node(node.name, node.last_written)
        self.given[handle] = node
        return handle

    def release(self, node: Node) -> None:
        if self.given.pop(node, None) is None:
            self.wrong.append(node)

    def root(self) -> Node:
        return self._out(self._inner.root())

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        self.accesses.append(access)
        found = self._inner.open(self.given[node], names, access, link)
        return None if found is None else self._out(found)

    def create(  # noqa: PLR0917 - as the protocol has it
        self,
        node: Node,
        names: list[str],
        access: int = MAXIMUM_ALLOWED,
        flags: int = 0,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        self.accesses.append(access)
        above = self.given[node]
        key, made = self._inner.create(above, names, access, flags, class_name, descriptor)
        return self._out(key), made

    def names(self, node: Node) -> list[str]:
        return self._inner.names(self.given[node])

    def subkeys(self, node: Node) -> list[Node]:
        return [self._out(child) for child in self._inner.subkeys(self.given[node])]

    def values(self, node: Node) -> list[Value]:
        return self._inner.values(self.given[node])

    def read(self, node: Node, name: str) -> Value | None:
        return self._inner.read(self.given[node], name)

    def info(self, node: Node) -> KeyFacts:
        return self._inner.info(self.given[node])

    def security(self, node: Node) -> bytes:
        return self._inner.security(self.given[node])

    def write(self, node: Node, values: list[Value]) -> None:
        self._inner.write(self.given[node], values)

    def remove(self, node: Node, name: str) -> bool:
        return self._inner.remove(self.given[node], name)

    def set_class(self, node: Node, class_name: str) -> None:
        self._inner.set_class(self.given[node], class_name)

    def set_security(self, node: Node, descriptor: bytes) -> None:
        self._inner.set_security(self.given[node], descriptor)

    def rename(self, node: Node, name: str) -> None:
        self._inner.rename(self.given[node], name)

    def delete(self, node: Node, recursive: bool) -> None:
        self._inner.delete(self.given[node], recursive)

    def begin(self, timeout: float = -1.0) -> None:
        self._inner.begin(timeout)

    def commit(self, durable: bool) -> None:
        self._inner.commit(durable)

    def roll_back(self) -> None:
        self._inner.roll_back()

    def close(self) -> None:
        self._inner.close()


class ExactWorld(CountedWorld, Exact):
    """One that can also put keys into any state."""

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        ask.rewrite(self._inner, self.given[node], facts, values)
