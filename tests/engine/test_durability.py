"""Commits on the disk: the flush, the checkpoint, and what a thread does for both."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import anyreg
from anyreg.engine.durability import IDLE, LONG
from anyreg.engine.flusher import Flusher, flusher
from anyreg.engine.writable import WritableHive
from anyreg.errors import RegistryError, TransactionError
from anyreg.registry.journal import JournalSettings
from anyreg.values import Value
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
    hive.durability._idle_task(False)
    assert hive.is_dirty
    clock[0] += IDLE
    with hive.transaction():
        hive.durability._idle_task(False)
        assert hive.is_dirty
    clock[0] += IDLE
    hive.durability._idle_task(False)
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


def test_a_lazy_commit_is_flushed_beside_a_transaction() -> None:
    """In its own hive or in another; the thread waits for neither."""
    one, two = Made(), Made()
    hives = one.hive(), two.hive()
    for hive in hives:
        put(hive, b"1")
        lazily(hive, b"2")
    points = len(one.medium.record), len(two.medium.record)
    with hives[0].transaction():
        with flusher._changed:
            for name, (_, task) in flusher._due.items():
                if name[1] == "flush":
                    flusher._due[name] = (0.0, task)
            flusher._changed.notify()
        for made, point in zip((one, two), points, strict=True):
            limit = time.monotonic() + 20
            while Sync(made.number(".LOG2")) not in made.since(point):
                assert time.monotonic() < limit
                time.sleep(0.001)
    for hive in hives:
        hive.close()


def test_a_flush_beside_a_transaction_syncs_records_first(tmp_path: Path) -> None:
    """With a history each commit is behind its record, whoever syncs; and nobody waits."""
    settings = JournalSettings(folder=str(tmp_path / "history"))
    registry = anyreg.open(tmp_path / "hive", "x", journal=settings)
    registry.write("A", "x", 0)
    registry.write("A", "x", 1)
    done: list[bool] = []
    with registry.transaction():
        registry.write("A", "y", 1)

        def flush() -> None:
            registry.flush()
            done.append(True)

        thread = threading.Thread(target=flush)
        thread.start()
        thread.join(20)
        assert done == [True]
    registry.close()
    with anyreg.open(tmp_path / "hive", journal=settings) as registry:
        assert len(registry.journal.entries()) == 3


def test_a_flush_beside_a_transaction_says_what_failed() -> None:
    """It promises nothing then, and neither does the hive from then on."""
    made = Made()
    hive = made.hive()
    put(hive, b"1")
    lazily(hive, b"2")
    found: list[RegistryError] = []

    def fault(verb: str, path: str) -> None:
        if verb == "sync":
            raise failed(5, path)

    def flush() -> None:
        for _ in range(2):
            with pytest.raises(RegistryError) as caught:
                hive.flush()
            found.append(caught.value)

    with hive.transaction():
        made.medium.fault = fault
        thread = threading.Thread(target=flush)
        thread.start()
        thread.join(20)
        made.medium.fault = None
    assert len(found) == 2
    with pytest.raises(TransactionError, match="open the hive again"):
        hive.begin()


def test_what_no_thread_can_do_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit does not fail because the system has no thread left for its flush."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    done: list[bool] = []
    work = Flusher()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        work.schedule((1, "flush"), done.append, 5)
    assert done == [True]
    assert work.pending() == []
    work.schedule((1, "flush"), done.append, 0)
    limit = time.monotonic() + 20
    while len(done) < 2:
        assert time.monotonic() < limit
        time.sleep(0.001)


def test_a_commit_at_the_very_end_of_the_interpreter_is_made(tmp_path: Path) -> None:
    """Where no thread can be started any more: it is flushed at once, and nothing raises."""
    path = tmp_path / "hive"
    program = f"""
import atexit
atexit.register(lambda: registry.write("A", "x", 7))
import anyreg
registry = anyreg.open({str(path)!r}, "x")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stderr == b""
    with anyreg.open(path) as registry:
        assert registry.read("A", "x") == 7
        assert registry.about()["state"] == "clean"


def lazily(hive: WritableHive, raw: bytes) -> None:
    """A commit that waits for its flush."""
    with hive.transaction() as editor:
        editor.set_value(editor.tree.root().cell, Value("v", 3, raw))
