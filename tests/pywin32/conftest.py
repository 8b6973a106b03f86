"""A registry in memory, and pywin32's modules for it."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

import anyreg
from anyreg.install import installed
from anyreg.pywin32 import NAMES

Modules = SimpleNamespace


@pytest.fixture
def modules() -> Iterator[Modules]:
    """The modules by their names; check() finds nothing in the registry afterwards."""
    with anyreg.open("memory:") as registry, anyreg.use(registry), installed(pywin32=True):
        yield Modules(**{name: importlib.import_module(name) for name in NAMES}, registry=registry)
        gc.collect()  # handles that an exception has kept are closed before others count theirs
        assert registry.check() == []
