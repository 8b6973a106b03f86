"""The feed of a hive: each new state of it, reported to whoever listens.

A state is new by a commit of this process, by an entry of another one that was taken over, or by
reading everything anew.  States are immutable, so a step keeps both moments and the pages that
differ, and what has changed in them is found later, by whoever wants to know.

A hive that nobody listens to has no feed, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.engine.image import Image
from anyreg.errors import RegistryError
from anyreg.times import now

_MOST_RUNS: Final = 4096  # stretches of pages; beyond, all that lies between them counts


@mypyc_attr(allow_interpreted_subclasses=True)
class Step:
    """The way of one hive from one state to the next.

    Attributes:
        feed: The hive's.
        number: The number of its last entry then.
        hash: What tells that entry from others of the same number.
        is_anew: Whether the hive was read anew, so that nobody knows how many commits it is.
        time: When it was reported, a FILETIME; 0 where what it has changed must tell that.
    """

    def __init__(self, feed: Feed, number: int, hash: int, is_anew: bool = False) -> None:
        self.feed = feed
        self.number = number
        self.hash = hash
        self.is_anew = is_anew
        self.time = now()

    def joined(self, later: Step) -> Step:
        """One step in the place of this one and the next of the same hive."""
        raise NotImplementedError


class HiveStep(Step):
    """A step between two images.

    Attributes:
        before: The bins before.
        after: The bins after.
        root: The root key's cell before, and after.
        minor: The format version.
        runs: Offset and size of the pages that may differ; None where the two images have nothing
            to do with each other.
        is_same: Whether the keys are the same all the same, laid out anew.
        found: What has changed, kept by the first who has found out for the others who listen.
    """

    def __init__(
        self,
        feed: Feed,
        place: tuple[int, int],
        before: Image,
        after: Image,
        roots: tuple[int, int],
        minor: int,
        runs: list[tuple[int, int]] | None,
        is_same: bool = False,
        is_anew: bool = False,
    ) -> None:
        super().__init__(feed, place[0], place[1], is_anew)
        self.before = before
        self.after = after
        self.roots = roots
        self.minor = minor
        self.runs = runs
        self.is_same = is_same
        self.found: object = None

    def joined(self, later: Step) -> Step:
        """One step in the place of this one and the next."""
        assert isinstance(later, HiveStep)
        runs: list[tuple[int, int]] | None = None
        if self.runs is not None and later.runs is not None:
            runs = _few(sorted(set(self.runs + later.runs)))
        joined = HiveStep(
            self.feed,
            (later.number, later.hash),
            self.before,
            later.after,
            (self.roots[0], later.roots[1]),
            self.minor,
            runs,
            self.is_same and later.is_same,
            self.is_anew or later.is_anew,
        )
        joined.time = later.time
        return joined


@mypyc_attr(allow_interpreted_subclasses=True)
class Listener:
    """Somebody who is informed of new states."""

    def stepped(self, steps: list[Step]) -> None:
        """One transaction was committed, here or elsewhere.

        It is called by whichever thread has found out, while nobody can change the hive.  It must
        be quick, and raise nothing.

        Args:
            steps: What became of each hive that took part.
        """
        raise NotImplementedError

    def failed(self, error: RegistryError) -> None:
        """What others have committed cannot be taken over; raises nothing, as stepped()."""
        raise NotImplementedError


class Feed:
    """The listeners of one hive.

    Attributes:
        gathered: Steps of several hives that are one transaction, until it has ended.
    """

    def __init__(self, place: Callable[[], tuple[int, int]]) -> None:
        """Nobody listens yet.

        Args:
            place: Gives number and hash of the hive's last entry.
        """
        self.place = place
        self.listeners: list[Listener] = []
        self.gathered: Gathering | None = None

    def add(self, listener: Listener) -> None:
        """Inform somebody from now on; who is informed already is so once."""
        self.remove(listener)
        self.listeners = [*self.listeners, listener]

    def remove(self, listener: Listener) -> None:
        """Inform somebody no more."""
        self.listeners = [other for other in self.listeners if other is not listener]

    def since(self, number: int, hash: int) -> list[Step] | None:
        """The steps from a moment to now; None where they cannot be known.

        Args:
            number: The number of the last entry then.
            hash: What told it from others of the same number.
        """
        return [] if self.place() == (number, hash) else None

    def state(self) -> HiveStep | None:
        """A step from what there is now to the same; None where there are no images."""
        return None

    def newer(self, time: int) -> list[list[str]] | None:
        """The names that lead to each key that was last written after a time, a FILETIME.

        None where times say nothing, as others write without setting them.
        """
        return None

    def report(self, step: Step) -> None:
        """A new state is there."""
        gathered = self.gathered
        if gathered is not None and gathered.add(step):
            return
        for listener in self.listeners:
            listener.stepped([step])

    def fail(self, error: RegistryError) -> None:
        """What others have committed cannot be taken over."""
        for listener in self.listeners:
            listener.failed(error)


class Gathering:
    """What a transaction over several hives does, reported as one at its end."""

    def __init__(self, feeds: list[Feed]) -> None:
        """Begin."""
        self._feeds = feeds
        self._steps: list[Step] = []
        self._lock = Lock()
        self._has_ended = False
        for feed in feeds:
            feed.gathered = self

    def add(self, step: Step) -> bool:
        """Take a step in; False where all is reported already, as whoever waits for that finds."""
        with self._lock:
            if not self._has_ended:
                self._steps.append(step)
            return not self._has_ended

    def end(self) -> None:
        """The transaction has ended: report what it has done, before what comes after it."""
        with self._lock:
            self._has_ended = True
            for feed in self._feeds:
                if feed.gathered is self:
                    feed.gathered = None
            listeners: list[Listener] = []
            for step in self._steps:
                listeners += [one for one in step.feed.listeners if one not in listeners]
            for listener in listeners:
                listener.stepped([step for step in self._steps if listener in step.feed.listeners])


def _few(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stretches, or fewer that hold them."""
    if len(runs) <= _MOST_RUNS:
        return runs
    end = max([at + size for at, size in runs])
    return [(runs[0][0], end - runs[0][0])]
