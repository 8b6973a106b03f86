"""The program measures every call that it names; how long any took is never looked at."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from conftest import ROOT

PROGRAM = ROOT / "benchmarks/calls.py"

pytestmark = pytest.mark.skipif(
    os.name == "nt" or sys.platform == "darwin", reason="measures on Linux"
)


def test_every_call_has_a_time() -> None:
    """In a table, with the promise below it."""
    environment = {k: v for k, v in os.environ.items() if k != "ANYREG_PLAIN_PYTHON"}
    command = [sys.executable, str(PROGRAM), "--quick"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^\| (.*?) \| [\d.]+ \|$", done.stdout, re.MULTILINE)
    assert len(rows) == 11
    assert rows[-2:] == ["OpenKey, Close, with a token", "of it the check"]
    assert rows[0] == "OpenKey, QueryValueEx, CloseKey"
    assert "Promise: the first row below 6.5 compiled" in done.stdout
    assert "; the check at most 5: " in done.stdout
