"""compact: less room, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run, contents, dumped
from conftest import ROOT


@pytest.fixture
def loose(hive: Path) -> Path:
    """A hive with much free space."""
    with anyreg.open(hive, "r+") as registry:
        registry.write("Software", "Large", bytes(100_000))
        registry.write("Software", "Behind it", bytes(5000))  # or the free end would be cut off
        registry.open("Software").delete_value("Large")
    return hive


def test_in_place(run: Run, loose: Path) -> None:
    before, data = loose.stat().st_size, dumped(loose)
    done = run("compact", loose)
    after = loose.stat().st_size
    assert (done.status, done.err) == (0, "")
    assert done.out == f"{loose}: {before:,} -> {after:,} bytes\n"
    assert before > 100_000
    assert after < 20_000
    assert dumped(loose) == data


def test_into_a_new_file(run: Run, loose: Path) -> None:
    before = contents(loose.parent)
    out = loose.with_name("new.dat")
    done = run("compact", loose, out, "--json")
    size = loose.stat().st_size
    assert done.records == [
        {"file": str(loose), "out": str(out), "before": size, "after": out.stat().st_size}
    ]
    assert dumped(out) == dumped(loose)
    out.unlink()
    assert contents(loose.parent) == before


def test_a_dirty_hive_is_recovered_first(run: Run, sample: Path) -> None:
    data = dumped(sample)
    assert run("compact", sample, sample.with_name("new.dat")).status == 0
    assert run("compact", sample).status == 0
    assert dumped(sample) == dumped(sample.with_name("new.dat")) == data


@pytest.mark.parametrize("more", [[], ["out.dat"]])
def test_a_damaged_hive_is_refused(run: Run, folder: Path, more: list[str]) -> None:
    damaged = folder / "damaged"
    damaged.write_bytes((ROOT / "samples/damaged/NTUSER.DAT").read_bytes())
    before = contents(folder)
    done = run("compact", damaged, *[folder / name for name in more])
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "repair it" in done.err
    assert contents(folder) == before


def test_a_hive_that_would_lose_something_is_refused(run: Run, folder: Path, corpus: Path) -> None:
    harmed = folder / "harmed"
    harmed.write_bytes((corpus / "corner/corrupt_sub_key_list").read_bytes())
    before = contents(folder)
    done = run("compact", harmed)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert contents(folder) == before


@pytest.mark.parametrize("out", ["made.dat", "other", "no/such/folder/x"])
def test_nothing_is_overwritten(run: Run, hive: Path, out: str) -> None:
    (hive.parent / "other").write_bytes(b"mine")
    before = contents(hive.parent)
    done = run("compact", hive, hive.parent / out)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert contents(hive.parent) == before
