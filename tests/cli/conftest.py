"""Running the program inside the test's own process, with or without a terminal."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import anyreg
from anyreg import ExpandString, Problem, QWord, Raw
from anyreg.cli import main
from anyreg.formats import dump as dumps
from anyreg.registry.rows import rows_of
from conftest import ROOT
from formats.models import Model, opened


@dataclass(frozen=True)
class Done:
    """What a run left."""

    status: int
    data: bytes
    err: str

    @property
    def out(self) -> str:
        return self.data.decode()

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


class Stream(io.TextIOWrapper):
    """A stream that is kept, and says of itself whether it is a terminal."""

    def __init__(self, terminal: bool, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def taken(self) -> bytes:
        self.flush()
        data = self.buffer.getvalue()  # type: ignore[attr-defined]
        assert isinstance(data, bytes)
        return data


Run = Callable[..., Done]

# Without the extra there is no program to test.
collect_ignore_glob = [] if find_spec("typer") and find_spec("rich") else ["test_*.py"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the program: run("ls", file), with terminal=True for a person in front of it."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("NO_COLOR", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)

    def run(
        *arguments: str | Path,
        terminal: bool = False,
        error_terminal: bool = False,
        encoding: str = "utf-8",
    ) -> Done:
        out, err = Stream(terminal, encoding), Stream(error_terminal, encoding)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            status = main([str(argument) for argument in arguments])
        return Done(status, out.taken(), err.taken().decode(encoding))

    return run


TEXT = 1
TOP = Model(
    "ROOT",
    values=[("", TEXT, "top\0".encode("utf-16-le"))],
    keys=[
        Model(
            "Software",
            values=[
                ("Text", TEXT, "some text\0".encode("utf-16-le")),
                ("List", 7, "a\0b c\0\0".encode("utf-16-le")),
                ("Number", 4, b"\x2a\0\0\0"),
                ("Bytes", 3, bytes(range(100))),
                ("Odd", 0x200000, b"\xff"),
            ],
            keys=[Model("Vendor", class_name="cls", keys=[Model("Deep")])],
        ),
        Model("System"),
    ],
)

EVIL = "\x1b[2J\u202e\ud800\r\n\t\0\x9b"
HOSTILE = Model(
    EVIL,
    values=[(EVIL, TEXT, EVIL.encode("utf-16-le", "surrogatepass"))],
    keys=[
        Model(
            EVIL,
            values=[
                (EVIL + "m", 7, (EVIL + "\0\0").encode("utf-16-le", "surrogatepass")),
                (EVIL + "b", 3, EVIL.encode("utf-16-le", "surrogatepass")),
            ],
            keys=[Model(EVIL)],
            class_name=EVIL,
        )
    ],
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, Model]:
    """Targets of addresses that open a model; a test may add its own."""
    models = {"made": TOP, "hostile": HOSTILE, "damaged": TOP}
    real = anyreg.open

    def open_made(target: str, mode: str | None = None, **options: Any) -> anyreg.Registry:
        if target not in models:
            return real(target, mode, **options)
        problems = [Problem(4096, EVIL, path=EVIL), Problem(8192, "bad", "this", "that")]
        return opened(models[target], problems if target == "damaged" else [], target)

    monkeypatch.setattr(anyreg, "open", open_made)
    return models


# Hives to be changed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for hives; when the test is over, every one in it must be sound."""
    for name in ("fsync", "fdatasync"):  # what a power cut leaves is tested elsewhere
        monkeypatch.setattr(os, name, lambda _: None, raising=False)
    yield tmp_path
    for file in sorted(tmp_path.rglob("*")):
        if file.is_file() and is_hive(file):
            with anyreg.open(file) as registry:
                assert registry.check() == [], file.name


def is_hive(file: Path) -> bool:
    """Whether it is the primary file of one, and none that a test has damaged."""
    return file.suffix == ".dat" and file.read_bytes()[:4] == b"regf"


@pytest.fixture
def hive(folder: Path) -> Path:
    """A new hive with some of everything."""
    path = folder / "made.dat"
    with anyreg.open(path, "x") as registry, registry.transaction():
        software = registry.create("Software")
        software.create("Vendor", class_name="cls").create("Deep").values["Text"] = "deep"
        registry.create("System")
        registry.root.values[""] = "top"
        software.set_values(
            {
                "Text": "some text",
                "Expand": ExpandString("%X%"),
                "List": ["a", "b c"],
                "Number": 42,
                "Quad": QWord(1 << 40),
                "Big endian": Raw(5, b"\0\0\0\1"),
                "Bytes": bytes(range(100)),
                "Nothing": Raw(0, b""),
                "Odd": Raw(0x200000, b"\xff"),
            }
        )
    return path


@pytest.fixture
def sample(folder: Path) -> Path:
    """A copy of the hive in samples/, dirty, with its logs."""
    for file in (ROOT / "samples").glob("NTUSER.DAT*"):
        shutil.copy(file, folder / file.name.replace("NTUSER.DAT", "sample.dat"))
    return folder / "sample.dat"


def dumped(hive: Path) -> str:
    """All that a hive holds, times included."""
    with anyreg.open(hive) as registry:
        return "".join(dumps.write(rows_of(registry.root)))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}
