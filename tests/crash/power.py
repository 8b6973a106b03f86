"""Power cuts: every image that a workload can leave is opened, and must hold one of its commits."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from anyreg.engine.check import check_hive
from anyreg.engine.flusher import flusher
from anyreg.engine.hive import Hive
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.recover import Log, parse_log
from anyreg.engine.writable import WritableHive
from anyreg.values import Value
from crash.cuts import Cut, cuts
from crash.disk import Event, Medium, Process
from crash.model import HIVE, History, Workload, fingerprint, problems_of, state_of

AFTER = Value("after the cut", 3, b"made on what was recovered")
DEEPER = 30  # of so many images one is cut again while it is recovered


@dataclass
class Checked:
    """How many images were opened, and how many of them were dirty."""

    images: int = 0
    dirty: int = 0

    def __add__(self, other: Checked) -> Checked:
        return Checked(self.images + other.images, self.dirty + other.dirty)


@dataclass(frozen=True)
class Plan:
    """What one seed does."""

    seed: int
    steps: int = 40
    programs: int = 1
    huge: bool = False
    wide: bool = False
    old: bool = False
    few: int = 3  # choices of each kind at each point of the record
    most: int = 10**9


def check_plan(plan: Plan) -> Checked:
    """Run a workload and open what each power cut in it can leave."""
    work = Workload(plan.seed, programs=plan.programs, huge=plan.huge, wide=plan.wide, old=plan.old)
    work.run(plan.steps)
    rnd = random.Random(plan.seed)
    images = each_image(work.start, work.medium.record, rnd, plan.few)
    total = Checked()
    for files, cut in thinned(images, work.medium.record, plan.most, rnd):
        low, high = cut.mark.durable, min(cut.mark.begun, work.history.last)
        total += check_image(files, work.history, low, high, rnd)
    return total


def each_image(
    start: Medium, record: list[Event], rnd: random.Random, few: int
) -> Iterator[tuple[dict[str, bytes], Cut]]:
    """All images of a record, none twice; the cut they come from is only good until the next."""
    seen: set[tuple[object, ...]] = set()
    for cut in cuts(Cut.of(start), record):
        for choice in cut.choices(rnd, few):
            key = (*cut.key(choice), cut.mark)
            if key not in seen:
                seen.add(key)
                yield cut.files(choice), cut


def thinned(
    images: Iterator[tuple[dict[str, bytes], Cut]],
    record: list[Event],
    most: int,
    rnd: random.Random,
) -> Iterator[tuple[dict[str, bytes], Cut]]:
    """About so many of them."""
    share = most / (5 * len(record))
    return (image for image in images if share >= 1 or rnd.random() < share)


def check_image(
    files: dict[str, bytes], history: History, low: int, high: int, rnd: random.Random
) -> Checked:
    """Open one image, read-only and to write; go on with it; perhaps cut its recovery too."""
    dirty, number = read_only(files, history, low, high)
    medium = Medium.of(files)
    start = Medium.of(files)
    medium.mark(0, 0)
    hive = WritableHive(Process(medium), HIVE)
    assert fingerprint(hive.image) == history.commits[number], "recovery says something else"
    after = go_on(hive, medium, history, number)
    flusher.cancel(id(hive.durability))  # it would be kept until it has been idle for a while
    reopened = WritableHive(Process(Medium.of(medium.files())), HIVE)
    assert fingerprint(reopened.image) == after.commits[1]
    assert state_of(reopened.tree) == after.states[1]
    assert problems_of(reopened) == []
    total = Checked(1, int(dirty))
    if rnd.randrange(DEEPER) == 0:
        for again, cut in each_image(start, medium.record, rnd, 1):
            again_dirty, _ = read_only(again, after, cut.mark.durable, cut.mark.begun)
            opened = WritableHive(Process(Medium.of(again)), HIVE)
            assert fingerprint(opened.image) in after.commits[cut.mark.durable :]
            total += Checked(1, int(again_dirty))
    return total


def read_only(files: dict[str, bytes], history: History, low: int, high: int) -> tuple[bool, int]:
    """Open an image without writing; whether it was dirty, and the commit that it holds."""
    hive = Hive(MemoryStorage(files[HIVE]), HIVE, logs_in(files))
    found = fingerprint(hive.tree.image)
    held = [n for n in range(low, high + 1) if history.commits[n] == found]
    assert held, f"holds none of the commits {low} to {high}"
    assert state_of(hive.tree) == history.states[held[-1]]
    problems = [str(problem) for problem in check_hive(hive)]
    assert problems == []
    return hive.was_dirty, held[-1]


def logs_in(files: dict[str, bytes]) -> list[Log]:
    """The valid logs of an image."""
    logs = [parse_log(path[-4:], data) for path, data in files.items() if path != HIVE]
    return [log for log in logs if log is not None]


def go_on(hive: WritableHive, medium: Medium, history: History, number: int) -> History:
    """One more commit on a hive that was recovered: the two moments it may have from now on."""
    after = History([history.commits[number]], [history.states[number]])
    medium.mark(0, 1)
    editor = hive.begin()
    editor.set_value(editor.tree.root().cell, AFTER)
    hive.commit(durable=True)
    state = dict(after.states[0])
    rows = (*state[()].values, (AFTER.name, AFTER.type, AFTER.raw))
    state[()] = replace(state[()], values=rows)
    after.add(hive, state)
    medium.mark(1, 1)
    return after
