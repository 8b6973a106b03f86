"""What all benchmarks share whose tables fill a section of a document: options, head, and end."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import machine
import report
from report import Promise

_NO_NUMBERS = "A quick run: it shows that all works, and no numbers to go by."


def options(
    description: str, quick: str, rounds: int, *, folder: bool = False, plain: bool = False
) -> argparse.ArgumentParser:
    """What can be asked of a benchmark.

    Args:
        description: What it does.
        quick: What a quick run is.
        rounds: How often it measures if nothing is asked.
        folder: Whether it can be told where to write.
        plain: Whether it measures the other form of the project too.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--rounds", type=int, help=f"how often to measure ({rounds}; quick: 1)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into FILE")
    if folder:
        parser.add_argument(
            "--folder", type=Path, help="where to write; on the disk to be measured"
        )
    if plain:
        parser.add_argument(
            "--plain",
            default=os.environ.get("ANYREG_PLAIN_PYTHON"),
            help="an interpreter with the other form of the project",
        )
    return parser


def composed(
    is_quick: bool,
    facts: Iterable[str],
    missing: Mapping[str, str],
    rows: list[Promise],
    sections: list[str],
) -> str:
    """The text of a section.

    Args:
        is_quick: Whether its numbers mean nothing.
        facts: What was measured on, beside the machine.
        missing: What could not be measured, and why.
        rows: What was promised, and what came of it.
        sections: The tables.
    """
    head = [_NO_NUMBERS] if is_quick else []
    head += ["\n".join(f"- {line}" for line in [*machine.describe(), *facts])]
    head += [f"- Not measured: {label} ({why})" for label, why in sorted(missing.items())]
    return "\n\n".join([*head, "### What was promised", report.promises(rows), *sections])


def deliver(
    section: str, file: Path | None, begin: str = report.BEGIN, end: str = report.END
) -> None:
    """Put a section between its marks into a document, or print it where none was named."""
    if file is None:
        print(section)
    else:
        report.write(file, section, begin, end)
