"""The comparison of many machines at a time with one after the other."""

from __future__ import annotations

import subprocess
import sys

from conftest import ROOT
from remote.smbd import server


def test_a_few_machines_are_compared() -> None:
    """What a machine takes either way, and whether the promise is kept."""
    server()  # or there is no Samba here
    command = [sys.executable, str(ROOT / "benchmarks/hosts.py")]
    command += ["--hosts", "4", "--alone", "2", "--workers", "4"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "2 machines, one after the other" in done.stdout
    assert "at least 8 times as fast" in done.stdout
