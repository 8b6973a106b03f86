"""Transactions over hives that commit one after the other: what an error says of them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import anyreg
from anyreg import RegistryError, TransactionError

OWN = r"HKLM\SOFTWARE\T"
ONE = r"HKLM\One\T"
TWO = r"HKLM\Two\T"

pytestmark = pytest.mark.posix("names of open files out of /proc")


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[anyreg.Registry]:
    """A registry of one's own, into which two hives were loaded."""
    (tmp_path / "runtime").mkdir(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    registry = anyreg.open(f"{tmp_path}/home/", "x")
    for name in ("One", "Two"):
        anyreg.open(tmp_path / name, "x").close()
        registry.load(f"HKLM\\{name}", tmp_path / name)
    for path in (OWN, ONE, TWO):
        registry.write(path, "x", 1)
    yield registry
    monkeypatch.undo()
    with suppress(RegistryError):  # a hive whose write has failed says so once more
        registry.close()


def fail_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """From now on the log of a hive cannot be written."""
    real = os.pwrite

    def write(number: int, data: bytes, at: int) -> int:
        if f"/{name}.LOG" in str(Path(f"/proc/self/fd/{number}").readlink()):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(number, data, at)

    monkeypatch.setattr(os, "pwrite", write)


def change(registry: anyreg.Registry, *paths: str) -> None:
    with registry.transaction():
        for path in paths:
            registry.write(path, "x", 2)


def test_what_is_made_in_part_says_so(
    registry: anyreg.Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the hives that have it; what comes behind the one that failed is undone."""
    fail_at(monkeypatch, "One")
    with pytest.raises(TransactionError, match=r"made in part: in .*SOFTWARE; but in .*One") as got:
        change(registry, OWN, ONE, TWO)
    assert got.value.errno == errno.ENOSPC
    assert [registry.read(path, "x") for path in (OWN, ONE, TWO)] == [2, 1, 1]


def test_what_is_not_made_at_all_says_nothing_of_parts(
    registry: anyreg.Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group commits first; with it nothing of the others is made."""
    fail_at(monkeypatch, "SOFTWARE")
    with pytest.raises(RegistryError) as got:
        change(registry, OWN, ONE, TWO)
    assert "in part" not in str(got.value)
    assert [registry.read(path, "x") for path in (OWN, ONE, TWO)] == [1, 1, 1]


def test_the_first_of_all_that_fails_leaves_nothing(
    registry: anyreg.Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its error is that of a commit of one hive."""
    fail_at(monkeypatch, "One")
    with pytest.raises(RegistryError) as got:
        change(registry, ONE, TWO)
    assert "in part" not in str(got.value)
    assert [registry.read(path, "x") for path in (ONE, TWO)] == [1, 1]
