"""The thread that waits for changes of files: how it begins, calls, and ends."""

from __future__ import annotations

import logging
import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from time import sleep

import pytest

from anyreg.errors import LimitError, NotSupportedError, RegistryError
from anyreg.fileevents import FileWatch, watch_files
from anyreg.fileevents.hub import Hub
from anyreg.fileevents.inotify import has_inotify
from conftest import REMOVED
from engine.test_forks import in_child
from fileevents.watching import LONG, Calls, descriptors, follow_changes, settle, threads, until

linux = pytest.mark.skipif(not has_inotify(), reason="looks into Linux' /proc")
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def test_one_thread_serves_all_and_ends_with_the_last(tmp_path: Path) -> None:
    """Watches of any kind, of any files."""
    watches = [watch_files([str(tmp_path / str(at))], Calls()) for at in range(10)]
    watches.append(watch_files([str(tmp_path / "0")], Calls(), poll=60))
    assert len(threads()) == 1
    for watch in watches:
        assert len(threads()) == 1
        watch.close()
        watch.close()
    until(lambda: threads() == [])


@linux
@pytest.mark.parametrize("poll", [None, 60])
def test_nothing_is_left_of_many_watches(tmp_path: Path, poll: float | None) -> None:
    """Descriptors, watches of the kernel and threads are what they were."""
    paths = [str(tmp_path / name) for name in ("hive", "hive.LOG1", "hive.LOG2")]
    (tmp_path / "hive").touch()
    before, running = descriptors(), set(threading.enumerate())
    for _ in range(20):
        watch_files(paths, Calls(), poll).close()
    with_many = [watch_files(paths, Calls(), poll) for _ in range(1000)]
    for watch in with_many:
        watch.close()
    until(lambda: all(count <= before[what] for what, count in descriptors().items()))
    until(lambda: set(threading.enumerate()) <= running)


@linux
def test_an_idle_hub_makes_no_system_call(tmp_path: Path) -> None:
    """Its thread does not run: it neither gives up a processor nor uses one."""
    watch = watch_files([str(tmp_path / "hive")], Calls())
    assert Hub.current is not None
    (number,) = [each.native_id for each in threading.enumerate() if each.name == "anyreg files"]
    folder = Path(f"/proc/self/task/{number}")

    def state() -> list[str]:
        lines = (folder / "status").read_text().splitlines()
        used = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
        return [line for line in lines if "ctxt_switches" in line] + used

    def is_idle() -> bool:
        before = state()
        sleep(1)
        return state() == before

    until(is_idle)  # a busy machine lets the thread come to its first wait some time later
    assert "voluntary" in state()[0]
    watch.close()


def test_what_happens_during_a_call_is_one_more_call(tmp_path: Path) -> None:
    """However much it is; and calls come one after the other."""
    path, go, entered = tmp_path / "hive", threading.Event(), threading.Event()
    path.touch()
    count = 0

    def changed(error: RegistryError | None) -> None:
        nonlocal count
        count += 1
        entered.set()
        assert go.wait(LONG)

    watch = watch_files([str(path), str(path) + ".LOG1"], changed)
    path.write_bytes(b"first")
    assert entered.wait(LONG)
    for at in range(100):
        path.write_bytes(b"x" * at)
        Path(str(path) + ".LOG1").write_bytes(b"y")
    go.set()
    until(lambda: count >= 2)
    settle()
    assert count == 2
    watch.close()


def test_an_error_of_a_callback_is_logged_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither its own watch nor another one."""
    path, other, count = tmp_path / "hive", Calls(), 0
    path.touch()

    def changed(error: RegistryError | None) -> None:
        nonlocal count
        count += 1
        raise SystemExit("out of here")

    with caplog.at_level(logging.ERROR, "anyreg"):
        watches = [watch_files([str(path)], each) for each in (changed, other)]
        for at in range(1, 4):
            path.write_bytes(b"x")
            other.wait()
            until(lambda at=at: count >= at)  # type: ignore[misc]
            other.clear()
    for watch in watches:
        watch.close()
    assert "out of here" in caplog.text
    assert "Traceback" in caplog.text


def test_a_watch_can_be_closed_in_its_call(tmp_path: Path) -> None:
    """And another one made there, which has a hub of its own then."""
    path, calls = tmp_path / "hive", Calls()
    path.touch()
    made: list[FileWatch] = []

    def changed(error: RegistryError | None) -> None:
        watch.close()
        made.append(watch_files([str(path)], calls))

    watch = watch_files([str(path)], changed)
    path.write_bytes(b"x")
    until(lambda: bool(made))
    calls.clear()
    path.write_bytes(b"y")
    calls.wait()
    assert len(made) == 1
    made[0].close()
    until(lambda: threads() == [])


def test_closing_waits_for_no_call(tmp_path: Path) -> None:
    """A call may itself wait for who closes."""
    path, go, entered = tmp_path / "hive", threading.Event(), threading.Event()
    path.touch()

    def changed(error: RegistryError | None) -> None:
        entered.set()
        go.wait(LONG)

    watch = watch_files([str(path)], changed)
    path.write_bytes(b"x")
    assert entered.wait(LONG)
    watch.close()
    assert threads() != []
    go.set()
    until(lambda: threads() == [])


def test_watches_come_and_go_from_many_threads(tmp_path: Path) -> None:
    """While the files change: each that is open gets to know."""
    paths = [tmp_path / str(at) for at in range(4)]

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(30):
            path, calls = chance.choice(paths), Calls()
            watch = watch_files([str(path)], calls, chance.choice([None, None, 0.01]))
            path.write_bytes(b"x" * chance.randrange(100, 10**6))
            calls.wait()
            watch.close()

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(LONG * 5)
    assert Hub.current is None
    until(lambda: threads() == [])


@pytest.mark.parametrize("poll", [None, pytest.param(0.02, marks=REMOVED)])
@pytest.mark.parametrize("seed", range(2))
def test_after_each_change_of_another_process_the_call_comes(
    tmp_path: Path, seed: int, poll: float | None
) -> None:
    """In any order of writes, renames, deletions and files made anew; and none for a neighbour."""
    follow_changes(tmp_path, seed, poll)


def test_what_is_no_local_file_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the way out, which works there."""
    monkeypatch.setattr("anyreg.fileevents.hub.silent_kind", lambda path: "nfs4")
    with pytest.raises(NotSupportedError, match=r"nfs4.*poll=seconds") as caught:
        watch_files([str(tmp_path / "hive")], Calls())
    assert caught.value.path == str(tmp_path)
    watch_files([str(tmp_path / "hive")], Calls(), poll=1).close()
    assert Hub.current is None


@pytest.mark.parametrize("poll", [0, -1, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(tmp_path: Path, poll: float) -> None:
    """Before anything is begun."""
    with pytest.raises(LimitError, match="poll"):
        watch_files([str(tmp_path / "hive")], Calls(), poll)
    assert Hub.current is None


# Forks, and the end of the process


@linux
@forks
@pytest.mark.parametrize("poll", [None, 0.02])
def test_a_forked_child_has_a_hub_of_its_own(tmp_path: Path, poll: float | None) -> None:
    """Watches made before are over there, and go on here."""
    path, calls = tmp_path / "hive", Calls(poll)
    path.touch()
    watch = watch_files([str(path)], calls, poll)
    without = descriptors()["descriptors"]

    def child() -> None:
        assert Hub.current is None
        assert descriptors()["descriptors"] < without
        watch.close()
        own = Calls(poll)
        new = watch_files([str(path)], own, poll)
        path.write_bytes(b"child")
        own.wait()
        new.close()

    assert in_child(child) == 0
    calls.wait()
    calls.clear()
    path.write_bytes(b"parent and more")
    calls.wait()
    watch.close()


@linux
@forks
def test_a_fork_in_a_call_leaves_no_hub_in_the_child(tmp_path: Path) -> None:
    """The child's copy of the hub's thread calls nobody any more."""
    path, other = tmp_path / "hive", Calls()
    status: list[int] = []
    path.touch()

    def child() -> None:
        assert Hub.current is None
        assert all(watch.is_closed for watch in watches)

    def changed(error: RegistryError | None) -> None:
        if not status:
            status.append(in_child(child))

    watches = [watch_files([str(path)], each) for each in (changed, other)]
    path.write_bytes(b"x")
    other.wait()
    until(lambda: status == [0])
    for watch in watches:
        watch.close()


END = """
import sys, threading
from anyreg.fileevents import watch_files
path, how = sys.argv[1:]
called = threading.Event()
def changed(error):
    called.set()
    if how == "in a call":
        threading.Event().wait()
watch_files([path], changed, 0.001 if how == "polled" else None)
open(path, "w").write("x")
called.wait(20)
print("end")
"""


@pytest.mark.parametrize("how", ["idle", "polled", "in a call"])
def test_the_end_of_the_interpreter_waits_for_nothing(tmp_path: Path, how: str) -> None:
    """And prints nothing."""
    done = subprocess.run(
        [sys.executable, "-c", END, str(tmp_path / "hive"), how],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("end\n", "", 0)


def test_a_failure_of_the_thread_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """To every watch, which is over then; the next one begins anew."""
    path, calls = tmp_path / "hive", Calls()
    path.touch()
    watch = watch_files([str(path)], calls)

    def broken(hub: Hub) -> None:
        raise OSError("what nobody expects")

    monkeypatch.setattr(Hub, "_serve", broken)
    path.write_bytes(b"x")
    assert "what nobody expects" in str(calls.error())
    monkeypatch.undo()
    watch.close()
    calls.seen.clear()
    watch = watch_files([str(path)], calls)
    path.write_bytes(b"y")
    calls.wait()
    watch.close()


CLOSED = """
import os, sys, threading
from anyreg.fileevents import watch_files
path = sys.argv[1]
called = threading.Event()
def changed(error):
    print(f"{type(error).__name__}\\n", end="", flush=True)
    called.set()
first = watch_files([path], changed)
os.closerange(3, 100)
if os.fork() == 0:
    watch_files([path], changed).close()
    print("child", flush=True)
    os._exit(0)
os.wait()
called.wait(20)
first.close()
called.clear()
watch_files([path], changed)
open(path, "w").close()
print(called.wait(20))
"""


@linux
@forks
def test_descriptors_that_somebody_closed_end_in_no_deadlock(tmp_path: Path) -> None:
    """As a daemon does at its start: the watch gets its error, and the next one works."""
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, str(tmp_path / "hive")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert sorted(done.stdout.split()) == [
        "NoneType", "RegistryError", "True", "child",
    ], done.stderr  # fmt: skip
    assert "Exception in thread" not in done.stderr


IDLE = """
import os, sys, time
from pathlib import Path
from anyreg.fileevents import watch_files
from anyreg.fileevents.hub import Hub
watch = watch_files([sys.argv[1]], print)
status = Path(f"/proc/self/task/{Hub.current._worker.native_id}/status")
seen = ""
while seen != (seen := status.read_text()):
    time.sleep(0.3)
os.write(1, b"idle\\n")
time.sleep(1.5)
os.write(1, b"done\\n")
os._exit(0)
"""


@linux
def test_strace_sees_no_call_of_an_idle_hub(tmp_path: Path) -> None:
    """Of the whole process, while all of its threads wait."""
    if shutil.which("strace") is None:
        pytest.skip("no strace")
    trace = tmp_path / "trace"
    program = [sys.executable, "-c", IDLE, str(tmp_path / "hive")]
    command = ["strace", "-f", "-o", str(trace), *program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if "not permitted" in done.stderr:
        pytest.skip("nothing may be traced here")
    lines = trace.read_text().splitlines()
    (begin,) = [at for at, line in enumerate(lines) if '"idle\\n"' in line]
    (end,) = [at for at, line in enumerate(lines) if '"done\\n"' in line]
    between = lines[begin + 1 : end]
    assert between
    assert all("nanosleep" in line for line in between), between  # the main thread's
