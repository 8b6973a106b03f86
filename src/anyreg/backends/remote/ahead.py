"""Reading keys before a walk asks for them, so that their calls go at the same time.

A walk asks for one key after the other.  When it asks for one that has not been read yet, that is
read and so are the keys that come next, more each time: those that are known by then, and those
below them.  It goes no deeper than the walk has asked for so far, which may want no more; what the
walk has passed over it did not want.  What was read is given out once, and only as long as it is
fresh and nothing was changed from here since; who changes keys while he walks gets no more of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from anyreg.backends.remote.channel import Channel
from anyreg.backends.remote.conversations import Lists
from anyreg.backends.remote.node import RemoteNode
from anyreg.backends.remote.window import Conversation
from anyreg.errors import RegistryError

_SIZES: Final = (1, 32, 512)  # keys that are read the first time, the second, and from then on
_MOST_DATA: Final = 1 << 22  # bytes of values that are read at a time, about
_FRESH: Final = 15.0  # seconds
_LONGEST: Final = 5.0  # seconds in which keys are begun at a time: the last ones stay fresh
_MOST_CAUTION: Final = 64


class Found(NamedTuple):
    """What a key held when it was read.

    Attributes:
        lists: All of it; or why it could not be read.
        below: Its subkeys.
        changes: How many changes had been made from here before.
        moment: When that was, by the clock that only goes forward.
    """

    lists: Lists | RegistryError
    below: list[RemoteNode]
    changes: int
    moment: float

    def is_fresh(self, channel: Channel) -> bool:
        """Whether it can be believed still.

        Args:
            channel: What it was read over.
        """
        return self.changes == channel.changes and time.monotonic() < self.moment + _FRESH


class Ahead:
    """What is known of the rest of one walk.

    Attributes:
        parts: The parts of descriptors that the walk wants too.
    """

    def __init__(
        self,
        channel: Channel,
        ask: Callable[[RemoteNode, int], Conversation[Lists]],
        listed: Callable[[RemoteNode, list[tuple[str, int]]], list[RemoteNode]],
    ) -> None:
        """Begin with nothing.

        Args:
            channel: What carries the conversations.
            ask: Asks for all that a key holds, with these parts of its descriptor.
            listed: Makes keys of what a key lists.
        """
        self.parts = 0
        self._channel = channel
        self._ask = ask
        self._listed = listed
        self._stack: list[RemoteNode] = []  # keys that have not been read, the next one last
        self._read: list[RemoteNode] = []  # keys that were read, and not those below them
        self._under_way: dict[int, RemoteNode] = {}
        self._times = 0
        self._caution = 1
        self._deepest = 0
        self._left = 0  # keys that may be begun in this run
        self._data = 0  # bytes that this run has read
        self._changes = 0
        self._end = 0.0

    def take(self, node: RemoteNode) -> Found:
        """All that a key holds.

        Args:
            node: A key that was given out here, or the one where the walk begins.

        Raises:
            RegistryError: It cannot be read.
        """
        found = self._kept(node)
        if found is None:
            found = self._run(node)
        if isinstance(found.lists, RegistryError):
            raise found.lists
        if len(node.way) >= self._deepest:  # else they were put there when it was read
            self._stack.extend(reversed(found.below))
        return found

    def _kept(self, node: RemoteNode) -> Found | None:
        found, node.found = node.found, None
        assert found is None or isinstance(found, Found)
        if found is not None and not found.is_fresh(self._channel):
            self._stack = [one for one in self._stack if one.way[: len(node.way)] != node.way]
            self._times = -self._caution
            self._caution = min(2 * self._caution, _MOST_CAUTION)
            return None
        return found

    def _run(self, node: RemoteNode) -> Found:
        """Read a key, and others behind it."""
        if node in self._stack:
            del self._stack[self._stack.index(node) :]  # what is above it was passed over
        if len(node.way) > self._deepest:
            self._deepen(node)
        self._stack.append(node)
        self._left = _SIZES[max(0, min(self._times, len(_SIZES) - 1))]
        self._times += 1
        self._data = 0
        self._end = time.monotonic() + _LONGEST
        self._changes = self._channel.changes
        try:
            self._channel.drive(self)
        finally:
            self._under_way.clear()
        found, node.found = node.found, None
        assert isinstance(found, Found)  # a run reads its first key
        return found

    def _deepen(self, node: RemoteNode) -> None:
        """Go as deep as this key: keys that were read, and come later, are gone into too."""
        self._deepest = len(node.way)
        read, self._read = self._read, []
        at = len(self._stack)
        while at and self._stack[at - 1].way[:-1] == node.way[:-1]:
            at -= 1
        for one in read:
            if isinstance(one.found, Found):
                self._stack[at:at] = reversed(one.found.below)

    # What is driven

    def next(self) -> Conversation[Any] | None:
        """The next key, if it may be read now."""
        while self._stack and self._left and self._data <= _MOST_DATA:
            if time.monotonic() > self._end:
                return None
            node = self._stack.pop()
            if len(node.way) <= self._deepest:
                self._left -= 1
                talk = self._ask(node, self.parts)
                self._under_way[id(talk)] = node
                return talk
        return None

    def done(self, talk: Conversation[Any], outcome: object) -> None:
        """Keep what came of a key, and have its subkeys read too."""
        node = self._under_way.pop(id(talk))
        assert isinstance(outcome, (Lists, RegistryError))
        below: list[RemoteNode] = []
        if isinstance(outcome, Lists):
            below = self._listed(node, outcome.subkeys)
            self._data += sum(len(value.raw) for value in outcome.values)
        for one in below:
            one.ahead = self
        if len(node.way) < self._deepest:
            self._stack.extend(reversed(below))
        else:
            self._read.append(node)
        node.found = Found(outcome, below, self._changes, time.monotonic())
