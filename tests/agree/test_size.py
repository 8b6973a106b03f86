"""Hives stay small."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg

BIN = 4096


@pytest.mark.long
@pytest.mark.parametrize("minor", [3, 5])
def test_siblings_that_come_in_hundreds_take_little_room(tmp_path: Path, minor: int) -> None:
    """With a commit after each hundred, in both versions."""
    many_siblings(tmp_path / "hive", minor, 100)


def test_many_siblings_take_little_room(tmp_path: Path) -> None:
    """Where hivex's file grows with the square of their number."""
    many_siblings(tmp_path / "hive", 5, 8000)


def many_siblings(file: Path, minor: int, step: int) -> None:
    """Make 8,000, so many in each transaction."""
    count, limit = 8000, 2_000_000
    with anyreg.open(file, "x", minor=minor) as registry:
        for first in range(0, count, step):
            with registry.transaction():
                for number in range(first, first + step):
                    registry.create(f"{number * 7919 % count:04d} sibling")
    assert file.stat().st_size < limit
    with anyreg.open(file) as registry:
        assert len(registry.root.children()) == count
        assert registry.check() == []


def test_overwriting_a_value_takes_no_room(tmp_path: Path) -> None:
    """Two thousand times, of one length."""
    file = tmp_path / "hive"
    with anyreg.open(file, "x") as registry:
        key = registry.create("Key")
        key.values["Value"] = bytes(100)
    before = file.stat().st_size
    with anyreg.open(file, "r+") as registry:
        for number in range(2000):
            registry.open("Key").values["Value"] = number.to_bytes(4, "little") * 25
        assert registry.check() == []
    assert file.stat().st_size <= before + BIN


def test_overwriting_with_changing_lengths_takes_little_room(tmp_path: Path) -> None:
    """Freed cells are used again, and neighbours become one."""
    file = tmp_path / "hive"
    with anyreg.open(file, "x") as registry:
        key = registry.create("Key")
        for number in range(500):
            key.values["Value"] = bytes(number * 37 % 400)
        assert registry.check() == []
    assert file.stat().st_size <= 4 * BIN
