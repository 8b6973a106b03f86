"""The live registry by anyreg and by the standard winreg: python benchmarks/live.py [--pairs N].

In Wine (tests/live/wine.py), or on Windows where it is run there.  Prints the median of each, and
the median of the pairs' quotients, which is what counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from statistics import median

import report
from measure import HERE
from report import Promise

sys.path.insert(0, str(HERE.parent / "tests"))
WORKER = HERE / "live_worker.py"
ROWS = {
    "open": ("opening a key, reading a value, closing", "at most 1.5 times", 1.5),
    "walk": ("a walk of HKEY_LOCAL_MACHINE with values", "at most as long", 1.0),
    "many": ("100 values of a key at once", "less than 100 QueryValueEx", 1.0),
}


def output(pairs: int) -> str:
    """What the worker prints."""
    if sys.platform == "win32":
        done = subprocess.run(
            [sys.executable, str(WORKER), str(pairs)], capture_output=True, text=True, check=True
        )
        return done.stdout
    from live.windows_suite import run_module  # type: ignore[import-not-found]
    from live.wine import running  # type: ignore[import-not-found]

    with running() as wine:
        return str(run_module(wine, HERE, WORKER.stem, str(pairs)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the live registry with winreg.")
    parser.add_argument("--pairs", type=int, default=9)
    found = json.loads(output(parser.parse_args().pairs).splitlines()[-1])
    table, promises = [], []
    for row, (title, asked, limit) in ROWS.items():
        pairs = found["rows"][row]
        quotients = sorted(ours / theirs for theirs, ours in pairs)
        table.append(
            [
                title,
                report.duration(median(theirs for theirs, _ in pairs)),
                report.duration(median(ours for _, ours in pairs)),
                f"{median(quotients):.2f}",
                f"{quotients[0]:.2f} to {quotients[-1]:.2f}",
            ]
        )
        promises.append(Promise(title, asked, median(quotients), "", limit, True))
    print(f"{found['keys']} keys and {found['values']} values are walked through.\n")
    print(report.table(["", "winreg", "anyreg", "anyreg / winreg", "of single pairs"], table))
    for promise in promises:
        print(f"{promise.text}: {promise.asked}: {promise.kept}")


if __name__ == "__main__":
    main()
