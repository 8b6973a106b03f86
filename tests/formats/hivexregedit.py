"""hivexregedit, which has .reg files of its own; PERL_UNICODE tells Perl what to write."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = r"HKEY_LOCAL_MACHINE\X"
UTF_8 = {**os.environ, "PERL_UNICODE": "SD"}

needed = pytest.mark.skipif(
    not shutil.which("hivexregedit"), reason="no hivexregedit: install libwin-hivex-perl"
)


def exported(hive: Path) -> bytes:
    """What it makes of a hive, whose root it calls TOP and a backslash."""
    command = ["hivexregedit", "--export", "--prefix", TOP, str(hive), "\\"]
    return subprocess.run(command, check=True, capture_output=True, env=UTF_8).stdout
