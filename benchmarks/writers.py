"""One measurement of writing, in a process of its own: writers.py WRITER JOB FOLDER [ARGUMENTS].

Each writer does the same job in the way its own documentation shows, on files of its own in the
folder, and prints what it took as JSON.  A job's time is that of one piece of work: of everything
for `tree` and `siblings`, of one commit for the others.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from readers import DEBIAN

KEYS = 1000  # that commits are spread over
DATA = 100  # bytes of a value that commits change
NUMBER, QWORD = 4, 11  # types of numbers of 32 and 64 bits
STEP = 7919  # a prime: names come in no order
PLACES = 200  # keys of a generated hive that are written
WARM = 2  # times that each is written before it counts
PAUSE = 0.002  # seconds between the commits that another process follows


class Report(NamedTuple):
    """What was measured: times in seconds, and what was counted, times in nanoseconds included."""

    times: list[float]
    counts: tuple[int, ...] = ()


def report(times: list[float], *counts: int) -> Report:
    """A report on these."""
    return Report(times, counts)


def scrambled(count: int) -> Iterator[int]:
    """The numbers below count, each once."""
    step = STEP if count % STEP else 1
    return (number * step % count for number in range(count))


class Anyreg:
    """This project, through its public API."""

    def __init__(self, folder: Path) -> None:
        self.library: Any = importlib.import_module("anyreg")
        self.folder = folder

    def _new(self) -> Any:
        file = self.folder / "anyreg"
        for old in self.folder.glob("anyreg*"):
            old.unlink()
        return self.library.open(file, "x")

    def tree(self, groups: str, each: str) -> Report:
        """Keys with one value each, in one transaction."""
        with self._new() as registry:
            start = time.perf_counter()
            with registry.transaction():
                for group in range(int(groups)):
                    parent = registry.create(f"Group {group:04d}")
                    for number in scrambled(int(each)):
                        parent.create(f"Key {number:06d}").values["Value"] = number
            took = time.perf_counter() - start
        return report([took], (self.folder / "anyreg").stat().st_size)

    def forest(self, groups: str, each: str) -> Report:
        """Keys below keys below `Tree`, and something behind them, to be deleted later."""
        file = self.folder / "forest"
        with self.library.open(file, "x") as registry, registry.transaction():
            top = registry.create("Tree")
            for group in range(int(groups)):
                parent = top.create(f"Group {group:04d}")
                for number in range(int(each)):
                    parent.create(f"Key {number:06d}")
            registry.write("Behind", "Value", 1)
        return report([0.0], file.stat().st_size)

    def prune(self) -> Report:
        """Delete a tree, until the file is without it; counted is the most memory."""
        registry = self.library.open(copy_of_forest(self.folder, "anyreg"), "r+")
        start = time.perf_counter()
        registry.root.delete("Tree", recursive=True)
        registry.close()
        return report([time.perf_counter() - start], most_memory())

    def durable(self, seconds: str) -> Report:
        """Commits that would survive a power cut."""
        return self._commits(float(seconds), True)

    def lazy(self, seconds: str) -> Report:
        """Commits that survive the process, and a power cut some seconds later."""
        return self._commits(float(seconds), False)

    def _commits(self, seconds: float, durable: bool) -> Report:
        with self._new() as registry:
            with registry.transaction():
                keys = [self._key(registry, number) for number in range(KEYS)]

            def commit(number: int) -> None:
                with registry.transaction(durable=durable):
                    keys[number % KEYS].values["Value"] = data(number)

            return per_commit(commit, seconds)

    def _key(self, registry: Any, number: int) -> Any:
        """A key and its value, made together as most programs do."""
        key = registry.create(f"Key {number:06d}")
        key.values["Value"] = bytes(DATA)
        return key

    def grown(self, hive: str, seconds: str) -> Report:
        """Commits into a hive that is large already, spread over all of it."""
        before = time.perf_counter()
        with self.library.open(hive, "r+") as registry:
            keys = list(spread(registry))
            keys[0].values["Measured"] = data(0)
            first = time.perf_counter() - before

            def commit(number: int) -> None:
                keys[number % len(keys)].values["Measured"] = data(number)

            for number in range(WARM * len(keys)):
                commit(number)
            taken = per_commit(commit, float(seconds))
        _, typical = taken.counts
        size = Path(hive).stat().st_size
        return Report(taken.times, (round(first * 1e9), size, typical))

    def follow(self, count: str) -> Report:
        """How long after the begin of a commit another process has read it: the median."""
        with self._new() as registry:
            registry.write("Key", "At", self._moment(0))
        file = str(self.folder / "anyreg")
        waited: list[float] = []
        with self.library.open(file, "r+") as registry:
            command = [sys.executable, __file__, "anyreg", "lead", str(self.folder), count]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as leader:
                last = 0
                while len(waited) < int(count):
                    at = registry.root.open("Key").get_int("At")
                    if at != last:
                        waited.append((time.monotonic_ns() - at) / 1e9)
                        last = at
                    elif leader.poll() is not None:
                        break
        slow = sorted(waited)[len(waited) * 19 // 20]
        return report([median(waited)], round(slow * 1e9), len(waited))

    def _moment(self, nanoseconds: int) -> Any:
        return self.library.Raw(QWORD, nanoseconds.to_bytes(8, "little"))

    def lead(self, count: str) -> Report:
        """The process that is followed: each commit tells when it began."""
        with self.library.open(self.folder / "anyreg", "r+") as registry:
            key = registry.open("Key")
            for _ in range(int(count)):
                time.sleep(PAUSE)
                key.values["At"] = self._moment(time.monotonic_ns())
            time.sleep(0.1)
        return report([0.0])

    def sizes(self, siblings: str, times: str) -> Report:
        """Bytes of a hive with many siblings, and bytes that overwriting adds to a hive."""
        with self._new() as registry, registry.transaction():
            for number in scrambled(int(siblings)):
                registry.create(f"Key {number:06d}")
        file = self.folder / "anyreg"
        large = file.stat().st_size
        with self._new() as registry:
            registry.create("Key").values["Value"] = bytes(DATA)
        before = file.stat().st_size
        with self.library.open(file, "r+") as registry:
            key = registry.open("Key")
            for number in range(int(times)):
                key.values["Value"] = data(number)
        return report([0.0], large, file.stat().st_size - before)


class Hivex:
    """hivex through its Python class, in memory: nothing is committed to a file."""

    def __init__(self, folder: Path) -> None:
        sys.path.append(DEBIAN)
        self.library: Any = importlib.import_module("hivex")
        self.folder = folder

    def tree(self, groups: str, each: str) -> Report:
        """The same keys and values."""
        hive = self.library.Hivex(str(self.folder / "template"), write=True)
        start = time.perf_counter()
        for group in range(int(groups)):
            parent = hive.node_add_child(hive.root(), f"Group {group:04d}")
            for number in scrambled(int(each)):
                node = hive.node_add_child(parent, f"Key {number:06d}")
                value = {"key": "Value", "t": NUMBER, "value": number.to_bytes(4, "little")}
                hive.node_set_value(node, value)
        return report([time.perf_counter() - start])

    def prune(self) -> Report:
        """Delete the same tree, and write the file."""
        hive = self.library.Hivex(str(copy_of_forest(self.folder, "hivex")), write=True)
        new = self.folder / "hivex-new"
        new.unlink(missing_ok=True)
        start = time.perf_counter()
        hive.node_delete_child(hive.node_get_child(hive.root(), "Tree"))
        hive.commit(str(new))
        return report([time.perf_counter() - start], most_memory())


class Sqlite:
    """SQLite in WAL mode, a table in the place of the hive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def durable(self, seconds: str) -> Report:
        """Commits that would survive a power cut."""
        return self._commits(float(seconds), "FULL")

    def lazy(self, seconds: str) -> Report:
        """Commits that survive the process."""
        return self._commits(float(seconds), "NORMAL")

    def _commits(self, seconds: float, synchronous: str) -> Report:
        for old in self.folder.glob("sqlite*"):
            old.unlink()
        database = sqlite3.connect(self.folder / "sqlite")
        mode = database.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        assert mode == "wal"
        database.execute(f"PRAGMA synchronous = {synchronous}")
        make = (
            "CREATE TABLE value (key TEXT, name TEXT, type INT, raw BLOB, PRIMARY KEY(key, name))"
        )
        change = "UPDATE value SET raw = ? WHERE key = ? AND name = ?"
        with database:
            database.execute(make)
            rows = [(f"Key {number:06d}", "Value", 3, bytes(DATA)) for number in range(KEYS)]
            database.executemany("INSERT INTO value VALUES (?, ?, ?, ?)", rows)

        def commit(number: int) -> None:
            with database:
                database.execute(change, (data(number), f"Key {number % KEYS:06d}", "Value"))

        taken = per_commit(commit, seconds)
        database.close()
        return taken


def copy_of_forest(folder: Path, name: str) -> Path:
    """A copy to delete from, of which nothing is left to write: a sync would write that too."""
    file = folder / name
    shutil.copy(folder / "forest", file)
    os.sync()
    return file


def most_memory() -> int:
    """Bytes of memory that this process had at its peak."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return int(found[1]) * 1024 if found else 0


def data(number: int) -> bytes:
    """Something new for each commit."""
    return number.to_bytes(4, "little") * (DATA // 4)


def per_commit(commit: Callable[[int], None], seconds: float) -> Report:
    """The mean time of a commit, over this many seconds; how many there were, and their median."""
    times: list[float] = []
    begin = last = time.perf_counter()
    while last - begin < seconds or len(times) < WARM:
        commit(1 + len(times))
        now = time.perf_counter()
        times.append(now - last)
        last = now
    return report([(last - begin) / len(times)], len(times), round(median(times) * 1e9))


def spread(registry: Any) -> Iterator[Any]:
    """Keys of a generated hive, from its begin to its end."""
    groups = registry.root.children()
    for number in range(PLACES):
        folders = groups[number * len(groups) // PLACES].children()
        folder = folders[number * STEP % len(folders)]
        yield folder.open(folder.children()[number % 2].name)


WRITERS: dict[str, Callable[[Path], Any]] = {"anyreg": Anyreg, "hivex": Hivex, "sqlite": Sqlite}


def main() -> None:
    name, job, folder, *arguments = sys.argv[1:]
    try:
        writer = WRITERS[name](Path(folder))
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    os.sync()  # what others have left to write is not ours
    measured: Report = getattr(writer, job)(*arguments)
    print(json.dumps(measured._asdict() | {"memory": 0}))


if __name__ == "__main__":
    main()
