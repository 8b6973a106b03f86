"""Writing hives, side by side with hivex and SQLite: python benchmarks/write.py [OPTIONS].

It measures in a folder on the disk that --folder names (the system's folder for temporary files
by default; one in memory says nothing about durable commits), and prints Markdown; --write puts
that into a document between two marks.  --plain is as for read.py.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import measure
import report
from generate import generate
from measure import HERE, Result, Subject
from read import COMPILED, MEGABYTE, forms
from report import Promise
from sections import composed, deliver, options

import anyreg

BEGIN = "<!-- measured, writing: begin -->"
END = "<!-- measured, writing: end -->"
SQLITE, SQLITE_NORMAL = "SQLite, FULL", "SQLite, NORMAL"
BIN = 4096


class Scale(NamedTuple):
    """How much work there is.

    Attributes:
        tree: Keys below the root, and below each of them.
        siblings: Numbers of keys below one key, ascending; the promise is on the second.
        forest: Keys below a key, and below each of them, that are deleted together.
        seconds: How long commits are repeated.
        sizes: Megabytes of the hives to generate, ascending.
        followed: Commits that another process follows.
        kept: Siblings in a hive that is to be small, and times that a value is overwritten.
    """

    tree: tuple[int, int] = (100, 1000)
    siblings: tuple[int, ...] = (1000, 5000, 10_000)
    forest: tuple[int, int] = (1000, 1000)
    seconds: float = 2
    sizes: tuple[float, ...] = (1, 100, 1000)
    followed: int = 500
    kept: tuple[int, int] = (8000, 2000)


QUICK = Scale((4, 25), (20, 40), (4, 25), 0.05, (0.2, 0.4), 10, (80, 20))


class Run(NamedTuple):
    """What one run measures, and where.

    Attributes:
        forms: Label and interpreter of each form of this project, the faster first.
        rounds: How often each measurement is made.
        scale: How much work there is.
        folder: Where to put files.
        missing: What could not be measured, and why.
    """

    forms: dict[str, str]
    rounds: int
    scale: Scale
    folder: Path
    missing: dict[str, str]

    @property
    def ours(self) -> str:
        """The form that all others are compared with."""
        return next(iter(self.forms))

    def writer(self, label: str, python: str, name: str, job: str, *arguments: object) -> Subject:
        """One writer at one job."""
        command = [python, str(HERE / "writers.py"), name, job, str(self.folder)]
        return Subject(label, [*command, *map(str, arguments)])

    def us(self, job: str, *arguments: object, suffix: str = "") -> list[Subject]:
        """This project in each of its forms."""
        return [
            self.writer(label + suffix, python, "anyreg", job, *arguments)
            for label, python in self.forms.items()
        ]

    def measured(self, subjects: list[Subject]) -> list[Result]:
        """All of them, in turn."""
        return measure.side_by_side(subjects, self.rounds, self.missing)


def trees(run: Run, groups: int, each: int) -> list[Result]:
    """Many keys at once."""
    hivex = run.writer("hivex", sys.executable, "hivex", "tree", groups, each)
    return run.measured([*run.us("tree", groups, each), hivex])


def bulk(run: Run, sections: list[str]) -> list[Result]:
    """Keys of a usual shape."""
    groups, each = run.scale.tree
    results = trees(run, groups, each)
    sections += [
        f"### Create {groups * each:,} keys ({groups} x {each:,}), each with a value",
        report.times(results, run.ours, "writer"),
    ]
    return results


def siblings(run: Run, sections: list[str]) -> list[list[Result]]:
    """All keys below one."""
    found: list[list[Result]] = []
    rows: list[list[str]] = []
    for count in run.scale.siblings:
        results = trees(run, 1, count)
        ours = report.seconds_of(results, run.ours)
        for result in results:
            factor = report.ratio(result.best, ours)
            shown = "" if factor is None or result.label == run.ours else f"{factor:.2f}"
            each = report.duration(result.best / count)
            rows.append([result.label, f"{count:,}", report.duration(result.best), each, shown])
        found.append(results)
    titles = ["writer", "siblings", "best", "per key", f"times {run.ours}"]
    sections += ["### Create many keys below one key", report.table(titles, rows)]
    return found


def pruning(run: Run, sections: list[str]) -> tuple[list[Result], float | None]:
    """A whole tree deleted by one call; times, and the most memory by the size of the hive."""
    groups, each = run.scale.forest
    made = measure.side_by_side(run.us("forest", groups, each)[:1], 1, run.missing)
    if not made:
        return [], None
    size = made[0].counts[0]
    hivex = run.writer("hivex", sys.executable, "hivex", "prune")
    results = run.measured([*run.us("prune"), hivex])
    keys = groups * each + groups + 1
    rows = [
        [
            result.label,
            report.duration(result.best),
            report.duration(result.median),
            f"{result.best / keys * 1e6:.2f} us",
            f"{result.counts[0] / size:.2f}",
        ]
        for result in results
    ]
    titles = ["writer", "best", "median", "per key", "memory / file"]
    sections += [f"### Delete a tree of {keys:,} keys, {size / MEGABYTE:,.0f} MB"]
    sections += [report.table(titles, rows)]
    memory = [result.counts[0] / size for result in results if result.label == run.ours]
    return results, memory[0] if memory else None


def commits(run: Run, sections: list[str]) -> tuple[list[Result], list[Result]]:
    """Transactions that change one value each."""
    seconds = run.scale.seconds
    full = run.writer(SQLITE, sys.executable, "sqlite", "durable", seconds)
    normal = run.writer(SQLITE_NORMAL, sys.executable, "sqlite", "lazy", seconds)
    durable = run.us("durable", seconds)
    lazy = run.us("lazy", seconds, suffix=", lazy")
    results = run.measured([*durable, full, *lazy, normal])
    rows = [
        [
            result.label,
            f"{1 / result.best:,.0f}",
            f"{1 / result.median:,.0f}",
            report.duration(result.best),
            report.duration(result.counts[1] / 1e9),
        ]
        for result in results
    ]
    titles = ["writer", "commits/s, best", "median", "a commit, mean", "a commit, median"]
    sections += ["### Commits that change one value", report.table(titles, rows)]
    labels = [subject.label for subject in (*durable, full)]
    found = [result for result in results if result.label in labels]
    return found, [result for result in results if result not in found]


def growth(run: Run, sections: list[str]) -> list[Result]:
    """The same commit in larger and larger hives."""
    found: list[Result] = []
    rows: list[tuple[str, float, list[str]]] = []
    for megabytes in run.scale.sizes:
        hive = run.folder / f"generated-{megabytes:g}"
        generate(hive, megabytes)
        results = run.measured(run.us("grown", hive, run.scale.seconds))
        for result in results:
            first, size, typical = result.counts
            shown = [report.duration(first / 1e9), report.duration(result.best)]
            shown.append(report.duration(typical / 1e9))
            name = f"{size / MEGABYTE:,.1f} MB"
            rows.append((result.label, size, [result.label, name, *shown]))
        found += [result for result in results if result.label == run.ours]
        for file in run.folder.glob(f"{hive.name}*"):
            file.unlink()
    rows.sort()
    titles = ["writer", "hive", "open and first commit", "a commit, mean", "median"]
    cells = [row for _, _, row in rows]
    sections += ["### Growth: lazy commits, spread over the hive", report.table(titles, cells)]
    return found


def following(run: Run, sections: list[str]) -> list[Result]:
    """How soon another process sees a commit."""
    results = run.measured(run.us("follow", run.scale.followed))
    rows = [
        [result.label, report.duration(result.best), report.duration(result.counts[0] / 1e9)]
        for result in results
    ]
    titles = ["reader and writer", "median", "19 of 20 within"]
    sections += ["### From the begin of a commit until another process has read it"]
    sections += [report.table(titles, rows)]
    return results


def sizes(run: Run) -> tuple[float | None, float | None]:
    """Megabytes with many siblings, and bins that overwriting adds."""
    results = measure.side_by_side(run.us("sizes", *run.scale.kept)[:1], 1, run.missing)
    if not results:
        return None, None
    large, added = results[0].counts
    return large / MEGABYTE, added / BIN


def faster(results: list[Result], than: str, who: str) -> float | None:
    """How many times faster one is than another."""
    return report.ratio(report.seconds_of(results, than), report.seconds_of(results, who))


def measured(run: Run) -> str:
    """Everything, as the text of a section."""
    sections: list[str] = []
    tree = bulk(run, sections)
    wide = siblings(run, sections)
    pruned, memory = pruning(run, sections)
    durable, lazy = commits(run, sections)
    grown = growth(run, sections)
    seen = following(run, sections)
    large, added = sizes(run)
    slower = report.ratio(grown[-1].best, grown[0].best) if grown else None
    typical = grown[-1].counts[2] / grown[0].counts[2] if grown else None
    waited = report.seconds_of(seen, run.ours)
    many, groups = run.scale.siblings[1], run.scale.tree
    rows = [
        Promise(
            f"create {groups[0] * groups[1]:,} keys, compiled, against hivex",
            "0.5 x",
            faster(tree, "hivex", COMPILED),
            "x",
            0.5,
        ),
        Promise(
            f"create {many:,} siblings, compiled, against hivex",
            "1 x",
            faster(wide[1], "hivex", COMPILED),
            "x",
            1,
        ),
        Promise(
            "delete a large tree, compiled, against hivex",
            "1 x",
            faster(pruned, "hivex", COMPILED),
            "x",
            1,
        ),
        Promise("memory of that / hive", "at most 3", memory, "", 3, most=True),
        Promise(
            "durable commits, against SQLite", "1 x", faster(durable, SQLITE, run.ours), "x", 1
        ),
        Promise(
            "lazy commits, compiled, against durable ones of SQLite",
            "5 x",
            faster([*durable, *lazy], SQLITE, f"{COMPILED}, lazy"),
            "x",
            5,
        ),
        Promise(
            "a commit, median, largest hive / smallest", "at most 1.5", typical, "", 1.5, most=True
        ),
        Promise("the same, mean with checkpoints", "at most 1.5", slower, "", 1.5, most=True),
        Promise(
            "a commit is seen elsewhere, median",
            "within 1 ms",
            None if waited is None else waited * 1e3,
            "ms",
            1,
            most=True,
        ),
        Promise(f"{run.scale.kept[0]:,} siblings", "under 2 MB", large, "MB", 2, most=True),
        Promise(
            f"{run.scale.kept[1]:,} overwrites of a value",
            "at most 1 bin",
            added,
            "bins",
            1,
            most=True,
        ),
    ]
    is_quick = run.scale._replace(sizes=QUICK.sizes) == QUICK
    facts = [f"SQLite {sqlite3.sqlite_version}; {disk_of(run.folder)}"]
    return composed(is_quick, facts, run.missing, rows, sections)


def disk_of(folder: Path) -> str:
    """The kind of file system, where the system tells."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    except OSError:
        return "file system unknown"
    holding = [(len(at), kind) for _, at, kind, *_ in mounts if folder.is_relative_to(at)]
    return f"file system {max(holding)[1]}" if holding else "file system unknown"


def arguments() -> argparse.Namespace:
    title = "Measure the writing of hives, side by side."
    parser = options(title, "once, on small hives", 5, folder=True, plain=True)
    parser.add_argument("--sizes", help="megabytes to generate (1,100,1000; quick: 0.2,0.4)")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    scale = QUICK if asked.quick else Scale()
    if asked.sizes:
        scale = scale._replace(sizes=tuple(map(float, asked.sizes.split(","))))
    with tempfile.TemporaryDirectory(prefix="anyreg-benchmark-", dir=asked.folder) as name:
        folder = Path(name)
        anyreg.open(folder / "template", "x").close()
        rounds = asked.rounds or (1 if asked.quick else 5)
        section = measured(Run(forms(asked.plain), rounds, scale, folder, {}))
    deliver(section, asked.write, BEGIN, END)


if __name__ == "__main__":
    main()
