"""The measurement of other machines runs; how long anything took is never looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import ROOT
from remote.smbd import server


def test_a_quick_run_fills_every_table(tmp_path: Path) -> None:
    """Also without impacket, whose row is left out."""
    server()  # or there is no Samba here
    file = tmp_path / "page.md"
    mark = "<!-- measured, other machines: {} -->"
    file.write_text(f"{mark.format('begin')}\nold\n{mark.format('end')}\n")
    command = [sys.executable, str(ROOT / "benchmarks/remote.py"), "--quick", "--write", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    page = file.read_text()
    assert "old" not in page
    for row in (
        "100 values of a key",
        "walk of 7 keys",
        "export of 200 values",
        "at most 1.2 times",
    ):
        assert row in page
    assert page.count("not measured") == 1
