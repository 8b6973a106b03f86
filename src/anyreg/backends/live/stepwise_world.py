"""What is the same in each world that changes step by step: the live registry, and a remote one.

Its transactions and its history are those of `Stepwise`.  A path is made key by key, a tree deleted
from below.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from anyreg.backends.abilities import Exact, Journaled
from anyreg.backends.base import (
    MAXIMUM_ALLOWED,
    RENAMES,
    VIEW_32,
    VIEW_64,
    Backend,
    Lent,
    read_only_error,
)
from anyreg.backends.stepwise import Stepwise
from anyreg.errors import AccessDeniedError
from anyreg.history.recorder import Recorder
from anyreg.regf.layout import KEY_VOLATILE
from anyreg.values import Node, Value

_HIVE: Final = 2  # names that lead to the key of a hive
_VIEWS: Final = VIEW_32 | VIEW_64


class StepwiseWorld(Backend, Exact, Journaled):
    """Verbs that need only those of one step.

    Attributes:
        steps: Its transactions.
        is_read_only: Whether every change is refused.
    """

    keeps_volatile: bool = True
    makes_volatile: bool = True
    steps: Stepwise
    is_read_only: bool

    # What a world gives

    def require_open(self) -> None:
        """Make sure that it is not closed."""
        raise NotImplementedError

    def flush_key(self, node: Node) -> None:
        """Have the hive of a key written."""
        raise NotImplementedError

    def make_one(
        self,
        above: Node,
        name: str,
        access: int,
        flags: int,
        class_name: str,
        descriptor: bytes,
    ) -> tuple[Node, bool]:
        """Open the subkey of this name, or make it; and whether it was made."""
        raise NotImplementedError

    def delete_one(self, node: Node) -> None:
        """Delete a key that has no subkeys."""
        raise NotImplementedError

    # Transactions

    def require_writable(self) -> None:
        """Make sure that it can be changed."""
        self.require_open()
        if self.is_read_only:
            raise read_only_error()

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in one."""
        self.require_writable()
        self.steps.begin(timeout)

    def commit(self, durable: bool) -> None:
        """End the innermost level for good."""
        changed = self.steps.commit()
        RENAMES.count += 1
        if durable:
            for names in sorted({tuple(names[:_HIVE]) for names in changed}):
                self.flush_hive(list(names))

    def flush_hive(self, names: list[str]) -> None:
        """Have a hive written, if it may be; who may not has changed nothing there.

        Args:
            names: The names that lead to its key, or to one in it.
        """
        try:
            node = self.open(self.root(), names)
            if node is not None:
                with Lent(self, node):
                    self.flush_key(node)
        except AccessDeniedError:
            pass

    def roll_back(self) -> None:
        """Undo the innermost level."""
        try:
            self.steps.roll_back()
        finally:
            RENAMES.count += 1

    # Several steps

    def make_path(
        self,
        start: Node,
        names: list[str],
        access: int,
        flags: int,
        class_name: str,
        descriptor: bytes,
    ) -> tuple[Node, bool]:
        """Make the key that names lead to, with its parents; see Backend.create()."""
        above = start
        volatile = flags & KEY_VOLATILE
        way = MAXIMUM_ALLOWED | access & _VIEWS
        try:
            for name in names[:-1]:
                below, _ = self.make_one(above, name, way, volatile, "", b"")
                if above is not start:
                    self.release(above)
                above = below
            return self.make_one(above, names[-1], access, flags, class_name, descriptor)
        finally:
            if above is not start:
                self.release(above)

    def delete_all(self, node: Node, is_empty: bool) -> None:
        """Delete a key, with all below it.

        Args:
            node: The key.
            is_empty: Whether nothing is below it.
        """
        stack = [(node, is_empty)]
        while stack:
            key, is_empty = stack.pop()
            if not is_empty:
                stack.append((key, True))
                stack.extend([(one, False) for one in self.subkeys(key)])
                continue
            self.delete_one(key)
            if key is not node:
                self.release(key)

    # History

    def is_changing(self) -> bool:
        """Whether a transaction of this context is under way."""
        return self.steps.is_ours

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        """Let every change from now on have a record."""
        self.steps.keep_history(recorder)

    def recorder(self) -> Recorder | None:
        """What keeps the history."""
        return self.steps.recorder

    def history_hive(self, hive: str) -> Backend:
        """The registry itself: there is one history of it."""
        return self


def value_steps(before: list[Value], after: list[Value]) -> Iterator[Value | str]:
    """How a key gets other values, in their order, step by step: what stands right stays.

    Args:
        before: The values that it has.
        after: Those that it is to have.

    Yields:
        A value that is to be set, or the name of one that is to be deleted.
    """
    same = 0
    for old, new in zip(before, after, strict=False):
        if old.name != new.name:
            break
        same += 1
        if old != new:
            yield new
    for old in before[same:]:
        yield old.name
    yield from after[same:]
