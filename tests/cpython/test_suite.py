"""CPython's own tests of winreg, unmodified, on a registry of one's own; see suite.py.

They run under this Python, and under every other supported one that is found: on the PATH, or in
pyenv.  Those load the same files, plain, since compiled ones are for one version alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path

import pytest

import anyreg

pytestmark = pytest.mark.wine_lacks("a Python that has its own tests with it")

SUITE = Path(__file__).with_name("suite.py")
OTHERS = [f"3.{minor}" for minor in (11, 12, 13) if sys.version_info[:2] != (3, minor)]
PACKAGES = os.pathsep.join([str(Path(anyreg.__file__).parents[1]), sysconfig.get_path("purelib")])
# What a Windows since 7 skips as well: it has no reflection, and is not XP.
SKIPPED = {"test_reflection_unsupported", "test_reflection", "test_disable_reflection"}


@cache
def python(version: str) -> str:
    """A Python of this version that has its own tests, "" where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    found = [str(path) for path in sorted(pyenv.glob(f"{version}.*/bin/python"))]
    candidates = [*found, shutil.which(f"python{version}") or ""]
    return next((path for path in candidates if path and works(path)), "")


def works(path: str) -> bool:
    code = "import mypy_extensions, test.support"
    return subprocess.run([path, "-c", code], env=environment(), check=False).returncode == 0


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": PACKAGES, "PYTHONDONTWRITEBYTECODE": "1"}


def run(program: str, part: str, home: Path) -> str:
    done = subprocess.run(
        [program, str(SUITE), part],
        env={**environment(), "ANYREG_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(
    params=[
        pytest.param(sys.executable, id="this"),
        *[pytest.param(other, id=other, marks=pytest.mark.long) for other in OTHERS],
    ]
)
def program(request: pytest.FixtureRequest) -> str:
    """This Python, or another one where it is found."""
    wanted: str = request.param
    if wanted == sys.executable:
        return wanted
    found = python(wanted)
    if not found:
        pytest.skip(f"no Python {wanted} with its own tests here")
    return found


def test_cpythons_tests_pass(program: str, tmp_path: Path) -> None:
    """Every one that Windows 10 would run, the remote ones too."""
    report = json.loads(run(program, "winreg", tmp_path / "home"))
    assert report["bad"] == []
    assert set(report["skipped"]) == SKIPPED
    assert report["ran"] >= 20


def test_a_later_process_finds_what_was_left(program: str, tmp_path: Path) -> None:
    """The tests leave sound hives and nothing else behind."""
    run(program, "winreg", tmp_path / "home")
    with anyreg.open(tmp_path / "home") as registry:
        assert registry.check() == []
        assert "Python Test Key" not in str(registry.open(r"HKCU\Software").subkeys)


def test_audit_events_are_cpythons(program: str, tmp_path: Path) -> None:
    """As test_audit.py of CPython asks for: each with the handle that was opened."""
    lines = run(program, "audit", tmp_path / "home").splitlines()
    opened = lines[1].split()[1]
    assert lines[0].split()[0] == "winreg.OpenKey"
    assert lines[1:] == [
        f"winreg.OpenKey/result {opened}",
        f"winreg.EnumKey {opened} 0",
        f"winreg.EnumKey {opened} 10000",
        f"winreg.PyHKEY.Detach {opened}",
    ]
