"""Programs that say `import winreg` find anyreg's, and on Windows the real one."""

from __future__ import annotations

import builtins
import importlib.util
import mimetypes
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

import anyreg
from anyreg import system, winreg
from anyreg.install import installed


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is installed is taken back."""
    monkeypatch.setitem(sys.modules, "winreg", ModuleType("winreg"))
    monkeypatch.setattr(mimetypes, "_winreg", None)
    monkeypatch.delattr(builtins, "WindowsError", raising=False)
    yield
    vars(builtins).pop("WindowsError", None)
    monkeypatch.undo()


def test_installing() -> None:
    """For what is imported later, and what the standard library has imported before."""
    assert anyreg.install_as_winreg() is winreg
    namespace: dict[str, object] = {}
    exec("import winreg", namespace)
    assert namespace["winreg"] is winreg
    assert vars(mimetypes)["_winreg"] is winreg


def test_windows_error_is_a_builtin() -> None:
    """As on Windows; for a block, it is gone behind it."""
    namespace: dict[str, object] = {}
    with installed() as given:
        assert given is winreg
        exec("import winreg; name = WindowsError", namespace)
    assert namespace["name"] is OSError
    assert namespace["winreg"] is winreg
    assert sys.modules["winreg"] is not winreg
    assert vars(mimetypes)["_winreg"] is None
    assert not hasattr(builtins, "WindowsError")
    anyreg.install_as_winreg()
    assert vars(builtins)["WindowsError"] is OSError


def loaded() -> ModuleType:
    """A second copy of the module, as it is when it is imported now."""
    assert winreg.__file__
    spec = importlib.util.spec_from_file_location("copy_of_winreg", winreg.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """As if this were Windows, which has a winreg of its own."""
    real = ModuleType("winreg")
    vars(real)["OpenKey"] = "the real one"
    monkeypatch.setitem(sys.modules, "winreg", real)
    monkeypatch.setattr(system, "WINDOWS", True)
    monkeypatch.delenv("ANYREG_WINREG", raising=False)
    return real


@pytest.mark.usefixtures("windows")
def test_on_windows_it_is_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the environment says otherwise, or a registry was chosen."""
    chosen = anyreg.use(None)
    try:
        assert loaded().OpenKey == "the real one"
        monkeypatch.setenv("ANYREG_WINREG", "anyreg")
        assert callable(loaded().OpenKey)
        monkeypatch.delenv("ANYREG_WINREG")
        with anyreg.open("memory:") as registry, anyreg.use(registry):
            assert callable(loaded().OpenKey)
    finally:
        anyreg.use(chosen.before)


def test_elsewhere_it_is_anyregs() -> None:
    """Whatever a module of that name may be there."""
    assert callable(loaded().OpenKey)
