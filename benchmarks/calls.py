"""The calls of winreg, on a registry of one's own: python benchmarks/calls.py [OPTIONS].

Microseconds a call, compiled and plain, and of the genuine module where --genuine is the command of
a Windows Python, such as "wine python.exe".  It prints Markdown; --write puts that into a document
between two marks.  --plain is as for read.py.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

import report
from read import forms

BEGIN = "<!-- measured, calls: begin -->"
END = "<!-- measured, calls: end -->"
GENUINE = "genuine, Wine"
PROMISE = 6.5  # microseconds for the first row, compiled
OPENED = "OpenKey, Close"
ASKED = "OpenKey, Close, with a token"
CHECK = "of it the check"
CHECK_PROMISE = 5.0  # microseconds that a token adds to a key that was opened before, compiled
WORKER = Path(__file__).resolve().with_name("calls_worker.py")


def run(command: list[str], seconds: float, home: str) -> dict[str, float]:
    """Measure in another interpreter."""
    done = subprocess.run(
        [*command, str(WORKER), str(seconds)],
        env={**os.environ, "ANYREG_HOME": home},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measured(subjects: dict[str, list[str]], seconds: float) -> str:
    """The table of all subjects, and whether the promise is kept."""
    with tempfile.TemporaryDirectory(prefix="anyreg-benchmark-") as folder:
        columns = {
            label: run(command, seconds, f"{folder}/{number}")
            for number, (label, command) in enumerate(subjects.items())
        }
    for column in columns.values():
        if ASKED in column:
            column[CHECK] = max(column[ASKED] - column[OPENED], 0.0)
    lines = [f"| microseconds | {' | '.join(columns)} |", "|---|" + "---|" * len(columns)]
    for name in next(iter(columns.values())):
        cells = " | ".join(
            f"{column[name]:.1f}" if name in column else "" for column in columns.values()
        )
        lines.append(f"| {name} | {cells} |")
    ours = next(iter(columns.values()))
    kept = "kept" if next(iter(ours.values())) < PROMISE else "not kept"
    asked = "kept" if ours[CHECK] <= CHECK_PROMISE else "not kept"
    promise = (
        f"Promise: the first row below {PROMISE} compiled: {kept}; "
        f"the check at most {CHECK_PROMISE:.0f}: {asked}."
    )
    return "\n".join([*lines, "", promise])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the calls of winreg.")
    parser.add_argument("--quick", action="store_true", help="a moment each")
    parser.add_argument(
        "--plain",
        default=os.environ.get("ANYREG_PLAIN_PYTHON"),
        help="an interpreter with the other form of the project",
    )
    parser.add_argument("--genuine", help="the command of a Windows Python")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into FILE")
    asked = parser.parse_args()
    subjects = {label: [python] for label, python in forms(asked.plain).items()}
    if asked.genuine:
        subjects[GENUINE] = shlex.split(asked.genuine)
    section = measured(subjects, 0.02 if asked.quick else 2)
    if asked.write:
        report.write(asked.write, section, BEGIN, END)
    else:
        print(section)


if __name__ == "__main__":
    main()
