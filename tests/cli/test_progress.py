"""Bars on a real terminal: standard output gets all that is put out, and nothing else."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import chdir, redirect_stdout
from functools import cache
from pathlib import Path

import pytest

import anyreg
from anyreg.cli import main
from anyreg.cli.program import COMMANDS
from anyreg.cli.progress import BIG, keys_in
from cli.terminals import ANYREG, on_terminal, on_terminal_into_head

TERMINAL = pytest.mark.posix("pseudo-terminals")

KEYS = 300
MORE = 600  # a rate is known from two samples, of which one is taken at every 250
CURSOR = "\x1b[?25l"  # what a bar begins with
GONE = "\x1b[?25h\r\x1b[1A\x1b[2K"  # and ends with: the cursor is back, in a line that is empty

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
    "acl": ["show", "A"],
}
# What `reg` prints is no table of ours, and it has no bars; `watch` waits, and has its own tests.
WITHOUT_HIVES = {"run", "reg", "watch", "wine", "fleet"}
WITH_BARS = {
    *("recover", "save", "restore"),
    *("find", "timeline", "info", "check", "dump", "export", "diff", "patch", "merge", "import"),
    *("create", "set", "rm", "mv", "cp", "repair", "compact"),
    *("history", "undo", "redo"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with hives that are large enough for bars, and what commands take."""
    folder = tmp_path_factory.mktemp("large")
    _make(folder / "A", KEYS)
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


@pytest.fixture(scope="module")
def wider(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with such a hive of more keys, A."""
    folder = tmp_path_factory.mktemp("wider")
    _make(folder / "A", MORE)
    return folder


def _make(file: Path, keys: int) -> None:
    with anyreg.open(file, "x") as registry, registry.transaction():
        wide = registry.create("Wide")
        for number in range(keys):
            wide.create(f"Key{number}").values["Number"] = number
        wide.values["Blob"] = bytes(BIG)
        registry.create("Environment").values["Path"] = "C:\\"


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


@pytest.fixture(scope="module")
def expected(place: Path) -> Callable[[str], tuple[int, bytes]]:
    """What the line of a command ends with and prints where there is no terminal."""

    @cache
    def run(command: str) -> tuple[int, bytes]:
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), chdir(place):
            patch.setenv("ANYREG_HISTORY", str(place / "history"))
            status = main([command, *LINES[command]])
            out.flush()
        (place / "OUT").unlink(missing_ok=True)
        assert isinstance(out.buffer, io.BytesIO)
        return status, out.buffer.getvalue()

    return run


def test_each_command_is_looked_at() -> None:
    assert LINES.keys() | WITHOUT_HIVES == COMMANDS.keys()


@TERMINAL
@pytest.mark.parametrize("command", LINES)
def test_a_file_gets_all_output_though_the_errors_go_to_a_terminal(
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expected: Callable[[str], tuple[int, bytes]],
    command: str,
) -> None:
    arguments = [command, *LINES[command]]
    status, out = expected(command)
    monkeypatch.chdir(place)
    monkeypatch.setenv("ANYREG_HISTORY", str(place / "history"))
    shown = on_terminal(arguments, tmp_path / "out")
    (place / "OUT").unlink(missing_ok=True)
    assert status in (0, 1)
    assert (shown.status, shown.out) == (status, out)
    assert out or command == "save"
    assert (CURSOR in shown.screen) == (command in WITH_BARS), shown.screen


@TERMINAL
@pytest.mark.parametrize("command", ["find", "dump", "export", "diff", "timeline", "tree", "check"])
def test_a_reader_that_goes_away_leaves_no_half_line(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    expected: Callable[[str], tuple[int, bytes]],
    command: str,
) -> None:
    arguments = [command, *LINES[command]]
    status, out = expected(command)
    monkeypatch.chdir(place)
    shown = on_terminal_into_head(arguments, 10)
    assert shown.out
    assert out.startswith(shown.out)
    assert shown.status in (0, status)
    assert "Traceback" not in shown.screen
    assert "anyreg:" not in shown.screen
    assert shown.screen.count(CURSOR) == shown.screen.count("\x1b[?25h")
    assert not shown.screen or shown.screen.endswith("\x1b[2K")  # the line is clean


@TERMINAL
@pytest.mark.parametrize("command", ["find", "import"])
def test_an_error_comes_when_the_bar_is_gone(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """It has a line of its own, the last one, and nothing else is left on the screen."""
    monkeypatch.chdir(place)
    wrong = tmp_path / "wrong.reg"
    wrong.write_bytes((place / "wide.reg").read_bytes() + "nonsense\r\n".encode("utf-16-le"))
    lines: dict[str, list[str | Path]] = {
        "find": ["A", "(", "--regex"],
        "import": ["C", wrong, "--prefix", "HKCU"],
    }
    shown = on_terminal([command, *lines[command]], tmp_path / "out")
    assert (shown.status, shown.out) == (2, b"")
    bars, error = shown.screen.rsplit(GONE, 1)
    assert bars.startswith(CURSOR)
    assert "anyreg: " not in bars
    assert re.fullmatch(r"anyreg: [^\x1b\r\n]*(regular expression|nonsense)[^\x1b\r\n]*\r\n", error)


@TERMINAL
@pytest.mark.parametrize(
    "command", ["info", "check", "find", "timeline", "dump", "repair", "compact", "rm"]
)
def test_a_bar_tells_how_far_it_is(
    wider: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Where the total is known: the share that is done, how many a second, and the time left."""
    monkeypatch.chdir(wider)
    more = {"rm": ["A", "--recursive", "--force", "--dry-run"]}.get(command, LINES[command])
    shown = on_terminal([command, *more], tmp_path / "out")
    (wider / "OUT").unlink(missing_ok=True)
    screen = re.sub(r"\x1b\[[0-9;]*m", "", shown.screen)
    assert ("%" in screen) == (command != "rm")  # which does not count in a dry run
    if command != "rm":
        last = screen.removesuffix("\n" + GONE).rpartition("\x1b[2K")[2]
        assert re.fullmatch(r"500 keys\S* .* 8\d% [\d,]+/s 0:\d\d:\d\d\s*", last), last


@TERMINAL
def test_an_import_shows_what_it_does(place: Path, tmp_path: Path) -> None:
    shutil.copy(place / "C", tmp_path / "C")
    arguments: list[str | Path] = [
        "import",
        tmp_path / "C",
        place / "wide.reg",
        "--prefix",
        "HKCU",
        "--no-history",
    ]
    shown = on_terminal(arguments, tmp_path / "out")
    assert shown.status == 0, shown.screen
    phases = [shown.screen.find(f" {what} ") for what in ("read", "done")]
    assert 0 < phases[0] < phases[1] < shown.screen.find("writing")


@TERMINAL
def test_compacting_shows_what_it_does(place: Path, tmp_path: Path) -> None:
    shutil.copy(place / "C", tmp_path / "C")
    shown = on_terminal(["compact", tmp_path / "C"], tmp_path / "out")
    assert shown.status == 0, shown.screen
    assert 0 < shown.screen.find("keys looked at") < shown.screen.find("keys laid out")


@TERMINAL
@pytest.mark.parametrize("columns", [20, 40, 200])
def test_a_bar_fits_a_terminal_of_any_width(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.chdir(place)
    shown = on_terminal(["info", "A"], tmp_path / "out", columns=columns)
    assert CURSOR in shown.screen
    assert shown.screen.count("\n") == 1  # at its end, from where it is taken away


def test_keys_in_use_are_counted_without_being_read(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

    file = tmp_path / "F"
    shutil.copy(place / "A", file)
    with anyreg.open(file, "r+") as registry, registry.transaction():
        for number in range(0, KEYS, 3):
            registry.open("Wide").children()
            registry.delete(f"Wide\\Key{number}")
    with anyreg.open(file) as registry:
        expected = sum(1 for _ in registry.root.walk())
    assert keys_in(str(file)) is None
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", Terminal())
        assert keys_in(str(file)) == expected
        assert keys_in(str(tmp_path / "nothing")) is None
        patch.setattr("anyreg.cli.progress._BLOCK", 4099)
        assert keys_in(str(file)) == expected


@pytest.mark.parametrize("mode", ["r", "r+"])
def test_checking_calls_back_for_each_key(place: Path, mode: str) -> None:
    count = 0

    def on_key() -> None:
        nonlocal count
        count += 1

    with anyreg.open(place / "B", mode) as registry:
        assert registry.check(on_key) == []
        assert count == sum(1 for _ in registry.root.walk())


@TERMINAL
def test_a_disk_is_as_large_as_its_hives(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "disk/Windows/System32/config"
    config.mkdir(parents=True)
    for name in ("SYSTEM", "SOFTWARE"):
        shutil.copy(place / "A", config / name)
    monkeypatch.chdir(tmp_path)
    shown = on_terminal(["find", "disk", "Key1"], tmp_path / "out")
    assert shown.status == 0, shown.screen
    assert CURSOR in shown.screen
    assert "%" in shown.screen
    assert shown.out == _quietly(tmp_path, "find", "disk", "Key1").stdout
