"""The changes of a hive of dicts: whose turn it is, what takes them back, and who is informed.

Each change notes what was before it, newest last: so it is undone, a savepoint is a length of that
list, and at the end the list tells which keys were touched and what they were before.  A change
outside of a transaction is noted only while somebody listens.
"""

from __future__ import annotations

import os
from time import sleep

from anyreg.backends.memory_node import KeyMoment, MemoryNode
from anyreg.backends.memory_step import MemoryStep
from anyreg.engine.context_lock import ContextLock
from anyreg.engine.feed import Feed, Listener
from anyreg.errors import TransactionError


class KeyPlace:
    """What a key had for a subkey of one name, None for nothing."""

    __slots__ = ("_folded", "_parent", "_subkey")

    def __init__(self, parent: MemoryNode, folded: str, subkey: MemoryNode | None) -> None:
        self._parent = parent
        self._folded = folded
        self._subkey = subkey

    def put_back(self) -> None:
        """Let it have that again."""
        if self._subkey is None:
            self._parent.take(self._folded)
        else:
            self._parent.put(self._folded, self._subkey)


class MemoryChanges:
    """What is being changed in one hive.

    Attributes:
        is_noting: Whether changes are noted.
        is_anew: Whether the transaction under way takes over what others have done.
        feed: Where they are reported.
    """

    def __init__(self) -> None:
        self.is_noting = False
        self.is_anew = False
        self.feed: Feed = MemoryFeed(self)
        self.number = 0
        self._turn = ContextLock("memory")
        self._noted: list[KeyMoment | KeyPlace] = []
        self._levels: list[int] = []

    # Transactions

    @property
    def is_ours(self) -> bool:
        """Whether a transaction of this context is under way."""
        return bool(self._levels) and self._turn.is_mine()

    def begin(self, timeout: float) -> None:
        """Begin a transaction, or a savepoint in one."""
        if not self.is_ours:
            self._turn.take(timeout)
            self.is_noting = True
        self._levels.append(len(self._noted))

    def commit(self) -> None:
        """End the innermost level for good."""
        self._level()
        self._leave()

    def roll_back(self) -> None:
        """Undo the innermost level."""
        length = self._level()
        while len(self._noted) > length:
            self._noted.pop().put_back()
        self._leave()

    def _level(self) -> int:
        if not self.is_ours:
            raise TransactionError("no transaction is under way")
        return self._levels.pop()

    def _leave(self) -> None:
        if not self._levels:
            self._report()
            self._turn.give()

    # Single changes

    def begin_one(self) -> bool:
        """Begin a change that is a transaction of its own, if none is under way; whether it is."""
        if self._turn.is_mine():
            return False
        self._turn.wait_briefly()
        self.is_noting = bool(self.feed.listeners)
        return True

    def end_one(self) -> None:
        """It has ended."""
        self._report()
        self._turn.give_briefly()

    def let_end(self) -> None:
        """Return when no single change is under way that may have gone unnoted."""
        while not self._levels:
            if self._turn.take_briefly():
                self._turn.give_briefly()
                return
            sleep(0)

    # What was before

    def note(self, key: MemoryNode) -> None:
        """A key's own is about to be changed."""
        if self.is_noting:
            self._noted.append(KeyMoment(key))

    def note_new(self, key: MemoryNode) -> None:
        """A key is about to come."""
        if self.is_noting:
            state = KeyMoment(key)
            state.is_deleted = True
            self._noted.append(state)

    def note_place(self, parent: MemoryNode, folded: str, subkey: MemoryNode | None) -> None:
        """What a key had for a subkey of one name has changed."""
        if self.is_noting:
            self._noted.append(KeyPlace(parent, folded, subkey))

    def _report(self) -> None:
        """All levels have ended: report what is left of the changes."""
        noted, self._noted = self._noted, []
        self.is_noting = False
        self.number += 1
        if not noted or not self.feed.listeners:
            return
        before: dict[MemoryNode, KeyMoment] = {}
        for one in noted:
            if isinstance(one, KeyMoment):
                before.setdefault(one.key, one)
        step = MemoryStep(self.feed, self.feed.place())
        step.is_anew = self.is_anew
        step.see(before)
        self.feed.report(step)


class MemoryFeed(Feed):
    """The feed of a hive in memory."""

    def __init__(self, changes: MemoryChanges) -> None:
        life = int.from_bytes(
            os.urandom(4)
        )  # no other hive, and none of another process, goes on with its numbers
        super().__init__(lambda: (changes.number, life))
        self._changes = changes

    def add(self, listener: Listener) -> None:
        """Inform somebody from now on."""
        super().add(listener)
        self._changes.let_end()


class Brief:
    """One change: others wait for its end, unless it is a part of the transaction under way."""

    def __init__(self, changes: MemoryChanges) -> None:
        """Begin with the block.

        Args:
            changes: Those of the hive.
        """
        self._changes = changes
        self._is_own = False

    def __enter__(self) -> None:
        self._is_own = self._changes.begin_one()

    def __exit__(self, *exception: object) -> None:
        if self._is_own:
            self._changes.end_one()
