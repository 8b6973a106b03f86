"""Histories under power cuts and kills: they tell of the commits that are there, and undo those."""

from __future__ import annotations

import os
import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import share
from anyreg.engine.create import create_hive
from anyreg.engine.writable import WritableHive
from anyreg.errors import RegistryError
from anyreg.history.undo_order import DONE
from anyreg.values import Value
from crash.cuts import NOTHING, Choice, Cut
from crash.disk import Medium, Process, Sync
from crash.group_histories import check_group_history
from crash.histories import FOLDER, HistoryWork, Looked, check_history, kept, look
from crash.model import DESCRIPTOR, HIVE
from crash.power import Plan, each_image

pytestmark = pytest.mark.crash

QUICK = [
    Plan(1, 25, programs=2, most=120),
    Plan(2, 25, most=120),
    Plan(4, 25, old=True, most=200),
    Plan(17, 25, programs=2, most=120),
    Plan(5, 25, programs=2, huge=True, most=120),
]
PLANS = [
    Plan(s, 30, programs=1 + s % 3, huge=s % 7 == 3, old=s % 5 == 4, few=3, most=700)
    for s in range(100)
]
WANTED = 20_000


@pytest.mark.parametrize("plan", QUICK, ids=str)
def test_a_history_is_of_the_commits_that_are_there(plan: Plan) -> None:
    """Of one program, of two, and by the old protocol; undone, each gives the state before it."""
    looked = check_history(plan)
    assert looked.images >= 40
    assert looked.undone >= 50


def test_a_history_of_several_hives_is_of_their_commits() -> None:
    """What all of them have, or none, is in the history or is not."""
    looked = check_group_history(1, 6, 1)
    assert looked.images > 50
    assert looked.undone > 20


def with_history() -> tuple[Medium, Medium, Process, WritableHive]:
    """A new hive whose history is kept: what was on the disk, the disk, and who has it open."""
    start = Medium()
    create_hive(Process(start), HIVE, 5, "ROOT", DESCRIPTOR)
    medium = Medium.of(start.files())
    process = Process(medium)
    hive = WritableHive(process, HIVE)
    kept(process, hive, "the change")
    return start, medium, process, hive


def test_a_durable_commit_of_nothing_keeps_the_records_of_what_was_recovered() -> None:
    """Those of a process that died, whose commits the next one's recovery has made durable."""
    start, medium, first, dying = with_history()
    for raw in (b"durable", b"lazy"):
        editor = dying.begin()
        editor.set_value(editor.tree.root().cell, Value("v", 3, raw))
        dying.commit(raw == b"durable")
    first.kill()
    second = Process(medium)
    hive = WritableHive(second, HIVE)
    kept(second, hive)
    hive.begin()
    hive.commit(durable=True)
    third = Process(Medium.of(after_power_cut(start, medium)))
    journal = kept(third, WritableHive(third, HIVE))
    assert [(entry.label, entry.state) for entry in journal.entries()] == [("the change", DONE)] * 2


def test_a_flush_keeps_the_records_of_what_another_has_made_durable() -> None:
    """Who opens the hive brings its file up to date, and knows nothing of the history."""
    start, medium, _, hive = with_history()
    for raw in (b"begins a period", b"lazy"):
        editor = hive.begin()
        editor.set_value(editor.tree.root().cell, Value("v", 3, raw))
        hive.commit()
    WritableHive(Process(medium), HIVE)
    hive.follow()
    hive.flush()
    third = Process(Medium.of(after_power_cut(start, medium)))
    journal = kept(third, WritableHive(third, HIVE))
    assert [(entry.label, entry.state) for entry in journal.entries()] == [("the change", DONE)] * 2


def test_no_lock_of_the_history_is_held_while_a_large_log_is_settled() -> None:
    """Whoever has the hive's turn by then waits for that lock, and the checkpoint for the turn."""
    medium = Medium()
    create_hive(Process(medium), HIVE, 5, "ROOT", DESCRIPTOR)
    process = Process(medium)
    hive = WritableHive(process, HIVE)
    kept(process, hive)
    settled: list[bool] = []

    def look_at_the_lock(verb: str, path: str) -> None:
        if verb == "write" and path == HIVE:
            lock = medium.names.get(FOLDER + "/lock", -1)
            settled.append(not medium.holders.get(lock))

    for number in range(8):
        if number:  # the first begins a period, which writes the base block
            medium.fault = look_at_the_lock
        editor = hive.begin()
        editor.set_value(editor.tree.root().cell, Value("v", 3, bytes([number]) * 700_000))
        hive.commit()
        if settled:
            break
    medium.fault = None
    assert settled
    assert all(settled)


def after_power_cut(start: Medium, medium: Medium) -> dict[str, bytes]:
    """The files of a disk that has nothing but what was synced."""
    cut = Cut.of(start)
    for event in medium.record:
        cut.pass_over(event)
    names = (True,) * len(cut.renames)
    return cut.files(Choice((NOTHING,) * len(cut.changes), False, names))


@pytest.mark.long
def test_many_histories(capsys: pytest.CaptureFixture[str]) -> None:
    """Many kinds of work, kills inside of every call."""
    total = Looked()
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        seeds = share.some(range(20))
        groups = pool.map(check_group_history, seeds, [25] * len(seeds), [2] * len(seeds))
        for looked in [*pool.map(check_history, share.some(PLANS)), *groups]:
            total.images += looked.images
            total.undone += looked.undone
    with capsys.disabled():
        print(f"\n{total.images} images, {total.undone} changes undone: all right")  # noqa: T201
    assert total.images >= WANTED or not share.WHOLE


def test_the_harness_notices_a_sync_of_the_history_that_is_left_out() -> None:
    """With these gone from the record, some durable commit has no history."""
    work = HistoryWork(2).run(25)
    sync = Sync(work.medium.names[FOLDER + "/00000001.history"])
    record = [event for event in work.medium.record if event != sync]
    last = max(number for _, number in work.required)
    missed = 0
    for files, cut in each_image(work.start, record, random.Random(3), 2):
        if cut.passed == len(record):
            try:
                look(work, files, last, Looked())
            except (AssertionError, RegistryError):
                missed += 1
    assert missed
