"""Key.export and Registry.import_: formats by name, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import AddressError, Applied, NotFoundError, NotSupportedError, RegFileError, Registry
from anyreg.registry import importing
from formats.models import Model, opened

FORMATS = {"reg": "reg", "reg4": "reg", "json": "json", "csv": "csv", "pol": "pol"}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A hive file with a few keys, which must be sound at the end."""
    with anyreg.open(tmp_path / "made.dat", "x") as made:
        made.write(r"A\B", "text", "x")
        made.write("A", "number", 5)
        yield made
        assert made.check() == []


def outline(registry: Registry) -> dict[str, dict[str, object]]:
    return {key.path: dict(key.values) for key, _, _ in registry.root.walk() if key.path}


@pytest.mark.parametrize(("format", "ending"), FORMATS.items())
@pytest.mark.parametrize("named", [True, False])
def test_each_format_there_and_back(
    registry: Registry, tmp_path: Path, format: str, ending: str, named: bool
) -> None:
    """By its name, or by how the file's name ends; read again by its end or by its begin."""
    file = tmp_path / ("out" if named else f"out.{ending}")
    (registry.root / "A").export(file, format if named or format == "reg4" else None)
    before = outline(registry)
    registry.root.delete("A", recursive=True)
    assert registry.import_(file) == Applied(2, 0, 2, 0)
    assert outline(registry) == before
    assert sorted(path.name for path in tmp_path.iterdir() if "made" not in path.name) == [
        file.name
    ]


def test_a_hive_is_exported_as_a_hive(registry: Registry, tmp_path: Path) -> None:
    """In the place of an older one; importing it is another matter."""
    for file in (tmp_path / "out.hive", tmp_path / "out.hive"):
        (registry.root / "A").export(file)
        with anyreg.open(file) as saved:
            assert saved.read("B", "text") == "x"
    with pytest.raises(NotSupportedError, match="a hive is not imported"):
        registry.import_(tmp_path / "out.hive")
    (tmp_path / "out.hive").rename(tmp_path / "out")
    with pytest.raises(NotSupportedError, match="a hive is not imported"):
        registry.import_(tmp_path / "out")


def test_paths_and_prefixes(registry: Registry, tmp_path: Path) -> None:
    """A part of a registry goes below another key, under the name that the file has for it."""
    file = tmp_path / "out.json"
    (registry.root / "A").export(file)
    registry.import_(file, prefix="A", path=r"New\Place")
    registry.import_(file, prefix="", path="Whole")
    found = outline(registry)
    assert found[r"New\Place\B"] == found[r"Whole\A\B"] == found[r"A\B"] == {"text": "x"}
    with pytest.raises(RegFileError, match="expected a path at or below New"):
        registry.import_(file, path="New")


def test_reg_files_have_a_prefix(registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "out.reg"
    registry.root.export(file, prefix=r"HKEY_USERS\me")
    assert r"[HKEY_USERS\me\A\B]" in file.read_bytes().decode("utf-16")
    assert registry.import_(file, prefix=r"HKU\Me").keys_made == 0
    with pytest.raises(RegFileError, match=r"line 3, column 2: .*made\.dat"):
        registry.import_(file)


@pytest.mark.parametrize("kind", ["reg", "reg4", "pol"])
@pytest.mark.parametrize("prefix", ["HKCU", r"HKEY_USERS\Me"])
def test_paths_of_a_whole_registry_take_no_prefix(tmp_path: Path, kind: str, prefix: str) -> None:
    """A name in front of their roots would lead to keys that Windows has not."""
    with (
        anyreg.open("memory:") as whole,
        pytest.raises(AddressError, match="paths of a registry have their roots"),
    ):
        whole.open("HKCU").export(tmp_path / "out", kind, prefix=prefix)
    assert not (tmp_path / "out").exists()


def test_a_registry_of_many_hives(tmp_path: Path) -> None:
    file = tmp_path / "out"
    with anyreg.open("memory:") as registry:
        registry.write(r"HKCU\Software\X", "v", 1)
        for kind in ("reg", "json", "csv"):
            registry.open(r"HKCU\Software\X").export(file, kind)
            registry.open("HKCU").delete(r"Software\X")
            assert registry.import_(file).keys_made == 1
            assert registry.read(r"HKCU\Software\X", "v") == 1


@pytest.mark.parametrize("format", ["reg", "json", "csv", "pol"])
def test_a_bad_file_names_its_place_and_changes_nothing(
    registry: Registry, tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its very end, where all else was fine; also when it is too large to be held."""
    good, bad = tmp_path / f"good.{format}", tmp_path / f"bad.{format}"
    (registry.root / "A").export(good)
    bad.write_bytes(good.read_bytes() + {"reg": "[x".encode("utf-16-le")}.get(format, b"x"))
    registry.root.delete("A", recursive=True)
    for kept in (importing.KEPT, 0):
        monkeypatch.setattr(importing, "KEPT", kept)
        before = outline(registry), registry.root.last_written
        with pytest.raises(RegFileError) as caught:
            registry.import_(bad)
        assert (outline(registry), registry.root.last_written) == before
        assert caught.value.path == str(bad)
        assert caught.value.column > 0
        registry.import_(good)
        registry.root.delete("A", recursive=True)


def test_what_a_registry_does_not_allow_undoes_all(registry: Registry, tmp_path: Path) -> None:
    keys = [{"path": "New"}, {"path": "New\\" + "x" * 257}]
    file = tmp_path / "in.json"
    file.write_text(json.dumps({"format": "anyreg", "version": 1, "keys": keys}), "utf-8")
    with pytest.raises(RegFileError, match=r"line 1, column 62: .*in\.json"):
        registry.import_(file)
    assert "New" not in registry.root.subkeys


def test_the_hive_itself_is_never_overwritten(registry: Registry, tmp_path: Path) -> None:
    for kind in ("reg", "hive"):
        with pytest.raises(AddressError, match="this is the hive itself"):
            registry.root.export(tmp_path / "made.dat", kind)


def test_an_error_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_bytes(b"before")
    top = opened(Model(keys=[Model("a\nb")])).root
    with pytest.raises(NotSupportedError):
        top.export(file, "reg", prefix="X")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert file.read_bytes() == b"before"
    left_out: list[NotSupportedError] = []
    top.export(file, "reg", prefix="X", on_error=left_out.append)
    assert len(left_out) == 1


def test_what_makes_no_sense_is_refused(registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "out"
    for arguments in (
        {"format": "xml"},
        {"format": "json", "prefix": "X"},
        {"format": "reg4", "encoding": "utf-16"},
        {"format": "reg", "prefix": "a\nb"},
    ):
        with pytest.raises(AddressError):
            registry.root.export(file, **arguments)  # type: ignore[arg-type]
    assert not file.exists()
    with pytest.raises(NotFoundError, match="no such file"):
        registry.import_(file)
    file.write_bytes(b"REGEDIT4\n")
    with pytest.raises(AddressError, match="code page"):
        registry.import_(file, encoding="none")
    with pytest.raises(AddressError, match="no such format"):
        registry.import_(file, "xml")
    with pytest.raises(anyreg.RegistryError):
        registry.import_(tmp_path)


def test_a_registry_for_reading_only(registry: Registry, tmp_path: Path) -> None:
    (registry.root / "A").export(tmp_path / "out.reg")
    with anyreg.open(tmp_path / "made.dat") as reading, pytest.raises(NotSupportedError):
        reading.import_(tmp_path / "out.reg")


def test_doubles_are_told_once(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in a file that is too large to be held, and is read twice."""
    file = tmp_path / "in.json"
    keys = [{"path": "New"}, {"path": "NEW"}]
    file.write_text(json.dumps({"format": "anyreg", "version": 1, "keys": keys}), "utf-8")
    for kept in (importing.KEPT, 0):
        monkeypatch.setattr(importing, "KEPT", kept)
        told: list[RegFileError] = []
        registry.import_(file, on_error=told.append)
        assert len(told) == 1
        assert list(registry.root.subkeys) == ["A", "New"]


def test_what_a_format_has_no_room_for_cannot_be_asked_for(
    registry: Registry, tmp_path: Path
) -> None:
    for kind in ("reg", "reg4", "pol"):
        with pytest.raises(AddressError, match="no room for security descriptors"):
            registry.root.export(tmp_path / "out", kind, prefix="X", security=True)
    registry.root.export(tmp_path / "out.hive", security=True)
    registry.root.export(tmp_path / "out.reg")
    for options in ({"times": True}, {"security": True}):
        with pytest.raises(AddressError, match="tells no"):
            registry.import_(tmp_path / "out.reg", **options)  # type: ignore[arg-type]
