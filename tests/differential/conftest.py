"""The outcomes of every case on both sides, found once for all tests.

Two programs of the same name run under two interpreters.  Where several processes of pytest share
the work, the first one to ask runs them, and leaves the outcomes in the folder that they share.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from live.wine import UnavailableError, running, windows_path

TESTS = Path(__file__).resolve().parents[1]
PROGRAM = ("-m", "differential.runner")


def on_wine(file: Path) -> None:
    """Run all cases under the Windows Python."""
    with running() as wine:
        wine.python(*PROGRAM, windows_path(file), cwd=TESTS)


def on_ours(file: Path, *target: str) -> None:
    """Run all cases under this Python, on a registry of their own in real hives, or on another."""
    environment = {**os.environ, "ANYREG_HOME": str(file.with_suffix(".home"))}
    command = [sys.executable, *PROGRAM, str(file), *target]
    subprocess.run(command, cwd=TESTS, env=environment, check=True)


def in_memory(file: Path) -> None:
    """Run all cases under this Python, on a registry in memory."""
    on_ours(file, "memory:")


def once(file: Path, run: Callable[[Path], None]) -> dict[str, str]:
    """The outcomes that a run writes into a file, which is made only once."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            run(file)
    outcomes: dict[str, str] = json.loads(file.read_text("utf-8"))
    return outcomes


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that belongs to this run of pytest, and to all its processes."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def theirs(shared: Path) -> dict[str, str]:
    """What the Windows Python on Wine makes of every case."""
    try:
        return once(shared / "wine.json", on_wine)
    except UnavailableError as missing:
        if "ANYREG_EXPECT_WINE" in os.environ:
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def ours(shared: Path) -> dict[str, str]:
    """What anyreg makes of every case, on a registry in hives."""
    return once(shared / "ours.json", on_ours)


@pytest.fixture(scope="session")
def ours_in_memory(shared: Path) -> dict[str, str]:
    """The same, on a registry in memory."""
    return once(shared / "memory.json", in_memory)
