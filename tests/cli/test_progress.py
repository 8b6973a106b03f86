"""Bars on a real terminal: standard output gets all that is put out, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import anyreg
from anyreg.cli.app import COMMANDS
from anyreg.cli.progress import BIG
from cli.terminals import ANYREG, on_terminal

KEYS = 300
CURSOR = "\x1b[?25l"  # what a bar begins with

# Each command that reads or writes a big hive, with a line of its own; A is a hive, B another that
# differs, C a third, OUT a name that nothing has.
LINES = {
    "ls": ["A::Wide"],
    "tree": ["A"],
    "get": ["A::Wide", "Blob", "--type"],
    "find": ["A", "Key1"],
    "timeline": ["A"],
    "info": ["A"],
    "check": ["A"],
    "dump": ["A"],
    "export": ["A::Wide", "-f", "csv"],
    "diff": ["A", "B"],
    "patch": ["A", "patch.jsonl", "--dry-run"],
    "merge": ["A", "A", "B", "--dry-run"],
    "create": ["A::New", "--dry-run"],
    "set": ["A::Wide", "Name", "Ada", "--dry-run"],
    "rm": ["A::Wide", "--recursive", "--dry-run"],
    "mv": ["A::Wide", "Narrow", "--dry-run"],
    "cp": ["A::Wide", "C::Copy", "--dry-run"],
    "import": ["A", "wide.reg", "--dry-run", "--prefix", "HKCU"],
    "save": ["A::Wide", "OUT"],
    "restore": ["A::Wide", "C", "--dry-run"],
    "undo": ["D", "--dry-run"],
    "redo": ["E", "--dry-run"],
    "history": ["D", "1"],
    "recover": ["A"],
    "repair": ["A", "OUT"],
    "compact": ["A", "OUT"],
    "env": ["ls", "A"],
}
WITHOUT_HIVES = {"run", "reg"}  # what `reg` prints is no table of ours, and it has no bars
WITH_BARS = {
    *("find", "timeline", "info", "check", "dump", "export", "diff", "patch", "merge", "import"),
    *("create", "set", "rm", "mv", "cp", "restore", "repair", "compact"),
    *("history", "undo", "redo"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with hives that are large enough for bars, and what commands take."""
    folder = tmp_path_factory.mktemp("large")
    with anyreg.open(folder / "A", "x") as registry, registry.transaction():
        wide = registry.create("Wide")
        for number in range(KEYS):
            wide.create(f"Key{number}").values["Number"] = number
        wide.values["Blob"] = bytes(BIG)
        registry.create("Environment").values["Path"] = "C:\\"
    for name in "BCDE":
        shutil.copy(folder / "A", folder / name)
    with anyreg.open(folder / "B", "r+") as registry, registry.transaction():
        for number in range(KEYS):
            registry.open(f"Wide\\Key{number}").values["Number"] = number + 1
    _quietly(folder, "diff", "A", "B", "--patch", "patch.jsonl")
    _quietly(folder, "export", "B", "-o", "wide.reg", "--prefix", "HKCU")
    for name in "DE":
        _quietly(folder, "set", f"{name}::Wide", "Name", "Ada")
    _quietly(folder, "undo", "E")
    return folder


def _quietly(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program with no terminal at all."""
    environment = {**os.environ, "ANYREG_HISTORY": str(folder / "history")}
    return subprocess.run(
        [*ANYREG, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def test_each_command_is_looked_at() -> None:
    assert LINES.keys() | WITHOUT_HIVES == COMMANDS.keys()


@pytest.mark.parametrize("command", LINES)
def test_a_file_gets_all_output_though_the_errors_go_to_a_terminal(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    arguments = [command, *LINES[command]]
    expected = _quietly(place, *arguments)
    (place / "OUT").unlink(missing_ok=True)
    monkeypatch.chdir(place)
    monkeypatch.setenv("ANYREG_HISTORY", str(place / "history"))
    shown = on_terminal(arguments, tmp_path / "out")
    (place / "OUT").unlink(missing_ok=True)
    assert expected.returncode in (0, 1), expected.stderr
    assert (shown.status, shown.out) == (expected.returncode, expected.stdout)
    assert expected.stdout or command == "save"
    assert (CURSOR in shown.screen) == (command in WITH_BARS), shown.screen
