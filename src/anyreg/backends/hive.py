"""A single hive file as a registry: its root key is the hive's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from mypy_extensions import mypyc_attr

from anyreg.backends.abilities import About, Elsewhere, Feeding, Journaled, Watchable
from anyreg.backends.base import MAXIMUM_ALLOWED, Backend, KeyFacts, read_only_error
from anyreg.backends.control_sets import LENGTH, is_current, name_meant, notice
from anyreg.backends.mountable import Mountable
from anyreg.backends.places import Place
from anyreg.engine.check import check_hive
from anyreg.engine.feed import Feed
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive import Hive, open_hive
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.reread import Reread
from anyreg.engine.storage import files_of
from anyreg.engine.tree import Tree
from anyreg.errors import ClosedError, KeyDeletedError
from anyreg.history.recorder import Recorder
from anyreg.problems import Problem
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import KEY_LINK
from anyreg.values import Node, Value

_DEEPEST_SHOWN: Final = 1024  # where the parents of a damaged hive form a circle, a trail ends


@mypyc_attr(allow_interpreted_subclasses=True)
class TreeBackend(Mountable, Elsewhere):
    """What reading any hive has in common: a tree, and nodes of it.

    A hive that is on its own, or was loaded into a registry, has nobody who makes the link
    CurrentControlSet: if it is SYSTEM, that name means a control set here (`control_sets`).
    """

    # Whether no registry makes its links.
    is_alone: bool = False
    # Whether it was said what CurrentControlSet means.
    has_told: bool = False

    def tree(self) -> Tree:
        """The keys as they are now.

        Raises:
            ClosedError: The registry is closed.
        """
        raise NotImplementedError

    def key(self, node: Node) -> KeyNode:
        """The node as it is now."""
        return cast(KeyNode, node)

    def root(self) -> Node:
        """The hive's root key."""
        return self.tree().root()

    def subkey(self, tree: Tree, key: KeyNode, name: str) -> KeyNode | None:
        """The subkey of this name, or None; how it is looked for."""
        return tree.child(key, name)

    def child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, or None."""
        tree = self.tree()
        key = self.key(node)
        if len(name) == LENGTH and self.is_alone:
            name = self.meant(tree, key, name)
        return self.subkey(tree, key, name)

    def meant(self, tree: Tree, key: KeyNode, name: str) -> str:
        """The name of the subkey that a name means: of CurrentControlSet that of a control set."""
        if not self.is_alone or key.cell != tree.root_cell or not is_current(name):
            return name
        found = name_meant(self)
        if found and not self.has_told:
            self.has_told = True
            notice(found, str(self.about()["file"]))
        return found or name

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        """The key that names lead to; of CurrentControlSet itself no link is there."""
        if link and len(names) == 1:
            return self.subkey(self.tree(), self.key(node), names[0])
        tree = self.tree()
        key = self.key(node)
        for name in names:
            meant = name
            if len(name) == LENGTH and self.is_alone:
                meant = self.meant(tree, key, name)
            child = self.subkey(tree, key, meant)
            if child is None:
                return None
            key = child
        return key

    def leads_elsewhere(self, node: Node, name: str) -> bool:
        """Whether a name means another key: that of CurrentControlSet does."""
        if len(name) != LENGTH or not self.is_alone:
            return False
        tree = self.tree()
        return self.meant(tree, self.key(node), name) != name

    def has_own_link(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name would be a link in a registry; none is made here."""
        return self.leads_elsewhere(node, name)

    def descend(self, node: Node, names: list[str], at: int) -> tuple[Node, int, bool]:
        """Go down along names as far as there are keys, and no further than a symbolic link."""
        tree = self.tree()
        key = self.key(node)
        is_link = tree.flags(key) & KEY_LINK != 0
        while at < len(names) and not is_link:
            name = names[at]
            if len(name) == LENGTH and self.is_alone:
                name = self.meant(tree, key, name)
            child = self.subkey(tree, key, name)
            if child is None:
                break
            key = child
            at += 1
            is_link = tree.flags(key) & KEY_LINK != 0
        return key, at, is_link

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in stored order."""
        return cast("list[Node]", self.tree().children(self.key(node)))

    def subkey_at(self, node: Node, index: int) -> Node | None:
        """The subkey at an index, None behind the last."""
        return self.tree().child_at(self.key(node), index)

    def values(self, node: Node) -> list[Value]:
        """All values, in stored order."""
        return self.tree().records(self.key(node))

    def value_at(self, node: Node, index: int) -> Value | None:
        """The value at an index, None behind the last."""
        return self.tree().record_at(self.key(node), index)

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name, or None."""
        return self.tree().value(self.key(node), name)

    def info(self, node: Node) -> KeyFacts:
        """What a key says of itself."""
        tree = self.tree()
        key = self.key(node)
        return KeyFacts(
            tree.subkey_count(key),
            tree.value_count(key),
            tree.class_name(key),
            tree.flags(key),
            key.name,
            key.last_written,
        )

    def fresh(self, node: Node) -> Node:
        """The node as it is now; a deleted key's as it was."""
        return node

    def stamp(self, node: Node) -> object:
        """Its time, and how many subkeys and values it has."""
        tree = self.tree()
        key = self.key(node)
        return key.last_written, tree.subkey_count(key), tree.value_count(key)

    def flags(self, node: Node) -> int:
        """The flags of a key alone."""
        return self.tree().flags(self.key(node))

    def is_alive(self, node: Node) -> bool:
        """Whether the key still exists."""
        try:
            self.key(node)
            return True
        except KeyDeletedError:
            return False

    def names(self, node: Node) -> list[str]:
        """The names that lead from the root to a key."""
        tree = self.tree()
        key = self.key(node)
        names: list[str] = []
        while key.cell != tree.root_cell and len(names) < _DEEPEST_SHOWN:
            names.append(key.name)
            key = tree.key(tree.parent_cell(key))
        names.reverse()
        return names

    def security(self, node: Node) -> bytes:
        """A key's self-relative security descriptor, b"" where it has none."""
        return self.tree().descriptor(self.key(node))


def open_read_only(path: str, logs: list[str] | None = None) -> HiveBackend:
    """A hive file, to be read.

    Args:
        path: The hive.
        logs: Its logs, where they are not those of its name beside it.
    """
    return HiveBackend(open_hive(path, logs or []), logs)


def alone(backend: Mountable) -> Mountable:
    """A hive for which no registry makes its links; see TreeBackend."""
    if isinstance(backend, TreeBackend):
        backend.is_alone = True
    return backend


class HiveBackend(TreeBackend, Feeding, Journaled, Watchable):
    """One hive, read-only."""

    def __init__(self, hive: Hive, logs: list[str] | None = None) -> None:
        """Take over a hive; it is closed with the backend.

        Args:
            hive: The hive.
            logs: The logs that it was opened with, where they are not those of its name.
        """
        self.hive = hive
        self._logs = logs or []
        self._tree: Tree | None = hive.tree
        self._reread: Reread | None = None
        self._recorder: Recorder | None = None

    def tree(self) -> Tree:
        """The keys of the hive."""
        tree = self._tree
        if tree is None:
            raise ClosedError("the registry is closed", path=self.hive.path)
        return tree

    def is_changing(self) -> bool:
        """Whether a transaction is under way; never."""
        return False

    def create(
        self,
        node: Node,
        names: list[str],
        access: int = MAXIMUM_ALLOWED,
        flags: int = 0,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        """Open the key that names lead to; none can be made."""
        found = None if flags & KEY_LINK else self.open(node, names, access)
        if found is None:
            raise read_only_error()
        return found, False

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        """Nothing is committed here; the history can be read."""
        recorder.register(hive, self.hive.path)
        self._recorder = recorder

    def recorder(self) -> Recorder | None:
        """What keeps the history, if any is kept."""
        return self._recorder

    def history_hive(self, hive: str) -> Backend:
        """The hive itself: it is the only one."""
        return self

    # Watching: what others write is read anew; what this one shows was there when it was opened

    def places(self, node: Node, subtree: bool) -> list[Place]:
        """The hive itself: there is no other."""
        return [Place("", self.feed(), self.names(node), [], self.files(), self.follow_soon)]

    def feed(self) -> Feed:
        """Where its states are reported."""
        return self._watched()

    def files(self) -> list[str]:
        """The hive's file and its logs."""
        return files_of(FileDisk(), self.hive.path) + self._logs

    def follow_soon(self) -> None:
        """Read what others have written."""
        if self._tree is not None:
            self._watched().follow_soon()

    def _watched(self) -> Reread:
        self.tree()
        reread = self._reread
        if reread is None:
            reread = self._reread = Reread(self.hive.path, self._logs)
        return reread

    def about(self) -> About:
        """The hive's base block after replay, and what was replayed."""
        state = "dirty" if self.hive.was_dirty else "clean"
        return hive_facts(
            self.hive.path, self.hive.base, self.root().name, state, self.hive.applied
        )

    def problems(self) -> list[Problem]:
        """What reading has met so far."""
        return self.hive.problems

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """Every structural problem of the hive."""
        self.tree()
        return check_hive(self.hive, on_key)

    def close(self) -> None:
        """Close the hive's file; further calls do nothing."""
        self._tree = None
        self.hive.close()


def hive_facts(
    path: str, base: BaseBlock, root_name: str, state: str, replayed: list[str]
) -> About:
    """What about() tells of a hive; see Inspected."""
    return {
        "file": path,
        "kind": "hive",
        "version": f"{base.major}.{base.minor}",
        "state": state,
        "replayed": replayed,
        "sequence_number": base.primary_number,
        "file_name": base.file_name,
        "bins_size": base.bins_size,
        "flags": base.flags,
        "root_name": root_name,
    }
