"""What a watch has missed since a position: out of the history, or else out of the logs.

Every commit of a hive has a number, and so has every checkpoint.  The history knows the numbers of
the commits that were recorded.  Any other number must be a checkpoint: there is one behind a commit
at most, and no key may have been written since which the records do not name.  Where that does not
hold, commits were made without a record, and only the log can know them, until its next period.
"""

from __future__ import annotations

from collections.abc import Iterator

from anyreg.backends.places import Place
from anyreg.engine.feed import Feed, Step
from anyreg.engine.hive_feed import UNKNOWN
from anyreg.errors import NotSupportedError, RegistryError
from anyreg.history.item_step import ItemStep
from anyreg.history.items import ChangedKey, Item, TreeKey, TreeTop
from anyreg.history.kept_commits import ItemSource, KeptCommit, kept_since
from anyreg.history.recorder import Recorder
from anyreg.names import fold
from anyreg.watching.positions import Moment, Position

Paths = set[tuple[str, ...]]


class RecordStep(ItemStep):
    """A commit of one hive, or a part of it, as the history has it."""

    def __init__(self, feed: Feed, moment: Moment, hive: str, source: ItemSource) -> None:
        """Nothing is read yet.

        Args:
            feed: The hive's.
            moment: Its entry.
            hive: What the hive is called in the history.
            source: What has changed.
        """
        super().__init__(feed, moment.number, moment.hash)
        self.time = moment.time
        self._hive = hive
        self._source = source

    def items(self) -> Iterator[Item]:
        """What has changed, key by key."""
        return self._source.read(self._hive)

    def tree(self, names: list[str]) -> Iterator[Item]:
        """What a renamed key held at that time no record says.

        Raises:
            NotSupportedError: Always.
        """
        words = "the history does not say what a key held that was renamed to the watched one"
        raise NotSupportedError(words, path="\\".join(names))


class Missed:
    """What was missed.

    Attributes:
        commits: The steps of each transaction, in order.
        hives: How far each hive was known, of those in which anything was missed.
        ends: The number up to which it was looked for in each hive.
        is_known: Whether that is all of it.
    """

    def __init__(self, places: list[Place], position: Position, recorder: Recorder | None) -> None:
        """Find out.

        Args:
            places: The hives, which are listened to already: what comes now is not missed.
            position: Since when.
            recorder: The history, whose lock is held; None where none is kept.
        """
        self.commits: list[list[Step]] = []
        self.hives: dict[str, Moment] = {}
        self.ends: dict[Feed, int] = {}
        self._hashes: dict[Feed, int] = {}
        self.is_known = True
        behind: dict[str, Feed] = {}
        for place in places:
            is_new = place.has_position and place.unit not in behind
            if is_new and self._is_behind(place, position.hives.get(place.unit)):
                behind[place.unit] = place.feed
        units = {place.unit for place in places}
        if any(_is_within(unit, places) for unit in position.hives if unit not in units):
            self.is_known = False  # a hive was loaded there, and is no more
        kept = _kept(recorder, {unit: position.hives[unit].number for unit in behind})
        recorded = [unit for unit in behind if self._add_logged(unit, behind[unit], kept)]
        self._add_kept({unit: behind[unit] for unit in recorded}, kept)

    def _is_behind(self, place: Place, since: Moment | None) -> bool:
        """Whether there is something to look for; what cannot be known is noted."""
        number, its_hash = place.feed.place()
        self.ends[place.feed] = number
        self._hashes[place.feed] = its_hash
        if since is None:
            self.is_known = False
            return False
        if number == since.number and since.hash in (its_hash, UNKNOWN):
            return False
        if number <= since.number:  # another hive has taken its place
            is_new = place.only_volatile and place.feed.newer(since.time) == []
            self.is_known = self.is_known and is_new  # what was volatile went with a restart
            return False
        self.hives[place.unit] = since
        return True

    def _add_logged(self, unit: str, feed: Feed, kept: list[KeptCommit]) -> bool:
        """Add what the log knows; whether the records say it all, and are to be taken instead."""
        since, last = self.hives[unit], self.ends[feed]
        mine = [commit for commit in kept if since.number < commit.number_in(unit) <= last]
        numbers = {commit.number_in(unit) for commit in mine}
        is_told = not any(commit.is_lost for commit in mine)
        if is_told and len(numbers) == last - since.number:
            return True
        steps = feed.since(since.number, since.hash)
        if steps is not None:
            steps = [step for step in steps if step.number <= last]
            for step in steps[:-1]:
                step.time = 0  # later commits are there already
            self.commits += [[step] for step in steps]
            if not steps:  # nothing but a checkpoint
                del self.hives[unit]
            return False
        is_explained = is_told and _is_explained(numbers, since, last)
        if is_explained and _are_touched(feed.newer(since.time), unit, mine):
            return True
        self.is_known = False
        del self.hives[unit]
        return False

    def _add_kept(self, feeds: dict[str, Feed], kept: list[KeptCommit]) -> None:
        last: dict[str, RecordStep] = {}
        for commit in kept:
            steps: list[Step] = []
            for unit, feed in feeds.items():
                number = commit.number_in(unit)
                if self.hives[unit].number < number <= self.ends[feed]:
                    moment = Moment(number, UNKNOWN, commit.record.time)
                    for source in commit.sources:
                        step = RecordStep(feed, moment, unit, source)
                        steps.append(step)
                        last[unit] = step
            if steps:
                self.commits.append(steps)
        for unit, step in last.items():
            step.number = self.ends[feeds[unit]]
            step.hash = self._hashes[feeds[unit]]
        for unit in feeds:
            if unit not in last:  # nothing but a checkpoint
                del self.hives[unit]


def _is_within(unit: str, places: list[Place]) -> bool:
    """Whether a hive that is called so would be one of these places."""
    names = _folded(unit.split("\\"))
    tops = [_folded(place.names) for place in places if place.only_volatile]
    return any(names[: len(top)] == top[: len(names)] for top in tops)


def _kept(recorder: Recorder | None, numbers: dict[str, int]) -> list[KeptCommit]:
    """What the history knows; nothing where it is damaged."""
    if recorder is None or not numbers:
        return []
    try:
        return kept_since(recorder, numbers)
    except RegistryError:
        return []


def _is_explained(numbers: set[int], since: Moment, last: int) -> bool:
    """Whether each number that no record has can be that of a checkpoint."""
    is_behind_commit = since.hash != 0
    for number in range(since.number + 1, last + 1):
        if number not in numbers and not is_behind_commit:
            return False
        is_behind_commit = number in numbers
    return True


def _are_touched(newer: list[list[str]] | None, unit: str, kept: list[KeptCommit]) -> bool:
    """Whether records name all keys that were written."""
    if newer is None:
        return False
    touched: Paths = set()
    for commit in kept:
        for source in commit.sources:
            touched = _touched(touched, source.read(unit))
    return all(_folded(names) in touched for names in newer)


def _touched(before: Paths, items: Iterator[Item]) -> Paths:
    """The keys that were touched before and by these items, under the paths that they have then."""
    touched: Paths = set()
    renamed: dict[tuple[str, ...], tuple[str, ...]] = {}
    names: list[str] = []
    top = 0
    for item in items:
        if isinstance(item, ChangedKey):
            if item.is_renamed:
                renamed[_folded(item.path_before)] = _folded(item.path_after)
            touched.add(_folded(item.path_after))
        elif isinstance(item, TreeTop):
            names = list(item.parent_after)
            top = len(names)
        elif isinstance(item, TreeKey):
            del names[top + item.depth :]
            names.append(item.name)
            touched.add(_folded(names))
    return touched.union([_now(path, renamed) for path in before])


def _now(path: tuple[str, ...], renamed: dict[tuple[str, ...], tuple[str, ...]]) -> tuple[str, ...]:
    """The path of a key after renames, each of which says the whole path before and after."""
    for size in range(len(path), 0, -1):
        if path[:size] in renamed:
            return renamed[path[:size]] + path[size:]
    return path


def _folded(names: list[str]) -> tuple[str, ...]:
    return tuple([fold(name) for name in names])
