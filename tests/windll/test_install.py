"""What is put into ctypes, and only where it is asked for."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from ctypes import wintypes

import pytest

from anyreg.install import installed

pytestmark = pytest.mark.posix("a ctypes without windll")

NAMES = ("windll", "WinDLL", "WINFUNCTYPE", "WinError", "FormatError", "get_last_error")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctypes as it is, whatever a command that another test has run left there."""
    for name in NAMES:
        monkeypatch.delattr(ctypes, name, raising=False)


def test_nothing_is_put_there_unasked() -> None:
    with installed():
        assert not any(hasattr(ctypes, name) for name in NAMES)


def test_it_is_there_for_a_block() -> None:
    """Types of Windows too; C's own stay, which libraries of this system need."""
    before = dict(vars(wintypes)), ctypes.sizeof(ctypes.c_long)
    with installed(ctypes=True):
        namespace: dict[str, object] = {}
        exec("from ctypes import *", namespace)
        assert all(name in namespace for name in NAMES)
        assert ctypes.sizeof(wintypes.DWORD) == ctypes.sizeof(wintypes.BOOL) == 4
        assert ctypes.sizeof(wintypes.FILETIME) == 8
        assert wintypes.LPDWORD is ctypes.POINTER(wintypes.DWORD)
        assert ctypes.sizeof(ctypes.c_long) == before[1]
    assert vars(wintypes) == before[0]
    assert not any(hasattr(ctypes, name) for name in NAMES)


def test_ctypes_is_not_imported_unasked() -> None:
    """It costs time at the start of every command."""
    code = "import sys, anyreg; anyreg.install_as_winreg(); print('ctypes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
