"""The program counts the calls of the plain form; how many they are is never looked at."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from anyreg.engine import COMPILED
from conftest import ROOT

PROGRAM = ROOT / "benchmarks/call_path.py"


@pytest.mark.skipif(COMPILED, reason="compiled functions tell no profile")
def test_each_way_has_its_calls_and_files() -> None:
    """With -v it names every function, those of the log's write among them."""
    command = [sys.executable, str(PROGRAM), "-v"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^(\w.*): (\d+) calls in (\d+) files$", done.stdout, re.MULTILINE)
    assert [name for name, _, _ in rows] == [
        "SetValueEx, to the log's write",
        "SetValueEx",
        "a value read on a Windows disk",
    ]
    assert all(int(calls) > int(files) > 0 for _, calls, files in rows)
    assert re.search(r"^ +1 engine/file_disk.py FileStorage.write$", done.stdout, re.MULTILINE)
