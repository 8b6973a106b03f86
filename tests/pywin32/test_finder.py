"""pywin32's modules are found where nothing else has them, and only where they are asked for."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from anyreg.install import installed
from anyreg.pywin32 import FINDER, NAMES
from pywin32.conftest import Modules

pytestmark = pytest.mark.posix("modules that stand for pywin32's")


def test_nothing_is_found_unasked() -> None:
    with installed():
        assert not any(importlib.util.find_spec(name) for name in NAMES)


def test_they_are_found_for_a_block() -> None:
    before = list(sys.meta_path)
    with installed(pywin32=True):
        assert all(importlib.util.find_spec(name) for name in NAMES)
        import win32con  # type: ignore[import-not-found, import-untyped, unused-ignore]

        assert win32con.KEY_ALL_ACCESS == 0xF003F
    assert sys.meta_path == before
    assert not any(name in sys.modules for name in NAMES)


def test_a_block_leaves_what_was_found_before() -> None:
    with installed(pywin32=True):
        with installed(pywin32=True):
            pass
        assert FINDER in sys.meta_path


def test_a_genuine_module_is_found_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "win32con.py").write_text("GENUINE = True\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with installed(pywin32=True):
        spec = importlib.util.find_spec("win32con")
        assert spec is not None
        assert spec.origin == str(tmp_path / "win32con.py")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_offered_says_so(modules: Modules, name: str) -> None:
    module = getattr(modules, name)
    with pytest.raises(AttributeError, match=rf"'{name}' has no attribute 'MessageBox': anyreg"):
        module.MessageBox()


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_listed_is_there(modules: Modules, name: str) -> None:
    module = getattr(modules, name)
    assert module.__name__ == name
    assert len(module.__all__) == len(set(module.__all__)) > 5
    assert all(hasattr(module, each) for each in module.__all__)


def test_it_is_not_imported_unasked() -> None:
    """It costs time at the start of every command."""
    code = (
        "import sys, anyreg; anyreg.install_as_winreg(pywin32=True); "
        "print(*(name for name in sys.modules if name.startswith('anyreg.pywin32')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == ["anyreg.pywin32", "anyreg.pywin32.finder"]
