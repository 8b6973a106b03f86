"""The program measures all that it promises; how long anything took is never looked at."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.test_read import tables
from conftest import ROOT

PROGRAM = ROOT / "benchmarks/wide.py"
MARKS = "<!-- measured, wide keys: begin -->\nold\n<!-- measured, wide keys: end -->"

pytestmark = pytest.mark.skipif(
    os.name == "nt" or sys.platform == "darwin", reason="measures on Linux"
)


def test_a_quick_run_fills_every_table(tmp_path: Path) -> None:
    """Every width has a row, and each but the narrowest a promise."""
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
        "Look up one name of many",
        "Import many keys below one",
        "Set the values of one key",
    ]
    promised, looked_up, imported, values = tables(page)
    assert [row[0] for row in looked_up[1:]] == ["10", "40", "300"]
    assert [row[:2] for row in imported[1:]] == [
        ["reg", "40"],
        ["reg", "300"],
        ["json", "40"],
        ["json", "60"],
        ["patch", "40"],
        ["patch", "60"],
    ]
    assert [row[0] for row in values[1:]] == ["20", "40"]
    assert len(promised) == 1 + 3 + 6 + 2
    assert all(row[3] in ("yes", "no") for row in promised[1:])
    assert all(all(row) for table in (looked_up, imported, values) for row in table)


def test_the_widths_that_were_asked_for_are_measured() -> None:
    """Up to a million siblings and keys, and a hundred thousand values."""
    sys.path.append(str(PROGRAM.parent))
    scale = importlib.import_module("wide").Scale()
    assert scale.lookups == (1000, 60_000, 1_000_000)
    assert dict(scale.imports)["reg"][0] == 1000
    assert dict(scale.imports)["reg"][-1] == 1_000_000
    assert scale.values == (1000, 16_000, 100_000)
