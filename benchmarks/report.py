"""Tables in Markdown, and the document that they are put into."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from measure import Result

BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"


class Promise(NamedTuple):
    """Something that was asked for, and what came of it.

    Attributes:
        text: What.
        asked: The number, in words.
        measured: What was measured, None where it was not.
        unit: Behind the number.
        limit: The number.
        most: Whether it must not be more; else it must not be less.
    """

    text: str
    asked: str
    measured: float | None
    unit: str
    limit: float
    most: bool = False

    @property
    def kept(self) -> str:
        if self.measured is None:
            return "not measured"
        good = self.measured <= self.limit if self.most else self.measured >= self.limit
        return "yes" if good else "no"


def table(titles: list[str], rows: list[list[str]]) -> str:
    """A table, its columns aligned for people who read the source; numbers to the right."""
    widths = [max(len(row[at]) for row in [titles, *rows]) for at in range(len(titles))]

    def line(cells: list[str]) -> str:
        padded = [cells[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return f"| {' | '.join(padded)} |"

    rule = ["-" * widths[0], *["-" * (width - 1) + ":" for width in widths[1:]]]
    return "\n".join([line(titles), line(rule), *map(line, rows)])


def times(results: list[Result], ours: str, who: str = "reader") -> str:
    """Times of one job, and how many times that of `ours` each is; `who` heads the first column."""
    best = seconds_of(results, ours)
    rows = []
    for result in results:
        factor = "" if best is None or result.label == ours else f"{result.best / best:.2f}"
        rows.append([result.label, duration(result.best), duration(result.median), factor])
    return table([who, "best", "median", f"times {ours}"], rows)


def seconds_of(results: list[Result], label: str) -> float | None:
    """The best time under a label; None where it was not measured."""
    return next((result.best for result in results if result.label == label), None)


def ratio(over: float | None, under: float | None) -> float | None:
    """One time divided by another, where both were measured."""
    return None if over is None or under is None else over / under


def duration(seconds: float) -> str:
    """A time in the unit that fits it."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds * 1e6:.0f} us"


def promises(rows: list[Promise]) -> str:
    """The table of what was promised."""
    cells = [
        [
            row.text,
            row.asked,
            "-" if row.measured is None else f"{row.measured:.2f} {row.unit}".strip(),
            row.kept,
        ]
        for row in rows
    ]
    return table(["promise", "asked", "measured", "kept"], cells)


def replaced(document: str, section: str, begin_mark: str = BEGIN, end_mark: str = END) -> str:
    """The document with what stands between the two marks replaced.

    Raises:
        ValueError: It lacks the marks.
    """
    head, begin, rest = document.partition(begin_mark)
    _, end, tail = rest.partition(end_mark)
    if not begin or not end:
        raise ValueError(f"the document lacks {begin_mark} and {end_mark}")
    return f"{head}{begin}\n\n{section}\n\n{end}{tail}"


def write(file: Path, section: str, begin_mark: str = BEGIN, end_mark: str = END) -> None:
    """Put the section into a document."""
    document = file.read_text("utf-8")
    file.write_text(replaced(document, section, begin_mark, end_mark), "utf-8")
