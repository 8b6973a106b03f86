"""A subscription to a key: what is committed from now on, transaction by transaction.

The feeds of the hives that hold the key report each new state; the file events of the system say
when another process has written, and the hive then takes that over.  So nothing is looked at on the
off chance, and what has changed is computed by whoever takes it, not by whoever commits.

States wait in a queue.  Where whoever takes them is slow, the newest two are joined beyond a limit:
memory is bounded, what is reported still leads from the old state to the new one, and says so.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from anyreg.backends import ask
from anyreg.backends.base import Backend
from anyreg.backends.places import Place
from anyreg.engine.feed import Listener, Step
from anyreg.errors import CorruptHiveError, NotSupportedError, RegistryError
from anyreg.values import Node
from anyreg.watching.changes import KeyChange, Reporter, in_order
from anyreg.watching.looks import Looks
from anyreg.watching.steps import items_of, tree_items

if TYPE_CHECKING:
    from anyreg.fileevents import FileWatch

_log: Final = logging.getLogger(__name__)
LIMIT: Final = 1024
"""Transactions that wait for whoever takes them, before they are joined."""


class Report(NamedTuple):
    """What one transaction has changed, or several.

    Attributes:
        changes: The changes, in order.
        transactions: How many transactions they are of.
        resynchronised: Whether their number is not known: the hive was read anew.
        is_known: False where what has changed cannot be known, as the hive is damaged.
    """

    changes: list[KeyChange]
    transactions: int = 1
    resynchronised: bool = False
    is_known: bool = True


class _Waiting:
    """One transaction that waits, or several that were joined."""

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps
        self.count = 1

    def join(self, steps: list[Step]) -> None:
        self.count += 1
        for later in steps:
            for index, step in enumerate(self.steps):
                if step.feed is later.feed:
                    self.steps[index] = step.joined(later)
                    break
            else:
                self.steps.append(later)


class Subscription(Listener):
    """Takes note of what is committed below a key.

    Attributes:
        error: Why it has ended, if it has.
    """

    def __init__(
        self,
        backend: Backend,
        node: Node,
        subtree: bool,
        wake: Callable[[], None],
        *,
        shown: str = "",
        limit: int = LIMIT,
        poll: float | None = None,
    ) -> None:
        """Subscribe: from when this returns on, nothing is missed.

        Args:
            backend: The registry.
            node: The key; it must stay open.
            subtree: Whether all keys below it count.
            wake: Called by some thread when there is something to take; quick, raises nothing.
            shown: The path of the key, for people.
            limit: Transactions that wait before they are joined.
            poll: Look every so many seconds instead of being informed: at the files, or at the
                keys themselves where the registry reports no changes.

        Raises:
            NotSupportedError: The registry reports no changes, or its file system does not.
        """
        self.error: RegistryError | None = None
        self._wake = wake
        self._subtree = subtree
        self._shown = shown
        self._limit = limit
        self._lock = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._is_open = True
        self._places: list[Place] = []
        self._looks: Looks | None = None
        self._files: FileWatch | None = None
        try:
            self._find_places(backend, node, poll)
            files = [file for place in self._places for file in place.files]
            if files:
                from anyreg.fileevents import watch_files  # most programs watch nothing

                self._files = watch_files(files, self._files_changed, poll)
            for place in self._places:
                place.follow()  # what was committed before does not count
                place.feed.add(self)
        except BaseException:
            self.close()
            raise

    def _find_places(self, backend: Backend, node: Node, poll: float | None) -> None:
        try:
            self._places = ask.places(backend, node, self._subtree)
        except NotSupportedError:
            if poll is None:
                raise
            self._looks = Looks(backend, node, self._subtree, poll)
            self._places = [self._looks.place]

    # What is reported

    def stepped(self, steps: list[Step]) -> None:
        """One transaction was committed."""
        with self._lock:
            if not self._is_open:
                return
            if len(self._waiting) >= self._limit:
                self._waiting[-1].join(steps)
            else:
                self._waiting.append(_Waiting(steps))
        self._wake()

    def failed(self, error: RegistryError) -> None:
        """What others have committed cannot be taken over, or the files cannot be watched."""
        with self._lock:
            if not self._is_open or self.error is not None:
                return
            self.error = error
        self._wake()

    def _files_changed(self, error: RegistryError | None) -> None:
        if error is not None:
            self.failed(error)
            return
        for place in self._places:
            place.follow()

    # What is taken

    def has_waiting(self) -> bool:
        """Whether there is anything to take."""
        return bool(self._waiting) or self.error is not None

    def take(self) -> Report | None:
        """The changes of the next transaction that has any; None if there is none.

        Raises:
            RegistryError: The subscription has ended with this error, and all before it was taken.
        """
        error = self.error  # what was committed before it is taken first
        report = self.take_quietly()
        if report is None and error is not None:
            raise error
        return report

    def take_quietly(self) -> Report | None:
        """As take(); an error waits for the next take()."""
        while True:
            with self._lock:
                if not self._waiting:
                    return None
                waiting = self._waiting.popleft()
            report = self._report(waiting)
            if report.changes or not report.is_known:
                return report

    def _report(self, waiting: _Waiting) -> Report:
        reporters: list[Reporter] = []
        names = [place.names for place in self._places]
        is_anew = False
        is_known = True
        for step in waiting.steps:
            is_anew = is_anew or step.is_anew
            try:
                for place in self._places:
                    if place.feed is step.feed:
                        reporters += self._read(place, step)
            except CorruptHiveError as error:
                _log.warning("what has changed in a damaged hive cannot be known: %s", error)
                is_known = False
        self._shown = next((r.shown for r in reporters if r.shown != self._shown), self._shown)
        for place, before in zip(self._places, names, strict=True):
            if place.names != before:
                self._follow(place, before)
        return Report(in_order(reporters), waiting.count, is_anew, is_known)

    def _read(self, place: Place, step: Step) -> list[Reporter]:
        reporter = Reporter(place, self._subtree, self._shown)
        reporter.read(items_of(step))
        if not reporter.arrived:
            return [reporter]
        arrived = Reporter(place, self._subtree, self._shown)
        arrived.read(tree_items(step, place.names))
        return [reporter, arrived]

    def _follow(self, renamed: Place, names: list[str]) -> None:
        """Let the other hives on the same way to the key know its new names."""
        for place in self._places:
            if place.way == renamed.way and not place.above and place is not renamed:
                count = min(len(names), len(place.names))
                if count and place.names[-count:] == names[-count:]:
                    place.names = [*place.names[:-count], *renamed.names[-count:]]

    # The end

    def close(self) -> None:
        """Take note of nothing more; further calls do nothing."""
        with self._lock:
            self._is_open = False
            self._waiting.clear()
        if self._files is not None:
            self._files.close()
        if self._looks is not None:
            self._looks.close()
        for place in self._places:
            place.feed.remove(self)
