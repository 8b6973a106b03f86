"""Several hives in one transaction: all of them or none, whatever a power cut leaves."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import share
from anyreg.engine.group import HiveGroup
from crash.disk import KilledError, Process, Sync, Write
from crash.groups import HIVES, RECORD, GroupWork, check_group, number_in

pytestmark = pytest.mark.crash

WANTED = 50_000


def test_a_power_cut_leaves_all_hives_at_a_commit_or_none() -> None:
    """A short series of commits over one, two or three of them."""
    assert check_group(1, 5, 1) > 50


@pytest.mark.long
def test_many_power_cuts_in_groups(capsys: pytest.CaptureFixture[str]) -> None:
    """Long series, with kills inside of commits."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        seeds = share.some(range(70))
        images = sum(pool.map(check_group, seeds, [40] * len(seeds), [3] * len(seeds)))
    with capsys.disabled():
        print(f"\n{images} images of groups after a power cut: all whole")  # noqa: T201
    assert images >= WANTED or not share.WHOLE


def test_a_record_is_written_when_the_entries_before_it_are_durable() -> None:
    """Or what it builds on might be gone when it is needed."""
    work = GroupWork(0)
    for _ in range(2):
        work.group.begin()
        for name in ("one", "two"):
            editor = work.group.editor(name)
            editor.create(editor.tree.root().cell, f"key {len(editor.keys.created)}{work.here}")
        work.group.commit()
        work.group.begin()
        editor = work.group.editor("one")
        editor.create(editor.tree.root().cell, f"lazy {work.here}")
        work.group.commit()
    record = work.medium.names[RECORD]
    point = work.here
    work.group.begin()
    for name in ("one", "two"):
        editor = work.group.editor(name)
        editor.create(editor.tree.root().cell, "last")
    work.group.commit()
    files = [event.file for event in work.medium.record[point:] if isinstance(event, Sync)]
    assert work.medium.names[HIVES["one"] + ".LOG2"] in files[: files.index(record)]


def test_a_record_that_was_not_synced_is_synced_before_it_counts() -> None:
    """Its writer died before it did so itself."""
    work = GroupWork(0)

    def fault(verb: str, path: str) -> None:
        if verb == "sync" and path == RECORD and work.medium.files()[RECORD]:
            work.process.kill()

    work.medium.fault = fault
    work.group.begin()
    for name in HIVES:
        editor = work.group.editor(name)
        editor.create(editor.tree.root().cell, "key")
    with pytest.raises(KilledError):
        work.group.commit()
    work.medium.fault = None
    point = work.here
    group = HiveGroup(Process(work.medium), RECORD, HIVES)
    syncs = [event for event in work.medium.record[point:] if isinstance(event, Sync)]
    assert syncs[0].file == work.medium.names[RECORD]
    for name in HIVES:
        hive = group.hive(name)
        assert [node.name for node in hive.tree.children(hive.tree.root())] == ["key"]
        assert number_in(hive) == 0


def test_a_record_that_was_found_is_written_again() -> None:
    """After a sync of it that failed the disk may lack what the system shows."""
    work = GroupWork(0)
    work.group.begin()
    for name in ("one", "two"):
        editor = work.group.editor(name)
        editor.create(editor.tree.root().cell, "key")
    work.group.commit()
    work.process.kill()
    begun = work.here
    record = work.medium.names[RECORD]
    whole = bytes(work.medium.contents[record])
    work.open()
    events = [e for e in work.medium.record[begun:] if getattr(e, "file", -1) == record]
    assert events[:2] == [Write(record, 0, whole), Sync(record)]
