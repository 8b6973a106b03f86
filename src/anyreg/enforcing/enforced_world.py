"""A registry that is opened as somebody: a backend before another one, which asks a guard first.

A node is one of the other world with the rights that were granted when it was opened; they stay, as
those of a handle do on Windows.  Nodes that come from a list have all rights that can be had, and
these are worked out when the first is needed.  Keys on the way to the one that is opened are not
asked: Windows lets everybody pass.

What a verb needs stands in its first line.  A change that is refused has changed nothing; trees are
looked at as a whole before anything in them is.

Source: Microsoft's [MS-RRP], 3.1.5, and its documentation of each function's rights.
"""

from __future__ import annotations

from typing import Final, cast

from anyreg.backends import ask
from anyreg.backends.abilities import Guarded, Reached
from anyreg.backends.base import MAXIMUM_ALLOWED, AllOrNone, Backend, KeyFacts, release_all
from anyreg.backends.enforced_node import EnforcedNode
from anyreg.errors import AccessDeniedError
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.security.access import (
    CREATE_LINK,
    CREATE_SUB_KEY,
    DELETE,
    ENUMERATE_SUB_KEYS,
    KEY_WRITE,
    NOTIFY,
    QUERY_VALUE,
    READ_CONTROL,
    SET_VALUE,
    VIEWS,
    describe_mask,
    mapped,
)
from anyreg.security.guard import Guard
from anyreg.security.token import Token
from anyreg.values import Node, Value

READING: Final = QUERY_VALUE | ENUMERATE_SUB_KEYS | NOTIFY


class EnforcedBackend(Backend, Guarded):
    """A world as somebody sees it; see `enforced_abilities` for what it can do beyond the core.

    Attributes:
        inner: The other world.
        guard: Says what he may do.
    """

    def __init__(self, inner: Backend, guard: Guard, closes: bool = True) -> None:
        """Stand before a world.

        Args:
            inner: The world.
            guard: Says what may be done with it.
            closes: Whether it is closed with this one.
        """
        self.inner = inner
        self.guard = guard
        self._closes = closes
        self.keeps_volatile = inner.keeps_volatile
        self.makes_volatile = inner.makes_volatile
        self.is_live = inner.is_live

    # What he may do

    def holder(self) -> Token:
        """Who asks."""
        return self.guard.token

    def needed(self, node: Node, rights: int) -> Node:
        """The node of the other world, if all these rights were granted on it.

        Args:
            node: The node.
            rights: The rights.

        Raises:
            AccessDeniedError: They were not.
        """
        own = cast(EnforcedNode, node)
        if own.rights < 0:
            own.rights = self._most(own.inner)
        if rights & ~own.rights:
            words = f"access denied: no right to {describe_mask(rights & ~own.rights)}"
            raise AccessDeniedError(words, path=ask.told_path(self.inner, own.inner))
        return own.inner

    def rights_of(self, inner: Node, desired: int) -> int:
        """The rights with which a key is opened, which may be shown of several.

        Args:
            inner: The key, as the other world knows it.
            desired: What is asked for; without MAXIMUM_ALLOWED and any right: all that can be had.

        Raises:
            AccessDeniedError: Not all of it is granted.
        """
        try:
            sides = ask.sides(self.inner, inner)
            rights = self.guard.rights(self.inner.security(sides[0]), desired)
            for other in sides[1:]:
                descriptor = self.inner.security(other)
                reading = mapped(desired) & READING
                if reading:
                    self.guard.rights(descriptor, reading)
                rights &= ~READING | self.guard.most(descriptor)
        except AccessDeniedError as error:
            error.path = error.path or ask.told_path(self.inner, inner)
            raise
        return rights

    def _most(self, inner: Node) -> int:
        try:
            return self.rights_of(inner, 0)
        except AccessDeniedError:
            return 0

    def narrow(self, node: Node, access: int) -> None:
        """Leave an open key what Windows grants for what is asked for."""
        own = cast(EnforcedNode, node)
        own.rights = self.rights_of(own.inner, access)

    def unguarded(self, node: Node, rights: int = 0, privilege: str = "") -> tuple[Backend, Node]:
        """The other world and its node, for who has these rights and this privilege."""
        if privilege:
            self.guard.require(privilege)
        inner = self.needed(node, rights) if rights else cast(EnforcedNode, node).inner
        return self.inner, inner

    def by_privilege(
        self, node: Node, names: list[str], access: int, link: bool
    ) -> tuple[Node | None, int]:
        """Open a key with the rights that the privileges to save and to restore give."""
        rights = self.guard.by_privilege()
        found = self.inner.open(cast(EnforcedNode, node).inner, names, access, link)
        return (None if found is None else EnforcedNode(found, rights)), rights

    def may_give(self, descriptor: bytes) -> bool:
        """Whether a key that is made may be given this descriptor."""
        return self.guard.may_give(descriptor)

    # Keys

    def root(self) -> Node:
        """The key at the top."""
        return EnforcedNode(self.inner.root())

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        """The key that names lead to, if what is asked for is granted."""
        found = self.inner.open(cast(EnforcedNode, node).inner, names, access, link)
        if found is None:
            return None
        try:
            wanted = 0 if access & ~VIEWS == MAXIMUM_ALLOWED else access
            return EnforcedNode(found, self.rights_of(found, wanted))
        except BaseException:
            self.inner.release(found)
            raise

    def create(
        self,
        node: Node,
        names: list[str],
        access: int = MAXIMUM_ALLOWED,
        flags: int = 0,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        """Open the key that names lead to, made where the keys above let one make it."""
        above = cast(EnforcedNode, node).inner
        if not flags & KEY_LINK:
            found = self.open(node, names, access)
            if found is not None:
                return found, False
        rights = self.guard.rights_of_new(access)
        security = self.guard.given(descriptor) if descriptor else b""
        making = _Making(self, above, names, access, flags)
        made = making.make(class_name, security)
        if made is None:  # there is one already, or the way leads nowhere: the world says so
            made, _ = self.inner.create(above, names, access, flags, class_name, security)
        return EnforcedNode(made, rights), True

    def release(self, node: Node) -> None:
        """Take a node back."""
        self.inner.release(cast(EnforcedNode, node).inner)

    def names(self, node: Node) -> list[str]:
        """The names that lead from the top to a key: whoever has it may ask."""
        return self.inner.names(cast(EnforcedNode, node).inner)

    # Reading

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, also those with which nothing may be done."""
        found = self.inner.subkeys(self.needed(node, ENUMERATE_SUB_KEYS))
        return [EnforcedNode(child) for child in found]

    def values(self, node: Node) -> list[Value]:
        """All values, in stored order."""
        return self.inner.values(self.needed(node, QUERY_VALUE))

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name, or None."""
        return self.inner.read(self.needed(node, QUERY_VALUE), name)

    def info(self, node: Node) -> KeyFacts:
        """What a key says of itself."""
        return self.inner.info(self.needed(node, QUERY_VALUE))

    def security(self, node: Node) -> bytes:
        """A key's descriptor; without the right to it nothing of what is audited."""
        inner = self.needed(node, READ_CONTROL)
        return self.guard.readable(self.inner.security(inner), cast(EnforcedNode, node).rights)

    # Changes

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key, all or none."""
        self.inner.write(self.needed(node, SET_VALUE), values)

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; of a key that is shown of several, where it stands."""
        inner = self.needed(node, SET_VALUE)
        sides = ask.sides(self.inner, inner)
        for side in sides if len(sides) > 1 else ():
            if self.inner.read(side, name) is not None:
                self.guard.rights(self.inner.security(side), SET_VALUE)
                return self.inner.remove(side, name)
        return self.inner.remove(inner, name)

    def set_class(self, node: Node, class_name: str) -> None:
        """Give a key a class name."""
        self.inner.set_class(self.needed(node, SET_VALUE), class_name)

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another descriptor; what changes of it says what is needed."""
        with AllOrNone(self.inner):
            inner = self.needed(node, 0)
            self.inner.set_security(inner, self.replaced(node, descriptor))

    def replaced(self, node: Node, descriptor: bytes) -> bytes:
        """The descriptor that a key has when another one is set.

        Args:
            node: The key.
            descriptor: The other one.

        Raises:
            AccessDeniedError: A part of it may not be set.
        """
        own = cast(EnforcedNode, node)
        before = self.inner.security(self.needed(node, 0))
        try:
            return self.guard.replaced(before, descriptor, own.rights)
        except AccessDeniedError as error:
            error.path = ask.told_path(self.inner, own.inner)
            raise

    def rename(self, node: Node, name: str) -> None:
        """Give a key another name: it is written, and made in the key above."""
        inner = self.needed(node, KEY_WRITE)
        above = ask.above(self.inner, inner)
        if above is not None:
            try:
                self.rights_of(above, CREATE_SUB_KEY)
            finally:
                self.inner.release(above)
        self.inner.rename(inner, name)

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key; with all below it only if each may be deleted."""
        inner = self.needed(node, DELETE)
        if not recursive:
            self.inner.delete(inner, False)
            return
        with AllOrNone(self.inner):
            self._expect_deletable(ask.sides(self.inner, inner)[0])
            self.inner.delete(inner, True)

    def _expect_deletable(self, top: Node) -> None:
        """Refuse a tree in which a key may not be deleted, or not be looked into for others."""
        stack = [top]
        nodes: list[Node] = []
        try:
            while stack:
                key = stack.pop()
                children = self.inner.subkeys(key)
                nodes += children
                wanted = (DELETE if key is not top else 0) | (ENUMERATE_SUB_KEYS if children else 0)
                if wanted:
                    self.rights_of(key, wanted)
                stack += children
        finally:
            release_all(self.inner, nodes)

    # Transactions

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in one."""
        self.inner.begin(timeout)

    def commit(self, durable: bool) -> None:
        """End the innermost level for good."""
        self.inner.commit(durable)

    def roll_back(self) -> None:
        """Undo the innermost level."""
        self.inner.roll_back()

    def flush(self) -> None:
        """Make every commit so far durable."""
        self.inner.flush()

    def refresh(self) -> None:
        """Take over what other processes have changed."""
        self.inner.refresh()

    def close(self) -> None:
        """Close the other world, where it belongs to this one."""
        if self._closes:
            self.inner.close()


class _Making:
    """Keys that are made on the way along names, each with what its maker's token gives it."""

    def __init__(
        self, world: EnforcedBackend, above: Node, names: list[str], access: int, flags: int
    ) -> None:
        self._world = world
        self._inner = world.inner
        self._above = above
        self._names = names
        self._access = access
        self._flags = flags
        self._link = flags & KEY_LINK != 0

    def make(self, class_name: str, descriptor: bytes) -> Node | None:
        """Make them.

        Args:
            class_name: Of the last key.
            descriptor: Of the last key; b"": what it inherits.

        Returns:
            The last one; None where nothing is to be made, or the way leads nowhere.
        """
        found, rest = self._reached(self._above, self._names)
        if found is None or not rest:
            self._give_back(found)
            return None
        try:
            self._expect(found, self._link and len(rest) == 1)
        except BaseException:
            self._give_back(found)
            raise
        with AllOrNone(self._inner):
            while found is not None and rest:
                name, rest = rest[0], rest[1:]
                made = self._made(found, name, "" if rest else class_name, descriptor, not rest)
                self._give_back(found)
                found, rest = self._reached(made, rest)
                if found is not made:
                    self._inner.release(made)
            self._give_back(found)
            return self._inner.open(self._above, self._names, self._access, self._link)

    def _reached(self, node: Node, names: list[str]) -> Reached:
        return ask.reach(self._inner, node, names, self._access, self._link)

    def _give_back(self, node: Node | None) -> None:
        if node is not None and node is not self._above:
            self._inner.release(node)

    def _made(
        self, parent: Node, name: str, class_name: str, descriptor: bytes, is_last: bool
    ) -> Node:
        self._expect(parent, is_last and self._link)
        flags = self._flags if is_last else self._flags & KEY_VOLATILE
        creator, above = self._world.guard.creator, self._inner.security(parent)
        if is_last and descriptor:
            security = creator.given(above, descriptor)
        else:
            security = creator.inherited(above)
        made, _ = self._inner.create(parent, [name], self._access, flags, class_name, security)
        return made

    def _expect(self, parent: Node, is_link: bool) -> None:
        needed = CREATE_SUB_KEY | CREATE_LINK if is_link else CREATE_SUB_KEY
        self._world.rights_of(parent, needed)
