"""One measurement of a wide key, in a process of its own: wide_worker.py JOB FOLDER ARGUMENTS.

It prints as JSON what one piece of work took, in nanoseconds: one lookup, one key or value of an
import, one value.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyreg

TOP = r"HKEY_LOCAL_MACHINE\X"
HEAD = "Windows Registry Editor Version 5.00\r\n\r\n"
SCRAMBLE = 2654435761  # odd: names come in no order, none twice
LOOKUPS = 1000
TIMES = 5  # that lookups are repeated; the fastest counts
CHANGES = 200


def name_of(number: int) -> str:
    """A name as the keys of Components have them."""
    return f"amd64_{number * SCRAMBLE % 2**32:08x}"


def text_of(first: int, end: int) -> str:
    """A .reg file of keys below one key, each with a value."""
    lines = [
        f'[{TOP}\\Wide\\{name_of(number)}]\r\n"c"=dword:{number:08x}\r\n\r\n'
        for number in range(first, end)
    ]
    return "".join([HEAD, *lines])


def fresh(folder: Path, name: str) -> Path:
    """A place where nothing is."""
    for old in folder.glob(f"{name}*"):
        old.unlink()
    return folder / name


def timed(work: Callable[[], object]) -> int:
    """Nanoseconds that something takes."""
    start = time.perf_counter_ns()
    work()
    return time.perf_counter_ns() - start


def imports(folder: Path, kind: str, count: int) -> list[int]:
    """So many keys into an empty key, and as many more into the same, by one key or value."""
    first, more = changes_of(folder, kind, 0, count), changes_of(folder, kind, count, 2 * count)
    file = fresh(folder, "wide.dat")
    with anyreg.open(file, "x") as registry:
        into_empty = timed(lambda: first(registry))
    with anyreg.open(file, "r+") as registry:
        into_full = timed(lambda: more(registry))
    with anyreg.open(file) as registry:
        assert registry.open("Wide").info().subkeys == 2 * count
    return [into_empty // (2 * count), into_full // (2 * count)]


def changes_of(folder: Path, kind: str, first: int, end: int) -> Callable[[Any], object]:
    """What puts such keys into a registry: a .reg file, a JSON file or a patch."""
    file = folder / f"{first}.reg"
    file.write_text(text_of(first, end), "utf-16", newline="")
    if kind == "reg":
        return lambda registry: registry.import_(file, prefix=TOP)
    made = fresh(folder, "made.dat")
    with anyreg.open(made, "x") as registry:
        registry.import_(file, prefix=TOP)
    with anyreg.open(made) as registry:
        if kind == "json":
            other = folder / f"{first}.json"
            registry.root.export(other)
            return lambda registry: registry.import_(other)
        with anyreg.open(fresh(folder, "empty.dat"), "x") as empty:
            if first:
                empty.create("Wide")
            changes = list(anyreg.diff(empty.root, registry.root))
    return lambda registry: anyreg.patch(registry.root, changes)


def lookups(folder: Path, width: int) -> list[int]:
    """A name that is there, one that is missing, and the first that is missing."""
    file = fresh(folder, "wide.dat")
    source = folder / "wide.reg"
    source.write_text(text_of(0, width), "utf-16", newline="")
    with anyreg.open(file, "x") as registry:
        registry.import_(source, prefix=TOP)
    with anyreg.open(file) as registry:
        key = registry.open("Wide")
        there = [name_of(number) for number in range(0, width, max(1, width // LOOKUPS))]
        first = timed(lambda: key.find_child("none of that name"))
        present = by_one(key, there)
        absent = by_one(key, [name + "-" for name in there])
    return [present, absent, first]


def by_one(key: anyreg.Key, names: list[str]) -> int:
    """Nanoseconds that one lookup takes."""

    def all_of_them() -> None:
        for name in names:
            key.find_child(name)

    return min(timed(all_of_them) for _ in range(TIMES)) // len(names)


def values(folder: Path, count: int) -> list[int]:
    """One of so many set in one transaction; then one changed, added, deleted by a commit."""
    with anyreg.open(fresh(folder, "values.dat"), "x") as registry:
        key = registry.create("Values")

        def fill() -> None:
            with registry.transaction():
                for number in range(count):
                    key.values[f"Value {number:06d}"] = number

        made = timed(fill) // count
        step = max(1, count // CHANGES)
        some = [f"Value {number:06d}" for number in range(0, count, step)]
        more = [f"More {number:06d}" for number in range(CHANGES)]

        def put(names: list[str]) -> None:
            for number, name in enumerate(names):
                key.values[name] = 7 + number

        def drop(names: list[str]) -> None:
            for name in names:
                del key.values[name]

        put(some[:2])
        changed = timed(lambda: put(some)) // len(some)
        added = timed(lambda: put(more)) // len(more)
        deleted = timed(lambda: drop(some)) // len(some)
        assert registry.check() == []
    return [made, changed, added, deleted]


def main() -> None:
    job, folder, *arguments = sys.argv[1:]
    if job == "imports":
        counts = imports(Path(folder), arguments[0], int(arguments[1]))
    elif job == "lookups":
        counts = lookups(Path(folder), int(arguments[0]))
    else:
        counts = values(Path(folder), int(arguments[0]))
    print(json.dumps({"times": [counts[0] / 1e9], "counts": counts, "memory": 0}))


if __name__ == "__main__":
    main()
