"""A period of a hive's log, taken apart again."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from anyreg.engine.create import create_hive
from anyreg.engine.feed import HiveStep
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive_feed import UNKNOWN, HiveFeed
from anyreg.engine.writable import WritableHive
from anyreg.regf.layout import BINS_START, PAGE
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Value


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = str(tmp_path / "hive")
    create_hive(FileDisk(), path, 5, "ROOT", default_descriptor())
    return path


def commit(hive: WritableHive, number: int) -> tuple[int, int]:
    """One that sets a value; where the hive stands after it."""
    with hive.transaction() as editor:
        if number % 3 == 0:
            editor.create(hive.root_cell, f"K{number}")
        editor.set_values(hive.root_cell, [Value("n", 4, number.to_bytes(4, "little"))])
    return feed_of(hive).place()


def feed_of(hive: WritableHive) -> HiveFeed:
    feed = hive.feed()
    assert isinstance(feed, HiveFeed)
    return feed


def bins(step: HiveStep) -> tuple[bytes, bytes]:
    """The bins before and after it."""
    return step.before.read(0, step.before.size), step.after.read(0, step.after.size)


def bins_now(hive: WritableHive) -> bytes:
    return hive.image.read(0, hive.image.size)


def test_each_state_since_the_period_began_is_known(file: str) -> None:
    """From any of its entries on, and from the checkpoint before."""
    hive = WritableHive(FileDisk(), file)
    places, states = [feed_of(hive).place()], [bins_now(hive)]
    for number in range(40):
        places.append(commit(hive, number))
        states.append(bins_now(hive))
    for at, place in enumerate(places):
        steps = feed_of(hive).since(*place)
        assert steps is not None
        assert [(step.number, step.hash) for step in steps] == places[at + 1 :]
        found = [bins(step) for step in steps if isinstance(step, HiveStep)]
        assert found == list(zip(states[at:], states[at + 1 :], strict=False))
    hive.close()


def test_what_is_no_moment_of_the_period_is_not_known(file: str) -> None:
    """Another hash, or another number."""
    hive = WritableHive(FileDisk(), file)
    first = commit(hive, 0)
    last = commit(hive, 1)
    feed = feed_of(hive)
    assert feed.since(first[0], first[1] ^ 1) is None
    assert feed.since(last[0], last[1] ^ 1) is None
    assert feed.since(last[0] + 1, UNKNOWN) is None
    assert feed.since(first[0] - 3, UNKNOWN) is None
    assert feed.since(first[0] - 1, 5) is None
    known = feed.since(first[0], UNKNOWN)
    assert known is not None
    assert len(known) == 1
    hive.close()


def test_the_period_that_opening_has_ended_is_known(file: str) -> None:
    """And what comes behind it, until the period after it."""
    other = WritableHive(FileDisk(), file)
    start = feed_of(other).place()
    states = [bins_now(other)]
    for number in range(20):
        commit(other, number)
        states.append(bins_now(other))
    hive = WritableHive(FileDisk(), file)
    for number in range(20, 25):
        commit(hive, number)
        states.append(bins_now(hive))
    steps = feed_of(hive).since(*start)
    assert steps is not None
    found = [bins(step) for step in steps if isinstance(step, HiveStep)]
    assert found == list(itertools.pairwise(states))
    hive.checkpoint()
    end = feed_of(hive).since(start[0] + 26, UNKNOWN)  # the last commit, and one checkpoint before
    commit(hive, 26)
    assert feed_of(hive).since(*start) is None
    assert end == []
    hive.close()
    other.close()


def test_a_file_that_a_checkpoint_has_begun_to_write_tells_nothing(file: str) -> None:
    """What was in it before is lost."""
    hive = WritableHive(FileDisk(), file)
    start = feed_of(hive).place()
    commit(hive, 0)
    with Path(file).open("r+b") as primary:
        primary.seek(BINS_START)
        primary.write(hive.image.read(0, PAGE))
    assert feed_of(hive).since(*start) is None
    hive.close()
