"""Keys of many subkeys and of many values: python benchmarks/wide.py [OPTIONS].

How little a thing costs more in a wide key than in a narrow one: looking up a name that is missing,
importing, setting and changing values.  --write puts the tables into a document between two marks.
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

BEGIN = "<!-- measured, wide keys: begin -->"
END = "<!-- measured, wide keys: end -->"
WORKER = HERE / "wide_worker.py"


class Scale(NamedTuple):
    """How wide keys are; the first of each is what the others are compared with.

    Attributes:
        lookups: Siblings among which names are looked up.
        imports: Keys that are imported, by what brings them.
        values: Values of one key; the second is that of the promises.
    """

    lookups: tuple[int, ...] = (1000, 60_000, 1_000_000)
    imports: tuple[tuple[str, tuple[int, ...]], ...] = (
        ("reg", (1000, 10_000, 60_000, 300_000, 1_000_000)),
        ("json", (1000, 60_000)),
        ("patch", (1000, 60_000)),
    )
    values: tuple[int, ...] = (1000, 16_000, 100_000)


QUICK = Scale(
    (10, 40, 300), (("reg", (40, 300)), ("json", (40, 60)), ("patch", (40, 60))), (20, 40)
)
Figures = dict[int, list[float]]  # seconds, by width


class Run(NamedTuple):
    """Where files are put, and how often each measurement is made."""

    folder: Path
    rounds: int

    def figures(self, job: str, widths: tuple[int, ...], *arguments: str) -> Figures:
        """The least that each figure was in all rounds, which take the widths in turn."""
        found: dict[int, list[tuple[int, ...]]] = {width: [] for width in widths}
        missing: dict[str, str] = {}
        for _ in range(self.rounds):
            for width in widths:
                words = [str(WORKER), job, str(self.folder), *arguments, str(width)]
                subject = Subject(f"{job} {width}", [sys.executable, *words])
                results = measure.side_by_side([subject], 1, missing)
                if not results:
                    raise SystemExit(f"{subject.label}: {missing[subject.label]}")
                found[width].append(results[0].counts)
        return {
            width: [min(each) / 1e9 for each in zip(*rounds, strict=True)]
            for width, rounds in found.items()
        }


def lookups(run: Run, widths: tuple[int, ...], sections: list[str]) -> Iterator[Promise]:
    """Names that are there, and names that are missing."""
    rows: list[list[str]] = []
    for width, (there, missing, first) in run.figures("lookups", widths).items():
        ratio = missing / there
        shown = [report.duration(each) for each in (there, missing)]
        rows.append([f"{width:,}", *shown, f"{ratio:.2f}", report.duration(first)])
        text = f"a missing name / one that is there, {width:,} siblings"
        yield Promise(text, "at most 2", ratio, "", 2, most=True)
    titles = ["siblings", "there", "missing", "ratio", "the first missing"]
    sections += ["### Look up one name of many", report.table(titles, rows)]


def imports(run: Run, scale: Scale, sections: list[str]) -> Iterator[Promise]:
    """Keys with a value each, below an empty key and below one that has as many already."""
    rows: list[list[str]] = []
    for kind, widths in scale.imports:
        figures = run.figures("imports", widths, kind)
        least = figures[widths[0]]
        for width, found in figures.items():
            shown = [report.duration(each) for each in found]
            rows.append([kind, f"{width:,}", *shown])
            for index, what in enumerate(("an empty", "a full")):
                if width != widths[0]:
                    text = f"{kind}, {width:,} keys into {what} key, an item / {widths[0]:,} keys"
                    ratio = found[index] / least[index]
                    yield Promise(text, "at most 1.5", ratio, "", 1.5, most=True)
    titles = ["from", "keys", "an item, into an empty key", "into a full one"]
    sections += ["### Import many keys below one", report.table(titles, rows)]


def values(run: Run, widths: tuple[int, ...], sections: list[str]) -> Iterator[Promise]:
    """Values of one key."""
    figures = run.figures("values", widths)
    rows = [
        [f"{width:,}", *[report.duration(each) for each in found]]
        for width, found in figures.items()
    ]
    titles = [
        "values",
        "set, in one transaction",
        "change, commit",
        "add, commit",
        "delete, commit",
    ]
    sections += ["### Set the values of one key", report.table(titles, rows)]
    few, many = widths[:2]
    for index, what, limit in ((0, "set", 3), (1, "change", 2)):
        ratio = figures[many][index] / figures[few][index]
        text = f"{what} one of {many:,} values / of {few:,}"
        yield Promise(text, f"at most {limit}", ratio, "", limit, most=True)


def measured(run: Run, scale: Scale) -> str:
    """Everything, as the text of a section."""
    sections: list[str] = []
    rows = list(lookups(run, scale.lookups, sections))
    rows += imports(run, scale, sections)
    rows += values(run, scale.values, sections)
    facts = [f"Form: {measure.form_of(sys.executable)}"]
    return composed(scale == QUICK, facts, {}, rows, sections)


def main() -> None:
    asked = options(
        "Measure keys of many subkeys and values.", "once, few keys", 3, folder=True
    ).parse_args()
    with tempfile.TemporaryDirectory(prefix="anyreg-benchmark-", dir=asked.folder) as name:
        run = Run(Path(name), asked.rounds or (1 if asked.quick else 3))
        section = measured(run, QUICK if asked.quick else Scale())
    deliver(section, asked.write, BEGIN, END)


if __name__ == "__main__":
    main()
