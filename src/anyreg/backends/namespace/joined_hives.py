"""Transactions over several hives: each joins when it is first changed.

Here every hive commits alone, one after the other: enough where a crash loses all of them, as in
memory, or where they are not of one registry.  The embedded registry puts a group in its place,
with which they commit all or none (anyreg.backends.own_hives).
"""

from __future__ import annotations

from mypy_extensions import mypyc_attr

from anyreg.backends.base import Backend
from anyreg.backends.namespace.mounts import Mount
from anyreg.engine.context_lock import ContextLock, Deadline
from anyreg.engine.feed import Feed, Gathering
from anyreg.errors import RegistryError, TransactionError


@mypyc_attr(allow_interpreted_subclasses=True)
class JoinedHives:
    """The hives that take part in the transaction under way.

    As a context manager it is one transaction, or a savepoint: an error in the block undoes it.

    Attributes:
        depth: How many levels are open.
        turn: Whose transaction it is.
        feeds: The feeds of hives that somebody watches.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.turn = ContextLock("registry")
        self._joined: dict[str, Backend] = {}
        self._deadline = Deadline()
        self.feeds: list[Feed] = []

    @property
    def is_ours(self) -> bool:
        """Whether a transaction of this very context is under way."""
        return self.depth > 0 and self.turn.is_mine()

    def begin(self, timeout: float) -> None:
        """Begin a transaction, or a savepoint in it; waits for those of other threads."""
        if self.is_ours:
            for backend in self._joined.values():
                backend.begin()
        else:
            deadline = Deadline(timeout)
            self.turn.take(timeout)
            self._deadline = deadline
            try:
                self.begin_outermost(deadline.left)
            except BaseException:
                self.turn.give()
                raise
        self.depth += 1

    def begin_outermost(self, timeout: float) -> None:
        """What there is to do before the first level."""

    def join(self, mount: Mount) -> None:
        """Make a hive a part of the transaction, if it is none yet."""
        if mount.unit not in self._joined:
            backend = mount.hive
            for _ in range(self.depth):
                backend.begin(self._deadline.left)
            self._joined[mount.unit] = backend

    def commit(self, durable: bool) -> None:
        """End the innermost level for good.

        Raises:
            TransactionError: A hive could not be written, and others have committed before it;
                those after it are undone.
            RegistryError: The first hive could not be written: nothing is made.
        """
        gathering = self.gathering()
        try:
            self._commit_each(durable, [])
        finally:
            if gathering is not None:
                gathering.end()

    def gathering(self) -> Gathering | None:
        """What reports the commits of several hives as one; None where nobody watches."""
        return Gathering(self.feeds) if self.feeds and self.depth == 1 else None

    def _commit_each(self, durable: bool, made: list[str]) -> None:
        """Commit one hive after the other; `made` are those that have committed before."""
        waiting = list(self._joined.items())
        try:
            while waiting:
                unit, backend = waiting.pop(0)
                backend.commit(durable)
                made.append(unit)
        except BaseException as error:
            for _, backend in waiting:
                backend.roll_back()
            if made and self.depth == 1 and isinstance(error, RegistryError):
                raise _made_in_part(made, unit, error) from error
            raise
        finally:
            self._leave()

    def __enter__(self) -> None:
        self.begin(-1.0)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.commit(False)
        else:
            self.roll_back()

    def roll_back(self) -> None:
        """Undo the innermost level."""
        for backend in self._joined.values():
            backend.roll_back()
        self._leave()

    def _leave(self) -> None:
        self.depth -= 1
        if self.depth == 0:
            self._joined = {}
            self.turn.give()


def _made_in_part(made: list[str], unit: str, error: RegistryError) -> TransactionError:
    """Hives that are not of one group commit one after the other, and one of them has failed."""
    words = f"the transaction is made in part: in {', '.join(made)}; but in {unit}: {error}"
    partly = TransactionError(words)
    partly.errno = error.errno
    return partly
