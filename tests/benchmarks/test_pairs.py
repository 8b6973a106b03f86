"""Two builds can be compared; how long anything took is never looked at."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from conftest import ROOT

PROGRAM = ROOT / "benchmarks/pairs.py"

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="measures on Linux")


def test_a_row_is_measured_in_both() -> None:
    """The same build twice here."""
    command = [sys.executable, str(PROGRAM), sys.executable, sys.executable, "--pairs", "1"]
    done = subprocess.run(
        [*command, "--row", "durable commit"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^\| durable commit( \| +[\d.]+ [mu]?s){2} \| +[\d.]+ \|", done.stdout, re.M)
