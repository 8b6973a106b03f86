"""Wine's `reg import` makes the second tree of the first with the patch that we write."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from agree.edits import KEY_NAMES, Edits, Taste
from agree.model import model_of
from agree.samba import simple_data
from anyreg import Key, NotSupportedError, Registry, diff
from anyreg.backends.memory import MemoryBackend
from anyreg.formats.regfile.patch import write_patch
from anyreg.interchange.regfile import VERSION_5, SetKey, SetValue, parse, write
from anyreg.names import fold
from live.wine import Wine, windows_path

pytestmark = pytest.mark.live

CASES = 5
TOP = r"HKEY_CURRENT_USER\Software\anyreg patches"
SCRIPT = rf"""
import subprocess, sys
for case in range({CASES}):
    for verb, file in (("import", "first"), ("import", "patch"), ("export", "second")):
        place = [rf"{TOP}\{{case}}"] if verb == "export" else []
        command = ["reg", verb, *place, f"{{file}}{{case}}.reg"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{{command}}: {{done.stdout}}{{done.stderr}}")
subprocess.run(["reg", "delete", r"{TOP}", "/f"], check=True, capture_output=True)
"""
# Wine keeps no names beyond the basic plane apart from others.
NAMES = tuple(name for name in KEY_NAMES if max(name) < "\U00010000")
TASTE = Taste(NAMES, ("", "Start", "a\\b", 'say "x"', "Größe", "-"), simple_data)

Rows = dict[str, dict[str, tuple[int, bytes]]]


def test_the_first_becomes_the_second(wine: Wine, tmp_path: Path) -> None:
    """Trees that were edited at random; keys and values are deleted too."""
    expected = [prepared(case, tmp_path) for case in range(CASES)]
    (tmp_path / "script.py").write_text(SCRIPT, "utf-8")
    wine.python(windows_path(tmp_path / "script.py"), cwd=tmp_path)
    for case in range(CASES):
        data = (tmp_path / f"second{case}.reg").read_bytes()
        assert dict(read(data, rf"{TOP}\{case}")) == expected[case]


def prepared(case: int, folder: Path) -> Rows:
    """Write a tree and the patch that makes another one of it; what that one holds."""
    rnd = random.Random(case)
    prefix = rf"{TOP}\{case}"
    left_out: list[NotSupportedError] = []
    with Registry(MemoryBackend()) as old, Registry(MemoryBackend()) as new:
        Edits(rnd, model_of(old.root), TASTE).some(old, 100)
        old.root.copy_to(new.root)
        Edits(rnd, model_of(new.root), TASTE).some(new, 60)
        save(folder / f"first{case}.reg", write(old.root, prefix))
        changes = list(diff(old.root, new.root))
        assert {change.kind for change in changes} == {"added", "removed", "changed"}
        patch = write_patch(changes, prefix, on_error=left_out.append)
        save(folder / f"patch{case}.reg", patch)
        return dict(held(new.root))


def save(file: Path, pieces: Iterator[str]) -> None:
    file.write_bytes(VERSION_5.mark + VERSION_5.encode("".join(pieces)))


def held(top: Key) -> Iterator[tuple[str, dict[str, tuple[int, bytes]]]]:
    for key, _, values in top.walk():
        yield fold(key.path), {fold(value.name): (value.type, value.raw) for value in values}


def read(data: bytes, prefix: str) -> Iterator[tuple[str, dict[str, tuple[int, bytes]]]]:
    """What a .reg file holds."""
    rows: dict[str, tuple[int, bytes]] = {}
    for instruction in parse(data, prefix=prefix):
        if isinstance(instruction, SetKey):
            rows = {}
            yield fold(instruction.path), rows
        elif isinstance(instruction, SetValue):
            rows[fold(instruction.name)] = instruction.type, instruction.raw
