"""What a disk could hold after a power cut: images rebuilt from a record.

A sync covers its own file; a name is there for certain after its directory was synced.  Of all
that happened since, any part may have arrived: of each write any of its 512-byte sectors, in any
order of the writes, and a file may have grown though its bytes did not arrive.

A block that was new to its file when a sync failed to write it is lost for the system's cache: as
on ext4, it is full of zeros after a power cut, whatever was written to it later and synced, until
somebody writes it past the cache.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from crash.disk import (
    Change,
    Create,
    Event,
    FailedSync,
    Mark,
    Medium,
    Naming,
    Remove,
    Sync,
    SyncDirectory,
    Truncate,
    Write,
)

SECTOR = 512
BLOCK = 4096  # of the file system
NOTHING: frozenset[int] = frozenset()

# For each change that is pending what arrived of it: None all of it, else which of its sectors.
Sectors = frozenset[int]
Arrived = tuple[Sectors | None, ...]


@dataclass(frozen=True)
class Choice:
    """One way in which a power cut may go."""

    changes: Arrived  # one for each pending change
    grown: bool  # a write that did not arrive has made its file longer all the same
    names: tuple[bool, ...]  # which of the pending changes of names are there


@dataclass
class Cut:
    """The disk at one point of the record: what is there for certain, and what is pending."""

    contents: dict[int, bytes] = field(default_factory=dict)
    lost: dict[int, frozenset[int]] = field(default_factory=dict)  # of each file, by block
    names: dict[str, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    renames: list[Naming] = field(default_factory=list)
    mark: Mark = field(default_factory=lambda: Mark(0, 0))
    age: int = 0  # how many syncs there were: cuts of one age share what is certain
    history: list[int] = field(default_factory=list)  # the ordinals of the pending changes
    count: int = 0
    passed: int = 0  # events so far

    @staticmethod
    def of(medium: Medium) -> Cut:
        """A disk before anything is done to it."""
        contents = {file: bytes(data) for file, data in medium.contents.items()}
        return Cut(contents, names=dict(medium.names))

    def pass_over(self, event: Event) -> None:
        """Go on behind one event."""
        self.passed += 1
        if isinstance(event, Write | Truncate):
            self.changes.append(event)
            self.history.append(self.count)
            self.count += 1
        elif isinstance(event, Sync):
            self._sync(event.file, None)
        elif isinstance(event, FailedSync):
            self._sync(event.file, random.Random(event.seed))
        elif isinstance(event, Naming):
            self.renames.append(event)
            if isinstance(event, Create):
                self.contents[event.file] = b""
        elif isinstance(event, SyncDirectory):
            self.names = self._named((True,) * len(self.renames))
            self.renames = []
            self.age += 1
        else:
            self.mark = event

    def copy(self) -> Cut:
        """The same disk, to go on with by itself."""
        return replace(
            self,
            contents=dict(self.contents),
            lost=dict(self.lost),
            names=dict(self.names),
            changes=list(self.changes),
            renames=list(self.renames),
            history=list(self.history),
        )

    def _sync(self, file: int, failing: random.Random | None) -> None:
        data = bytearray(self.contents[file])
        lost = self.lost.get(file, NOTHING)
        new = range(-(-len(data) // BLOCK), sys.maxsize)
        missing: set[int] = set()
        share = failing.choice((0.0, 0.0, 0.5, 0.9)) if failing is not None else 1.0
        for change in self.changes:
            if change.file == file:
                there = failing is None or failing.random() < share
                lost = play_over(lost, data, change, None if there else NOTHING, False)
                if there:
                    missing -= blocks_of(change)
                else:
                    missing |= {block for block in blocks_of(change) if block in new}
        self.contents[file] = bytes(data)
        self.lost[file] = lost | missing
        kept = [index for index, change in enumerate(self.changes) if change.file != file]
        self.changes = [self.changes[index] for index in kept]
        self.history = [self.history[index] for index in kept]
        self.age += 1

    def _named(self, there: tuple[bool, ...]) -> dict[str, int]:
        names = dict(self.names)
        for event, arrived in zip(self.renames, there, strict=True):
            if not arrived:
                continue
            if isinstance(event, Create):
                names[event.path] = event.file
            elif isinstance(event, Remove):
                names.pop(event.path, None)
            elif event.path in names:
                names[event.new] = names.pop(event.path)
        return names

    def files(self, choice: Choice) -> dict[str, bytes]:
        """The files after this power cut."""
        touched: dict[int, bytearray] = {}
        lost = dict(self.lost)
        for change, arrived in zip(self.changes, choice.changes, strict=True):
            if change.file not in touched:
                touched[change.file] = bytearray(self.contents[change.file])
            before = lost.get(change.file, NOTHING)
            data = touched[change.file]
            lost[change.file] = play_over(before, data, change, arrived, choice.grown)
        named = self._named(choice.names)
        return {
            path: bytes(touched[file]) if file in touched else self.contents[file]
            for path, file in named.items()
        }

    def key(self, choice: Choice) -> tuple[object, ...]:
        """Equal for two power cuts that are the same one, met at two points of the record."""
        there = tuple(
            (number, arrived)
            for number, arrived in zip(self.history, choice.changes, strict=True)
            if choice.grown or arrived != NOTHING
        )
        return self.age, there, choice.grown, tuple(self._named(choice.names).items())

    def choices(self, rnd: random.Random, few: int) -> Iterator[Choice]:
        """Nothing, everything, one alone, one missing, any of them, and torn ones."""
        total = len(self.changes)
        everything: Arrived = (None,) * total
        nothing: Arrived = (NOTHING,) * total
        yield self._choice(nothing, rnd)
        yield self._choice(everything, rnd)
        for one in sorted(rnd.sample(range(total), min(total, few))):
            yield self._choice((*nothing[:one], None, *nothing[one + 1 :]), rnd)
            yield self._choice((*everything[:one], NOTHING, *everything[one + 1 :]), rnd)
        for _ in range(min(few, total)):
            share = rnd.random()
            some = [None if rnd.random() < share else NOTHING for _ in everything]
            yield self._choice(tuple(some), rnd)
            torn = list(rnd.choice((everything, tuple(some))))
            for one in {total - 1, rnd.randrange(total)}:
                torn[one] = tear(self.changes[one], rnd)
            yield self._choice(tuple(torn), rnd)

    def _choice(self, changes: Arrived, rnd: random.Random) -> Choice:
        kind = rnd.randrange(3)
        names = tuple(kind == 0 or (kind == 1 and rnd.random() < 0.5) for _ in self.renames)
        return Choice(changes, rnd.random() < 0.3, names)


def tear(change: Change, rnd: random.Random) -> frozenset[int]:
    """Some of the sectors of a write: the first ones, the last ones, or any."""
    if isinstance(change, Truncate):
        return NOTHING
    sectors = range(-(-(change.at % SECTOR + len(change.data)) // SECTOR))
    where = rnd.randrange(len(sectors) + 1)
    kind = rnd.randrange(4)
    if kind == 0:
        return frozenset(sectors[:where])
    if kind == 1:
        return frozenset(sectors[where:])
    if kind == 2:  # all but one: the hardest to notice
        return frozenset(sectors) - {rnd.choice(sectors)} if sectors else NOTHING
    return frozenset(sector for sector in sectors if rnd.random() < 0.5)


def play(data: bytearray, change: Change, arrived: frozenset[int] | None, grown: bool) -> None:
    """Do to a file what arrived of a change."""
    if isinstance(change, Truncate):
        if arrived is None:
            del data[change.size :]
        return
    end = change.at + len(change.data)
    if arrived is None:
        runs = [(change.at, end)]
    else:
        first = change.at // SECTOR
        parts = [((first + sector) * SECTOR, (first + sector + 1) * SECTOR) for sector in arrived]
        runs = [(max(start, change.at), min(stop, end)) for start, stop in sorted(parts)]
    longest = max([end] if grown else [stop for _, stop in runs], default=0)
    if longest > len(data):
        data.extend(bytes(longest - len(data)))
    for start, stop in runs:
        data[start:stop] = change.data[start - change.at : stop - change.at]


def play_over(
    lost: frozenset[int], data: bytearray, change: Change, arrived: Sectors | None, grown: bool
) -> frozenset[int]:
    """As play(), of a file with blocks that are lost for the cache; which are so afterwards."""
    play(data, change, arrived, grown)
    if not lost or arrived == NOTHING:
        return lost
    if isinstance(change, Truncate):
        return frozenset(block for block in lost if block * BLOCK < change.size)
    touched = lost & blocks_of(change)
    if change.anew and (change.at | len(change.data)) % BLOCK == 0:
        return lost - touched
    for block in touched:
        end = min((block + 1) * BLOCK, len(data))
        data[block * BLOCK : end] = bytes(max(end - block * BLOCK, 0))
    return lost


def blocks_of(change: Change) -> frozenset[int]:
    """The blocks that a write touches."""
    if isinstance(change, Truncate) or not change.data:
        return NOTHING
    return frozenset(range(change.at // BLOCK, (change.at + len(change.data) - 1) // BLOCK + 1))


def cuts(start: Cut, record: list[Event]) -> Iterator[Cut]:
    """The disk at every point of a record, the same object again and again."""
    yield start
    for event in record:
        start.pass_over(event)
        yield start
