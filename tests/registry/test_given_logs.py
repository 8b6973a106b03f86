"""Logs of a hive that have other names, or stand elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import anyreg
from anyreg import DirtyHiveError, NotFoundError, NotHiveError, NotSupportedError, RegistryError
from anyreg.formats import dump
from anyreg.registry.rows import rows_of
from conftest import ROOT

SAMPLE = ROOT / "samples" / "NTUSER.DAT"


def dumped(path: Path, *logs: Path) -> str:
    with anyreg.open(path, logs=logs) as registry:
        assert registry.problems == []
        return "".join(dump.write(rows_of(registry.root)))


@pytest.fixture
def hive(tmp_path: Path) -> Path:
    """A dirty hive whose logs stand elsewhere."""
    (tmp_path / "hive").mkdir()
    for number in (1, 2):
        shutil.copy(f"{SAMPLE}.LOG{number}", tmp_path / f"log_{number}.bin")
    return Path(shutil.copy(SAMPLE, tmp_path / "hive" / "hive.dat"))


@pytest.fixture
def logs(hive: Path) -> list[Path]:
    return [hive.parent.parent / f"log_{number}.bin" for number in (1, 2)]


@pytest.mark.parametrize("turned", [False, True])
def test_a_hive_is_read_as_with_its_logs_beside_it(
    hive: Path, logs: list[Path], turned: bool
) -> None:
    """In any order; nothing is written."""
    before = hive.read_bytes()
    assert dumped(hive, *(logs[::-1] if turned else logs)) == dumped(SAMPLE)
    assert hive.read_bytes() == before
    assert list(hive.parent.iterdir()) == [hive]


def test_one_of_two_logs_says_less(hive: Path, logs: list[Path]) -> None:
    """What it says is taken."""
    with anyreg.open(hive, logs=logs[:1]) as registry:
        assert registry.about()["replayed"] == ["log_1.bin: 1 entries from 41"]


def test_recover_takes_them_too(hive: Path, logs: list[Path]) -> None:
    """The hive's own file is what it would be with its logs beside it."""
    usual = Path(shutil.copy(SAMPLE, hive.parent / "usual.dat"))
    for number in (1, 2):
        shutil.copy(f"{SAMPLE}.LOG{number}", f"{usual}.LOG{number}")
    anyreg.recover(usual)
    anyreg.recover(hive, logs)
    assert hive.read_bytes() == usual.read_bytes()
    with anyreg.open(hive) as registry:
        assert (registry.about()["state"], registry.check()) == ("clean", [])


def test_logs_that_do_not_apply_are_an_error(hive: Path, logs: list[Path]) -> None:
    """Of another hive, of a clean one, or no logs at all; nothing is changed."""
    before = hive.read_bytes()
    other = hive.parent / "other.dat"
    with anyreg.open(other, "x") as registry:
        registry.create("a")
    written = [
        log for log in other.parent.glob("other.dat.LOG*") if log.read_bytes()[:4] == b"regf"
    ]
    foreign = written[0].rename(other.with_name("foreign"))
    with pytest.raises(DirtyHiveError, match="the hive is clean: no log applies to it"):
        anyreg.open(other, logs=logs)
    with pytest.raises(DirtyHiveError, match="dirty: no log that is given applies to it"):
        anyreg.open(hive, logs=[foreign])
    for bad, error in ((hive.parent / "none", NotFoundError), (SAMPLE, NotHiveError)):
        with pytest.raises(error):
            anyreg.open(hive, logs=[bad])
        with pytest.raises(error):
            anyreg.recover(hive, [bad])
    assert hive.read_bytes() == before


def test_recover_overwrites_no_log(hive: Path, logs: list[Path]) -> None:
    """One that is there may be the right one."""
    own = hive.with_name("hive.dat.LOG1")
    own.write_bytes(b"mine")
    before = hive.read_bytes()
    with pytest.raises(RegistryError, match="has a log of its own already") as caught:
        anyreg.recover(hive, logs)
    assert caught.value.path == str(own)
    assert (hive.read_bytes(), own.read_bytes()) == (before, b"mine")
    own.unlink()
    with pytest.raises(NotSupportedError, match="two logs at most"):
        anyreg.recover(hive, [*logs, logs[0]])
    assert list(hive.parent.iterdir()) == [hive]


def test_they_are_for_reading_a_file(hive: Path, logs: list[Path], tmp_path: Path) -> None:
    """A registry of several hives has logs of its own, and writing needs them beside the hive."""
    for target, mode in ((hive, "r+"), (tmp_path / "new", "x"), (None, None), ("memory:", None)):
        with pytest.raises(NotSupportedError, match="logs are given of a hive file"):
            anyreg.open(target, mode, logs=logs)
