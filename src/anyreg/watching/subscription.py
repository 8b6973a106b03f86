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
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Final, NamedTuple

from anyreg.backends import ask
from anyreg.backends.base import Backend
from anyreg.backends.places import Place
from anyreg.backends.system_abilities import Signalling
from anyreg.engine.feed import Feed, HiveStep, Listener, Step
from anyreg.engine.forks import generation
from anyreg.errors import ClosedError, LimitError, NotSupportedError, RegistryError
from anyreg.history.items import Item
from anyreg.history.recorder import Recorder
from anyreg.times import now
from anyreg.values import Node
from anyreg.watching.changes import KeyChange, Reporter, in_order
from anyreg.watching.joined_places import JoinedPlaces
from anyreg.watching.looks import Looks
from anyreg.watching.missed import Missed, RecordStep
from anyreg.watching.positions import Moment, Position, parse_position
from anyreg.watching.steps import (
    based_on,
    items_of,
    mount_points,
    newest,
    tree_items,
    whole_items,
)

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
        position: How far the watch has come with it.
    """

    changes: list[KeyChange]
    transactions: int
    resynchronised: bool
    is_known: bool
    position: Position


class _Waiting:
    """One transaction that waits, or several that were joined."""

    def __init__(self, steps: list[Step], is_known: bool = True) -> None:
        self.steps = steps
        self.count = 1
        self.is_known = is_known

    def join(self, steps: list[Step]) -> None:
        self.count += 1
        for later in steps:
            last = -1
            for index, step in enumerate(self.steps):
                if step.feed is later.feed:
                    last = index
            if last >= 0 and not isinstance(self.steps[last], RecordStep):
                self.steps[last] = self.steps[last].joined(later)
            else:
                self.steps.append(later)

    def rounds(self) -> list[list[Step]]:
        """The steps, those of one hive one after the other: each round is one transaction."""
        found: list[list[Step]] = [[]]
        for step in self.steps:
            if any(step.feed is other.feed for other in found[-1]):
                found.append([])
            found[-1].append(step)
        return found

    def without(self, ends: dict[Feed, int]) -> _Waiting:
        """What is left of it behind certain numbers of some hives."""
        self.steps = [step for step in self.steps if step.number > ends.get(step.feed, -1)]
        return self


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
        since: str | None = None,
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
            since: A position of an earlier subscription, to go on from there.

        Raises:
            NotSupportedError: The registry reports no changes, or its file system does not.
            LimitError: `since` is no position, or one of another registry.
        """
        self.error: RegistryError | None = None
        self._wake = wake
        self._subtree = subtree
        self._shown = shown
        self._limit = limit
        self._lock = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._is_open = True
        self._generation = generation()
        self._hives = JoinedPlaces(self, poll)
        self._looks: Looks | None = None
        self._registry = str(ask.about(backend).get("user", ""))
        self._reached: dict[str, Moment] = {}
        before = None if since is None else self._position_of(since)
        try:
            self._hives.watch(self._places_of(backend, node, poll))
            recorder = None if before is None else ask.recorder(backend)
            if recorder is None:
                self._join(before, None)
            else:
                with recorder.store:  # nothing is recorded meanwhile
                    self._join(before, recorder)
            self._hives.note_loaded()
        except BaseException:
            self.close()
            raise

    def _places_of(self, backend: Backend, node: Node, poll: float | None) -> list[Place]:
        try:
            return ask.places(backend, node, self._subtree)
        except NotSupportedError:
            if poll is None and not isinstance(backend, Signalling):
                raise
        self._looks = Looks(backend, node, self._subtree, poll)
        return [self._looks.place]

    def _join(self, before: Position | None, recorder: Recorder | None) -> None:
        """Listen from now on, after what was missed since a position."""
        self._reached = self._hives.listen()
        if before is not None:
            self._go_on(Missed(self._hives.all, before, recorder))

    def _go_on(self, missed: Missed) -> None:
        """Put what was missed before what has come meanwhile, none of which is in both."""
        with self._lock:
            came = [waiting.without(missed.ends) for waiting in self._waiting]
            self._waiting = deque([_Waiting(steps) for steps in missed.commits])
            self._waiting.extend([waiting for waiting in came if waiting.steps])
            if not missed.is_known:
                self._waiting.appendleft(_Waiting([], False))
        self._reached |= missed.hives
        self._wake()

    # Positions

    @property
    def position(self) -> Position:
        """How far it has come with what was taken."""
        return Position(self._registry, dict(self._reached))

    def _position_of(self, text: str) -> Position:
        position = parse_position(text)
        if position.registry != self._registry:
            raise LimitError("this is a position in another registry")
        return position

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
        """As take(); an error waits for the next take().

        Raises:
            ClosedError: This process is a child of the one that has subscribed.
        """
        if self._generation != generation():
            raise ClosedError("the watch was begun before a fork; begin another one here")
        while True:
            with self._lock:
                if not self._waiting:
                    return None
                waiting = self._waiting.popleft()
            report = self._report(waiting)
            if report.changes or not report.is_known:
                return report

    def follow(self) -> None:
        """Take over what other processes have committed, without waiting for the system's word."""
        self._hives.follow()

    def _report(self, waiting: _Waiting) -> Report:
        changes: list[KeyChange] = []
        is_known = waiting.is_known
        is_anew = not is_known
        for steps in waiting.rounds():
            reporters: list[Reporter] = []
            places = self._hives.all
            names = [place.names for place in places]
            for step in steps:
                is_anew = is_anew or step.is_anew
                try:
                    reporters += self._read_all(step)
                except RegistryError as error:
                    _log.warning("what has changed in a hive cannot be known: %s", error)
                    is_known = False
            self._shown = next((r.shown for r in reporters if r.shown != self._shown), self._shown)
            for place, before in zip(places, names, strict=True):
                if place.names != before:
                    self._follow(place, before)
            changes += in_order(reporters)
        return Report(changes, waiting.count, is_anew, is_known, self.position)

    def _read_all(self, step: Step) -> list[Reporter]:
        found: list[Reporter] = []
        for place in self._hives.all:
            if place.feed is step.feed:
                if place.has_position:  # it is passed, also if what it has changed is not known
                    time = step.time or self._reached[place.unit].time
                    self._reached[place.unit] = Moment(step.number, step.hash, time)
                found += self._read(place, step)
        return found

    def _read(self, place: Place, step: Step) -> list[Reporter]:
        if place.state is not None:
            based = based_on(place.state, step)
            if based is None:
                return []
            step = based
            place.state = step if isinstance(step, HiveStep) else None
        reporter = Reporter(place, self._subtree, self._shown)
        items = list(items_of(step))
        reporter.read(items)
        if not step.time and place.has_position:
            reached = self._reached[place.unit]
            time = min(now(), max(reached.time, newest(items)))
            self._reached[place.unit] = reached._replace(time=time)
        found = [reporter, *self._mounts(place, items)]
        if reporter.arrived:
            found.append(Reporter(place, self._subtree, self._shown))
            found[-1].read(tree_items(step, place.names))
        return found

    def _mounts(self, master: Place, items: list[Item]) -> Iterator[Reporter]:
        """What hives hold that were unloaded, or loaded."""
        if master.mounted is None:
            return
        for names in mount_points(items, True):
            for place in self._hives.loaded_at(names):
                yield from self._whole(place, True)
                self._hives.leave(place)
                self._reached.pop(place.unit, None)
        for names in mount_points(items, False):
            loaded = master.mounted(names)
            if loaded is not None and not self._hives.loaded_at(names):
                self._hives.join(loaded)
                self._reached[loaded.unit] = Moment(*loaded.feed.place(), now())
                yield from self._whole(loaded, False)

    def _whole(self, place: Place, is_gone: bool) -> Iterator[Reporter]:
        """All that a loaded hive holds, or held."""
        if place.state is None:
            return
        name = place.loaded_at[-1]
        below = Place(place.unit, place.feed, [name, *place.names], place.above, [], place.follow)
        reporter = Reporter(below, self._subtree, self._shown)
        reporter.read(whole_items(place.state, name, is_gone))
        yield reporter

    def _follow(self, renamed: Place, names: list[str]) -> None:
        """Let the other hives on the same way to the key know its new names."""
        for place in self._hives.all:
            if place.way == renamed.way and not place.above and place is not renamed:
                count = min(len(names), len(place.names))
                if count and place.names[-count:] == names[-count:]:
                    place.names = [*place.names[:-count], *renamed.names[-count:]]

    # The end

    def close(self) -> None:
        """Take note of nothing more; further calls do nothing."""
        if self._generation != generation():  # a thread that is not here may have had the lock
            self._lock = Lock()
        with self._lock:
            self._is_open = False
            self._waiting.clear()
        self._hives.close()
        if self._looks is not None:
            self._looks.close()
