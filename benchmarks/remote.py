"""The registry of another machine: python benchmarks/remote.py [--impacket PYTHON] [OPTIONS].

A private Samba on loopback, behind a proxy by which an answer takes 20 ms: 100 values of a key; a
walk of 1,000 keys with five values each, beside impacket's reg.py where its interpreter is given;
an export of 50 keys with 100 values each.  --write puts the tables into a document between two
marks.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import machine
import report
from measure import HERE
from report import Promise
from sections import deliver, options

import anyreg
from anyreg.registry.registry import Registry

TESTS = HERE.parent / "tests"
sys.path.insert(0, str(TESTS))

BEGIN = "<!-- measured, other machines: begin -->"
END = "<!-- measured, other machines: end -->"
DELAY = 0.02  # seconds there and back
WIDTH = 32  # calls at once, at most
VALUES = 5  # of each key of the tree
MANY = 100  # of each key of the table
TOP = r"HKEY_LOCAL_MACHINE\SOFTWARE\Benchmark"
PORTS = "choices=['139', '445'], "  # what reg.py takes; Samba listens on another one


class Measured(NamedTuple):
    """What one job took.

    Attributes:
        seconds: The median of all rounds.
        best: The fastest.
        first: The round trips of the first round, which opens pipes.
        trips: Those of the last one.
    """

    seconds: float
    best: float
    first: int
    trips: int


def written(branches: tuple[int, ...], table: int) -> tuple[str, int]:
    """A .reg file of a tree and a table; the number of keys in the tree."""
    ways = [TOP + r"\Tree"]
    level = ways
    for count in branches:
        level = [rf"{way}\Branch number {at}" for way in level for at in range(count)]
        ways = ways + level
    rows = [rf"{TOP}\Table\Row {at}" for at in range(table)]
    lines = ["Windows Registry Editor Version 5.00", ""]
    for keys, values in ((ways, VALUES), (rows, MANY)):
        for way in keys:
            lines += [f"[{way}]", *(f'"Value {at}"="Data {at}"' for at in range(values)), ""]
    return "\r\n".join([*lines, ""]), len(ways)


def least_trips(keys: int) -> float:
    """Opening and closing each key, its counts, and what it holds, so many calls at once."""
    return (3 * keys + keys - 1 + VALUES * keys) / WIDTH


@contextmanager
def network(port: int) -> Iterator[int]:
    """The port of a proxy in front of the server, in a process of its own."""
    command = [sys.executable, str(TESTS / "remote" / "proxy.py"), str(port), str(DELAY)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().rpartition(":")[2])
    finally:
        process.communicate()


def measured(registry: Registry, rounds: int, job: Callable[[Registry], object]) -> Measured:
    """A job, again and again over one connection."""
    times, trips = [], []
    for _ in range(rounds):
        before, begun = registry.round_trips, time.perf_counter()
        job(registry)
        times.append(time.perf_counter() - begun)
        trips.append(registry.round_trips - before)
    return Measured(median(times), min(times), trips[0], trips[-1])


def by_impacket(python: str, port: int, folder: Path) -> float:
    """How long reg.py takes for the tree, without what it takes for a key of one value."""
    script = folder / "reg.py"
    script.write_text(Path(python).with_name("reg.py").read_text().replace(PORTS, ""))

    def seconds(*arguments: str) -> float:
        from remote.smbd import ADMINISTRATOR, HOST, PASSWORD  # type: ignore[import-not-found]

        who = f"{ADMINISTRATOR}:{PASSWORD}@{HOST}"
        command = [python, str(script), who, "-port", str(port), "query", "-keyName", *arguments]
        begun = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        took = time.perf_counter() - begun
        assert "Value 0" in done.stdout, done.stdout[-1000:]
        return took

    short = TOP.replace("HKEY_LOCAL_MACHINE", "HKLM")
    alone = seconds(rf"{short}\Table\Row 0", "-v", "Value 0")
    return seconds(rf"{short}\Tree", "-s") - alone


def walk(registry: Registry) -> None:
    """Each key with its values."""
    for step in registry.open(TOP + r"\Tree").walk():
        assert len(step.values) == VALUES


def main() -> None:
    parser = options("Measure the registry of another machine.", "a small tree, once", 5)
    parser.add_argument("--impacket", metavar="PYTHON", help="one that has impacket")
    asked = parser.parse_args()
    rounds = asked.rounds or (1 if asked.quick else 5)
    from remote.smbd import (
        ADMINISTRATOR,
        HOST,
        PASSWORD,
        PATH,
        server,
    )

    found = server()
    table = 2 if asked.quick else 50
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text, keys = written((2, 2) if asked.quick else (9, 10, 10), table)
        (folder / "seed.reg").write_text(text, "utf-16")
        command = ["net", "-s", str(found.configuration), "registry", "import"]
        command.append(str(folder / "seed.reg"))
        subprocess.run(command, check=True, env={"PATH": PATH}, stderr=subprocess.DEVNULL)
        jobs: dict[str, Callable[[Registry], object]] = {
            f"{MANY} values of a key": lambda one: one.open(TOP + r"\Table\Row 0").records(),
            f"walk of {keys} keys": walk,
            f"export of {table * MANY} values": lambda one: one.open(TOP + r"\Table").export(
                folder / "table.reg"
            ),
        }
        with network(found.port) as port:
            with anyreg.connect(
                HOST,
                user=ADMINISTRATOR,
                password=PASSWORD,
                protocol="ntlm",
                port=port,
                connect_timeout=120,
                timeout=120,
            ) as registry:
                results = {title: measured(registry, rounds, jobs[title]) for title in jobs}
            theirs = by_impacket(asked.impacket, port, folder) if asked.impacket else None
    deliver(tables(results, theirs, keys), asked.write, BEGIN, END)


def tables(results: dict[str, Measured], theirs: float | None, keys: int) -> str:
    """What was measured, and what was promised."""
    rows = [
        [
            title,
            report.duration(one.seconds),
            report.duration(one.best),
            str(one.first),
            str(one.trips),
        ]
        for title, one in results.items()
    ]
    if theirs is not None:
        took = report.duration(theirs)
        rows.append([f"walk of {keys} keys, impacket's reg.py", took, took, "", ""])
    values, walked, exported = results.values()
    least = least_trips(keys)
    promises = [
        Promise(f"{MANY} values of a key", "at most 0.2 s", values.seconds, "s", 0.2, True),
        Promise(
            "walk, beside impacket's reg.py",
            "at least 10 times as fast",
            report.ratio(theirs, walked.seconds),
            "times",
            10,
        ),
        Promise(
            f"walk, beside the {least:.0f} round trips that it takes at least",
            "at most 1.2 times",
            walked.first / least,
            "times",
            1.2,
            True,
        ),
        Promise("export", "less than 5 s", exported.seconds, "s", 5, True),
    ]
    return "\n\n".join(
        [
            "\n".join(machine.describe()),
            "### What is promised of other machines",
            report.promises(promises),
            "### What other machines take",
            report.table(["", "median", "best", "round trips, first", "and last"], rows),
        ]
    )


if __name__ == "__main__":
    main()
