"""repair: what can be read, in a new hive, and a word on what may be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Run, contents
from conftest import ROOT

DAMAGED = ROOT / "samples/damaged/NTUSER.DAT"


def test_all_that_can_be_read_is_kept(run: Run, folder: Path) -> None:
    before = DAMAGED.read_bytes()
    done = run("repair", DAMAGED, folder / "new.dat")
    assert done.status == 1
    assert all(line.startswith("0x") for line in done.lines)
    count = len(done.lines)
    warning = f"warning: {count} problems in {DAMAGED}; what they name may be missing in "
    assert done.err == f"anyreg: {warning}{folder / 'new.dat'}\n"
    assert run("diff", DAMAGED, folder / "new.dat").out == ""
    assert DAMAGED.read_bytes() == before


def test_problems_as_json(run: Run, folder: Path) -> None:
    records = run("repair", DAMAGED, folder / "new.dat", "--json").records
    assert set(records[0]) == {"offset", "what", "expected", "actual", "path"}


def test_a_sound_hive_has_no_problems(run: Run, sample: Path) -> None:
    before = contents(sample.parent)
    out = sample.with_name("new.dat")
    done = run("repair", sample, out)
    assert (done.status, done.err) == (0, "")
    assert done.out == f"no problems in {sample}; {out} holds all of it\n"
    assert run("diff", sample, out, "--times").out == ""
    out.unlink()
    assert contents(sample.parent) == before


def test_json_of_a_sound_hive_is_nothing(run: Run, hive: Path) -> None:
    done = run("repair", hive, hive.with_name("new.dat"), "--json")
    assert (done.status, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize("out", ["made.dat", "other", "no/such/folder/x"])
def test_nothing_is_overwritten(run: Run, hive: Path, out: str) -> None:
    (hive.parent / "other").write_bytes(b"mine")
    before = contents(hive.parent)
    done = run("repair", hive, hive.parent / out)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert contents(hive.parent) == before


def test_what_is_no_hive(run: Run, folder: Path) -> None:
    (folder / "text").write_text("no hive")
    done = run("repair", folder / "text", folder / "new.dat")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert not (folder / "new.dat").exists()
