"""The program measures all that it promises; how long anything took is never looked at."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.test_read import tables
from conftest import ROOT

PROGRAM = ROOT / "benchmarks/watch.py"
MARKS = "<!-- measured, watches: begin -->\nold\n<!-- measured, watches: end -->"

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="measures on Linux")


def test_a_quick_run_fills_every_table(tmp_path: Path) -> None:
    """Every promise is looked at."""
    file = tmp_path / "page.md"
    file.write_text(f"# Page\n{MARKS}\nend\n")
    command = [sys.executable, str(PROGRAM), "--quick", "--folder", str(tmp_path)]
    done = subprocess.run(
        [*command, "--write", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    page = file.read_text("utf-8")
    assert "\nold\n" not in page
    titles = re.findall(r"^### (.*)", page, re.MULTILINE)
    assert titles == [
        "What was promised",
        "From a commit to the callback",
        "While nothing happens",
        "One value of a large tree",
        "A commit that is watched",
    ]
    promised, delivered, trees, commits = tables(page)
    assert len(promised) == 1 + 2 * 2 + 1 + 1 + 1 + 8
    assert all(row[3] in ("yes", "no") for row in promised[1:])
    assert [len(delivered), len(trees), len(commits)] == [1 + 3, 1 + 2, 1 + 8]
    assert re.search(r"^system calls of an idle watch in 1 s: \d+$", page, re.MULTILINE)


def test_what_was_asked_for_is_measured() -> None:
    """Up to a hundred watches, a million keys, and ten seconds of nothing."""
    sys.path.append(str(PROGRAM.parent))
    scale = importlib.import_module("watch").Scale()
    assert scale.watches == (1, 10, 100)
    assert scale.keys == (1000, 1_000_000)
    assert scale.idle == 10
