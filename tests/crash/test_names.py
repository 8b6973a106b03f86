"""Real processes that know one hive by several names: none loses what another has committed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import anyreg
from conftest import LINKS

COMMITS = 30
WRITER = """
import anyreg, sys
file, name, count, key = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
with anyreg.open(file or None, "r+") as registry:
    registry.root.subkeys if file else registry.open("HKCU")
    print("open", flush=True)
    sys.stdin.readline()
    for number in range(count):
        with registry.transaction(durable=True):
            registry.open(key).create(f"{name}{number}")
"""


def writer(file: str, name: str, key: str, home: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, file, name, str(COMMITS), key]
    environment = os.environ | {"ANYREG_HOME": home}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **pipes)  # type: ignore[call-overload,no-any-return]


def run(writers: list[subprocess.Popen[str]]) -> None:
    """Let them write at one time, to their end."""
    for process in writers:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
    for process in writers:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in writers:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors


def symbolic_link(file: Path) -> Path:
    link = file.with_name("link.hiv")
    link.symlink_to(file)
    return link


def linked_folder(file: Path) -> Path:
    folder = file.parent / "folder"
    folder.symlink_to(file.parent)
    return folder / file.name


@LINKS
@pytest.mark.parametrize("alias", [symbolic_link, linked_folder])
def test_two_names_of_a_hive_lose_nothing(tmp_path: Path, alias: Callable[[Path], Path]) -> None:
    """Each durable commit of either stands in the hive."""
    file = tmp_path / "a.hiv"
    anyreg.open(file, "x").close()
    run([writer(str(file), "a", ""), writer(str(alias(file)), "b", "")])
    with anyreg.open(file) as registry:
        assert len(registry.root.subkeys) == 2 * COMMITS
        assert registry.check() == []


@LINKS
def test_two_names_of_a_registry_lose_nothing(tmp_path: Path) -> None:
    """Its hives, its record and its locks are the same by both."""
    home = tmp_path / "home"
    anyreg.open(f"{home}/", "x").close()
    (tmp_path / "link").symlink_to(home)
    homes = (str(home), str(tmp_path / "link"))
    run([writer("", name, "HKCU", place) for name, place in zip("ab", homes, strict=True)])
    with anyreg.open(home) as registry:
        made = [name for name in registry.open("HKCU").subkeys if name[1:].isdigit()]
        assert len(made) == 2 * COMMITS
        assert registry.check() == []
