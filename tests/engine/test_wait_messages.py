"""What is said of a wait that takes long: on a terminal, after a second, and for whom."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.wait_messages import Waits, waits

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="who has a lock is told by Linux alone"
)

KEEPER = """
import sys, anyreg
registry = anyreg.open(sys.argv[1], "r+")
with registry.transaction():
    registry.write("A", "x", 2)
    print("in", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def hive(tmp_path: Path) -> Path:
    path = tmp_path / "hive"
    with anyreg.open(path, "x") as registry:
        registry.write("A", "x", 1)
    return path


@pytest.fixture
def keeper(hive: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that keeps the hive, and stands still."""
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPER, str(hive)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    yield process
    process.kill()
    process.communicate()


def shown(master: int, wanted: str) -> str:
    """What comes on a terminal, until it holds what is wanted."""
    text = ""
    limit = time.monotonic() + 30
    while wanted not in text:
        assert time.monotonic() < limit, text
        text += os.read(master, 4096).decode()
    return text


OPEN = "import anyreg, sys; anyreg.open(sys.argv[1], 'r+')"
SET = """
import sys
from anyreg.cli.app import run
sys.exit(run(["set", sys.argv[1] + "::A", "y", "1"]))
"""
LOCK = """
import sys
from anyreg.engine.file_disk import FileDisk
other = FileDisk().open(sys.argv[1] + ".LOG1", True)
other.lock(False, True)
"""


@pytest.mark.parametrize("program", [OPEN, SET, LOCK], ids=["open", "set", "lock"])
def test_a_terminal_says_who_keeps_a_hive(
    hive: Path, keeper: subprocess.Popen[str], program: str
) -> None:
    """By its number and its command, and that it stands still."""
    master, slave = os.openpty()
    waiter = subprocess.Popen(
        [sys.executable, "-c", program, str(hive)], stderr=slave, stdout=subprocess.DEVNULL
    )
    os.close(slave)
    try:
        text = shown(master, str(hive))
    finally:
        waiter.kill()
        waiter.wait()
        os.close(master)
    assert f"waiting for process {keeper.pid} " in text
    assert "which stands still" in text


def test_nothing_is_said_where_nobody_reads_it(hive: Path, keeper: subprocess.Popen[str]) -> None:
    """What a program writes to a pipe stays its own."""
    waiter = subprocess.Popen(
        [sys.executable, "-c", OPEN, str(hive)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    with pytest.raises(subprocess.TimeoutExpired):
        waiter.wait(3)
    keeper.send_signal(signal.SIGCONT)
    assert keeper.stdin is not None
    keeper.stdin.write("\n")
    keeper.stdin.flush()
    assert waiter.communicate(timeout=20)[1] == b""
    assert waiter.returncode == 0


def test_a_lock_that_is_free_is_no_wait(tmp_path: Path) -> None:
    """Nor is one that is only tried."""
    path = str(tmp_path / "lock")
    one, two = FileDisk().create(path), FileDisk().open(path, True)
    assert one.lock(False, True)
    assert not two.lock(False, False)
    assert path not in [wait.path for wait in waits._waits.copy().values()]
    one.close()
    two.close()


def test_a_wait_that_is_over_is_forgotten(tmp_path: Path) -> None:
    """And what a fork takes along is not its child's."""
    path = tmp_path / "lock"
    path.touch()
    known = Waits()
    with path.open() as file:
        first = known.begin(file.fileno(), str(path))
        second = known.begin(file.fileno(), str(path))
    known.end(first)
    assert list(known._waits) == [second]
    known.forget()
    assert known._waits == {}
