"""The examples of docs/howto/remote.md that need another machine, run against a real Samba."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg import winreg
from anyreg.cli import main
from conftest import ROOT
from remote.registries import administrator
from remote.smbd import ADMINISTRATOR, HOST, PASSWORD, server

PAGE = ROOT / "docs" / "howto" / "remote.md"
KEY = r"SOFTWARE\Vendor"


def blocks() -> Iterator[tuple[str, str]]:
    """The blocks of Python, and of commands with what they print, up to those on many machines."""
    text = PAGE.read_text("utf-8").partition("## Many at a time")[0]
    for kind, block in re.findall(r"^```(python|text)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        if kind == "python" or block.startswith("$ "):
            yield kind, here(block)


def here(text: str) -> str:
    """An example, with the server of the tests in the place of its own."""
    text = text.replace(r"CORP\admin", rf"REGTEST\{ADMINISTRATOR}")
    for mark in ("//", r"\\", '"'):
        text = text.replace(f"{mark}server", f"{mark}{HOST}:{server().port}")
    return text.replace('mode="r+"', 'mode="r+", protocol="ntlm", connect_timeout=120')


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    file = tmp_path / "users"
    file.write_text(f"REGTEST:{ADMINISTRATOR}:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(file))
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path / "history"))
    monkeypatch.chdir(tmp_path)
    _clear()
    yield
    _clear()


def _clear() -> None:
    backend = administrator()
    node = backend.open(backend.root(), ["HKEY_LOCAL_MACHINE", *KEY.split("\\")])
    if node is not None:
        backend.delete(node, True)
    backend.close()


def test_the_examples_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In their order: what one has written is there for the next."""
    seen = {"python": 0, "text": 0}
    names: dict[str, object] = {}
    for kind, block in blocks():
        seen[kind] += 1
        if kind == "python":
            exec(compile(block, str(PAGE), "exec"), names)
            continue
        for part in re.split(r"^\$ anyreg ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            capsys.readouterr()
            assert main(shlex.split(command)) == 0, command
            assert capsys.readouterr().out.splitlines() == shown.splitlines(), command
    assert seen == {"python": 4, "text": 1}
    assert (tmp_path / "vendor.reg").read_bytes()
    assert "(8080, 4)" in capsys.readouterr().out
    machine = winreg.ConnectRegistry(rf"\\{HOST}:{server().port}", winreg.HKEY_LOCAL_MACHINE)
    opened = winreg.OpenKey(machine, rf"{KEY}\Product")
    with machine, opened as key, pytest.raises(FileNotFoundError):  # it was undone
        winreg.QueryValueEx(key, "Enabled")
