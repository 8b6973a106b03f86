"""What a test suite says of the system is not believed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from anyreg import system

PLATFORM = "sys.platform = 'win32'"
NAME = "os.name = 'nt'"
OTHERS = """
import platform
os.environ.pop("XDG_RUNTIME_DIR", None)
platform.system = lambda: "Windows"
platform.uname = None
"""
FAKES = [PLATFORM, f"{PLATFORM}; {NAME}", "sys.platform = 'darwin'"]

EVERYTHING = r"""
from anyreg import winreg
anyreg.install_as_winreg()
import winreg as installed
assert installed is winreg and winreg.OpenKey.__module__ != "builtins"
with winreg.CreateKey(winreg.HKEY_CURRENT_USER, r"Software\Vendor") as key:
    winreg.SetValueEx(key, "Name", 0, winreg.REG_SZ, "x")
    winreg.SaveKey(key, "saved.dat")
assert winreg.QueryInfoKey(winreg.HKEY_CURRENT_USER)[0] > 5
with anyreg.open("memory:") as scratch:
    scratch.write(r"HKCU\Software\Vendor", "Name", "x")
with anyreg.open("hive.dat", "x") as hive:
    hive.write("Vendor", "Name", "x")
    hive.root.export("out.reg")
    hive.root.export("out.json")
    hive.import_("out.reg")
    hive.write("Vendor", "Name", "y")
    assert hive.check() == []
with anyreg.open("hive.dat", "r+", journal=True) as hive:
    hive.write("Vendor", "Name", "z")
    hive.journal.undo()
    assert hive.read("Vendor", "Name") == "y"
with anyreg.open() as own:
    own.environment().path.add("new")
    assert own.read(r"HKCU\Software\Vendor", "Name") == "x"
    own.backup(r"HKCU\Software\Vendor").restore()
print("done")
"""


def run(folder: Path, program: str, home: str = "") -> None:
    """A process of its own, with everything that it writes below a folder."""
    environment = {**os.environ, "HOME": str(folder), "ANYREG_HOME": home}
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "ANYREG_HISTORY", "TMPDIR"):
        environment.pop(name, None)
    work = folder / "work"
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("done\n", "")
    made = sorted(path.name for path in work.iterdir())
    logs = ["hive.dat.LOG1", "hive.dat.LOG2"]
    assert made == ["hive.dat", *logs, "out.json", "out.reg", "saved.dat"]


@pytest.mark.parametrize("fake", FAKES)
def test_a_fake_after_the_import_changes_nothing(tmp_path: Path, fake: str) -> None:
    """Every world, files in and out, history: all of it is this system's."""
    run(tmp_path, f"import os, sys, anyreg\n{OTHERS}{fake}\n{EVERYTHING}", str(tmp_path / "home"))


@pytest.mark.parametrize("fake", FAKES)
def test_a_fake_before_the_import_changes_nothing(tmp_path: Path, fake: str) -> None:
    """Nor where a user's own registry is: beside the data of this system's other programs."""
    run(tmp_path, f"import os, sys\n{fake}\nimport anyreg\n{EVERYTHING}")
    if sys.platform == "linux":
        assert (tmp_path / ".local/share/anyreg/registry/NTUSER.DAT").is_file()


def test_a_package_that_was_imported_under_a_fake_stays_so(tmp_path: Path) -> None:
    """For the program that did; the registry is where it would be without."""
    program = f"""
import os, sys
{PLATFORM}
import platformdirs
faked = platformdirs.PlatformDirs
import anyreg
{EVERYTHING.replace('print("done")', "")}
assert platformdirs.PlatformDirs is faked and sys.modules["platformdirs"] is platformdirs
print("done")
"""
    run(tmp_path, program)
    if sys.platform == "linux":
        assert (tmp_path / ".local/share/anyreg/registry/NTUSER.DAT").is_file()


def test_the_names_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a suite has set stays set; a path is made meanwhile."""
    real = (sys.platform, os.name)
    monkeypatch.setattr(sys, "platform", "other")
    monkeypatch.setattr(os, "name", "other")
    with system.real_names():
        assert (sys.platform, os.name) == real
    assert (sys.platform, os.name) == ("other", "other")
    path = system.local_path("x")
    monkeypatch.undo()
    assert path == Path("x")
