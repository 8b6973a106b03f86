"""A registry for each test that winreg speaks to: in memory, in files, on a Windows disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import anyreg
from anyreg import winreg
from anyreg.winapi.notify import Notification
from registry.disks import small_disk

PLACE = r"Software\AnyregTest"
Once = Callable[[Callable[[], object]], None]


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


@pytest.fixture
def once_asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Once]:
    """Has something done a moment after the next call has asked to be told of changes."""
    real = Notification.add
    timers: list[threading.Timer] = []

    def plan(do: Callable[[], object]) -> None:
        def add(self: Notification, *arguments: Any) -> None:
            real(self, *arguments)
            monkeypatch.setattr(Notification, "add", real)
            timers.append(threading.Timer(0.2, do))
            timers[-1].start()

        monkeypatch.setattr(Notification, "add", add)

    yield plan
    for timer in timers:
        timer.join()
