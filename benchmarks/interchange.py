"""Importing .reg files, side by side with hivexregedit and reged: python benchmarks/interchange.py.

Every writer gets the same values in a new hive, from a file to a hive that is complete: whole
programs, start and end included, and this project inside one process too.  Of this project there
are two programs, the command and a script of three lines.  reged is asked once, as it takes its
time.  --write puts the tables into a document between two marks.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import measure
import report
from measure import Result, Subject
from report import Promise
from sections import composed, deliver, options

import anyreg

BEGIN = "<!-- measured, interchange: begin -->"
END = "<!-- measured, interchange: end -->"
TOP = r"HKEY_LOCAL_MACHINE\X"
HEAD = "Windows Registry Editor Version 5.00\r\n\r\n"
OURS, SCRIPT, INSIDE = "anyreg import", "anyreg, a script", "anyreg, in one process"
HIVEX, REGED = "hivexregedit", "reged"
SIBLINGS = 50  # keys below one key
INSIDE_PROGRAM = """
import json, sys, time
import anyreg
start = time.perf_counter()
with anyreg.open(sys.argv[1], "x") as registry:
    registry.import_(sys.argv[2], prefix=sys.argv[3], durable=True)
print(json.dumps({"times": [time.perf_counter() - start], "counts": [], "memory": 0}))
"""
SCRIPT_PROGRAM = """
import sys, anyreg
with anyreg.open(sys.argv[1], "r+") as registry:
    registry.import_(sys.argv[2], prefix=sys.argv[3], durable=True)
"""


class Shape(NamedTuple):
    """How many keys, and values in each."""

    keys: int
    values: int

    def __str__(self) -> str:
        return f"{self.keys * self.values:,} values ({self.keys:,} keys x {self.values})"


SHAPES = (Shape(1000, 100), Shape(40_000, 2), Shape(100_000, 1))
QUICK = (Shape(20, 10), Shape(60, 2))


def file_of(shape: Shape) -> str:
    """A .reg file with values of each usual type; every key above another is named first."""
    randomness = random.Random(5)
    parts = [HEAD]
    for number in range(shape.keys):
        if number % SIBLINGS == 0:
            parts.append(f"[{TOP}\\Group {number // SIBLINGS:05d}]\r\n\r\n")
        parts.append(f"[{TOP}\\Group {number // SIBLINGS:05d}\\Key {number:06d}]\r\n")
        parts += [value(randomness, at + number, at) for at in range(shape.values)]
        parts.append("\r\n")
    return "".join(parts)


def value(randomness: random.Random, kind: int, number: int) -> str:
    """A line, or several for long data, broken where regedit breaks them."""
    wide = f"%SystemRoot%\\{number}\0".encode("utf-16-le")
    data = (
        f'"text number {number} of some usual length"',
        f"dword:{number:08x}",
        "hex:" + randomness.randbytes(40).hex(","),
        "hex(2):" + wide.hex(","),
        "hex(7):" + "one\0two\0\0".encode("utf-16-le").hex(","),
        "hex(b):" + number.to_bytes(8, "little").hex(","),
    )[kind % 6]
    rest, lines = f'"Value {number:04d}"={data}', []
    while len(rest) > 79:
        end = rest.rindex(",", 0, 78) + 1
        lines.append(rest[:end] + "\\\r\n")
        rest = "  " + rest[end:]
    return "".join([*lines, rest, "\r\n"])


class Job(NamedTuple):
    """Files of one shape in a folder.

    Attributes:
        folder: Where.
        shape: The shape.
    """

    folder: Path
    shape: Shape

    def prepare(self) -> None:
        """Write the file in both encodings, and a hive to begin with."""
        text = file_of(self.shape)
        (self.folder / "wide.reg").write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
        (self.folder / "narrow.reg").write_bytes(text.encode())
        anyreg.open(self.folder / "empty.dat", "x").close()

    def command(self, *words: str) -> list[str]:
        """A command on a fresh copy of the empty hive, `new.dat`."""
        fresh = 'cd "$0" && rm -f new.dat* && cp empty.dat new.dat && exec "$@"'
        return ["sh", "-c", fresh, str(self.folder), *words]

    def inside(self) -> Subject:
        """This project in one process."""
        wide = str(self.folder / "wide.reg")
        program = f"rm -f made.dat* && exec {sys.executable} -c '{INSIDE_PROGRAM}' made.dat {wide}"
        return Subject(INSIDE, ["sh", "-c", f"cd {self.folder} && {program} '{TOP}'"])


def programs(job: Job, missing: dict[str, str]) -> list[Subject]:
    """Whole programs, ours first."""
    us = [sys.executable, "-m", "anyreg", "import", "new.dat", "wide.reg", "--prefix", TOP]
    script = [sys.executable, "-c", SCRIPT_PROGRAM, "new.dat", "wide.reg", TOP]
    found = [Subject(OURS, job.command(*us)), Subject(SCRIPT, job.command(*script))]
    if shutil.which(HIVEX):
        hivex = [HIVEX, "--merge", "--prefix", TOP, "new.dat", "narrow.reg"]
        found.append(Subject(HIVEX, job.command(*hivex)))
    else:
        missing[HIVEX] = "no such program"
    return found


def once(job: Job) -> Result:
    """reged, whose status is 2 where it has changed something."""
    command = job.command(REGED, "-C", "-I", "new.dat", TOP, "narrow.reg")
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False)
    took = time.perf_counter() - start
    return Result(REGED, took, took)


def checked(job: Job) -> None:
    """That ours made what was asked for."""
    with anyreg.open(job.folder / "made.dat") as registry:
        keys = values = 0
        for _, _, found in registry.root.walk():
            keys += 1
            values += len(found)
    groups = -(-job.shape.keys // SIBLINGS)
    assert (keys, values) == (1 + groups + job.shape.keys, job.shape.keys * job.shape.values)


def results_of(job: Job, rounds: int, missing: dict[str, str]) -> list[Result]:
    """All that can be measured here."""
    job.prepare()
    results = measure.side_by_side([job.inside()], rounds, missing)
    checked(job)
    results += measure.programs(programs(job, missing), rounds)
    if not shutil.which(REGED):
        missing[REGED] = "no such program; Debian's package chntpw has it"
    elif job.shape.keys <= SHAPES[0].keys:
        results.append(once(job))
    return results


def promises(shape: Shape, results: list[Result]) -> Iterator[Promise]:
    """What was asked for, of one shape."""
    for who, label in ((HIVEX, OURS), (HIVEX, SCRIPT), (HIVEX, INSIDE), (REGED, OURS)):
        limit = 5 if who == HIVEX else 1
        factor = report.ratio(report.seconds_of(results, who), report.seconds_of(results, label))
        yield Promise(f"{shape}, {label}, against {who}", f"{limit} x", factor, "x", limit)


def measured(folder: Path, rounds: int, shapes: tuple[Shape, ...]) -> str:
    """Everything, as the text of a section."""
    missing: dict[str, str] = {}
    rows: list[Promise] = []
    sections: list[str] = []
    for index, shape in enumerate(shapes):
        place = folder / str(index)
        place.mkdir()
        results = results_of(Job(place, shape), rounds, missing)
        rows += promises(shape, results)
        sections += [f"### Import {shape}", report.times(results, OURS, "writer")]
        shutil.rmtree(place)
    return composed(shapes == QUICK, (), missing, rows, sections)


def main() -> None:
    asked = options(
        "Measure imports of .reg files, side by side.", "once, few values", 5, folder=True
    ).parse_args()
    shapes = QUICK if asked.quick else SHAPES
    with tempfile.TemporaryDirectory(prefix="anyreg-benchmark-", dir=asked.folder) as name:
        section = measured(Path(name), asked.rounds or (1 if asked.quick else 5), shapes)
    deliver(section, asked.write, BEGIN, END)


if __name__ == "__main__":
    main()
