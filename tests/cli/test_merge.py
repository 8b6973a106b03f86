"""merge: into ours, in one transaction, or nothing where there are conflicts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run, contents, dumped


@pytest.fixture
def three(hive: Path) -> list[Path]:
    """Base, ours and theirs; the sides have changed different things."""
    files = [hive.with_name(f"{name}.dat") for name in ("base", "ours", "theirs")]
    for file in files:
        shutil.copy(hive, file)
    with anyreg.open(files[1], "r+") as registry:
        registry.write("Software", "Number", 43)
        registry.create("Mine")
    with anyreg.open(files[2], "r+") as registry:
        registry.write("Software", "Text", "other")
        registry.root.delete("System")
    return files


def conflicting(three: list[Path]) -> None:
    with anyreg.open(three[2], "r+") as registry:
        registry.write("Software", "Number", 44)
        registry.create(r"Software\Vendor").class_name = "theirs"
    with anyreg.open(three[1], "r+") as registry:
        registry.create(r"System\Sub")
        registry.create(r"Software\Vendor").class_name = "ours"


def test_what_theirs_changed_is_made_in_ours(run: Run, three: list[Path]) -> None:
    base, ours, theirs = three
    others = dumped(base), dumped(theirs)
    done = run("merge", *three)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert run("diff", base, ours).lines == [
        "+ Mine",
        "~ Software  Number  REG_DWORD 0x0000002a (42) -> REG_DWORD 0x0000002b (43)",
        "~ Software  Text  REG_SZ some text -> REG_SZ other",
        "- System",
    ]
    assert (dumped(base), dumped(theirs)) == others


def test_a_dry_run_changes_nothing(run: Run, three: list[Path]) -> None:
    before = contents(three[0].parent)
    done = run("merge", *three, "--dry-run")
    assert (done.status, done.lines) == (
        0,
        ["~ Software  Text  REG_SZ some text -> REG_SZ other", "- System"],
    )
    assert contents(three[0].parent) == before


def test_conflicts_are_shown_and_nothing_is_done(run: Run, three: list[Path]) -> None:
    conflicting(three)
    before = contents(three[0].parent)
    done = run("merge", *three)
    assert (done.status, done.err) == (1, "")
    assert done.lines == [
        "! Software  Number  base REG_DWORD 0x0000002a (42), ours REG_DWORD 0x0000002b (43), "
        "theirs REG_DWORD 0x0000002c (44)",
        r"! Software\Vendor  base class 'cls', ours class 'ours', theirs class 'theirs'",
        "! System  ours changed something in it, theirs deleted it",
    ]
    assert contents(three[0].parent) == before


def test_conflicts_as_json(run: Run, three: list[Path]) -> None:
    conflicting(three)
    records = run("merge", *three, "--json").records
    assert [(r["kind"], r["path"], r["name"], r["tree"]) for r in records] == [
        ("conflict", "Software", "Number", False),
        ("conflict", "Software\\Vendor", None, False),
        ("conflict", "System", None, True),
    ]
    assert [records[0][side]["data"] for side in ("base", "ours", "theirs")] == [42, 43, 44]
    assert records[2]["theirs"] is None


@pytest.mark.parametrize("prefer", ["ours", "theirs"])
def test_a_preferred_side_settles_them(run: Run, three: list[Path], prefer: str) -> None:
    conflicting(three)
    done = run("merge", *three, "--prefer", prefer)
    assert (done.status, len(done.lines)) == (0, 3)
    number = run("get", f"{three[1]}::Software", "Number").out
    assert number == ("43\n" if prefer == "ours" else "44\n")
    assert run("ls", f"{three[1]}::System").status == (0 if prefer == "ours" else 1)


def test_the_result_can_be_a_hive_of_its_own(run: Run, three: list[Path], tmp_path: Path) -> None:
    before = [dumped(file) for file in three]
    new = three[0].with_name("new.dat")
    assert run("merge", *three, "-o", new).status == 0
    assert [dumped(file) for file in three] == before
    run("merge", *three)
    assert run("diff", new, three[1]).status == 0
    done = run("merge", *three, "-o", new)
    assert (done.status, len(done.err.splitlines())) == (2, 1)


def test_keys_of_one_hive_can_be_merged(run: Run, hive: Path) -> None:
    with anyreg.open(hive, "r+") as registry:
        for name, texts in (("a", "xy"), ("b", "zy"), ("c", "xw")):
            registry.create(name).values.update({"1": texts[0], "2": texts[1]})
    assert run("merge", f"{hive}::a", f"{hive}::b", f"{hive}::c").status == 0
    assert run("get", f"{hive}::b", "1").out + run("get", f"{hive}::b", "2").out == "z\nw\n"
