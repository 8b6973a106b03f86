"""What is offered, and what is not."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from anyreg.windll.libraries import WinDLL, windll

pytestmark = pytest.mark.posix("a ctypes without windll")


def test_functions_are_kept(advapi32: Any) -> None:
    """With the types that they were given; items are new ones."""
    advapi32.RegCloseKey.restype = None
    assert advapi32.RegCloseKey(0) is None
    assert advapi32["RegCloseKey"](0) == 6
    assert windll.advapi32 is windll["advapi32"]
    assert windll.LoadLibrary("advapi32.dll") is not windll.advapi32


def test_names_of_libraries() -> None:
    for name in ("kernel32", "KERNEL32.DLL", r"C:\Windows\System32\kernel32.dll"):
        assert repr(WinDLL(name).GetLastError) == "<anyreg's GetLastError>"
        assert repr(WinDLL(name)) == f"<anyreg's {name}>"


def test_what_is_missing_says_what_there_is() -> None:
    offered = "anyreg offers advapi32, kernel32 and user32"
    with pytest.raises(AttributeError, match=f"no library 'shell32': {offered}"):
        _ = windll.shell32
    with pytest.raises(FileNotFoundError, match=f"find module 'shell32': {offered}"):
        WinDLL("shell32")
    with pytest.raises(AttributeError, match="function 'GetStdHandle' not found: anyreg's kernel"):
        _ = windll.kernel32.GetStdHandle
    assert not hasattr(windll.kernel32, "__wrapped__")
    assert not hasattr(windll, "_name")


def test_a_loader_of_ctypes_takes_the_class() -> None:
    """Programs make one of their own, so that types do not become those of all."""
    own: Any = ctypes.LibraryLoader(WinDLL)
    assert own.kernel32.SetLastError(5) == 0
    assert own.kernel32 is not windll.kernel32
