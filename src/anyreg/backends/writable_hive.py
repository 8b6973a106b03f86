"""A single hive file that is open for writing as a registry.

A node stands for its key, not for a moment: it is looked up again at each use.  A key that was
deleted gives KeyDeletedError, one that was renamed is followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from mypy_extensions import mypyc_attr

from anyreg.backends.abilities import About, Bulk, Compacting, Exact, Feeding, Journaled, Watchable
from anyreg.backends.base import MAXIMUM_ALLOWED, RENAMES, Backend
from anyreg.backends.control_sets import CURRENT, LENGTH, has_select, is_current
from anyreg.backends.hive import TreeBackend, hive_facts
from anyreg.backends.places import Place
from anyreg.engine.check import Checker
from anyreg.engine.copy_keys import copy_keys
from anyreg.engine.create import create_hive
from anyreg.engine.editor import Editor
from anyreg.engine.feed import Feed
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.engine.writable import WritableHive
from anyreg.errors import (
    ClosedError,
    CorruptHiveError,
    KeyDeletedError,
    KeyExistsError,
    LimitError,
    NotSupportedError,
)
from anyreg.facts import Facts
from anyreg.history.recorder import Recorder
from anyreg.new_keys import NewKey
from anyreg.problems import Problem, Problems
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Node, Value

_DEEPEST: Final = 512
_GRAFTED_FROM: Final = 256  # new keys and values


class HiveChange:
    """A block of changes that are made with an Editor; damage that it meets names its file."""

    def __init__(self, backend: WritableHiveBackend) -> None:
        self._backend = backend

    def __enter__(self) -> Editor:
        return self._backend.edit()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._backend.commit(False)
            return
        if isinstance(error, CorruptHiveError):
            error.name_file(self._backend.hive.path)
        self._backend.roll_back()


@mypyc_attr(allow_interpreted_subclasses=True)
class WritableHiveBackend(TreeBackend, Bulk, Compacting, Exact, Feeding, Journaled, Watchable):
    """One hive, read and written."""

    def __init__(self, hive: WritableHive) -> None:
        """Take over a hive; it is closed with the backend."""
        self.hive = hive
        self._closed = False
        self._recorder: Recorder | None = None

    def tree(self) -> Tree:
        """The keys as this thread sees them now."""
        self._require_open()
        return self.hive.reading

    def _require_open(self) -> None:
        if self._closed or not self.hive.is_usable:
            why = "the registry is closed" if self._closed else "it was opened before a fork"
            raise ClosedError(why, path=self.hive.path)

    def refresh(self) -> None:
        """Take over what other processes have committed."""
        self._require_open()
        self.hive.follow()

    def root(self) -> Node:
        """The hive's root key, after a look at what other processes have committed."""
        self.refresh()
        return self.hive.reading.root()

    def key(self, node: Node) -> KeyNode:
        """The node as it is now."""
        return self.hive.fresh(cast(KeyNode, node))

    def fresh(self, node: Node) -> Node:
        """The node as it is now; a deleted key's as it was."""
        try:
            return self.hive.fresh(cast(KeyNode, node))
        except KeyDeletedError:
            return node

    # Transactions

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in one."""
        self.edit(timeout)

    def edit(self, timeout: float = -1.0) -> Editor:
        """As begin(); what it gives makes the changes."""
        if self._closed:  # the hive itself may be one of several that are closed together
            self._require_open()
        return self.hive.begin(timeout)

    def commit(self, durable: bool) -> None:
        """End the innermost level for good."""
        try:
            self.hive.commit(durable)
        finally:
            RENAMES.count += 1

    def roll_back(self) -> None:
        """Undo the innermost level."""
        try:
            self.hive.roll_back()
        finally:
            RENAMES.count += 1

    def is_changing(self) -> bool:
        """Whether a transaction of this context is under way."""
        return self.hive.is_changing

    def flush(self) -> None:
        """Make every commit so far durable."""
        self.tree()
        self.hive.flush()

    def compact(self, on_key: Callable[[], None] | None = None) -> None:
        """Leave out all free space, in place."""
        self.tree()
        self.hive.compact(default_descriptor(), on_key)

    # Changes: each is a transaction of its own, or a part of the one under way

    def create(
        self,
        node: Node,
        names: list[str],
        access: int = MAXIMUM_ALLOWED,
        flags: int = 0,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        """Open the key that names lead to, made with its parents where it is missing."""
        if not self.hive.is_changing:  # what is there needs no lock
            found = self.open(node, names)
            if found is not None and not flags & KEY_LINK:
                return found, False
        made = False
        with HiveChange(self) as editor:
            key = self.key(node)
            for at, name in enumerate(names):
                stored = name
                if len(name) == LENGTH and self.is_alone:
                    stored = self._made_as(editor.tree, key, name)
                child = editor.tree.child(key, stored)
                made = child is None
                if child is None:
                    self._expect_room(editor.tree, key, stored, flags)
                    cell = key.cell
                    if at == len(names) - 1:
                        cell = editor.create(
                            cell, stored, class_name, descriptor, flags, is_missing=True
                        )
                    else:
                        flag = flags & KEY_VOLATILE
                        cell = editor.create(cell, stored, "", b"", flag, is_missing=True)
                    child = editor.tree.key(cell)
                key = child
            if flags & KEY_LINK and not made:
                raise KeyExistsError("there is such a key already", path="\\".join(names))
        return key, made

    def _expect_room(self, tree: Tree, parent: KeyNode, name: str, flags: int) -> None:
        """Refuse a new key that cannot be kept here."""
        if flags & KEY_VOLATILE and not self.keeps_volatile:
            raise NotSupportedError("a hive file keeps no volatile keys", path=name)
        self._check_depth(tree, parent)

    def _made_as(self, tree: Tree, key: KeyNode, name: str) -> str:
        """The name of the key that is to be made; a key CurrentControlSet never is in SYSTEM."""
        found = self.meant(tree, key, name)
        if found == name and key.cell == tree.root_cell and is_current(name) and has_select(self):
            words = "Select says which control set this is, and names none: name it by its number"
            raise LimitError(words, path=name)
        return found

    def bulk_insert(self, node: Node, keys: list[NewKey]) -> bool:
        """Make many subkeys with all that they are to hold at one go, where it pays."""
        bulk = 0
        for top in keys:
            for key in top.all_keys():
                bulk += 1 + len(key.values)
        is_elsewhere = any(self.leads_elsewhere(node, top.name) for top in keys)
        if bulk < _GRAFTED_FROM or is_elsewhere:  # bins of their own would stand half empty
            return False
        with HiveChange(self) as editor:
            key_node = self.key(node)
            self._check_depth(editor.tree, key_node, max([top.depth() for top in keys]))
            editor.bulk_insert(key_node.cell, keys)
        return True

    def _check_depth(self, tree: Tree, key: KeyNode, below: int = 1) -> None:
        if below + tree.depth(key) >= _DEEPEST:
            raise LimitError(f"a key stands at most {_DEEPEST} levels deep", path=key.name)

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key, with all below it if recursive."""
        with HiveChange(self) as editor:
            editor.delete(self.key(node).cell, recursive)

    def rename(self, node: Node, name: str) -> None:
        """Give a key another name."""
        with HiveChange(self) as editor:
            editor.rename(self.key(node).cell, name)
            RENAMES.count += 1

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key."""
        with HiveChange(self) as editor:
            key = self.key(node)
            if len(values) == 1:
                editor.put_value(key, values[0])
            elif values:
                editor.set_values(key.cell, values)

    def assign(self, node: Node, data: Mapping[str, object]) -> bool:
        """Set one value of a key to Python data."""
        if len(data) != 1:
            return False
        with HiveChange(self) as editor:
            key = self.key(node)
            for name, datum in data.items():
                editor.assign(key, name, datum)
        return True

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; whether there was one."""
        with HiveChange(self) as editor:
            return editor.remove_value(self.key(node).cell, name)

    def set_class(self, node: Node, class_name: str) -> None:
        """Give a key a class name."""
        with HiveChange(self) as editor:
            editor.set_class(self.key(node).cell, class_name)

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another self-relative security descriptor."""
        with HiveChange(self) as editor:
            editor.set_security(self.key(node).cell, descriptor)

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before, its time included."""
        with HiveChange(self) as editor:
            editor.rewrite(self.key(node).cell, facts, values)

    def copy_from(self, source: Backend, top: Node, target: Node) -> bool:
        """Copy what a key of any hive holds, and all below it, into a key of this one."""
        if not isinstance(source, TreeBackend) or self._meets_current(source, top, target):
            return False
        with HiveChange(self) as editor:
            # What is read must not change with what is written.
            tree = editor.frozen_tree() if source is self else source.tree()
            copy_keys(tree, source.key(top), editor, self.key(target).cell)
        return True

    def _meets_current(self, source: TreeBackend, top: Node, target: Node) -> bool:
        """Whether a key is copied that would come to stand as CurrentControlSet in SYSTEM."""
        is_there = self.is_alone and source.open(top, [CURRENT], link=True) is not None
        return is_there and self.leads_elsewhere(target, CURRENT)

    # History

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        """Let every commit from now on have a record in a history."""
        recorder.register(hive, self.hive.path)
        self._recorder = recorder
        self.hive.observe(recorder, hive)

    def recorder(self) -> Recorder | None:
        """What keeps the history, if any is kept."""
        return self._recorder

    def history_hive(self, hive: str) -> Backend:
        """The hive itself: it is the only one."""
        return self

    # Watching

    def places(self, node: Node, subtree: bool) -> list[Place]:
        """The hive itself: there is no other."""
        names = self.names(node)
        return [Place("", self.feed(), names, [], self.files(), self.follow_soon)]

    def feed(self) -> Feed:
        """Where its states are reported."""
        self._require_open()
        return self.hive.feed()

    def files(self) -> list[str]:
        """The hive's file and its logs."""
        return self.hive.files()

    def follow_soon(self) -> None:
        """Take over what other processes have committed."""
        if self.hive.is_usable:
            self.hive.follow_soon()

    # The whole

    def about(self) -> About:
        """The hive's base block."""
        hive = self.hive
        state = "dirty" if hive.is_dirty else "clean"
        return hive_facts(hive.path, hive.base, self.root().name, state, [])

    def problems(self) -> list[Problem]:
        """What reading has met so far."""
        return self.hive.problems

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """Every structural problem of the hive as it is after the last commit."""
        self.tree()
        problems = Problems()
        Checker(self.hive.image, self.hive.minor, self.hive.root_cell, problems).run(on_key)
        return problems.found

    def close(self) -> None:
        """Close the hive; the last to do so brings its file up to date."""
        self.hive.close()
        self._closed = True


def create_writable(path: str, minor: int) -> WritableHiveBackend:
    """A new hive file, which must not exist, open for writing.

    Args:
        path: The file.
        minor: Format version, 3 or 5.
    """
    create_hive(FileDisk(), path, minor, "ROOT", default_descriptor())
    return open_writable(path)


def open_writable(path: str) -> WritableHiveBackend:
    """A hive file, open for writing."""
    return WritableHiveBackend(WritableHive(FileDisk(), path))


def open_writable_for_old_windows(path: str) -> WritableHiveBackend:
    """A hive file of a Windows that knows old logs only, open for writing."""
    return WritableHiveBackend(WritableHive(FileDisk(), path, old_logs=True))


def open_looking_on(path: str) -> WritableHiveBackend:
    """A hive file to read and write; reading waits for nobody, see WritableHive."""
    return WritableHiveBackend(WritableHive(FileDisk(), path, looks_on=True))
