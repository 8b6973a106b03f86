"""`anyreg run`: a program whose `import winreg` gives anyreg's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import anyreg

PROGRAM = """
import sys, winreg
if "fail" in sys.argv:
    raise ValueError("boom")
if "leave" in sys.argv:
    sys.exit(3)
if "say" in sys.argv:
    sys.exit("last words")
with winreg.CreateKey(winreg.HKEY_CURRENT_USER, "Software\\\\Program") as key:
    winreg.SetValueEx(key, "Arguments", 0, winreg.REG_MULTI_SZ, sys.argv[1:])
print(__name__, sys.argv[0])
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that writes its arguments into the registry."""
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    return file


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m anyreg run` with a home of its own."""
    return subprocess.run(
        [sys.executable, "-m", "anyreg", "run", *arguments],
        env={**os.environ, "ANYREG_HOME": str(folder / "home")},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_program_with_its_options(program: Path, tmp_path: Path) -> None:
    """It is __main__, and its registry one's own."""
    done = run(tmp_path, str(program), "--its", "-o", "x")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"__main__ {program}\n"
    with anyreg.open(tmp_path / "home") as registry:
        assert registry.read(r"HKCU\Software\Program", "Arguments") == ["--its", "-o", "x"]


def test_what_a_program_leaves_in_circles_is_looked_through_at_its_end(tmp_path: Path) -> None:
    """As Python does without us."""
    program = tmp_path / "circle.py"
    program.write_text("""
class Circle:
    def __del__(self):
        print("gone")
circle = Circle()
circle.itself = circle
""")
    done = run(tmp_path, str(program))
    assert (done.returncode, done.stdout, done.stderr) == (0, "gone\n", "")


def test_a_module(program: Path, tmp_path: Path) -> None:
    """With -m, from the folder it is run in."""
    done = run(tmp_path, "-m", "program", "a")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("__main__ ")
    assert run(tmp_path, "-m").returncode == 2


def test_another_registry(program: Path, tmp_path: Path) -> None:
    """With --registry."""
    place = f"{tmp_path / 'other'}/"
    anyreg.open(place, "x").close()
    assert run(tmp_path, "--registry", place, str(program)).returncode == 0
    with anyreg.open(place) as registry:
        assert registry.open(r"HKCU\Software\Program").name == "Program"
    assert not (tmp_path / "home").exists()


def test_a_program_has_its_registry_to_its_very_end(tmp_path: Path) -> None:
    """Threads that outlive its last line, and what it does at its exit."""
    program = tmp_path / "late.py"
    program.write_text(r"""
import atexit, threading, time, winreg
def write(name):
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, r"Software\Late") as key:
        winreg.SetValueEx(key, name, 0, winreg.REG_DWORD, 1)
        try:
            winreg.QueryValueEx(key, "None")
        except WindowsError as error:
            print(name, error.winerror)
def later():
    time.sleep(0.3)
    write("thread")
threading.Thread(target=later).start()
atexit.register(write, "exit")
""")
    place = f"{tmp_path / 'other'}/"
    anyreg.open(place, "x").close()
    for option in ([], ["--registry", place]):
        done = run(tmp_path, *option, str(program))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "thread 2\nexit 2\n"
    with anyreg.open(place) as registry:
        assert dict(registry.open(r"HKCU\Software\Late").values) == {"thread": 1, "exit": 1}
        assert registry.check() == []


@pytest.mark.posix("a ctypes without windll")
def test_a_program_that_calls_windows_through_ctypes(tmp_path: Path) -> None:
    """It finds its functions, and types of Windows' sizes; without the option it finds none."""
    program = tmp_path / "calls.py"
    program.write_text(r"""
import ctypes
from ctypes import wintypes
advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
key, number = wintypes.HKEY(), wintypes.DWORD(7)
advapi32.RegCreateKeyExW(
    0x80000001, r"Software\Calls", 0, None, 0, 0xF003F, None, ctypes.byref(key), None
)
size = ctypes.sizeof(number)
print(advapi32.RegSetValueExW(key, "Number", 0, 4, ctypes.byref(number), size), size)
text = "words"
advapi32.RegSetValueExW(key, "Text", 0, 1, text, (len(text) + 1) * 2)
print(ctypes.FormatError(advapi32.RegDeleteValueW(key, "None")))
print(ctypes.windll.user32.SendMessageTimeoutW(0xFFFF, 0x1A, 0, "Environment", 2, 5000, None))
""")
    done = run(tmp_path, str(program))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "0 4\nThe system cannot find the file specified.\n1\n"
    with anyreg.open(tmp_path / "home") as registry:
        found = registry.open(r"HKCU\Software\Calls")
        assert found.value("Number").raw == b"\7\0\0\0"
        assert found.value("Text").data == "words"
    done = run(tmp_path, "--no-ctypes", str(program))
    assert done.returncode == 1
    assert "WinDLL" in done.stderr.splitlines()[-1]


WATCHING = r"""
import ctypes
import ctypes.wintypes
import sys
import winreg

REG_NOTIFY_CHANGE_NAME = 0x00000001
REG_NOTIFY_CHANGE_LAST_SET = 0x00000004
INFINITE = 0xFFFFFFFF

RegNotifyChangeKeyValue = ctypes.windll.advapi32.RegNotifyChangeKeyValue
RegNotifyChangeKeyValue.restype = ctypes.wintypes.LONG
RegNotifyChangeKeyValue.argtypes = [
    ctypes.wintypes.HKEY,
    ctypes.wintypes.BOOL,
    ctypes.wintypes.DWORD,
    ctypes.wintypes.HANDLE,
    ctypes.wintypes.BOOL,
]
CreateEventW = ctypes.windll.kernel32.CreateEventW
CreateEventW.restype = ctypes.wintypes.HANDLE
WaitForSingleObject = ctypes.windll.kernel32.WaitForSingleObject


def settings(key):
    found = {}
    for index in range(winreg.QueryInfoKey(key)[1]):
        name, value, _ = winreg.EnumValue(key, index)
        found[name] = value
    return found


access = winreg.KEY_NOTIFY | winreg.KEY_READ
with winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Watched", 0, access) as key:
    event = CreateEventW(None, True, False, None)
    if not event:
        raise ctypes.WinError()
    before = settings(key)
    print("watching", flush=True)
    while before.get("Last") != "yes":
        what = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET
        code = RegNotifyChangeKeyValue(key.handle, True, what, event, True)
        if code != 0:
            raise ctypes.WinError(code)
        after = settings(key)
        if after == before and WaitForSingleObject(event, INFINITE) != 0:
            raise ctypes.WinError()
        after = settings(key)
        for name in sorted(after):
            if after[name] != before.get(name):
                print(name, before.get(name), "->", after[name], flush=True)
        before = after
    ctypes.windll.kernel32.CloseHandle(event)
"""


@pytest.mark.posix("a ctypes without windll")
def test_a_program_that_watches_prints_what_another_process_changes(tmp_path: Path) -> None:
    """It calls RegNotifyChangeKeyValue by itself, and asks again after each change."""
    program = tmp_path / "watching.py"
    program.write_text(WATCHING)
    with anyreg.open(f"{tmp_path / 'home'}/", "x") as registry:
        registry.write(r"HKCU\Software\Watched", "Colour", "red")
    with subprocess.Popen(
        [sys.executable, "-m", "anyreg", "run", str(program)],
        env={**os.environ, "ANYREG_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline() == "watching\n"
        with anyreg.open(tmp_path / "home", "r+") as registry:
            for name, value in (("Colour", "blue"), ("Size", 7), ("Last", "yes")):
                registry.write(r"HKCU\Software\Watched", name, value)
                said = watching.stdout.readline()
                assert said == f"{name} {'red' if name == 'Colour' else None} -> {value}\n"
        assert watching.wait(60) == 0


def test_how_it_ends_is_how_the_program_ends(program: Path, tmp_path: Path) -> None:
    """Its status, its last words, its traceback without ours."""
    assert run(tmp_path, str(program), "leave").returncode == 3
    done = run(tmp_path, str(program), "say")
    assert (done.returncode, done.stderr) == (1, "last words\n")
    done = run(tmp_path, str(program), "fail")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "Traceback (most recent call last):"
    assert done.stderr.splitlines()[-1] == "ValueError: boom"
    assert "runpy" not in done.stderr
    assert run(tmp_path, "none.py").returncode == 1
