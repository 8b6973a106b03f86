"""Backups of a tree: the exact state, put back when a block raises, or later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import KeyNotFoundError, NotSupportedError, Raw, Registry
from anyreg.formats import dump
from anyreg.registry.rows import rows_of

TREE = r"HKCU\Software\Vendor"


class OopsError(Exception):
    """What goes wrong in a block."""


def whole(registry: Registry, path: str) -> list[object]:
    """A tree's dump, and the descriptors that it leaves out."""
    top = registry.open(path)
    rows: list[object] = list(dump.write(rows_of(top)))
    rows.extend(key.descriptor for key, _, _ in top.walk())
    return rows


def fill(registry: Registry) -> None:
    """A tree with one of everything."""
    registry.write(TREE, "x", 1)
    registry.write(TREE, "", Raw(0xFFFF, b"\1\2\3"))
    registry.write(TREE + r"\One", "text", "a")
    registry.write(TREE + r"\One\Deep", "b", b"\0" * 20_000)
    registry.open(TREE).create("Two", class_name="Class")


def spoil(registry: Registry) -> None:
    """Change it in every way."""
    key = registry.open(TREE)
    key.delete("One", recursive=True)
    key.create(r"One\Other")
    key.rename("Two", "TWO")
    key.open("TWO").class_name = ""
    key.create(r"Three\Four")
    key.delete_value("x")
    key.values["y"] = "new"
    key.values["X"] = 2


def fail(registry: Registry, work: Callable[[Registry], None]) -> None:
    """Change something, and fail then."""
    work(registry)
    raise OopsError


@pytest.fixture(params=["own", "memory", "hive"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    """A registry of each kind that can be written."""
    openers: dict[str, Callable[[], Registry]] = {
        "own": lambda: anyreg.open(f"{tmp_path}/home/", "x"),
        "memory": lambda: anyreg.open("memory:"),
        "hive": lambda: anyreg.open(tmp_path / "HIVE", "x"),
    }
    with openers[request.param]() as opened:
        yield opened
        assert opened.check() == []


def test_a_block_that_raises_leaves_the_tree_as_it_was(registry: Registry) -> None:
    """Times, order of values, classes and descriptors included."""
    fill(registry)
    before = whole(registry, TREE)
    with pytest.raises(OopsError), registry.backup(TREE):
        fail(registry, spoil)
    assert whole(registry, TREE) == before


def test_a_block_that_ends_well_keeps_its_changes(registry: Registry) -> None:
    """And they can be taken back later."""
    fill(registry)
    before = whole(registry, TREE)
    with registry.backup(TREE) as saved:
        spoil(registry)
    assert "Three" in registry.open(TREE).subkeys
    saved.restore()
    assert whole(registry, TREE) == before
    registry.open(r"HKCU\Software").delete("Vendor", recursive=True)
    saved.restore()
    assert whole(registry, TREE) == before


def test_a_key_that_was_missing_goes_again(registry: Registry) -> None:
    """That there is none is a state too."""
    registry.create(r"HKCU\Software")
    with pytest.raises(OopsError), registry.backup(TREE) as saved:
        fail(registry, fill)
    assert not saved.exists
    with pytest.raises(KeyNotFoundError):
        registry.open(TREE)
    saved.restore()  # it is gone already, which is fine


def test_what_is_as_it_was_is_not_written(tmp_path: Path) -> None:
    """Restoring at once is no commit."""
    with anyreg.open(tmp_path / "HIVE", "x", journal=False) as registry:
        fill(registry)
        saved = registry.backup(TREE)
        number = registry.about()["sequence_number"]
        saved.restore()
        assert registry.about()["sequence_number"] == number


def test_it_is_saved_as_a_hive(registry: Registry, tmp_path: Path) -> None:
    """With the state of then, whatever has happened since."""
    fill(registry)
    saved = registry.backup(TREE)
    spoil(registry)
    saved.save(tmp_path / "saved")
    with anyreg.open(tmp_path / "saved") as copy:
        assert copy.read("One", "text") == "a"
        assert copy.open("Two").class_name == "Class"
        assert [value.name for value in copy.root.records()] == ["x", ""]
        assert copy.check() == []
    with pytest.raises(KeyNotFoundError):
        registry.backup(r"HKCU\Software\None").save(tmp_path / "none")


def test_links_and_volatile_keys_come_back_as_such(tmp_path: Path) -> None:
    """A link is not followed, and what is volatile stays so."""
    with anyreg.open(f"{tmp_path}/home/", "x") as registry:
        fill(registry)
        registry.open(TREE).create(r"Gone soon\Below", volatile=True)
        with pytest.raises(OopsError), registry.backup(TREE):
            fail(registry, lambda it: it.open(TREE).delete("Gone soon", recursive=True))
        assert registry.open(TREE + r"\Gone soon\Below").info().flags & 1
        assert registry.check() == []


def test_a_read_only_registry_is_not_restored(tmp_path: Path) -> None:
    """It cannot have changed either."""
    anyreg.open(tmp_path / "HIVE", "x").close()
    with anyreg.open(tmp_path / "HIVE") as registry, pytest.raises(NotSupportedError):
        registry.backup("").restore()
