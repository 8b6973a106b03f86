"""patch: what diff --json and diff --patch tell, done to another hive; refused as a whole."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest

import anyreg
from agree.edits import descriptor
from cli.conftest import Run, contents, dumped


@pytest.fixture
def other(hive: Path) -> Path:
    """A copy of the hive with changes."""
    path = hive.with_name("other.dat")
    shutil.copy(hive, path)
    with anyreg.open(path, "r+") as registry, registry.transaction():
        registry.root.delete("System")
        registry.write("Software", "Number", 43)
        registry.open("Software").delete_value("Odd")
        registry.create(r"Software\New\Deep").values["x"] = ["a", "b"]
    return path


@pytest.fixture
def lines(run: Run, hive: Path, other: Path) -> Path:
    """The patch that makes the one of the other."""
    file = hive.with_name("changes.jsonl")
    assert run("diff", hive, other, "--patch", file).status == 1
    return file


def test_a_hive_becomes_the_other(run: Run, hive: Path, other: Path, lines: Path) -> None:
    done = run("patch", hive, lines)
    assert (done.status, done.out, done.err) == (0, "6 changes\n", "")
    assert run("diff", hive, other).status == 0


def test_a_patch_is_what_diff_prints_as_json(
    run: Run, hive: Path, other: Path, lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = run("diff", hive, other, "--json").data
    assert lines.read_bytes() == printed
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(printed)))
    assert run("patch", hive, "-", "--json").records == [{"changes": 6}]
    assert run("diff", hive, other).status == 0


def test_a_dry_run_shows_and_changes_nothing(
    run: Run, hive: Path, other: Path, lines: Path
) -> None:
    before = contents(hive.parent)
    done = run("patch", hive, lines, "--dry-run")
    assert done.out == run("diff", hive, other).out
    assert contents(hive.parent) == before


def test_a_conflict_is_one_line_and_status_1(run: Run, hive: Path, lines: Path) -> None:
    run("set", hive.as_posix() + "::Software", "Number", "7")
    before = dumped(hive)
    done = run("patch", hive, lines)
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        "anyreg: value 'Number': it is not as it was: Software "
        "(expected REG_DWORD 42, found REG_DWORD 7)\n"
    )
    assert dumped(hive) == before


def test_anyway_makes_it_so(run: Run, hive: Path, other: Path, lines: Path) -> None:
    run("set", hive.as_posix() + "::Software", "Number", "7")
    run("rm", hive.as_posix() + "::System")
    assert run("patch", hive, lines, "--anyway").status == 0
    assert run("diff", hive, other).status == 0


def test_a_bad_line_is_told_with_the_file(run: Run, hive: Path, lines: Path) -> None:
    lines.write_text(lines.read_text() + "{}\n")
    before = contents(hive.parent)
    done = run("patch", hive, lines)
    assert done.status == 2
    assert done.err == (f"anyreg: line 7: expected a member 'after', found none: {lines}\n")
    assert contents(hive.parent) == before


def test_a_reg_file_makes_the_other_too(run: Run, hive: Path, other: Path) -> None:
    """Both ways, with the name that import takes for the hive."""
    for old, new in ((hive, other), (other, hive)):
        file = hive.with_name("patch.reg")
        assert run("diff", old, new, "-o", file).status == 1
        target = old.with_name("copy.dat")
        shutil.copy(old, target)
        done = run("import", target, file, "--prefix", rf"HKEY_LOCAL_MACHINE\{old.name}")
        assert (done.status, done.err) == (0, "")
        assert run("diff", target, new).status == 0
        target.unlink()


def test_a_reg_file_of_a_key_starts_at_it(run: Run, hive: Path, other: Path) -> None:
    """As import takes it for the same address."""
    file = hive.with_name("patch.reg")
    ours, theirs = f"{hive}::Software", f"{other}::Software"
    assert run("diff", ours, theirs, "--patch", file).status == 1
    assert run("import", ours, file).status == 0
    assert run("diff", ours, theirs).status == 0


def test_what_a_reg_file_cannot_hold_is_refused_or_left_out(
    run: Run, hive: Path, other: Path
) -> None:
    with anyreg.open(other, "r+") as registry:
        registry.create("Classy").class_name = "c"
    file = hive.with_name("patch.reg")
    done = run("diff", hive, other, "-o", file)
    assert (done.status, file.exists()) == (2, False)
    assert done.err == "anyreg: a .reg file cannot hold the class name of a key: Classy\n"
    done = run("diff", hive, other, "-o", file, "--lenient")
    assert (done.status, file.exists()) == (1, True)
    assert "warning: left out 1 that a .reg file cannot hold" in done.err


def test_no_difference_is_an_empty_patch(run: Run, hive: Path) -> None:
    file = hive.with_name("none.jsonl")
    assert run("diff", hive, hive, "-o", file).status == 0
    assert file.read_bytes() == b""


def test_other_endings_and_the_hives_themselves_are_no_patches(run: Run, hive: Path) -> None:
    assert run("diff", hive, hive, "-o", "x.txt").status == 2
    hive = hive.rename(hive.with_name("hive.reg"))
    before = hive.read_bytes()
    done = run("diff", hive, hive, "-o", hive)
    assert (done.status, hive.read_bytes()) == (2, before)
    assert "this is the hive itself" in done.err


def test_security_is_compared_and_set_if_asked_for(run: Run, hive: Path) -> None:
    other = hive.with_name("other.dat")
    shutil.copy(hive, other)
    with anyreg.open(other, "r+") as registry:
        registry.open("System").descriptor = descriptor(1)
    assert run("diff", hive, other).status == 0
    done = run("diff", hive, other, "--security")
    assert done.status == 1
    assert done.lines[0] == "~ System"
    assert {line[:6] for line in done.lines[1:]} <= {"    ~ ", "    + ", "    - "}
    assert len(done.lines) > 1
    file = hive.with_name("p.jsonl")
    run("diff", hive, other, "--security", "-o", file)
    assert run("patch", hive, file).status == 0
    assert run("diff", hive, other, "--security").status == 0


def test_a_whole_registry_has_no_name_in_a_reg_file(run: Run, tmp_path: Path) -> None:
    """Lines of JSON can hold its patch; nothing is left of the other file."""
    for name in ("one", "two"):
        anyreg.open(f"{tmp_path / name}/", "x").close()
    sides = (tmp_path / "one", tmp_path / "two")
    done = run("diff", *sides, "-o", tmp_path / "p.reg")
    assert (done.status, (tmp_path / "p.reg").exists()) == (2, False)
    assert "name a key" in done.err
    keys = [f"{side}::HKCU" for side in sides]
    done = run("diff", *keys, "-o", tmp_path / "p.reg", "--prefix", "HKCU")
    assert (done.status, (tmp_path / "p.reg").exists()) == (2, False)
    assert "paths of a registry have their roots" in done.err
    assert run("diff", *sides, "-o", tmp_path / "p.jsonl").status == 1  # they have different users
    assert "MachineGuid" in (tmp_path / "p.jsonl").read_text("ascii")
