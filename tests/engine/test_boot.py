"""Since when the computer has been running."""

from __future__ import annotations

import subprocess
import sys

from anyreg.engine.boot import boot_id


def test_all_processes_are_told_the_same() -> None:
    """Whatever it is; a system that does not tell is none that these tests run on."""
    code = "from anyreg.engine.boot import boot_id; print(boot_id())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == boot_id() != ""
