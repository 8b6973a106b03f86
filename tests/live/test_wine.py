"""Wine is found, or what is missing is said; its Python is a Windows Python."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from live.wine import UnavailableError, Wine, running, windows_path

pytestmark = pytest.mark.live


def test_the_python_is_one_for_windows(wine: Wine, tmp_path: Path) -> None:
    printed = wine.python("-c", "import sys, winreg; print(sys.platform)", cwd=tmp_path)
    assert printed.strip() == "win32"


def test_it_says_that_it_is_windows_10(wine: Wine, tmp_path: Path) -> None:
    printed = wine.python("-c", "import sys; print(sys.getwindowsversion()[:2])", cwd=tmp_path)
    assert printed.strip() == "(10, 0)"


def test_a_program_that_fails_tells_what_it_printed(wine: Wine, tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        wine.python("-c", "raise LookupError('words')", cwd=tmp_path)
    assert "LookupError: words" in failed.value.output


def test_files_of_the_host_are_on_drive_z(wine: Wine, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("print(__file__)", "utf-8")
    assert wine.python(windows_path(script), cwd=tmp_path).strip() == windows_path(script)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANYREG_WINE", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(UnavailableError, match=r"run `python tests/live/wine\.py`"), running():
        pytest.fail("there is nothing to run")


def test_a_missing_program_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(UnavailableError, match="install Debian's packages"), running():
        pytest.fail("there is nothing to run")
