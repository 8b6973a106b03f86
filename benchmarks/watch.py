"""Watching a key: python benchmarks/watch.py [OPTIONS].

How long a change takes from the commit to the callback, in one process and across two; what an idle
watch costs; what a change costs a watch in a small tree and in a large one, and what a watch costs
the one who commits.  --write puts the tables into a document between two marks.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import measure
import report
from measure import HERE, Subject
from report import Promise
from sections import composed, deliver, options

BEGIN = "<!-- measured, watches: begin -->"
END = "<!-- measured, watches: end -->"
WORKER = HERE / "watch_worker.py"


class Scale(NamedTuple):
    """How much of each is done.

    Attributes:
        watches: How many there are at a time, across processes.
        commits: How many of them are timed.
        idle: Seconds of watching an idle watch.
        keys: Sizes of trees; the first is what the second is compared with.
        changes: Changes of a value in each tree.
        batches: How often a hundred commits are timed, with a watch and without.
    """

    watches: tuple[int, ...] = (1, 10, 100)
    commits: int = 500
    idle: int = 10
    keys: tuple[int, int] = (1000, 1_000_000)
    changes: int = 200
    batches: int = 15


QUICK = Scale((1, 3), 5, 1, (20, 2000), 5, 1)


class Run(NamedTuple):
    """Where files are put, and how often each measurement is made."""

    folder: Path
    rounds: int

    def least(self, job: str, *arguments: object) -> list[float]:
        """The least that each figure of a job was in all rounds."""
        words = [str(WORKER), job, str(self.folder), *map(str, arguments)]
        subject = Subject(" ".join(words[1:]), [sys.executable, *words])
        missing: dict[str, str] = {}
        found = []
        for _ in range(self.rounds):
            results = measure.side_by_side([subject], 1, missing)
            if not results:
                raise SystemExit(f"{subject.label}: {missing[subject.label]}")
            found.append(results[0].counts)
        return [float(min(each)) for each in zip(*found, strict=True)]


def delivery(run: Run, scale: Scale, sections: list[str]) -> Iterator[Promise]:
    """From the commit to the callback."""
    rows: list[list[str]] = []
    for count in scale.watches:
        middle, most = run.least("across", count, scale.commits)
        who = f"{count} watch{'es' if count > 1 else ''} in another process"
        rows.append([who, report.duration(middle / 1e9), report.duration(most / 1e9)])
        yield Promise(f"{who}, median", "at most 2", middle / 1e6, "ms", 2, most=True)
        yield Promise(f"{who}, 99 of 100", "under 20", most / 1e6, "ms", 20, most=True)
    middle, most = run.least("within", scale.commits)
    rows.append(["one in the same", report.duration(middle / 1e9), report.duration(most / 1e9)])
    yield Promise(
        "one in the same process, median", "under 0.2", middle / 1e6, "ms", 0.2, most=True
    )
    sections += ["### From a commit to the callback", report.table(["", "median", "99 %"], rows)]


def idle(run: Run, scale: Scale, sections: list[str]) -> Iterator[Promise]:
    """What goes on while nothing happens."""
    calls = run.least("idle", scale.idle)[0]
    text = f"system calls of an idle watch in {scale.idle} s"
    sections += ["### While nothing happens", f"{text}: {calls:.0f}"]
    yield Promise(text, "none", calls, "", 0, most=True)


def trees(run: Run, scale: Scale, sections: list[str]) -> Iterator[Promise]:
    """One value of many."""
    times = [run.least("tree", keys, scale.changes)[0] for keys in scale.keys]
    rows = [
        [f"{keys:,}", report.duration(time / 1e9)]
        for keys, time in zip(scale.keys, times, strict=True)
    ]
    titles = ["keys below the watched one", "processor time of a change"]
    sections += ["### One value of a large tree", report.table(titles, rows)]
    few, many = (f"{keys:,}" for keys in scale.keys)
    text = f"one value among {many} keys / among {few}"
    yield Promise(text, "at most 2", times[1] / times[0], "", 2, most=True)


def commits(run: Run, scale: Scale, sections: list[str]) -> Iterator[Promise]:
    """What it costs to be watched."""
    rows: list[list[str]] = []
    for way, how in (("single", ", one at a time"), ("stream", ", one right after the other")):
        for kind in ("lazy", "durable"):
            for where, words in (("here", "in the same process"), ("there", "in another process")):
                alone, watched = run.least("commits", where, kind, way, scale.batches)
                shown = [report.duration(each / 1e9) for each in (alone, watched)]
                rows.append([f"{kind}{how}, a watch {words}", *shown, f"{watched / alone:.2f}"])
                text = f"a {kind} commit{how}, with a watch {words} / without"
                yield Promise(text, "at most 1.3", watched / alone, "", 1.3, most=True)
    titles = ["commit", "without", "with one", "ratio"]
    sections += ["### A commit that is watched", report.table(titles, rows)]


def measured(run: Run, scale: Scale) -> str:
    """Everything, as the text of a section."""
    sections: list[str] = []
    rows = list(delivery(run, scale, sections))
    rows += idle(run, scale, sections)
    rows += trees(run, scale, sections)
    rows += commits(run, scale, sections)
    facts = [f"Form: {measure.form_of(sys.executable)}"]
    return composed(scale == QUICK, facts, {}, rows, sections)


def main() -> None:
    asked = options("Measure watches.", "once, few changes", 3, folder=True).parse_args()
    with tempfile.TemporaryDirectory(prefix="anyreg-benchmark-", dir=asked.folder) as name:
        run = Run(Path(name), asked.rounds or (1 if asked.quick else 3))
        section = measured(run, QUICK if asked.quick else Scale())
    deliver(section, asked.write, BEGIN, END)


if __name__ == "__main__":
    main()
