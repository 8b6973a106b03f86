"""Hives that are only read here, and that other programs write."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.backends.hive import HiveBackend
from anyreg.errors import NotFoundError, NotHiveError
from anyreg.registry.watch import Batch, Watch
from conftest import REMOVED, REPLACED
from watching.replica import Replica, state_of

SOON = 30.0


@pytest.fixture
def hive(tmp_path: Path) -> Path:
    file = tmp_path / "hive"
    with anyreg.open(file, "x") as made, made.transaction():
        for number in range(200):
            made.create(rf"Software\K{number}").values["n"] = "x" * 100
    return file


@pytest.fixture
def watch(hive: Path) -> Iterator[Watch]:
    with anyreg.open(hive) as registry, registry.root.watch(timeout=SOON) as watch:
        yield watch


def changed(hive: Path, number: int = 1) -> Path:
    """Another file: the hive, after a change."""
    other = hive.with_name("other")
    shutil.copy(hive, other)
    with anyreg.open(other, "r+") as opened:
        opened.create("New").values["number"] = number
        opened.delete(r"Software\K7", recursive=True, missing_ok=True)
    return other


def lines(batch: Batch) -> list[tuple[str, str]]:
    assert batch.resynchronised
    return [(change.kind, change.path) for change in batch]


CHANGED = [
    ("value deleted", r"Software\K7"),
    ("key deleted", r"Software\K7"),
    ("key created", "New"),
    ("value set", "New"),
]


def patience(watch: Watch, seconds: float) -> None:
    backend = watch._backend
    assert isinstance(backend, HiveBackend)
    backend._watched().patience = seconds


@REPLACED
def test_another_file_in_its_place_is_compared(hive: Path, watch: Watch) -> None:
    """And what is put there next."""
    changed(hive).replace(hive)
    assert lines(next(watch)) == CHANGED
    changed(hive, 2).replace(hive)
    assert lines(next(watch)) == [("value set", "New")]


def test_a_hive_that_is_written_in_pieces_is_read_at_the_end(hive: Path, watch: Watch) -> None:
    """What is read in between is not whole, and nothing of it is reported."""
    data = changed(hive).read_bytes()
    with hive.open("wb", buffering=0) as file:
        for at in range(0, len(data), 8192):
            file.write(data[at : at + 8192])
            time.sleep(0.02)
    assert lines(next(watch)) == CHANGED
    assert watch.take() is None


@REMOVED
def test_a_hive_that_is_gone_for_a_moment_is_waited_for(hive: Path, watch: Watch) -> None:
    """Some programs delete the old file first."""
    other = changed(hive)
    hive.unlink()
    time.sleep(0.1)
    other.replace(hive)
    assert lines(next(watch)) == CHANGED


@REPLACED
def test_the_same_hive_again_is_no_change(hive: Path, watch: Watch) -> None:
    """Touched, or copied over itself."""
    os.utime(hive)
    other = hive.with_name("same")
    shutil.copy(hive, other)
    other.replace(hive)
    changed(hive).replace(hive)
    assert lines(next(watch)) == CHANGED


@REMOVED
def test_a_hive_that_is_gone_ends_the_watch(hive: Path, watch: Watch) -> None:
    """After some time without another one."""
    patience(watch, 0.2)
    hive.unlink()
    with pytest.raises(NotFoundError):
        next(watch)


def test_a_hive_that_stays_unreadable_ends_the_watch(hive: Path, watch: Watch) -> None:
    """With the reason."""
    patience(watch, 0.2)
    for log in hive.parent.glob("hive.LOG*"):
        log.unlink()
    hive.write_bytes(b"no hive" * 1000)
    with pytest.raises(NotHiveError):
        next(watch)


@REPLACED
def test_a_hive_that_stays_damaged_counts_as_it_is(hive: Path, watch: Watch) -> None:
    """It can be read, after all."""
    patience(watch, 0.2)
    other = changed(hive)
    data = bytearray(other.read_bytes())
    at = data.index(b"K199") - 0x4C
    data[at + 4 : at + 12] = bytes(8)  # its time
    data[at + 28 : at + 32] = (0x7FFFFFF0).to_bytes(4, "little")  # its subkeys are nowhere
    data[at + 20 : at + 24] = (1).to_bytes(4, "little")
    other.write_bytes(data)
    other.replace(hive)
    batch = next(watch)
    assert batch.resynchronised
    assert not batch.is_known or ("key created", "New") in lines(batch)


def test_commits_of_a_process_that_has_it_open_are_followed(hive: Path, watch: Watch) -> None:
    """They stand in its logs: the hive is dirty, and replayed in memory."""
    with anyreg.open(hive, "r+") as writer:
        replica = Replica(writer.root)
        for number in range(30):
            with writer.transaction():
                writer.create(rf"Software\N{number}").values["a"] = number
                writer.delete(rf"Software\K{number}", recursive=True)
            if number % 10 == 0:
                replica.apply(next(watch))
        last = state_of(writer.root)
        end = time.monotonic() + SOON
        while replica.keys != last and time.monotonic() < end:
            replica.apply(next(watch))
        assert replica.keys == last


def test_what_hivex_writes_is_reported(hive: Path, watch: Watch) -> None:
    """It writes the file anew, and knows no locks."""
    if shutil.which("hivexsh") is None:
        pytest.skip("no hivexsh")
    script = "cd \\Software\\K3\nsetval 1\nn\nstring:by hivex\ncommit\n"
    subprocess.run(["hivexsh", "-w", str(hive)], input=script, text=True, check=True, timeout=SOON)
    (change,) = next(watch)
    assert (change.kind, change.path, change.name) == ("value set", r"Software\K3", "n")
    assert change.after is not None
    assert not isinstance(change.after, (str, bytes, int))
    assert change.after.data == "by hivex"


def test_no_thread_is_left(hive: Path) -> None:
    """Whether a hive was waited for or not."""
    with anyreg.open(hive) as registry:
        for _ in range(20):
            with registry.root.watch():
                os.utime(hive)
        with registry.root.watch() as watch:
            hive.write_bytes(b"")
            assert watch.take() is None
    end = time.monotonic() + SOON
    while (left := reading_threads()) and time.monotonic() < end:
        time.sleep(0.01)
    assert left == []


def reading_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "anyreg hive"]


@REPLACED
def test_looks_find_the_same(hive: Path) -> None:
    """Where no events come: the files are looked at every so often."""
    with (
        anyreg.open(hive) as registry,
        registry.root.watch(timeout=SOON, poll=0.05) as watch,
    ):
        changed(hive).replace(hive)
        assert lines(next(watch)) == CHANGED
