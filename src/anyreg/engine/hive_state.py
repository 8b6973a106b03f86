"""What a process knows of a hive that it has open for writing: all of it, in memory.

The image after the last commit, the tree that reads it, the bins and their free space, and the
security records.  It changes in three ways: by a commit of this process, by an entry that another
process has logged, or by reading everything anew.
"""

from __future__ import annotations

from typing import Final

from anyreg.engine.bins import BinMap, whole_bins
from anyreg.engine.cell_changes import CellChanges
from anyreg.engine.feed import Feed, HiveStep
from anyreg.engine.free_space import FreeSpace
from anyreg.engine.image import Image, Stretch
from anyreg.engine.page_layout import PageLayout
from anyreg.engine.prepared_commit import PreparedCommit
from anyreg.engine.survey import LARGE, Survey
from anyreg.engine.tree import Tree
from anyreg.problems import Problems
from anyreg.regf.layout import NK_LAST_WRITTEN, NK_NAME, NK_NAME_SIZE, PAGE
from anyreg.regf.reads import u16
from anyreg.times import now

_KEY: Final = b"nk"
_SMALL: Final = 65536  # bytes of bins all of which an ordinary commit may well touch
_SECOND: Final = 10_000_000  # in the ticks of a FILETIME
_BIN_FACTS: Final = 12  # signature, offset and size: what the map of the bins is made from


class HiveState:
    """The last state of a hive that is known here.

    Attributes:
        image: The bins.
        tree: The keys in them.
        bins: Where each bin begins.
        space: Which cells are free.
        security: Security records by descriptor; cleared whenever one may have gone.
        serial: Counts the states of this process.
        foreign: The serial at which others last changed the hive.
        foreign_before: The same before that.
        has_shrunk: Whether bins were cut off, so that the file is longer than the hive.
        problems: What reading has met.
        feed: Where each new state is reported; None as long as nobody listens.
        minor: Format version.
        root_cell: Cell of the root key.
    """

    def __init__(self, image: Image, minor: int, root_cell: int) -> None:
        self.problems = Problems()
        self.security: dict[bytes, int] = {}
        self.serial = 0
        self.foreign = 0
        self.foreign_before = 0
        self.has_shrunk = False
        self.feed: Feed | None = None
        self._last_moment = 0
        self.image = image
        self.minor = minor
        self.root_cell = root_cell
        self._survey: Survey | None = None
        self.load(image, minor, root_cell)

    def load(self, image: Image, minor: int, root_cell: int) -> None:
        """Take everything anew.

        Raises:
            CorruptHiveError: The bins do not tile the hive, or there is no root key.
        """
        before, root_before = self.image, self.root_cell
        self.minor = minor
        self.root_cell = root_cell
        self._lay_anew(image)
        self.tree.root()
        self._report(before, root_before, None, is_anew=True)

    def note_foreign(self) -> None:
        """Others have made the last state."""
        self.foreign_before = self.foreign
        self.foreign = self.serial

    def rebuilt(self, image: Image) -> None:
        """The same keys, laid out anew."""
        before = self.image
        self._lay_anew(image)
        self._report(before, self.root_cell, None, True)

    def _lay_anew(self, image: Image) -> None:
        self.security.clear()
        self._survey = None
        self.publish(image)
        self.bins = BinMap(image)
        self.space = FreeSpace(image, self.bins)

    def _report(
        self,
        before: Image,
        root_before: int,
        runs: list[tuple[int, int]] | None,
        is_same: bool = False,
        is_anew: bool = False,
    ) -> None:
        """Report the state that was just published, if anybody listens."""
        feed = self.feed
        if feed is not None and feed.listeners:
            roots = (root_before, self.root_cell)
            after, minor, place = self.image, self.minor, feed.place()
            feed.report(HiveStep(feed, place, before, after, roots, minor, runs, is_same, is_anew))

    def require_sound(self, changes: CellChanges, laid: PageLayout) -> None:
        """Refuse a transaction that would harm other keys of a damaged hive; see Survey.

        Raises:
            CorruptHiveError: It would.
        """
        survey = self._survey
        if survey is None:
            is_large: bool = self.image.size > LARGE
            if is_large and not changes.frees_security and not self.problems.found:
                return
            survey = self._survey = Survey(self.image, self.bins, self.minor, self.root_cell)
        survey.require(changes, laid)

    def publish(self, image: Image) -> None:
        """Show a new image to readers."""
        self.serial += 1
        self.image = image
        self.tree = Tree(image, self.minor, self.root_cell, self.problems, self.serial)

    def committed(self, part: PreparedCommit, changed: Tree) -> None:
        """A transaction of this process, whose keys were read by this tree, has been committed."""
        before = self.image
        size = part.bins_size
        self.has_shrunk = self.has_shrunk or size < before.size
        self.publish(before.changed(part.stretches, size))
        self.tree.follow(changed)
        self.space.published(self.image)
        if self.feed is not None and part.pages:
            self._report(before, self.root_cell, _runs(part.pages))

    def moment(self) -> int:
        """The FILETIME of a transaction that begins: behind that of the last one.

        So no key node is written twice with the same bytes, though the clock stands still or was
        put back a little: by its bytes its change is found.
        """
        moment = now()
        if moment <= self._last_moment < moment + _SECOND:
            moment = self._last_moment + 1
        self._last_moment = moment
        return moment

    def undone(self) -> None:
        """A transaction of this process was undone: what it has read must not be used again."""
        self.security.clear()
        self.serial += 1
        self.tree.serial = self.serial

    def apply(self, pages: list[tuple[int, bytes]], size: int) -> bool:
        """Take over an entry of another process.

        Args:
            pages: The runs of pages that it holds.
            size: Bytes of the bins after it.

        Returns:
            Whether all of it is new, as when the other one has compacted the hive: then the keys
            may stand in any cells.
        """
        before = self.image
        is_all = len(pages) == 1 and pages[0][0] == 0 and len(pages[0][1]) >= size
        if is_all and size <= _SMALL:
            is_all = not _has_stamped(before.read(0, before.size), pages[0][1])
        same = self._same_bins(pages, size)
        self.has_shrunk = self.has_shrunk or size < self.image.size
        self.security.clear()
        image = self.image.changed([Stretch(data, at) for at, data in pages], size)
        if same:
            self.bins.extend(image)
        else:
            self.bins = BinMap(image)
        image = image.changed(whole_bins(image, self.bins, pages), size)
        if same:
            self.space.changed_bins(image, pages)
        else:
            self.space.changed_outside(image, self.bins)
        self.publish(image)
        self.note_foreign()
        if self.feed is not None:
            runs = None if is_all else _runs(pages)
            self._report(before, self.root_cell, runs)
        return is_all

    def _same_bins(self, pages: list[tuple[int, bytes]], size: int) -> bool:
        """Whether the hive has the bins after these pages that it had before, or more."""
        known: int = self.image.size
        if size < known:
            return False
        for at, data in pages:
            for start in range(0, min(len(data), known - at), PAGE):
                facts = data[start : start + _BIN_FACTS]
                is_bin = self.bins.start_of(at + start) == at + start
                if is_bin and facts != self.image.read(at + start, _BIN_FACTS):
                    return False
        return True


def _has_stamped(before: bytes, after: bytes) -> bool:
    """Whether a key has another time than before, as after a commit that changes anything."""
    at = after.find(_KEY)
    while at >= 0:
        end = at + NK_NAME
        key, known = after[at:end], before[at:end]
        name_end = end + u16(key, NK_NAME_SIZE) if len(key) == NK_NAME == len(known) else end
        is_same = known[:2] == _KEY and after[end:name_end] == before[end:name_end]
        time = key[NK_LAST_WRITTEN : NK_LAST_WRITTEN + 8]
        if is_same and time != known[NK_LAST_WRITTEN : NK_LAST_WRITTEN + 8]:
            return True
        at = after.find(_KEY, at + 1)
    return False


def _runs(pages: list[tuple[int, bytes]]) -> list[tuple[int, int]]:
    return [(at, len(data)) for at, data in pages]
