"""A new hive on a recorded disk, and short words for what tests do to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from anyreg.engine.create import create_hive
from anyreg.engine.editor import Editor
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.engine.writable import WritableHive
from anyreg.values import Value
from crash.disk import Event, Medium, Process
from crash.model import DESCRIPTOR, HIVE, problems_of


@dataclass
class Made:
    """One hive, and as many programs that have it open as a test asks for."""

    minor: int = 5
    medium: Medium = field(default_factory=Medium)

    def __post_init__(self) -> None:
        create_hive(Process(self.medium), HIVE, self.minor, "ROOT", DESCRIPTOR)

    def open(self) -> tuple[Process, WritableHive]:
        """One more program that has it open."""
        process = Process(self.medium)
        return process, WritableHive(process, HIVE)

    def hive(self) -> WritableHive:
        return self.open()[1]

    def number(self, suffix: str = "") -> int:
        """The number of one of its files."""
        return self.medium.names[HIVE + suffix]

    def since(self, point: int) -> list[Event]:
        return self.medium.record[point:]


@contextmanager
def editing(hive: WritableHive) -> Iterator[Editor]:
    """A durable transaction, after which the hive is in order."""
    with hive.transaction(durable=True) as editor:
        yield editor
    assert problems_of(hive) == []


@contextmanager
def undone(hive: WritableHive) -> Iterator[Editor]:
    """A transaction, or a savepoint in the one under way, that an exception undoes."""
    try:
        with hive.transaction() as editor:
            yield editor
            raise UndoneError
    except UndoneError:
        pass


class UndoneError(Exception):
    """What ends it."""


def put(hive: WritableHive, raw: bytes, name: str = "v") -> None:
    """Give the root a value."""
    with editing(hive) as editor:
        editor.set_value(editor.tree.root().cell, Value(name, 3, raw))


def got(hive: WritableHive, name: str = "v") -> bytes:
    """A value of the root."""
    return {value.name: value.raw for value in hive.tree.records(hive.tree.root())}[name]


def child(tree: Tree, *path: str) -> KeyNode:
    """A key by its path from the root."""
    node = tree.root()
    for name in path:
        found = tree.child(node, name)
        assert found is not None
        node = found
    return node


def names(tree: Tree, *path: str) -> list[str]:
    """The names of the subkeys of a key, in stored order."""
    return [node.name for node in tree.children(child(tree, *path))]
