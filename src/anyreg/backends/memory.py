"""A hive as plain dicts: for tests, for scratch, and the model that the other backends are held to.

It has no files, no other processes and no limits of size.  A transaction keeps other threads from
changing anything until it ends; readers do not wait, and see what is not yet committed.

Volatile keys are kept like all others, as everything here is gone with the process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from anyreg.backends.abilities import About, Compacting, Exact, Feeding, Watchable
from anyreg.backends.base import MAXIMUM_ALLOWED, RENAMES, AllOrNone, KeyFacts
from anyreg.backends.memory_changes import Brief, MemoryChanges
from anyreg.backends.memory_node import MemoryNode
from anyreg.backends.mountable import Mountable
from anyreg.backends.places import Place
from anyreg.engine.feed import Feed
from anyreg.engine.key_names import check_key_name, check_stored_name
from anyreg.errors import (
    ClosedError,
    HasSubkeysError,
    KeyDeletedError,
    KeyExistsError,
    LimitError,
    VolatileParentError,
)
from anyreg.facts import Facts
from anyreg.names import fold, units
from anyreg.problems import Problem
from anyreg.regf.layout import (
    KEY_COMPRESSED,
    KEY_LINK,
    KEY_MOUNT_POINT,
    KEY_NO_DELETE,
    KEY_ROOT,
    KEY_VOLATILE,
    MAX_DEPTH,
    MAX_VALUE_NAME,
)
from anyreg.security.creation import ANYBODY
from anyreg.security.descriptor import default_descriptor
from anyreg.times import now
from anyreg.values import Node, Value

_GIVEN = KEY_LINK | KEY_VOLATILE | KEY_MOUNT_POINT


class MemoryBackend(Mountable, Compacting, Exact, Feeding, Watchable):
    """One hive in memory, read and written."""

    keeps_volatile: bool = True
    makes_volatile: bool = True

    def __init__(self, root_name: str = "ROOT") -> None:
        """Make an empty hive."""
        self._root = MemoryNode(root_name, None, "", default_descriptor(), KEY_ROOT | KEY_NO_DELETE)
        self._changes = MemoryChanges()
        self._closed = False

    def _live(self, node: Node) -> MemoryNode:
        """The node, which must be that of a key that is there."""
        if self._closed:
            raise ClosedError("the registry is closed")
        key = cast(MemoryNode, node)
        if key.is_deleted:
            raise KeyDeletedError("the key was deleted", path=key.name)
        return key

    # Reading

    def root(self) -> Node:
        """The key at the top."""
        return self._live(self._root)

    def is_alive(self, node: Node) -> bool:
        """Whether the key still exists."""
        return not cast(MemoryNode, node).is_deleted

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        """The key that names lead to, or None."""
        found: MemoryNode | None = self._live(node)
        for name in names:
            if found is None:
                break
            found = found.children.get(fold(name))
        return found

    def child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, or None."""
        return self._live(node).children.get(fold(name))

    def descend(self, node: Node, names: list[str], at: int) -> tuple[Node, int, bool]:
        """Go down along names as far as there are keys, and no further than a symbolic link."""
        key = self._live(node)
        is_link = key.flags & KEY_LINK != 0
        while at < len(names) and not is_link:
            child = key.children.get(fold(names[at]))
            if child is None:
                break
            key = child
            at += 1
            is_link = key.flags & KEY_LINK != 0
        return key, at, is_link

    def fresh(self, node: Node) -> Node:
        """The key itself, which is as it is now."""
        return node

    def subkey_at(self, node: Node, index: int) -> Node | None:
        """The subkey at an index, None behind the last."""
        found = self.subkeys(node)
        return found[index] if index < len(found) else None

    def value_at(self, node: Node, index: int) -> Value | None:
        """The value at an index, None behind the last."""
        found = self.values(node)
        return found[index] if index < len(found) else None

    def stamp(self, node: Node) -> object:
        """What it says of itself."""
        return self.info(node)

    def names(self, node: Node) -> list[str]:
        """The names that lead from the root to a key."""
        key = self._live(node)
        names: list[str] = []
        parent = key.parent
        while parent is not None:
            names.append(key.name)
            key = parent
            parent = key.parent
        names.reverse()
        return names

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in the order of their names."""
        return self._live(node).in_order()

    def values(self, node: Node) -> list[Value]:
        """All values, the oldest first."""
        return list(self._live(node).values.values())

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name, or None."""
        return self._live(node).values.get(fold(name))

    def info(self, node: Node) -> KeyFacts:
        """What a key says of itself."""
        key = self._live(node)
        counts = len(key.children), len(key.values)
        return KeyFacts(*counts, key.class_name, self.flags(key), key.name, key.last_written)

    def flags(self, node: Node) -> int:
        """The flags of a key alone."""
        key = self._live(node)
        return key.flags | (KEY_COMPRESSED if units(key.name) == len(key.name) else 0)

    def security(self, node: Node) -> bytes:
        """A key's self-relative security descriptor."""
        return self._live(node).descriptor

    # Transactions

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in one."""
        self._changes.begin(timeout)

    def commit(self, durable: bool) -> None:
        """End the innermost level for good."""
        self._changes.commit()

    def roll_back(self) -> None:
        """Undo the innermost level."""
        self._changes.roll_back()
        RENAMES.count += 1

    def is_changing(self) -> bool:
        """Whether a transaction of this context is under way."""
        return self._changes.is_ours

    # Watching

    def places(self, node: Node, subtree: bool) -> list[Place]:
        """The hive itself: there is no other."""
        return [Place("", self.feed(), self.names(node), [], [], self.follow_soon)]

    def feed(self) -> Feed:
        """Where its states are reported."""
        self._live(self._root)
        return self._changes.feed

    def files(self) -> list[str]:
        """None: no other process can change it."""
        return []

    def follow_soon(self) -> None:
        """There is nothing to take over."""

    # Changes

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
        found = self.open(node, names)
        if found is not None:
            if flags & KEY_LINK:
                raise KeyExistsError("there is such a key already", path="\\".join(names))
            return found, False
        key = self._live(node)
        if len(names) == 1:
            with Brief(self._changes):
                return self._created(self._live(key), names[0], class_name, descriptor, flags)
        with AllOrNone(self):
            for name in names[:-1]:
                key, _ = self._created(key, name, "", b"", flags & KEY_VOLATILE)
            return self._created(key, names[-1], class_name, descriptor, flags)

    def _created(
        self, parent: MemoryNode, name: str, class_name: str, descriptor: bytes, flags: int
    ) -> tuple[MemoryNode, bool]:
        """The subkey of this name, made if there is none; and whether it was."""
        found = parent.children.get(fold(name))
        if found is not None:
            return found, False
        check_stored_name(name)
        if parent.flags & KEY_VOLATILE and not flags & KEY_VOLATILE:
            raise VolatileParentError("a stable key below a volatile one", path=name)
        if len(self.names(parent)) + 2 > MAX_DEPTH:
            raise LimitError(f"a key stands at most {MAX_DEPTH} levels deep", path=name)
        security = descriptor or ANYBODY.inherited(parent.descriptor)
        made = MemoryNode(name, parent, class_name, security, flags & _GIVEN)
        self._changes.note_new(made)
        self._put(parent, made)
        return made, True

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key, with all below it if recursive."""
        with Brief(self._changes):
            key = self._live(node)
            parent = key.parent
            if parent is None:
                raise LimitError("the key at the top of a registry cannot be deleted")
            if key.children and not recursive:
                raise HasSubkeysError("the key has subkeys", path=key.name)
            self._take(parent, key)
            stack = [key]
            while stack:
                gone = stack.pop()
                stack.extend(gone.children.values())
                self._changes.note(gone)
                gone.die()

    def rename(self, node: Node, name: str) -> None:
        """Give a key another name."""
        with Brief(self._changes):
            key = self._live(node)
            parent = key.parent
            check_key_name(name)
            if parent is None:
                raise LimitError("the root key cannot be renamed")
            if fold(name) != fold(key.name) and fold(name) in parent.children:
                raise KeyExistsError("there is such a key already", path=name)
            self._take(parent, key)
            self._changes.note(key)
            key.name = name
            RENAMES.count += 1
            self._put(parent, key)
            self._stamp(key)

    def _put(self, parent: MemoryNode, key: MemoryNode) -> None:
        """Put a key into another, and say when."""
        folded = fold(key.name)
        parent.put(folded, key)
        self._changes.note_place(parent, folded, None)
        self._stamp(parent)

    def _take(self, parent: MemoryNode, key: MemoryNode) -> None:
        """Take a key out of another, and say when."""
        folded = fold(key.name)
        parent.take(folded)
        self._changes.note_place(parent, folded, key)
        self._stamp(parent)

    def _stamp(self, key: MemoryNode) -> None:
        """A change of a key itself: note what it was, and say when."""
        self._changes.note(key)
        key.last_written = now()

    def _own_values(self, key: MemoryNode) -> dict[str, Value]:
        """A key's values, to be changed: others than those that are noted."""
        return key.values.copy() if self._changes.is_noting else key.values

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key."""
        with Brief(self._changes):
            key = self._live(node)
            for value in values:
                if units(value.name) > MAX_VALUE_NAME:
                    raise LimitError(f"a value name has at most {MAX_VALUE_NAME} UTF-16 units")
            changed = False
            after = self._own_values(key)
            for value in values:
                known = after.get(fold(value.name))
                name = value.name if known is None else known.name
                new = Value(name, value.type, value.raw)
                if new != known:
                    after[fold(name)] = new
                    changed = True
            if changed:
                self._stamp(key)
                key.values = self.arranged(after)

    def arranged(self, values: dict[str, Value]) -> dict[str, Value]:
        """A key's values in the order that they are kept in: the oldest first."""
        return values

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; whether there was one."""
        with Brief(self._changes):
            key = self._live(node)
            if fold(name) not in key.values:
                return False
            after = self._own_values(key)
            del after[fold(name)]
            self._stamp(key)
            key.values = after
            return True

    def set_class(self, node: Node, class_name: str) -> None:
        """Give a key a class name."""
        with Brief(self._changes):
            key = self._live(node)
            self._stamp(key)
            key.class_name = class_name

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another self-relative security descriptor."""
        with Brief(self._changes):
            key = self._live(node)
            self._stamp(key)
            key.descriptor = descriptor

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before, its time included."""
        with Brief(self._changes):
            key = self._live(node)
            self._changes.note(key)
            if values is not None:
                key.values = self.arranged({fold(value.name): value for value in values})
            key.class_name = facts.class_name
            key.descriptor = facts.descriptor
            key.last_written = facts.last_written

    def compact(self, on_key: Callable[[], None] | None = None) -> None:
        """There is no free space."""

    # The whole

    def about(self) -> About:
        """That it is in memory."""
        return {"kind": "memory", "root_name": self.root().name}

    def problems(self) -> list[Problem]:
        """None: there are no bytes that could be wrong."""
        return []

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """None."""
        self.root()
        return []

    def close(self) -> None:
        """Forget everything."""
        self._closed = True
