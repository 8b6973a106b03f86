"""create: keys with their parents, and new hives."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run, contents, dumped


def test_parents_are_made_too(run: Run, hive: Path) -> None:
    done = run("create", rf"{hive}::System\a\b c\Größe")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert run("tree", f"{hive}::System").lines[1:] == [
        "└── a",
        "    └── b c",
        "        └── Größe",
    ]


def test_a_key_that_exists_stays_as_it_is(run: Run, hive: Path) -> None:
    before = hive.read_bytes()
    assert run("create", rf"{hive}::SOFTWARE\vendor").status == 0
    assert hive.read_bytes() == before


def test_a_key_of_the_sample(run: Run, sample: Path) -> None:
    count = dumped(sample).count('["k"')
    assert run("create", rf"{sample}::Software\Vendor\Neu\日本").status == 0
    assert dumped(sample).count('["k"') == count + 2


@pytest.mark.parametrize(
    ("path", "message"),
    [("x" * 257, "at most 256"), ("\\".join("k" * 600), "at most 512"), ("", "which key?")],
)
def test_what_is_not_allowed_changes_nothing(run: Run, hive: Path, path: str, message: str) -> None:
    before = hive.read_bytes(), dumped(hive)
    done = run("create", rf"{hive}::{path}")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert (hive.read_bytes(), dumped(hive)) == before


@pytest.mark.parametrize(("more", "version"), [([], "1.5"), (["--minor", "3"], "1.3")])
def test_a_new_hive(run: Run, folder: Path, more: list[str], version: str) -> None:
    hive = folder / "new.dat"
    done = run("create", "--new", rf"{hive}::a\b", *more)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert run("tree", hive).lines == ["ROOT", "└── a", "    └── b"]
    with anyreg.open(hive) as registry:
        assert registry.about()["version"] == version


def test_a_new_hive_with_nothing_in_it(run: Run, folder: Path) -> None:
    assert run("create", folder / "new.dat", "--new").status == 0
    assert run("tree", folder / "new.dat").lines == ["ROOT"]


def test_a_dry_run_of_a_new_hive(run: Run, folder: Path) -> None:
    done = run("create", "--new", rf"{folder / 'new.dat'}::a\b", "--dry-run")
    assert (done.status, done.lines) == (0, ["+ \\", "+ a", "+ a\\b"])
    assert contents(folder) == {}


@pytest.mark.parametrize(
    ("address", "more", "message"),
    [
        ("made.dat", ["--new"], "made.dat is there already"),
        ("new.dat::" + "x" * 257, ["--new"], "at most 256"),
        ("new.dat", ["--new", "--minor", "4"], "4"),
        ("made.dat::x", ["--minor", "3"], "--minor is for new hives"),
        ("no/such/folder/new.dat", ["--new"], "no such folder"),
    ],
)
def test_what_cannot_be_made_leaves_nothing_behind(
    run: Run, hive: Path, address: str, more: list[str], message: str
) -> None:
    before = contents(hive.parent)
    done = run("create", hive.parent / address, *more)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert contents(hive.parent) == before
