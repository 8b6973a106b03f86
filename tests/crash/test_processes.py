"""Real processes on a real disk: killed while they write, writing at once, reading meanwhile."""

from __future__ import annotations

import random
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

import share
from anyreg.engine.create import create_hive
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.writable import WritableHive
from anyreg.system import WINDOWS
from crash.model import DESCRIPTOR, problems_of
from crash.programs import (
    PAIR,
    follow_for_ever,
    number_of,
    read_for_ever,
    write_for_ever,
    write_some,
)

pytestmark = [pytest.mark.crash, pytest.mark.long]

CONTEXT: Any = get_context("spawn" if WINDOWS else "forkserver")
CONTEXT.set_forkserver_preload(["crash.programs"])
ROUNDS = max(2, share.times(100))
WRITERS = 4
COMMITS = max(100, share.times(400))


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A new hive."""
    path = str(tmp_path / "HIVE")
    create_hive(FileDisk(), path, 5, "ROOT", DESCRIPTOR)
    return path


def last_told(pipe: Connection) -> int:
    """The last number that came through a pipe whose writer is gone."""
    last = 0
    try:
        while pipe.poll():
            last = pipe.recv()
    except (EOFError, BrokenPipeError):  # which Windows says of a pipe without a writer
        pass
    return last


def kill_a_writer(path: str, seed: int) -> int:
    """Start a writer, kill it at some moment; the last commit that it had acknowledged."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    writer = CONTEXT.Process(target=write_for_ever, args=(path, seed, theirs))
    writer.start()
    theirs.close()
    ours.poll(30)  # the first commit
    time.sleep(random.Random(seed).random() ** 3 * 0.2)
    writer.kill()
    writer.join()
    last = last_told(ours)
    ours.close()
    writer.close()
    return last


def sound(hive: WritableHive) -> int:
    """The number of a hive that is in order."""
    assert problems_of(hive) == []
    first, second = (number_of(hive.tree, key) for key in PAIR)
    assert first == second
    return first


def test_no_acknowledged_commit_dies_with_its_process(path: str) -> None:
    """Killed again and again; each time the next to open recovers."""
    for seed in range(ROUNDS):
        last = kill_a_writer(path, seed)
        hive = WritableHive(FileDisk(), path)
        assert last <= sound(hive) <= last + 1
        hive.close()


def test_those_who_stay_take_over_what_the_killed_leave(path: str) -> None:
    """One process has the hive open all the time, and goes on each time."""
    hive = WritableHive(FileDisk(), path)
    found = 0
    for seed in range(ROUNDS // 2):
        last = kill_a_writer(path, seed)
        hive.follow()
        found = sound(hive)
        assert last <= found <= last + 1
        editor = hive.begin()
        assert number_of(editor.tree, PAIR[0]) == found
        hive.commit(durable=True)
    hive.close()
    hive = WritableHive(FileDisk(), path)
    assert sound(hive) == found
    hive.close()


def all_at_once(path: str, reader: Any | None) -> tuple[int, int, int, list[object]]:
    """Four writers, and a reader beside them: what the reader tells."""
    together, stop = CONTEXT.Event(), CONTEXT.Event()
    ours, theirs = CONTEXT.Pipe(duplex=False)
    writers = [
        CONTEXT.Process(target=write_some, args=(path, which, COMMITS, together))
        for which in range(WRITERS)
    ]
    readers = [CONTEXT.Process(target=reader, args=(path, theirs, stop))] if reader else []
    for process in writers + readers:
        process.start()
    if reader:
        assert ours.poll(60)
        assert ours.recv() == "ready"
    together.set()
    for process in writers:
        process.join()
    stop.set()
    told: tuple[int, int, int, list[object]] = ours.recv() if reader else (0, 0, 0, [])
    for process in readers:
        process.join()
    assert [process.exitcode for process in writers + readers] == [0] * (len(writers + readers))
    return told


def counted(path: str) -> None:
    """Every commit of every writer is there."""
    hive = WritableHive(FileDisk(), path)
    assert sound(hive) == WRITERS * COMMITS
    assert [number_of(hive.tree, f"own {n}") for n in range(WRITERS)] == [COMMITS] * WRITERS
    hive.close()


def test_four_writers_lose_nothing(path: str) -> None:
    """Each raises its own number and a common one, which all of them read and write."""
    all_at_once(path, None)
    counted(path)


def test_a_follower_sees_whole_moments(path: str) -> None:
    """Two values that every transaction makes equal are equal, and never go back."""
    looks, moments, _, wrong = all_at_once(path, follow_for_ever)
    assert wrong == []
    assert looks > moments > 20
    counted(path)


def test_a_reader_sees_whole_moments(path: str) -> None:
    """Also one that opens the hive's files without any lock."""
    looks, moments, _, wrong = all_at_once(path, read_for_ever)
    assert wrong == []
    assert looks >= moments > 20
    counted(path)
