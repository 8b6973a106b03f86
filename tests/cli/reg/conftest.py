"""reg.exe's command line on a registry in memory, answered from a text."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator

import pytest

import anyreg
from cli.conftest import Done, Run

Reg = Callable[..., Done]
KEY = r"HKCU\Software\Vendor"
FULL = r"HKEY_CURRENT_USER\Software\Vendor"
DONE = "The operation completed successfully.\n"
MISSING = "ERROR: The system was unable to find the specified registry key or value.\n"


@pytest.fixture
def registry() -> Iterator[anyreg.Registry]:
    """A registry with a few values."""
    with anyreg.open("memory:") as registry:
        key = registry.create(KEY)
        key.values.update({"": "default", "Name": "Ada", "Count": 31, "List": ["a", "b"]})
        key.values["Bytes"] = b"\x0a\xff"
        key.values["Big"] = anyreg.QWord(2**40)
        registry.create(KEY + r"\Empty")
        registry.write(KEY + r"\Sub", "Name", "Bob")
        chosen = anyreg.use(registry)
        yield registry
        anyreg.use(chosen.before)
        assert registry.check() == []


@pytest.fixture
def reg(run: Run, registry: anyreg.Registry, monkeypatch: pytest.MonkeyPatch) -> Reg:
    """Run `anyreg reg` with these words; `answers` is what stdin says."""

    def reg(*words: str, answers: str = "") -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        return run("reg", *words)

    return reg
