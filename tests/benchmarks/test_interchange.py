"""The program measures all that it promises; how long anything took is never looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.test_read import tables
from conftest import ROOT

PROGRAM = ROOT / "benchmarks/interchange.py"
SHAPES, PROMISES = 2, 4

pytestmark = pytest.mark.skipif(
    os.name == "nt" or sys.platform == "darwin", reason="measures on Linux"
)


def test_a_quick_run_fills_every_table(tmp_path: Path) -> None:
    """Each shape has a table with this project in it, and each promise a row."""
    file = tmp_path / "page.md"
    marks = "<!-- measured, interchange: begin -->\nold\n<!-- measured, interchange: end -->"
    file.write_text(f"# Page\n{marks}\nend\n")
    command = [sys.executable, str(PROGRAM), "--quick", "--folder", str(tmp_path)]
    done = subprocess.run(
        [*command, "--write", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    promised, *measured = tables(file.read_text("utf-8"))
    assert len(promised) == 1 + SHAPES * PROMISES
    assert len(measured) == SHAPES
    for _, *rows in measured:
        ours = ["anyreg, in one process", "anyreg import", "anyreg, a script"]
        assert [row[0] for row in rows][:3] == ours
