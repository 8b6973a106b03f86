"""Samba's packer of calls, in a process of its own: what programs for Debian's Python say."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PYTHON = "/usr/bin/python3"


@contextmanager
def packer(program: str, module: str) -> Iterator[subprocess.Popen[str]]:
    """A program beside this file, or the test is skipped where its module of Samba is missing.

    Args:
        program: The program's name.
        module: The module.
    """
    asked = [PYTHON, "-c", f"import {module}"]
    if (
        not shutil.which(PYTHON)
        or subprocess.run(asked, capture_output=True, check=False).returncode
    ):
        pytest.skip(f"no {module}: install the package python3-samba")
    with subprocess.Popen(
        [PYTHON, str(Path(__file__).with_name(program))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def packed(process: subprocess.Popen[str], *line: object) -> bytes:
    """The bytes that it makes of a line."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(line) + "\n")
    process.stdin.flush()
    found = json.loads(process.stdout.readline())
    assert "error" not in found, found
    return bytes.fromhex(found["bytes"])
