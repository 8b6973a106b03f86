"""Keys with names that no path can tell: they are copied, saved, restored and put back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import Key, Registry
from anyreg.system import WINDOWS

SYSTEM_PYTHON = "/usr/bin/python3"  # the one that Debian's hivex is for
NAMES = ["a\\b", "\\", "a"]
LOOK = """
import hivex, sys
hive = hivex.Hivex(sys.argv[1])
def names(node):
    return [[hive.node_name(child), names(child)] for child in hive.node_children(node)]
print(ascii(names(hive.root())))
"""
MAKE = """
import hivex, sys
hive = hivex.Hivex(sys.argv[1], write=True)
for name in sys.argv[2:]:
    node = hive.node_add_child(hive.root(), name)
    for below in sys.argv[2:]:
        hive.node_add_child(node, below)
hive.commit(None)
"""


def hivex(text: str, *arguments: object) -> str:
    """What hivex prints; the test skips where there is none."""
    if WINDOWS:  # where Wine would begin a program of the system around it, and lose it
        pytest.skip("no hivex")
    command = [SYSTEM_PYTHON, "-c", text, *map(str, arguments)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("no Python of the system")
    if "No module named 'hivex'" in done.stderr:
        pytest.skip("no hivex")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def outline(key: Key) -> list[object]:
    return [[child.name, outline(child)] for child in key.children()]


def filled(registry: Registry) -> None:
    """Each name below each name, and an empty one."""
    backend = registry.root._backend
    for name in (*NAMES, ""):
        node, _ = backend.create(registry.root.node, [name], class_name="class")
        for below in (*NAMES, ""):
            backend.create(node, [below])


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Registry]:
    """A hive of such keys, which must be sound at the end."""
    with anyreg.open(tmp_path / "odd.dat", "x") as made:
        filled(made)
        yield made
    with anyreg.open(tmp_path / "odd.dat") as again:
        assert again.check() == []


def test_hivex_reads_what_is_written(odd: Registry, tmp_path: Path) -> None:
    odd.root.save(tmp_path / "saved.dat")
    odd.close()
    with anyreg.open(tmp_path / "saved.dat") as saved:
        expected = ascii(outline(saved.root))
        assert saved.check() == []
    assert hivex(LOOK, tmp_path / "saved.dat") == expected
    assert hivex(LOOK, tmp_path / "odd.dat") == expected
    with anyreg.open(tmp_path / "odd.dat") as again:
        assert ascii(outline(again.root)) == expected


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A hive that hivex has given such keys."""
    file = tmp_path / "theirs.dat"
    anyreg.open(file, "x").close()
    hivex(MAKE, file, *NAMES)
    return file


@pytest.mark.parametrize("format", ["json", "csv", "hive", "copy"])
def test_what_hivex_has_made_comes_over(theirs: Path, tmp_path: Path, format: str) -> None:
    """As a file that is imported or restored, and as a copy."""
    file = tmp_path / f"out.{format}"
    with anyreg.open(theirs) as registry, anyreg.open(tmp_path / "new.dat", "x") as new:
        if format == "copy":
            registry.root.copy_to(new.root)
        elif format == "hive":
            registry.root.export(file)
            new.root.restore(file)
        else:
            registry.root.export(file)
            new.import_(file)
        assert outline(new.root) == outline(registry.root)
        assert len(outline(new.root)) == len(NAMES)
        assert new.check() == []
        expected = ascii(outline(new.root))
    assert hivex(LOOK, tmp_path / "new.dat") == expected


@pytest.mark.parametrize("target", ["memory:", "own/"])
def test_a_registry_of_many_hives_takes_copies(odd: Registry, tmp_path: Path, target: str) -> None:
    """Also back from it; no part of a name is taken for a key on the way."""
    with anyreg.open(target if target == "memory:" else f"{tmp_path}/{target}", "x") as registry:
        copied = registry.create(r"HKCU\Software\Copy")
        odd.root.copy_to(copied)
        assert outline(copied) == outline(odd.root)
        with anyreg.open(tmp_path / "back.dat", "x") as back:
            copied.copy_to(back.root)
            assert outline(back.root) == outline(odd.root)


def test_a_backup_and_undoing_put_them_back(tmp_path: Path) -> None:
    with anyreg.open(tmp_path / "kept.dat", "x") as made:
        made.create("x")
    with anyreg.open(tmp_path / "kept.dat", "r+", journal=True) as hive:
        filled(hive)
        hive.root.copy_to(hive.create("x"))
        before = outline(hive.root)
        with hive.backup("x") as saved:
            hive.root.delete("x", recursive=True)
        saved.restore()
        assert outline(hive.root) == before
        hive.root.delete("x", recursive=True)
        hive.journal.undo()
        assert outline(hive.root) == before
        assert hive.check() == []


def test_names_tell_keys_that_have_one_path(odd: Registry) -> None:
    keys = [key for key, _, _ in odd.root.walk() if key.path == r"a\b"]
    assert [key.names for key in keys] == [["a\\b"]]
    odd.create(r"a\b")
    keys = [key for key, _, _ in odd.root.walk() if key.path == r"a\b"]
    assert [key.names for key in keys] == [["a", "b"], ["a\\b"]]
