"""A period of a hive's log, taken apart again: the state before each of its entries.

While a period lasts the hive's file holds the state before its first entry, and the log all entries
since.  A checkpoint writes the last version of each page into the file.  One that was interrupted
may have written some of them: what was there before is lost then, and nothing is known.
"""

from __future__ import annotations

from anyreg.engine.bins import BinMap, whole_bins
from anyreg.engine.check import Checker
from anyreg.engine.feed import Feed, HiveStep, Step
from anyreg.engine.image import Image, Stretch
from anyreg.engine.storage import Storage
from anyreg.problems import Problems
from anyreg.regf.layout import BINS_START, PAGE
from anyreg.regf.logs import LogEntry

Runs = list[tuple[int, bytes]]


class Period:
    """A period, or as much of it as there was.

    Attributes:
        first: The number of its first entry.
        last: That of its last one.
    """

    def __init__(
        self, primary: Storage, bins_size: int, entries: list[LogEntry], image: Image
    ) -> None:
        """Read what the hive's file holds where the entries have changed it.

        Args:
            primary: The file, before a checkpoint.
            bins_size: Bytes of the bins in it.
            entries: All entries, at least one.
            image: The bins after the last of them.

        Raises:
            RegistryError: The file cannot be read.
        """
        self.first = entries[0].number
        self.last = entries[-1].number
        self._entries = entries
        self._image = image
        self._size = bins_size
        self._old: Runs = []
        places = {at + page for one in entries for at, data in one.pages for page in _pages(data)}
        places.update(range(image.size, bins_size, PAGE))
        for place in sorted(places):
            if place < bins_size:
                self._old.append((place, primary.read(BINS_START + place, PAGE)))

    def steps(self, feed: Feed, number: int, hash: int, root: int, minor: int) -> list[Step] | None:
        """The steps behind a moment, one for each entry; None if that is not known.

        Args:
            feed: The hive's.
            number: The number of the last commit, or checkpoint, then.
            hash: Of its entry; 0 if it was a checkpoint, negative if it is not known.
            root: The root key's cell.
            minor: The format version.
        """
        if not self._knows(number, hash):
            return None
        image = _changed(self._image, self._old, self._size)
        if self._is_mixed(image, root, minor):
            return None
        found: list[Step] = []
        for entry in self._entries:
            before = image
            image = _changed(image, entry.pages, entry.bins_size)
            if entry.number > number:
                runs = [(at, len(data)) for at, data in entry.pages]
                place = entry.number, entry.hash_1
                found.append(HiveStep(feed, place, before, image, (root, root), minor, runs))
        return found

    def _knows(self, number: int, hash: int) -> bool:
        if number < self.first:  # before it was a checkpoint, and before that a commit
            return number == self.first - (2 if hash else 1)
        if number > self.last:
            return False
        return hash in (-1, self._entries[number - self.first].hash_1)

    def _is_mixed(self, first: Image, root: int, minor: int) -> bool:
        """Whether the file may hold pages of later entries.

        A page that is in the file as the last entry has it was written by a checkpoint; or several
        entries have changed it and changed it back.  Then the state must stand up to a check.
        """
        last: dict[int, bytes] = {}
        again: set[int] = set()
        for entry in self._entries:
            for at, data in entry.pages:
                for page in _pages(data):
                    if at + page in last:
                        again.add(at + page)
                    last[at + page] = data[page : page + PAGE]
        same = [place for place, old in self._old if last.get(place) == old]
        if not again.issuperset(same):
            return True
        problems = Problems()
        if same:
            Checker(first, minor, root, problems).run()
        return bool(problems.found)


def _pages(data: bytes) -> range:
    return range(0, len(data), PAGE)


def _changed(image: Image, pages: Runs, size: int) -> Image:
    """An image with other pages, and each bin in one stretch."""
    changed = image.changed([Stretch(data, at) for at, data in pages], size)
    return changed.changed(whole_bins(changed, BinMap(changed), pages), size)
