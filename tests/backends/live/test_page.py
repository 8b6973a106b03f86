"""The commands of docs/howto/windows.md, run as they stand there; they print what it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg.system import WINDOWS
from conftest import ROOT

pytestmark = pytest.mark.skipif(not WINDOWS, reason="tests/live runs these by a Windows Python")

PROMPT = "C:\\> "
BLOCK = re.compile(r"^```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def steps() -> Iterator[tuple[str, str]]:
    """Each command, and what it prints; `...` stands for anything."""
    page = (ROOT / "docs" / "howto" / "windows.md").read_text("utf-8")
    for block in BLOCK.findall(page):
        for step in block.split(PROMPT)[1:]:
            command, _, printed = step.partition("\n")
            yield command, printed


def pattern_of(printed: str) -> str:
    """A line of three dots is any number of lines, and within a line they are some characters."""
    lines = [
        r"(.*\n)*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n"
        for line in printed.splitlines()
    ]
    return "".join(lines)


@pytest.mark.long
def test_its_commands_do_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, as somebody who reads it."""
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path / "history"))
    done, others = 0, []
    for command, expected in steps():
        name, _, words = command.partition(" ")
        program = f'"{sys.executable}" -m anyreg' if name == "anyreg" else name
        process = subprocess.run(
            f"{program} {words}",
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )
        done += 1
        if not re.fullmatch(pattern_of(expected), process.stdout):
            others.append(f"{command}\n{process.stdout}")
    assert not others, "\n".join(others)
    assert done > 10
