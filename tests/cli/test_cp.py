"""cp: within a hive, and from one to another."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run, dumped
from conftest import LINKS


def test_to_a_new_place_all_is_the_same(run: Run, hive: Path) -> None:
    done = run("cp", f"{hive}::Software", rf"{hive}::a\b")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert run("diff", f"{hive}::Software", rf"{hive}::a\b").out == ""


def test_what_the_target_has_besides_stays(run: Run, hive: Path) -> None:
    run("set", f"{hive}::System", "Own", "kept")
    run("set", f"{hive}::System", "Text", "replaced")
    run("set", rf"{hive}::System\Vendor", "Own", "kept", "--create")
    assert run("cp", f"{hive}::Software", f"{hive}::System").status == 0
    lines = run("diff", f"{hive}::Software", f"{hive}::System").lines
    assert lines == [
        "+ \\  Own  REG_SZ kept",
        "~ Vendor  class 'cls' -> ",
        "+ Vendor  Own  REG_SZ kept",
    ]


def test_to_another_hive(run: Run, hive: Path, sample: Path) -> None:
    source = sample.read_bytes()
    assert run("cp", f"{sample}::Software", f"{hive}::Copy").status == 0
    assert run("diff", f"{sample}::Software", f"{hive}::Copy").out == ""
    assert sample.read_bytes() == source
    with anyreg.open(sample) as theirs, anyreg.open(hive) as ours:
        before, after = theirs.open("Software").descriptor, ours.open("Copy").descriptor
    assert after == before


def test_a_whole_hive(run: Run, folder: Path, sample: Path) -> None:
    new = folder / "new.dat"
    run("create", "--new", new)
    assert run("cp", sample, new).status == 0
    assert run("diff", sample, new).out == ""


def test_a_dry_run_between_hives(run: Run, hive: Path, sample: Path) -> None:
    done = run("cp", f"{sample}::Software", f"{hive}::System", "--dry-run")
    assert (done.status, done.lines[0]) == (0, "+ System\\Microsoft")


@LINKS
@pytest.mark.parametrize(
    ("source", "target"),
    [("Software", r"SOFTWARE\Vendor\x"), ("Software", "software"), ("", "Software"), ("", "")],
)
def test_never_into_itself(run: Run, hive: Path, source: str, target: str) -> None:
    before = hive.read_bytes(), dumped(hive)
    link = hive.with_name("link")
    link.symlink_to(hive)
    done = run("cp", f"{hive}::{source}", f"{link}::{target}")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "into itself" in done.err
    assert (hive.read_bytes(), dumped(hive)) == before


def test_a_damaged_source_gives_what_can_be_read_and_a_warning(run: Run, hive: Path) -> None:
    damaged = Path(__file__).parents[2] / "samples/damaged/NTUSER.DAT"
    done = run("cp", f"{damaged}::Software", f"{hive}::Copy")
    assert done.status == 0
    assert done.err.startswith("anyreg: warning: ")
    assert run("get", rf"{hive}::Copy\Vendor", "Name").out == "Example\n"
