"""Every file of the corpus gives a result or a clear error, in bounded time and memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import indexed

PROGRAM = Path(__file__).with_name("limits.py")
LARGE = 4_000_000

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs the limits of Linux")


def run(files: list[Path]) -> None:
    """Use the files in a process of their own."""
    command = [sys.executable, str(PROGRAM), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"{files[len(lines)]}: {done.stderr}"
    assert len(lines) == len(files)


def test_files_of_the_corpus(corpus: Path) -> None:
    """All but the largest: hives, logs, and what only looks like one."""
    run([file.file for file in indexed() if file.size <= LARGE])


@pytest.mark.long
def test_large_files_of_the_corpus(corpus: Path) -> None:
    """Also those of many megabytes."""
    run([file.file for file in indexed() if file.size > LARGE])
