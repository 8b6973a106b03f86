"""The outcomes of all cases on Wine, found once for all tests by one run of the driver."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from differential.conftest import once
from differential.regexe.cases import TOPS
from differential.regexe.files import FILES
from differential.regexe.lines import LINES
from live.wine import UnavailableError, running, windows_path

DRIVER = Path(__file__).with_name("driver.py")
AT_ONCE = 40  # files that one regedit takes
MOST = 2000  # characters of what it says when it fails

Theirs = dict[str, Any]


def file_name(name: str) -> str:
    """What a file is called on Wine's disk."""
    return f"f{list(FILES).index(name):03}.reg"


def on_wine(found: Path) -> None:
    """Run all cases."""
    asked = {
        "tops": TOPS,
        "lines": {name: case.as_json() for name, case in LINES.items()},
        "files": {
            f"f{number:03}.reg": file.as_json(name)
            for number, (name, file) in enumerate(FILES.items())
        },
        "at_once": AT_ONCE,
    }
    cases = found.with_suffix(".cases")
    cases.write_text(json.dumps(asked), "utf-8")
    folder = found.with_suffix(".files")
    folder.mkdir(exist_ok=True)
    with running() as wine:
        try:
            wine.python(windows_path(DRIVER), windows_path(cases), windows_path(found), cwd=folder)
        except subprocess.CalledProcessError as error:
            pytest.fail(error.output[-MOST:])


@pytest.fixture(scope="session")
def on_windows(shared: Path) -> Theirs:
    """What Wine's reg.exe and regedit make of every case."""
    try:
        return once(shared / "regexe.json", on_wine)
    except UnavailableError as missing:
        if "ANYREG_EXPECT_WINE" in os.environ:
            raise
        pytest.skip(str(missing))
