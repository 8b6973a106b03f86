r"""Watching a key: its changes as they are committed, here or by another process.

    for batch in key.watch():
        for change in batch:
            print(change.kind, change.path, change.name, change.after)

A batch is what one transaction has changed.  Nothing is missed between two batches, from the moment
that watch() returns on; and nothing is looked at while nothing happens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import translate
from time import monotonic
from typing import NamedTuple, Self, TypedDict, overload

from anyreg.backends.base import Backend
from anyreg.errors import ClosedError
from anyreg.finalizers import soon
from anyreg.names import fold
from anyreg.values import Node
from anyreg.watching import open_subscriptions
from anyreg.watching.changes import KINDS, ChangeKind, KeyChange
from anyreg.watching.positions import Position
from anyreg.watching.subscription import LIMIT, Subscription
from anyreg.watching.waker import Stop, Waker

Match = str | Iterable[str] | None


class Batch(Sequence[KeyChange]):
    """What one transaction has changed, in an order in which it can be done again.

    Attributes:
        changes: The changes.
        transactions: How many transactions they are of: more than one where `debounce` was given,
            or the watch was slower than the changes.
        resynchronised: Whether it is unknown of how many: the hive was read anew, and compared.
        is_known: False where what has changed cannot be known.
    """

    __slots__ = ("_position", "changes", "is_known", "resynchronised", "transactions")

    def __init__(
        self,
        changes: Sequence[KeyChange],
        transactions: int = 1,
        resynchronised: bool = False,
        is_known: bool = True,
        position: Position | None = None,
    ) -> None:
        self.changes = tuple(changes)
        self.transactions = transactions
        self.resynchronised = resynchronised
        self.is_known = is_known
        self._position = position

    @property
    def position(self) -> str:
        """How far the watch has come with this batch, to be kept, and given to watch(since=...)."""
        return "" if self._position is None else str(self._position)

    @overload
    def __getitem__(self, index: int) -> KeyChange: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[KeyChange]: ...
    def __getitem__(self, index: int | slice) -> KeyChange | Sequence[KeyChange]:
        return self.changes[index]

    def __len__(self) -> int:
        return len(self.changes)

    def joined(self, later: Batch) -> Batch:
        """This batch and the next as one.

        Args:
            later: The next.
        """
        return Batch(
            self.changes + later.changes,
            self.transactions + later.transactions,
            self.resynchronised or later.resynchronised,
            self.is_known and later.is_known,
            later._position,
        )

    def __repr__(self) -> str:
        words = f"{len(self.changes)} changes of {self.transactions} transactions"
        return f"<Batch of {words}{', resynchronised' if self.resynchronised else ''}>"


class ChangeFilter:
    """Which changes a watch reports."""

    def __init__(self, kinds: Iterable[ChangeKind] | None, match: Match) -> None:
        """Say which.

        Args:
            kinds: What counts; None: everything.
            match: Names or patterns, see Key.watch(); None: everything.

        Raises:
            ValueError: There is no such kind.
        """
        given = [kinds] if isinstance(kinds, str) else kinds
        self._kinds = None if given is None else frozenset(given)
        for kind in self._kinds or ():
            if kind not in KINDS:
                there = ", ".join(KINDS)
                raise ValueError(f"no kind of change is called {kind!r}; there are {there}")
        patterns = [match] if isinstance(match, str) else match
        self._patterns = None if patterns is None else [_NamePattern(one) for one in patterns]

    def of(self, changes: list[KeyChange]) -> list[KeyChange]:
        """Those of them that count."""
        if self._kinds is None and self._patterns is None:
            return changes
        return [change for change in changes if self._counts(change)]

    def _counts(self, change: KeyChange) -> bool:
        if self._kinds is not None and change.kind not in self._kinds:
            return False
        return self._patterns is None or any(one.fits(change) for one in self._patterns)


class _NamePattern:
    """A name or a pattern of one; with a backslash, of a path."""

    def __init__(self, text: str) -> None:
        self._of_path = "\\" in text
        # fnmatch has no escape but sets: a backslash stands for itself.
        self._fits = re.compile(translate(fold(text)), re.DOTALL).match

    def fits(self, change: KeyChange) -> bool:
        """Whether the change is of such a value, or key."""
        path = fold(change.path)
        if self._of_path:
            full = path if change.name is None else f"{path}\\{fold(change.name)}"
            return self._fits(path) is not None or self._fits(full) is not None
        name = path.rpartition("\\")[2] if change.name is None else fold(change.name)
        return self._fits(name) is not None


class WatchOptions(NamedTuple):
    """What a watch of a key is to report; see Key.watch()."""

    recursive: bool = True
    kinds: Iterable[ChangeKind] | None = None
    match: Match = None
    debounce: float = 0.0
    limit: int = LIMIT
    poll: float | None = None
    since: str | None = None


class WatchArguments(TypedDict, total=False):
    """The arguments of Key.watch(), for what passes them on."""

    recursive: bool
    kinds: Iterable[ChangeKind] | None
    match: Match
    debounce: float
    timeout: float | None
    stop: Stop | None
    limit: int
    poll: float | None
    since: str | None


class Watch(Iterator[Batch]):
    """The changes of a key from now on, batch by batch; see Key.watch().

    It is an iterator and a context manager, to be used by one thread at a time; close() may come
    from any.

    Attributes:
        path: The key's path when the watch began, for people.
        debounce: Seconds in which changes are gathered.
        timeout: Seconds without a batch after which the iteration ends; None: never.
        stop: The event that ends the iteration, if there is one.
        is_open: Whether it has not been closed.
    """

    def __init__(
        self,
        backend: Backend,
        node: Node,
        path: str,
        options: WatchOptions,
        *,
        timeout: float | None = None,
        stop: Stop | None = None,
    ) -> None:
        """Begin to watch.

        Args:
            backend: The registry.
            node: The key; it is given back at the end.
            path: Its path, for people.
            options: What to report.
            timeout: Seconds without a batch after which the iteration ends; None: never.
            stop: An event that ends the iteration when it is set.
        """
        self.path = path
        self.debounce = options.debounce
        self.timeout = timeout
        self.stop = stop
        self.is_open = False
        self._backend = backend
        self._node = node
        self._waker = Waker(stop)
        try:
            self._wanted = ChangeFilter(options.kinds, options.match)
            self._subscription = Subscription(
                backend,
                node,
                options.recursive,
                self._waker.wake,
                shown=path,
                limit=options.limit,
                poll=options.poll,
                since=options.since,
            )
        except BaseException:
            backend.release(node)
            raise
        open_subscriptions.note(backend, self._subscription)
        self.is_open = True

    def hand_over(self, wake: Callable[[], None]) -> None:
        """Have a function called where otherwise next() would be woken.

        Args:
            wake: Called by some thread when there may be something to take; quick, raises nothing.
        """
        self._waker.instead = wake

    @property
    def position(self) -> str:
        """How far it has come with what was taken, as a text for watch(since=...)."""
        return str(self._subscription.position)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        end = None if self.timeout is None else monotonic() + self.timeout
        while self.is_open and not self._waker.is_stopped:
            batch = self.take()
            if batch is not None:
                return self._gathered(batch) if self.debounce > 0 else batch
            if not self._waker.wait(end):
                break
        raise StopIteration

    def _gathered(self, batch: Batch) -> Batch:
        """A batch with all that comes within the time."""
        end = monotonic() + self.debounce
        while self.is_open and not self._waker.is_stopped and self._waker.wait(end):
            pass
        return self.with_waiting(batch)

    def take(self) -> Batch | None:
        """The next batch, if there is one already.

        Raises:
            ClosedError: This is a child of the process that has begun it.
            RegistryError: The watch has ended, because of this.
        """
        if self._waker.is_inherited:
            raise ClosedError("the watch was begun before a fork; begin another", path=self.path)
        error = self._subscription.error  # what was committed before it comes first
        batch = self._take()
        if batch is None and error is not None:
            raise error
        return batch

    def with_waiting(self, batch: Batch) -> Batch:
        """A batch and all that are there already, as one.

        Args:
            batch: What was taken before.
        """
        while (later := self._take()) is not None:
            batch = batch.joined(later)
        return batch

    def _take(self) -> Batch | None:
        while (report := self._subscription.take_quietly()) is not None:
            changes = self._wanted.of(report.changes)
            if changes or not report.is_known:
                return Batch(changes, *report[1:])
        return None

    def close(self) -> None:
        """End the watch: the iteration ends too, in whatever thread; further calls do nothing."""
        if not self.is_open:
            return
        self.is_open = False
        open_subscriptions.forget(self._backend, self._subscription)
        self._subscription.close()
        self._waker.close()
        self._waker.wake()
        self._backend.release(self._node)

    def __enter__(self) -> Self:
        if not self.is_open:
            raise ClosedError("the watch is closed")
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "is_open", False):
            soon(self.close)
