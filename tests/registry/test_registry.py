"""Registries: opened by what a target is, read in one line, closed."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from anyreg import (
    AddressError,
    ClosedError,
    KeyNotFoundError,
    NotFoundError,
    NotHiveError,
    NotSupportedError,
)
from hives import family
from registry.sample import sample


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hive.dat"
    path.write_bytes(family()[0].build())
    return path


def test_a_hive_file_is_a_registry(file: Path) -> None:
    """By text or path; the root is the hive's."""
    for target in (file, str(file)):
        with anyreg.open(target) as registry:
            assert registry.root.name == "root"
            assert registry.open("a").values["V"] == b"12345678"


def test_the_home_folder_may_be_written_short(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a shell."""
    monkeypatch.setenv("HOME", str(file.parent))
    monkeypatch.setenv("USERPROFILE", str(file.parent))
    with anyreg.open("~/hive.dat") as registry:
        assert registry.root.name == "root"


def test_read_gives_data_in_one_line(file: Path) -> None:
    """Or the default where the key or the value is missing."""
    with anyreg.open(file) as registry:
        assert registry.read("A", "v") == b"12345678"
        assert registry.read("A", "none") is None
        assert registry.read("A", "none", "fallback") == "fallback"
        assert registry.read("none", "v", 5) == 5


def test_about_tells_what_was_opened(file: Path) -> None:
    """For people."""
    with anyreg.open(file) as registry:
        about = registry.about()
    assert about["file"] == str(file)
    assert (about["version"], about["state"], about["root_name"]) == ("1.5", "clean", "root")
    assert about["replayed"] == []


def test_a_registry_shows_what_it_is() -> None:
    """In any debugger."""
    assert repr(sample()) == "<Registry 'made' (hive)>"


def test_a_sound_registry_has_no_problems(file: Path) -> None:
    """Neither met in reading nor found by check()."""
    with anyreg.open(file) as registry:
        assert registry.problems == []
        assert isinstance(registry.check(), list)


def test_a_closed_registry_refuses_everything(file: Path) -> None:
    """Its keys too; closing again does nothing."""
    registry = anyreg.open(file)
    key = registry.open("A")
    registry.close()
    registry.close()
    for use in (lambda: registry.root, key.children, key.records, key.info, registry.check):
        with pytest.raises(ClosedError):
            use()


def test_a_folder_without_a_registry_is_refused(tmp_path: Path) -> None:
    """It is neither a disk nor a registry of one's own."""
    with pytest.raises(NotSupportedError, match="no registry"):
        anyreg.open(tmp_path)


def test_other_files_are_no_registry(tmp_path: Path) -> None:
    """Missing, or something else."""
    with pytest.raises(NotFoundError):
        anyreg.open(tmp_path / "none")
    (tmp_path / "text").write_text("text")
    with pytest.raises(NotHiveError, match="text"):
        anyreg.open(tmp_path / "text")


def test_a_key_can_be_opened_by_its_address(file: Path) -> None:
    """The file is closed with the key."""
    with anyreg.key(f"{file}::a") as key:
        assert key.path == "A"
        below = key.open("")
    with pytest.raises(ClosedError):
        below.records()


def test_an_address_without_a_key_is_the_root(file: Path) -> None:
    """The whole hive."""
    with anyreg.key(str(file)) as key:
        assert key.path == ""


def test_addresses_that_lead_nowhere(file: Path) -> None:
    """No file, no key, no such key."""
    with pytest.raises(AddressError):
        anyreg.key("::A")
    with pytest.raises(NotFoundError):
        anyreg.key(f"{file}.none::A")
    with pytest.raises(KeyNotFoundError):
        anyreg.key(f"{file}::none")
    with pytest.raises(AddressError, match=r"this is a key: .* in Python anyreg\.key\(\) opens it"):
        anyreg.open(r"HKCU\Software")
