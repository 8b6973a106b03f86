"""Given to pytest in Wine as a plugin: what comes of each test is written down at once.

So nothing is lost when a test ends the interpreter: the next run leaves out what has begun before.

ANYREG_RESULTS  the file: a line of JSON for each event
ANYREG_DRAWN    how many tests to draw, and a text that they are drawn by; none: all run
"""

from __future__ import annotations

import json
import os
import random
from importlib import import_module
from pathlib import Path

import pytest

FILE = Path(os.environ["ANYREG_RESULTS"])
# Wine has no CopyFile2, and ends whoever calls it; shutil does what it does elsewhere without.
vars(import_module("_winapi")).pop("CopyFile2", None)


def _write(**event: object) -> None:
    with FILE.open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def _begun() -> set[str]:
    lines = FILE.read_text("utf-8").splitlines() if FILE.exists() else []
    return {event["test"] for event in map(json.loads, lines) if event["what"] == "begun"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    begun, drawn = _begun(), _drawn([item.nodeid for item in items])
    items[:] = [item for item in items if item.nodeid in drawn and item.nodeid not in begun]


def _drawn(names: list[str]) -> set[str]:
    most, _, seed = os.environ.get("ANYREG_DRAWN", f"{len(names)}").partition(" ")
    return set(random.Random(seed).sample(names, min(int(most), len(names))))


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be imported, or skips all that it has, is one result."""
    if report.outcome != "passed":
        reason = _reason(report.longrepr)
        _write(what="result", test=report.nodeid, outcome=report.outcome, reason=reason, seconds=0)


def pytest_runtest_logstart(nodeid: str) -> None:
    _write(what="begun", test=nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    outcome: str = report.outcome
    reason = _reason(report.longrepr)
    if outcome == "skipped" and hasattr(report, "wasxfail"):
        outcome, reason = "expected to fail", str(report.wasxfail)
    if report.when == "call" or outcome != "passed":
        seconds = report.duration
        _write(what="result", test=report.nodeid, outcome=outcome, reason=reason, seconds=seconds)


def pytest_sessionfinish(exitstatus: int) -> None:
    _write(what="finished", status=int(exitstatus))


def _reason(found: object) -> str:
    if isinstance(found, tuple):  # of a skipped test: file, line, "Skipped: why"
        return str(found[-1]).removeprefix("Skipped: ")
    return str(found) if found else ""
