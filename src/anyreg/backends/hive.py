"""A single hive file as a registry: its root key is the hive's."""

from __future__ import annotations

from typing import cast

from anyreg.backends.base import Backend, KeyFacts
from anyreg.engine.check import check_hive
from anyreg.engine.hive import Hive
from anyreg.engine.problems import Problem
from anyreg.engine.tree import KeyNode, Tree
from anyreg.errors import ClosedError
from anyreg.values import Node, Value


class HiveBackend(Backend):
    """One hive, read-only."""

    def __init__(self, hive: Hive) -> None:
        """Take over a hive; it is closed with the backend."""
        self.hive = hive
        self._tree: Tree | None = hive.tree

    def _open_tree(self) -> Tree:
        tree = self._tree
        if tree is None:
            raise ClosedError("the registry is closed", path=self.hive.path)
        return tree

    def root(self) -> Node:
        """The hive's root key."""
        return self._open_tree().root()

    def open(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, or None."""
        return self._open_tree().child(cast(KeyNode, node), name)

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in stored order."""
        return cast("list[Node]", self._open_tree().children(cast(KeyNode, node)))

    def values(self, node: Node) -> list[Value]:
        """All values, in stored order."""
        return self._open_tree().records(cast(KeyNode, node))

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name, or None."""
        return self._open_tree().value(cast(KeyNode, node), name)

    def info(self, node: Node) -> KeyFacts:
        """Counts, class name and flags of a key."""
        tree = self._open_tree()
        key = cast(KeyNode, node)
        return KeyFacts(
            tree.subkey_count(key), tree.value_count(key), tree.class_name(key), tree.flags(key)
        )

    def about(self) -> dict[str, str | int | list[str]]:
        """The hive's base block after replay, and what was replayed."""
        base = self.hive.base
        return {
            "file": self.hive.path,
            "kind": "hive",
            "version": f"{base.major}.{base.minor}",
            "state": "dirty" if self.hive.was_dirty else "clean",
            "replayed": self.hive.applied,
            "sequence_number": base.primary_number,
            "file_name": base.file_name,
            "bins_size": base.bins_size,
            "flags": base.flags,
            "root_name": self.root().name,
        }

    def problems(self) -> list[Problem]:
        """What reading has met so far."""
        return self.hive.problems

    def check(self) -> list[Problem]:
        """Every structural problem of the hive."""
        self._open_tree()
        return check_hive(self.hive)

    def close(self) -> None:
        """Close the hive's file; further calls do nothing."""
        self._tree = None
        self.hive.close()
