"""A registry for each test, in memory and on files, that winreg and anyreg.winapi speak to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import winreg

PLACE = r"Software\AnyregTest"


@pytest.fixture(params=["memory", "embedded"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[anyreg.Registry]:
    """A new registry; check() finds nothing in it afterwards."""
    target = "memory:" if request.param == "memory" else f"{tmp_path / 'home'}/"
    mode = None if request.param == "memory" else "x"
    with anyreg.open(target, mode) as registry, anyreg.use(registry):
        yield registry
        assert registry.check() == []


@pytest.fixture
def key(registry: anyreg.Registry) -> Iterator[winreg.HKEYType]:
    """A fresh key with all rights."""
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, PLACE) as key:
        yield key
