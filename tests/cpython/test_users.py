"""Modules of the standard library that use winreg, where they find none by themselves."""

from __future__ import annotations

import importlib
import importlib._bootstrap_external as bootstrap
import importlib.util
import mimetypes
import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import anyreg
from anyreg import winreg


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[anyreg.Registry]:
    """anyreg's winreg, on a registry in memory, for one test."""
    monkeypatch.setitem(sys.modules, "winreg", winreg)
    monkeypatch.setattr(mimetypes, "_winreg", None)
    monkeypatch.setattr(bootstrap, "winreg", None, raising=False)
    with anyreg.open("memory:") as registry, anyreg.use(registry):
        anyreg.install_as_winreg()
        yield registry


@pytest.mark.posix("mimetypes without a function of its own for this")
def test_mimetypes_reads_the_types_of_extensions(installed: anyreg.Registry) -> None:
    """From HKEY_CLASSES_ROOT, as on Windows."""
    installed.write(r"HKCR\.anyregtest", "Content Type", "text/x-anyreg")
    known = mimetypes.MimeTypes()
    known.read_windows_registry()
    assert known.guess_type("file.anyregtest") == ("text/x-anyreg", None)


def test_platformdirs_finds_the_folders_of_a_new_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it asks the registry for them where it believes to be on Windows."""
    monkeypatch.setattr(sys, "platform", "win32")
    of_windows = importlib.import_module("platformdirs.windows")
    found = of_windows.get_win_folder_from_registry
    for name, end in [
        ("CSIDL_LOCAL_APPDATA", r"\AppData\Local"),
        ("CSIDL_PERSONAL", r"\Documents"),
        ("CSIDL_DOWNLOADS", r"\Downloads"),
        ("CSIDL_COMMON_APPDATA", r"C:\ProgramData"),
    ]:
        folder = found(name)
        assert folder.startswith("C:\\")
        assert folder.endswith(end)


def _urllib_of_windows(monkeypatch: pytest.MonkeyPatch) -> Any:
    """urllib.request as it is where os.name is "nt"; it asks only while it is loaded."""
    spec = importlib.util.find_spec("urllib.request")
    assert spec is not None
    assert spec.loader is not None
    monkeypatch.setattr(os, "name", "nt")
    monkeypatch.setitem(sys.modules, "nturl2path", ModuleType("nturl2path"))
    monkeypatch.setattr(sys.modules["nturl2path"], "url2pathname", str, raising=False)
    monkeypatch.setattr(sys.modules["nturl2path"], "pathname2url", str, raising=False)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.undo()
    return module


def test_urllib_finds_the_proxies(installed: anyreg.Registry) -> None:
    """In the settings that Windows keeps for programs."""
    monkeypatch = pytest.MonkeyPatch()
    urllib_of_windows = _urllib_of_windows(monkeypatch)
    sys.modules["winreg"] = winreg
    path = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
    installed.write(path, "ProxyEnable", 1)
    installed.write(path, "ProxyServer", "http=proxy.example:8080")
    assert urllib_of_windows.getproxies_registry() == {"http": "http://proxy.example:8080"}
    assert urllib_of_windows is not urllib.request


def test_importlib_finds_modules_that_the_registry_names(
    installed: anyreg.Registry, tmp_path: Path
) -> None:
    """WindowsRegistryFinder, below Software\\Python\\PythonCore."""
    file = tmp_path / "anyreg_found.py"
    file.write_text("answer = 42\n")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    path = rf"HKCU\Software\Python\PythonCore\{version}\Modules\anyreg_found"
    installed.write(path, "", str(file))
    finder = bootstrap.WindowsRegistryFinder
    spec = finder.find_spec("anyreg_found")
    assert spec is not None
    assert spec.origin == str(file)
    assert finder.find_spec("anyreg_missing") is None
