"""A registry for each test that winreg speaks to: in memory, in files, on a Windows disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import winreg
from registry.disks import small_disk

PLACE = r"Software\AnyregTest"


def opened(kind: str, folder: Path) -> anyreg.Registry:
    """A new registry of a kind."""
    if kind == "memory":
        return anyreg.open("memory:")
    if kind == "embedded":
        return anyreg.open(f"{folder / 'home'}/", "x")
    return anyreg.open(small_disk(folder / "disk"), "r+")


@pytest.fixture(params=["memory", "embedded", "disk"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[anyreg.Registry]:
    """A new registry; check() finds nothing in it afterwards."""
    with opened(request.param, tmp_path) as registry, anyreg.use(registry):
        yield registry
        assert registry.check() == []


@pytest.fixture
def key(registry: anyreg.Registry) -> Iterator[winreg.HKEYType]:
    """A fresh key with all rights."""
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, PLACE) as key:
        yield key
