"""Commits on the disk: the flush, the checkpoint, and what a thread does for both."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import anyreg
from anyreg.engine.durable import IDLE
from anyreg.engine.wal import LONG
from crash.disk import Sync, failed
from crash.made import Made, put
from crash.model import HIVE


def test_a_log_that_has_grown_large_ends_in_a_checkpoint() -> None:
    """Nobody has to ask for it, and where it fails the commit stands all the same."""
    made = Made()
    hive = made.hive()
    put(hive, bytes(2_500_000), "large")
    assert hive.is_dirty

    def fault(verb: str, path: str) -> None:
        if verb == "write" and path == HIVE:
            raise failed(28, path)

    made.medium.fault = fault
    put(hive, bytes([1]) * 2_500_000, "large")
    assert hive.is_dirty
    made.medium.fault = None
    put(hive, b"and then")
    assert not hive.is_dirty


def test_a_long_log_of_lazy_commits_is_written_out() -> None:
    """Soon, and without a transaction having to wait: only the log is synced."""
    made = Made()
    hive = made.hive()
    put(hive, bytes(LONG), "large")
    point = len(made.medium.record)
    put(hive, bytes([1]) * LONG, "large")
    with hive.transaction():
        limit = time.monotonic() + 20
        while not any(isinstance(event, Sync) for event in made.since(point)):
            assert time.monotonic() < limit
            time.sleep(0.001)
    syncs = [event.file for event in made.since(point) if isinstance(event, Sync)]
    assert syncs == [made.number(".LOG2")]


def test_an_idle_hive_is_brought_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute after its last commit; a later commit puts it off, a transaction does not wait."""
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    hive = Made().hive()
    put(hive, b"1")
    clock[0] += IDLE - 1
    put(hive, b"2")
    clock[0] += 2
    hive._idle_task(False)
    assert hive.is_dirty
    clock[0] += IDLE
    with hive.transaction():
        hive._idle_task(False)
        assert hive.is_dirty
    clock[0] += IDLE
    hive._idle_task(False)
    assert not hive.is_dirty


def test_the_end_of_the_process_brings_it_up_to_date(tmp_path: Path) -> None:
    """Though nobody has closed it; what tools see that never replay is all there is."""
    path = tmp_path / "hive"
    program = f"""
import anyreg
registry = anyreg.open({str(path)!r}, "x")
registry.write("Key", "n", 7)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    with anyreg.open(path) as registry:
        assert registry.about()["state"] == "clean"
        assert registry.read("Key", "n") == 7
        assert registry.check() == []
