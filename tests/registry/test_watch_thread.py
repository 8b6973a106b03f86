"""A function that is called with what changes, in a thread of its own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from time import monotonic, sleep

import pytest

import anyreg
from anyreg import Registry, RegistryError
from anyreg.registry.watch import Batch

SOON = 30.0


@pytest.fixture
def hive(tmp_path: Path) -> Iterator[Registry]:
    """A new hive; it must be sound in the end."""
    with anyreg.open(tmp_path / "HIVE", "x") as registry:
        yield registry
        assert registry.check() == []


def watching() -> list[str]:
    """The threads that serve watches."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith(("anyreg watch", "anyreg files"))]


def nobody_watches() -> bool:
    """Whether all these threads end, which nobody waits for while they are busy."""
    until = monotonic() + SOON
    while watching() and monotonic() < until:
        sleep(0.005)
    return not watching()


def numbers(batch: Batch) -> list[object]:
    """The data that a batch has set."""
    return [change.after.data for change in batch if isinstance(change.after, anyreg.Value)]


def test_each_batch_is_given_to_the_function(hive: Registry) -> None:
    """One a transaction, in order, in a thread that has a name."""
    seen: Queue[tuple[str, list[object]]] = Queue()
    key = hive.create("Software")
    with key.on_change(
        lambda batch: seen.put((threading.current_thread().name, numbers(batch)))
    ) as watch:
        for number in range(3):
            key.values["n"] = number
        found = [seen.get(timeout=SOON) for _ in range(3)]
        assert watch.is_alive
    assert found == [("anyreg watch Software", [number]) for number in range(3)]
    assert not watch.is_alive
    assert nobody_watches()


def test_the_arguments_are_those_of_watch(hive: Registry) -> None:
    """Kinds, names and all the rest."""
    seen: Queue[Batch] = Queue()
    with hive.root.on_change(seen.put, kinds=["value set"], match="b*"):
        hive.write("A", "a", 1)
        hive.write("A", "b", 2)
        batch = seen.get(timeout=SOON)
    assert [(change.kind, change.name) for change in batch] == [("value set", "b")]
    with pytest.raises(ValueError, match="no kind of change is called"):
        hive.root.on_change(seen.put, kinds=["value sets"])  # type: ignore[list-item]
    assert nobody_watches()


def test_what_the_function_raises_is_logged_and_ends_nothing(
    hive: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    """With its traceback."""
    seen: Queue[Batch] = Queue()

    def callback(batch: Batch) -> None:
        seen.put(batch)
        raise LookupError("of the callback")

    with hive.root.on_change(callback):
        for number in range(2):
            hive.write("A", "n", number)
            seen.get(timeout=SOON)
    records = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(records) == 2
    assert records[0].exc_info is not None
    assert isinstance(records[0].exc_info[1], LookupError)


def test_it_can_be_stopped_by_the_function(hive: Registry) -> None:
    """Which is then not called again."""
    seen: list[Batch] = []

    def callback(batch: Batch) -> None:
        seen.append(batch)
        watch.stop()

    watch = hive.root.on_change(callback)
    hive.write("A", "n", 1)
    watch.join(SOON)
    assert not watch.is_alive
    hive.write("A", "n", 2)
    watch.stop()
    assert len(seen) == 1


def test_stop_waits_for_a_call_that_is_under_way(hive: Registry) -> None:
    """Behind it nothing of the function runs any more."""
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def callback(batch: Batch) -> None:
        begun.set()
        go_on.wait(SOON)
        ended.set()

    watch = hive.root.on_change(callback)
    hive.write("A", "n", 1)
    assert begun.wait(SOON)
    threading.Timer(0.05, go_on.set).start()
    watch.stop()
    assert ended.is_set()
    assert nobody_watches()


def test_the_function_may_change_what_is_watched(hive: Registry) -> None:
    """Its own change comes as the next batch."""
    done = threading.Event()

    def callback(batch: Batch) -> None:
        (number,) = numbers(batch)
        if number == 3:
            done.set()
        else:
            hive.write("", "n", 3 if number == 2 else 2)

    with hive.root.on_change(callback):
        hive.write("", "n", 1)
        assert done.wait(SOON)


@pytest.mark.parametrize("how", ["timeout", "stop"])
def test_it_ends_when_the_watch_does(hive: Registry, how: str) -> None:
    """After a time without changes, or by an event."""
    event = threading.Event()
    watch = hive.root.on_change(
        lambda batch: event.set(), timeout=0.05 if how == "timeout" else None, stop=event
    )
    if how == "stop":
        hive.write("A", "n", 1)
    watch.join(SOON)
    assert not watch.is_alive
    assert watch.error is None
    assert nobody_watches()


HOUSED = pytest.mark.posix("that a folder with open files is renamed")


def lost(hive: Registry, folder: Path) -> None:
    """Take the folder of a hive away, and bring it back for the end of the test."""
    away = folder.with_name("away")
    folder.rename(away)
    away.rename(folder)


@pytest.fixture
def housed(tmp_path: Path) -> Iterator[Registry]:
    """A hive in a folder of its own."""
    (tmp_path / "house").mkdir()
    with anyreg.open(tmp_path / "house/HIVE", "x") as registry:
        yield registry
        assert registry.check() == []


@HOUSED
def test_what_ends_the_watch_is_given_to_another_function(housed: Registry, tmp_path: Path) -> None:
    """Once, and kept."""
    errors: Queue[RegistryError] = Queue()
    watch = housed.root.on_change(print, on_error=errors.put)
    lost(housed, tmp_path / "house")
    error = errors.get(timeout=SOON)
    watch.join(SOON)
    assert not watch.is_alive
    assert watch.error is error
    assert "no more watched" in str(error)


@HOUSED
def test_what_ends_the_watch_is_logged_otherwise(
    housed: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As an error, with the key."""
    with housed.create("Software").on_change(print) as watch:
        lost(housed, tmp_path / "house")
        watch.join(SOON)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "the watch of 'Software' has ended: " in record.getMessage()


@pytest.mark.parametrize("kind", ["writing", "reading", "memory", "own", "key"])
def test_a_registry_that_is_closed_ends_its_watches(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    kind: str,
) -> None:
    """Without a word in the log, as it was not lost; whoever iterates gets the error."""
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    anyreg.open(tmp_path / "HIVE", "x").close()
    registry: Registry | anyreg.Key
    if kind == "key":
        registry = key = anyreg.key(rf"{tmp_path / 'HIVE'}::", "r+")
    else:
        target = {"memory": "memory:", "own": None}.get(kind, str(tmp_path / "HIVE"))
        registry = anyreg.open(target, "r" if kind == "reading" else "r+")
        key = registry.root
    errors: Queue[RegistryError] = Queue()
    threads = [key.on_change(print), key.on_change(print, on_error=errors.put)]
    watch = key.watch()
    registry.close()
    for thread in threads:
        thread.join(SOON)
        assert isinstance(thread.error, anyreg.ClosedError)
    assert errors.get_nowait() is threads[1].error
    with pytest.raises(anyreg.ClosedError):
        next(watch)
    watch.close()
    assert nobody_watches()
    assert [one for one in caplog.records if one.levelno > logging.INFO] == []


FORKING = """
import os, sys
import anyreg

hive = anyreg.open(sys.argv[1], "x")
watch = hive.root.watch()
called = []
thread = hive.root.on_change(called.append)
child = os.fork()
if not child:
    assert not thread.is_alive
    thread.stop()
    try:
        next(watch)
    except anyreg.ClosedError as error:
        print(error, flush=True)
    watch.close()
    os._exit(0)
os.waitpid(child, 0)
hive.write("", "n", 1)
print(len(next(watch)))
while not called:
    pass
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_ends_watches_in_the_child_alone(tmp_path: Path) -> None:
    """Nobody waits there for what cannot come."""
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKING, tmp_path / "HIVE"],
        capture_output=True,
        text=True,
        timeout=SOON,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    child, parent = found.stdout.splitlines()
    assert child.startswith("the watch was begun before a fork; begin another")
    assert parent == "1"


def test_many_leave_nothing_behind(hive: Registry) -> None:
    """Threads of their own, and that of the file events."""
    assert nobody_watches()  # also of earlier tests, which are counted below
    done = threading.Barrier(21)
    watches = [hive.root.on_change(lambda batch: done.wait(SOON)) for _ in range(20)]
    hive.write("A", "n", 1)
    done.wait(SOON)
    assert len(watching()) == 21
    for watch in watches:
        watch.stop()
    assert nobody_watches()


PROGRAM = """
import sys, time
import anyreg

def callback(batch):
    print("called", flush=True)
    time.sleep(float(sys.argv[2]))

registry = anyreg.open(sys.argv[1], "x")
watch = registry.root.on_change(callback)
for number in range(int(sys.argv[3])):
    registry.write("A", "n", number)
time.sleep(float(sys.argv[4]))
"""


@pytest.mark.parametrize(
    ("pause", "count", "rest"),
    [("0", "1", "0.3"), ("0.3", "1", "0.3"), ("60", "1", "0.3"), ("0", "300", "0")],
)
def test_the_interpreter_ends_without_a_word(
    tmp_path: Path, pause: str, count: str, rest: str
) -> None:
    """Between two calls, in one of whatever length, and while changes come."""
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "HIVE", pause, count, rest],
        capture_output=True,
        text=True,
        timeout=SOON,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert set(found.stdout.split()) <= {"called"}
