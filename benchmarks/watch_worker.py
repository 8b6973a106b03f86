"""One measurement of a watch, in a process of its own: watch_worker.py JOB FOLDER ARGUMENTS.

It prints as JSON the figures of the job: nanoseconds, or a count.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Any

import anyreg
from anyreg.new_keys import NewKey
from anyreg.values import Value

PAUSE = 0.004  # seconds between commits whose way is timed
REST = 6.0  # seconds after which a commit has nothing left to do, and the thread for it has ended
PATIENCE = 120.0  # seconds for what must come
BATCH = 100


def of_all(times: list[int]) -> list[int]:
    """Their median, and what 99 of 100 stay below."""
    ordered = sorted(times)
    return [ordered[len(ordered) // 2], ordered[(len(ordered) - 1) * 99 // 100]]


def fresh(folder: Path) -> Path:
    """A new hive with a key."""
    for old in folder.glob("hive*"):
        old.unlink()
    with anyreg.open(folder / "hive", "x") as registry:
        registry.create("Key").values["sent"] = anyreg.QWord(0)
    return folder / "hive"


@contextmanager
def watching(key: Any, count: int, calls: int) -> Iterator[list[int]]:
    """So many watches, which note how old news is; at the end each was called so many times."""
    ages: list[int] = []
    lock = Lock()
    done = Event()

    def changed(batch: Any) -> None:
        now = time.monotonic_ns()
        with lock:
            ages.extend(now - change.after.data for change in batch if change.name == "sent")
            if len(ages) >= count * calls:
                done.set()

    watches = [key.on_change(changed) for _ in range(count)]
    yield ages
    if not done.wait(PATIENCE):
        raise SystemExit(f"{len(ages)} of {count * calls} came")
    for watch in watches:
        watch.stop()


def write(file: str, commits: str) -> list[int]:
    """Commits, each of which holds when it began."""
    with anyreg.open(file, "r+") as registry:
        send(registry.open("Key"), int(commits))
    return []


def send(key: Any, commits: int) -> None:
    for _ in range(commits):
        time.sleep(PAUSE)
        key.values["sent"] = anyreg.QWord(time.monotonic_ns())


def across(folder: str, watches: str, commits: str) -> list[int]:
    """From before a commit in one process to the callbacks in another."""
    file = fresh(Path(folder))
    with anyreg.open(file, "r+") as registry:
        with watching(registry.open("Key"), int(watches), int(commits)) as ages:
            subprocess.run([sys.executable, __file__, "write", str(file), commits], check=True)
        return of_all(ages)


def within(folder: str, commits: str) -> list[int]:
    """The same in one process."""
    with anyreg.open(fresh(Path(folder)), "r+") as registry:
        key = registry.open("Key")
        with watching(key, 1, int(commits)) as ages:
            send(key, int(commits))
        return of_all(ages)


def wait(file: str, rest: str) -> list[int]:
    """Watch for good, and say so after some seconds of rest."""
    with anyreg.open(file, "r+") as registry:
        watch = registry.open("Key").watch()
        time.sleep(float(rest))
        print("ready", flush=True)
        for _ in watch:
            pass
    return []


def idle(folder: str, seconds: str) -> list[int]:
    """The system calls of a process that watches, or, without strace, how often it was woken."""
    file = fresh(Path(folder))
    command = [sys.executable, __file__, "wait", str(file), str(REST)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        # What is written in the folder of the hive would wake the watch.
        calls = Path(tempfile.mkdtemp(dir=folder)) / "calls"
        counted = _traced(process.pid, float(seconds), calls)
        if counted is None:
            before = _switches(process.pid)
            time.sleep(float(seconds))
            counted = _switches(process.pid) - before
        return [counted]
    finally:
        process.kill()
        process.communicate()


def _traced(process: int, seconds: float, file: Path) -> int | None:
    """Calls that strace has seen begin, but for those that the process was in; None without it."""
    if not shutil.which("strace"):
        return None
    words = ["timeout", "-s", "INT", str(seconds), "strace", "-q", "-f", "-o", str(file)]
    done = subprocess.run([*words, "-p", str(process)], capture_output=True, check=False)
    if b"attach" in done.stderr and b"not permitted" in done.stderr:
        return None
    lines = file.read_text("utf-8").splitlines()
    return sum(1 for line in lines if not re.search(r"<(detached|unfinished) ?\.*>|resuming", line))


def _switches(process: int) -> int:
    """How often all its threads have given up the processor so far."""
    found = 0
    for status in Path(f"/proc/{process}/task").glob("*/status"):
        found += int(re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.M)[0])
    return found


def tree(folder: str, keys: str, changes: str) -> list[int]:
    """Processor time of a recursive watch for a change of one value among so many keys."""
    file = fresh(Path(folder))
    with anyreg.open(file, "r+") as registry:
        wide = 1000
        for number in range(-(-int(keys) // wide)):
            some = [_new_key(f"k{at}") for at in range(min(wide, int(keys)))]
            registry.create(f"Key\\{number}").bulk_insert(some)
        key = registry.open(r"Key\0\k7")
        with registry.root.watch() as watch:
            times = []
            for number in range(int(changes)):
                key.values["v"] = number + 1000
                start = time.thread_time_ns()
                assert watch.take() is not None
                times.append(time.thread_time_ns() - start)
        return of_all(times)


def _new_key(name: str) -> NewKey:
    key = NewKey(name)
    key.values["V"] = Value("v", 4, bytes(4))
    return key


def commits(folder: str, where: str, kind: str, way: str, batches: str) -> list[int]:
    """Nanoseconds of a commit without a watch and with one, batch by batch in turn."""
    file = fresh(Path(folder))
    with anyreg.open(file, "r+") as registry:
        found: list[list[int]] = [[], []]
        for number in range(2 * int(batches)):
            with _watched(file, registry, where if number % 2 else ""):
                found[number % 2].append(_batch(registry, kind == "durable", way == "single"))
        return [min(each) for each in found]


def _batch(registry: Any, durable: bool, single: bool) -> int:
    """Of commits one right after the other the mean, of single ones the median."""
    key = registry.open("Key")
    times: list[int] = []
    for number in range(BATCH):
        if single:
            time.sleep(PAUSE)
        start = time.perf_counter_ns()
        with registry.transaction(durable=durable):
            key.values["sent"] = anyreg.QWord(number)
        times.append(time.perf_counter_ns() - start)
    return sorted(times)[BATCH // 2] if single else sum(times) // BATCH


@contextmanager
def _watched(file: Path, registry: Any, where: str) -> Iterator[None]:
    """A watch in this process or in another one, or none."""
    if where == "here":
        with registry.open("Key").on_change(lambda batch: None):
            yield
    elif where:
        command = [sys.executable, __file__, "wait", str(file), "1"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.kill()
        process.communicate()
    else:
        yield


JOBS: dict[str, Callable[..., list[int]]] = {
    job.__name__: job for job in (write, across, within, wait, idle, tree, commits)
}


def main() -> None:
    job, *arguments = sys.argv[1:]
    counts = JOBS[job](*arguments)
    if counts:
        print(json.dumps({"times": [0.0], "counts": counts, "memory": 0}))


if __name__ == "__main__":
    main()
