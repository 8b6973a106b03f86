"""A hive that is only read here, and watched, while other programs write it as they like.

A program that knows no locks may put another file in its place, or write it anew in pieces.  So
after a change of its files all of it is read, and it counts once a check finds nothing: in the
middle of a rewrite something is missing.  Until then the next change is waited for, for some
seconds; what can be read then counts as it is, as other programs do not please every check.

Nobody knows how many commits lie between two readings, so a step compares them as a whole.  The
state before is held in memory, since the file has lost it.
"""

from __future__ import annotations

from threading import Condition, Thread
from zlib import crc32

from anyreg.engine.check import Checker
from anyreg.engine.feed import Feed, HiveStep, Listener
from anyreg.engine.image import BytesSource, Image
from anyreg.engine.lock_free_reader import LockFreeReader
from anyreg.errors import RegistryError
from anyreg.problems import Problems


class Reread(Feed):
    """The feed of such a hive.

    Attributes:
        patience: Seconds after the last change in which a hive must be whole.
    """

    def __init__(self, path: str, logs: list[str]) -> None:
        """Nothing is read yet.

        Args:
            path: Its file.
            logs: Its logs, where they are not those of its name beside it.
        """
        super().__init__(self._place)
        self.patience = 5.0
        self._path = path
        self._logs = logs
        self._seen: LockFreeReader | None = None
        self._hash = 0
        self._changed = Condition()
        self._is_served = False
        self._has_news = False

    def _place(self) -> tuple[int, int]:
        """Number of the last commit, and a checksum of all bins, as numbers can stay the same."""
        seen = self._seen
        return (0, 0) if seen is None else (seen.hive.base.primary_number, self._hash)

    def follow_soon(self) -> None:
        """The files may have changed: read them, at once if nobody listens yet.

        Raises:
            RegistryError: Nobody listens yet, and the hive cannot be read.
        """
        if not self.listeners:
            self._keep(LockFreeReader(self._path, self._logs))
            return
        with self._changed:
            self._has_news = True
            self._changed.notify()
            if self._is_served:
                return
            self._is_served = True
        Thread(target=self._serve, name="anyreg hive", daemon=True).start()

    def remove(self, listener: Listener) -> None:
        """Inform somebody no more."""
        super().remove(listener)
        with self._changed:
            self._changed.notify()

    def state(self) -> HiveStep | None:
        """A step from what was read last to the same."""
        seen = self._seen
        return None if seen is None else _step(self, seen, seen)

    # The thread, which lives from a change to the end of what follows from it

    def _serve(self) -> None:
        while self._begin():
            try:
                seen = LockFreeReader(self._path, self._logs)
            except RegistryError as error:
                if not self._wait(self.patience):
                    self.fail(error)
                continue
            doubt = self._doubt(seen)
            if not doubt or not self._wait(doubt):
                self._take_over(seen)

    def _begin(self) -> bool:
        """Whether there is anything to read."""
        with self._changed:
            self._is_served = self._has_news and bool(self.listeners)
            self._has_news = False
            return self._is_served

    def _wait(self, seconds: float) -> bool:
        """Wait for the next change of the files; whether there was one in time."""
        with self._changed:
            self._changed.wait_for(self._is_awake, seconds)
            return self._is_awake()

    def _is_awake(self) -> bool:
        return self._has_news or not self.listeners

    def _doubt(self, seen: LockFreeReader) -> float:
        """Seconds without a change after which a hive counts as it is, as damaged as it may be."""
        if seen.hive.opening_problems:  # it is cut short, or its numbers differ
            return self.patience
        problems = Problems()
        Checker(_image(seen), seen.hive.minor, seen.hive.base.root, problems).run()
        return self.patience / 10 if problems.found else 0.0

    def _take_over(self, seen: LockFreeReader) -> None:
        """What was read counts: report it."""
        before = self._seen
        self._keep(seen)
        if before is None or (seen.data, seen.hive.base.root) == (
            before.data,
            before.hive.base.root,
        ):
            return
        self.report(_step(self, before, seen))

    def _keep(self, seen: LockFreeReader) -> None:
        self._seen = seen
        self._hash = crc32(seen.data)


def _step(feed: Feed, before: LockFreeReader, after: LockFreeReader) -> HiveStep:
    roots = before.hive.base.root, after.hive.base.root
    images = _image(before), _image(after)
    minor = after.hive.minor
    return HiveStep(feed, feed.place(), *images, roots, minor, None, is_anew=True)


def _image(seen: LockFreeReader) -> Image:
    """The bins, which need not be sound."""
    return Image(BytesSource(seen.data), len(seen.data))
