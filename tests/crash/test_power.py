"""Power cuts: whatever a disk can hold after one, the hive is at one of its commits.

No earlier than the last durable one, never a mixture, sound, and ready for the next commit; also
when the recovery itself is cut short.  The images are rebuilt from a record of every write and
sync of random work: see cuts.py for what a disk may do, and model.py for the work.
"""

from __future__ import annotations

import os
import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import share
from anyreg.engine.create import create_hive
from anyreg.engine.log_file import FIRST_ROOM
from anyreg.engine.writable import WritableHive
from anyreg.values import Value
from crash.cuts import Cut, cuts
from crash.disk import Event, KilledError, Medium, Process, Sync, Truncate
from crash.model import (
    DESCRIPTOR,
    HIVE,
    History,
    Workload,
    problems_of,
    state_of,
    with_old_log,
)
from crash.power import Checked, Plan, check_image, check_plan, each_image, read_only, thinned

WANTED = 100_000
PLANS = [
    *[Plan(seed, programs=1 + seed % 2, few=6) for seed in range(150)],
    *[Plan(seed, programs=3, steps=60, few=4) for seed in range(150, 170)],
    *[Plan(seed, programs=1 + seed % 2, huge=True, few=2) for seed in range(170, 190)],
    *[Plan(seed, programs=1 + seed % 2, old=True, few=2) for seed in range(190, 200)],
    *[Plan(seed, programs=1 + seed % 2, wide=True, few=2) for seed in range(200, 230)],
    *[Plan(seed, wide=True, old=True, few=2) for seed in range(230, 234)],
]
QUICK = [
    Plan(1, 15, most=250),
    Plan(2, 20, programs=2, most=250),
    Plan(3, 6, old=True, most=250),
    Plan(4, 12, programs=2, wide=True, most=250),
    Plan(3, 20, programs=2, huge=True, most=200),
]

pytestmark = pytest.mark.crash


@pytest.mark.parametrize("plan", QUICK, ids=str)
def test_a_power_cut_leaves_one_of_the_commits(plan: Plan) -> None:
    """Of one program, of two that share it, by the old protocol, and of a hive that shrinks."""
    checked = check_plan(plan)
    assert checked.images >= 100
    assert checked.dirty >= 20


@pytest.mark.long
def test_a_hundred_thousand_power_cuts(capsys: pytest.CaptureFixture[str]) -> None:
    """All kinds of work: up to three programs, large values, kills inside of every call."""
    total = Checked()
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for checked in pool.map(check_plan, share.some(PLANS)):
            total += checked
    with capsys.disabled():
        print(f"\n{total.images} images, {total.dirty} of them dirty: all whole")  # noqa: T201
    assert total.images >= share.times(WANTED) // 2
    assert total.images >= WANTED or not share.WHOLE


def test_a_new_hive_is_whole_or_not_there() -> None:
    """And what a cut left of an attempt does not stand in the way of the next one."""
    medium = Medium()
    create_hive(Process(medium), HIVE, 5, "ROOT", DESCRIPTOR)
    count = 0
    for files, _ in each_image(Medium(), medium.record, random.Random(1), 4):
        count += 1
        again = Medium.of(files)
        if HIVE not in files:
            create_hive(Process(again), HIVE, 5, "ROOT", DESCRIPTOR)
        hive = WritableHive(Process(again), HIVE)
        assert problems_of(hive) == []
    assert count > 5


@pytest.mark.parametrize("plan", [plan for plan in QUICK if plan.huge], ids=str)
def test_the_work_makes_logs_long_and_cuts_them(plan: Plan) -> None:
    """Or the power cuts above would say nothing of that."""
    work = Workload(plan.seed, programs=plan.programs, huge=True).run(plan.steps)
    logs = [work.medium.names[HIVE + suffix] for suffix in (".LOG1", ".LOG2")]
    cut = [e for e in work.medium.record if isinstance(e, Truncate) and e.file in logs]
    assert len(cut) > 1


def test_logs_that_were_cut_are_used_again() -> None:
    """Small commits behind large ones, twice; and power cuts in all of it."""
    medium = Medium()
    create_hive(Process(medium), HIVE, 5, "ROOT", DESCRIPTOR)
    start = Medium.of(medium.files())
    medium = Medium.of(start.files())
    hive = WritableHive(Process(medium), HIVE)
    history = History()
    history.add(hive, state_of(hive.tree))
    for number, size in enumerate((270_000, 5, 7, 270_000, 9)):
        medium.mark(number, number + 1)
        with hive.transaction(durable=True) as editor:
            editor.set_value(editor.tree.root().cell, Value("v", 3, bytes([number]) * size))
        history.add(hive, state_of(hive.tree))
        medium.mark(number + 1, number + 1)
        if size > 5:
            hive.close()
            assert len(medium.files()[HIVE + ".LOG2"]) == FIRST_ROOM
            hive = WritableHive(Process(medium), HIVE)
    hive.close()
    rnd = random.Random(8)
    images = each_image(start, medium.record, rnd, 1)
    for files, cut in thinned(images, medium.record, 80, rnd):
        high = min(cut.mark.begun, history.last)
        check_image(files, history, cut.mark.durable, high, random.Random(1))


def look_at_all(work: Workload, record: list[Event]) -> None:
    """Every image of a record is at one of the commits that it may be at."""
    for files, cut in each_image(work.start, record, random.Random(4), 3):
        high = min(cut.mark.begun, work.history.last)
        read_only(files, work.history, cut.mark.durable, high)


@pytest.mark.parametrize("forgotten", ["", ".LOG1", ".LOG2"])
def test_the_harness_notices_a_sync_that_is_left_out(forgotten: str) -> None:
    """With those of one file gone from the record, some images are no commit at all."""
    work = Workload(4).run(40)
    sync = Sync(work.medium.names[HIVE + forgotten])
    with pytest.raises((AssertionError, OSError)):
        look_at_all(work, [event for event in work.medium.record if event != sync])


def test_the_old_log_is_not_written_over_before_its_commit_is_in_the_file() -> None:
    """A program dies right before the last sync of a commit; a cut meets the next one's log."""
    medium = Medium()
    create_hive(Process(medium), HIVE, 5, "ROOT", DESCRIPTOR)
    start = Medium.of(with_old_log(medium.files()))
    medium = Medium.of(start.files())
    primary = medium.contents[medium.names[HIVE]]
    before = primary[4:8]
    first = Process(medium)

    def die(verb: str, path: str) -> None:
        if verb == "sync" and path == HIVE and primary[4:8] == primary[8:12] != before:
            first.kill()

    medium.fault = die
    hive = WritableHive(first, HIVE)
    with pytest.raises(KilledError), hive.transaction() as editor:
        editor.set_value(editor.tree.root().cell, Value("v", 3, b"of the first"))
    medium.fault = None
    begun = len(medium.record)
    hive = WritableHive(Process(medium), HIVE)
    with hive.transaction() as editor:
        editor.set_value(editor.tree.root().cell, Value("v", 3, b"of the second"))
    seen = set()
    for files, cut in each_image(start, medium.record, random.Random(7), 6):
        if cut.passed > begun:
            seen |= {
                value.raw for value in root_values(WritableHive(Process(Medium.of(files)), HIVE))
            }
    assert seen == {b"of the first", b"of the second"}


def root_values(hive: WritableHive) -> list[Value]:
    return hive.tree.records(hive.tree.root())


def test_without_a_power_cut_nothing_is_lost() -> None:
    """At every point of the record, with everything written, the hive is at its last commit."""
    work = Workload(5).run(25)
    rnd = random.Random(5)
    for cut in cuts(Cut.of(work.start), work.medium.record):
        everything = next(
            choice for choice in cut.choices(rnd, 1) if None in choice.changes or not cut.changes
        )
        low, high = cut.mark.durable, min(cut.mark.begun, work.history.last)
        read_only(cut.files(everything), work.history, low, high)
    total = check_image(work.medium.files(), work.history, high, high, rnd)
    assert total.images >= 1
