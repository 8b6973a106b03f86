"""A registry in memory, a key of it, and the libraries, without anything put into ctypes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import anyreg
from anyreg import winreg
from anyreg.windll.libraries import WinDLL


@pytest.fixture
def key() -> Iterator[winreg.HKEYType]:
    """A fresh key with all rights; check() finds nothing in its registry afterwards."""
    with anyreg.open("memory:") as registry, anyreg.use(registry):
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, r"Software\AnyregTest") as key:
            yield key
        assert registry.check() == []


@pytest.fixture
def advapi32() -> Any:
    return WinDLL("advapi32")


@pytest.fixture
def kernel32() -> Any:
    return WinDLL("kernel32", use_last_error=True)
