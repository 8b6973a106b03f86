"""Measurements side by side: each in a process of its own, round after round, the readers in turn.

What slows the machine down for a while so slows all of them.  Of the times of all rounds the
fastest counts, as everything else is the machine's; the median is reported beside it.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from statistics import median
from subprocess import DEVNULL
from typing import NamedTuple

HERE = Path(__file__).resolve().parent


class Subject(NamedTuple):
    """Something to be measured: a label, and the command that measures it."""

    label: str
    command: list[str]


class Result(NamedTuple):
    """What was measured of one subject.

    Attributes:
        label: Its name in the tables.
        best: Its fastest time, in seconds.
        median: The median of the fastest times of all rounds.
        counts: What it counted.
        memory: Bytes of memory it took on top of what the process had before.
    """

    label: str
    best: float
    median: float
    counts: tuple[int, ...] = ()
    memory: int = 0


def reader(label: str, python: str, name: str, *arguments: str) -> Subject:
    """One reader of readers.py at one job of worker.py."""
    return Subject(label, [python, str(HERE / "worker.py"), name, *arguments])


def form_of(python: str) -> str | None:
    """Which form of this project an interpreter has; None where it has none."""
    command = [python, str(HERE / "worker.py"), "anyreg", "form"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def side_by_side(subjects: list[Subject], rounds: int, missing: dict[str, str]) -> list[Result]:
    """Measure all of them, in turn.

    Args:
        subjects: What to measure.
        rounds: How often.
        missing: Why a subject cannot be measured is noted here; it gets no result.
    """
    found: dict[str, list[dict[str, object]]] = {subject.label: [] for subject in subjects}
    for _ in range(rounds):
        for subject in subjects:
            if subject.label in missing:
                continue
            report = _run(subject)
            if "missing" in report:
                missing[subject.label] = str(report["missing"])
            else:
                found[subject.label].append(report)
    return [_result(label, reports) for label, reports in found.items() if reports]


def _run(subject: Subject) -> dict[str, object]:
    done = subprocess.run(subject.command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        return {"missing": f"failed: {last[0].partition(':')[0]}"}
    report: dict[str, object] = json.loads(done.stdout)
    return report


def _result(label: str, reports: list[dict[str, object]]) -> Result:
    fastest = [min(_numbers(report["times"])) for report in reports]
    counts = tuple(int(number) for number in _numbers(reports[-1]["counts"]))
    memory = max(int(_numbers([report["memory"]])[0]) for report in reports)
    return Result(label, min(fastest), median(fastest), counts, memory)


def _numbers(things: object) -> list[float]:
    assert isinstance(things, list)
    return things


def programs(subjects: list[Subject], rounds: int) -> list[Result]:
    """The time that whole programs take, start and end included."""
    times: dict[str, list[float]] = {subject.label: [] for subject in subjects}
    for _ in range(rounds):
        for subject in subjects:
            start = time.perf_counter()
            subprocess.run(subject.command, stdout=DEVNULL, stderr=DEVNULL, check=True)
            times[subject.label].append(time.perf_counter() - start)
    return [Result(label, min(some), median(some)) for label, some in times.items()]


def imports(label: str, python: str, module: str, rounds: int) -> Result | None:
    """What an import costs, as the interpreter itself tells with -X importtime."""
    times: list[float] = []
    for _ in range(rounds):
        command = [python, "-X", "importtime", "-c", f"import {module}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = re.findall(r"import time:\s+\d+ \|\s+(\d+) \|", done.stderr)
        if done.returncode or not lines:
            return None
        times.append(int(lines[-1]) / 1e6)
    return Result(label, min(times), median(times))
