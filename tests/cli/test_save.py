"""save and restore: a key as a hive, and a hive in the place of what a key holds."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run, contents, dumped


def test_a_key_as_a_hive(run: Run, hive: Path) -> None:
    """A sound one, of either version; what is there already is not written over."""
    for minor in ("3", "5"):
        file = hive.parent / f"saved{minor}.dat"
        assert run("save", f"{hive}::Software", file, "--minor", minor).status == 0
        with anyreg.open(file) as saved:
            assert saved.about()["version"] == f"1.{minor}"
            assert saved.read(r"Vendor\Deep", "Text") == "deep"
        before = file.read_bytes()
        assert run("save", f"{hive}::Software", file).status == 2
        assert file.read_bytes() == before
    assert run("save", hive, hive.parent / "x.dat", "--minor", "4").status == 2
    assert run("save", f"{hive}::None", hive.parent / "x.dat").status == 1
    assert not (hive.parent / "x.dat").exists()


def test_there_and_back(run: Run, hive: Path) -> None:
    """All that was changed since is undone; the key may have gone altogether."""
    file = hive.parent / "saved.dat"
    run("save", f"{hive}::Software", file)
    before = dumped(file)
    run("rm", f"{hive}::Software", "-r")
    run("set", f"{hive}::Software", "Later", "1", "--create")
    shown = run("restore", f"{hive}::Software", file, "--dry-run", "--json").records
    assert {(record["kind"], record["path"], record["name"]) for record in shown} >= {
        ("removed", "Software", "Later"),
        ("added", r"Software\Vendor", None),
    }
    assert run("restore", f"{hive}::Software", file).status == 0
    assert run("get", f"{hive}::Software", "Later").status == 1
    assert run("get", rf"{hive}::Software\Vendor\Deep", "Text").out == "deep\n"
    run("save", f"{hive}::Software", hive.parent / "again.dat")
    keys = [line for line in before.splitlines() if line.startswith('["v"')]
    again = dumped(hive.parent / "again.dat")
    assert [line for line in again.splitlines() if line.startswith('["v"')] == keys


@pytest.mark.parametrize("what", ["none.dat", "no hive"])
def test_what_is_no_hive_restores_nothing(run: Run, hive: Path, what: str) -> None:
    """And nothing is lost."""
    (hive.parent / "no hive").write_bytes(b"no hive")
    before = dumped(hive), sorted(contents(hive.parent))
    assert run("restore", f"{hive}::Software", hive.parent / what).status == 2
    assert (dumped(hive), sorted(set(contents(hive.parent)))) == before
