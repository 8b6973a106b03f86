"""Changes by other processes, told to one program under Wine's Windows Python and `anyreg run`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import anyreg
from live.wine import Wine, windows_path

pytestmark = pytest.mark.live

# Its arguments are what runs another program beside it.
PROGRAM = r"""
import ctypes, os, subprocess, sys, time, winreg

PATH, LAST = r"Software\AnyregNotices", r"Software\AnyregNoticesLast"
ROOT = winreg.HKEY_CURRENT_USER
CHANGES = {
    "set": 'winreg.SetValueEx(k, "v", 0, 1, "new")',
    "set the same": 'winreg.SetValueEx(k, "v", 0, 1, "old")',
    "delete": 'winreg.DeleteValue(k, "v")',
    "set below": 'winreg.SetValue(k, "sub", 1, "new")',
    "create": 'winreg.CreateKey(k, "new").Close()',
    "create the same": 'winreg.CreateKey(k, "sub").Close()',
    "create below": 'winreg.CreateKey(k, "sub\\\\new").Close()',
    "delete a key": 'winreg.DeleteKey(k, "sub\\\\deep")',
    "read": 'winreg.EnumKey(k, 0)',
}
advapi32, kernel32 = ctypes.windll.advapi32, ctypes.windll.kernel32
file = os.path.join(os.path.dirname(os.path.abspath(__file__)), "other.py")
for change, line in CHANGES.items():
    advapi32.RegDeleteTreeW(0x80000001, PATH)
    with winreg.CreateKey(ROOT, PATH) as key:
        winreg.SetValueEx(key, "v", 0, 1, "old")
        winreg.CreateKey(key, r"sub\deep").Close()
    asked = [(what, below) for what in (1, 2, 4) for below in (False, True)]
    keys = [winreg.OpenKey(ROOT, PATH) for _ in asked]
    events = [kernel32.CreateEventW(None, True, False, None) for _ in asked]
    for key, event, (what, below) in zip(keys, events, asked):
        assert advapi32.RegNotifyChangeKeyValue(int(key), below, what, event, True) == 0
    with open(file, "w") as other:
        other.write(f"import winreg\nk = winreg.OpenKey({ROOT}, {PATH!r}, 0, 0xF003F)\n{line}\n")
        other.write(f"winreg.CreateKey({ROOT}, {LAST!r}).Close()\n")
    last, heard = winreg.OpenKey(ROOT, "Software"), kernel32.CreateEventW(None, True, False, None)
    assert advapi32.RegNotifyChangeKeyValue(int(last), False, 1, heard, True) == 0
    subprocess.run([sys.executable, *sys.argv[1:], file], check=True, stdin=subprocess.DEVNULL)
    assert kernel32.WaitForSingleObject(heard, 60000) == 0  # what was changed before is told too
    time.sleep(0.3)
    last.Close()
    advapi32.RegDeleteTreeW(0x80000001, LAST)
    told = [kernel32.WaitForSingleObject(event, 0) == 0 for event in events]
    print(change, told)
    for key in keys:
        key.Close()
    assert all(kernel32.WaitForSingleObject(event, 0) == 0 for event in events)
advapi32.RegDeleteTreeW(0x80000001, PATH)
"""


def test_each_change_is_told_to_the_same(wine: Wine, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, "utf-8")
    theirs = wine.python(windows_path(program), cwd=tmp_path).splitlines()
    run = ["-m", "anyreg", "run"]
    done = subprocess.run(
        [sys.executable, *run, str(program), *run],
        env={**os.environ, "ANYREG_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == theirs
    assert len(theirs) == 9
    assert any("True" in line for line in theirs)
    with anyreg.open(tmp_path / "home") as registry:
        assert registry.check() == []
