"""Two builds of the project against each other: python benchmarks/pairs.py BEFORE AFTER [OPTIONS].

BEFORE and AFTER are interpreters in which the builds are installed.  Each row is measured in pairs,
one build right after the other, as a machine that others use changes its speed from second to
second; what counts is the median of the pairs' quotients, which also is what it prints: below 1
AFTER is the faster one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import report
from measure import HERE

WORKER = HERE / "pairs_worker.py"
CORPUS = Path(os.environ.get("ANYREG_CORPUS", HERE / "../../shared/hives")).resolve()


def seconds(python: str, row: str, corpus: Path) -> float:
    """What one row takes in a process of its own, with a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="anyreg-benchmark-") as folder:
        done = subprocess.run(
            [python, str(WORKER), row, folder, str(corpus)],
            env={**os.environ, "ANYREG_HOME": f"{folder}/home", "ANYREG_HISTORY": "off"},
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout)


def rows_of(python: str) -> list[str]:
    """The rows that the worker knows."""
    done = subprocess.run([python, str(WORKER)], capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return found


def compared(before: str, after: str, row: str, pairs: int, corpus: Path) -> list[str]:
    """One row: both medians, and the median, least and greatest of the quotients."""
    found = []
    for number in range(pairs):
        turn = (before, after)[:: 1 if number % 2 == 0 else -1]
        times = [seconds(python, row, corpus) for python in turn]
        found.append(tuple(times[:: 1 if number % 2 == 0 else -1]))
    quotients = sorted(new / old for old, new in found)
    return [
        row,
        report.duration(median(old for old, _ in found)),
        report.duration(median(new for _, new in found)),
        f"{median(quotients):.2f}",
        f"{quotients[0]:.2f} to {quotients[-1]:.2f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare two builds in interleaved pairs.")
    parser.add_argument("before", help="an interpreter with the one build")
    parser.add_argument("after", help="an interpreter with the other")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--row", action="append", help="only this row; can be given again")
    asked = parser.parse_args()
    rows = asked.row or rows_of(asked.after)
    table = []
    for row in rows:
        print(row, file=sys.stderr)
        table.append(compared(asked.before, asked.after, row, asked.pairs, CORPUS))
    print(report.table(["row", "before", "after", "after / before", "of single pairs"], table))


if __name__ == "__main__":
    main()
