"""Where volatile keys stay until the computer restarts: found, made anew, and nobody else's."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from anyreg.backends.volatile_folder import VolatileFolder
from anyreg.engine.create import create_hive
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.writable import WritableHive
from anyreg.security.descriptor import default_descriptor
from anyreg.system import WINDOWS
from conftest import use_runtime

USER = "S-1-5-21-1-2-3-1001"


class Place:
    """A registry's folder, a runtime folder, and one for temporary files."""

    def __init__(self, folder: Path) -> None:
        self.home, self.runtime, self.temporary = (
            folder / name for name in ("home", "runtime", "temporary")
        )
        for each in (self.home, self.runtime, self.temporary):
            each.mkdir(0o700)

    def folder(self, boot: str = "1", home: Path | None = None) -> VolatileFolder:
        """What a process finds or makes after this start of the computer."""
        found = VolatileFolder(FileDisk(), str(home or self.home), USER, boot)
        if not found.find(True):
            found.make(lay)
        return found

    def is_in_runtime(self, found: VolatileFolder) -> bool:
        folder = self.runtime / "Temp" if WINDOWS else self.runtime
        return found.file.startswith(str(folder / "anyreg"))

    def is_temporary(self, found: VolatileFolder) -> bool:
        return found.file.startswith(str(self.temporary / "anyreg-"))


def lay(file: str) -> None:
    create_hive(FileDisk(), file, 5, "REGISTRY", default_descriptor())


def mark(found: VolatileFolder) -> None:
    """Commit something, so that it is worth keeping."""
    hive = WritableHive(FileDisk(), found.file)
    with hive.transaction() as editor:
        editor.create(hive.root_cell, "Mark", "")
    hive.close()


def is_marked(found: VolatileFolder) -> bool:
    return b"Mark" in Path(found.file).read_bytes()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(tmp_path)
    use_runtime(monkeypatch, made.runtime)
    monkeypatch.setattr(tempfile, "tempdir", str(made.temporary))
    return made


def test_it_is_found_again(place: Place) -> None:
    """By every process, until the computer restarts."""
    first = place.folder()
    mark(first)
    first.leave()
    again = place.folder()
    assert again.file == first.file
    assert is_marked(again)
    assert not is_marked(place.folder(boot="2"))


def test_what_nobody_has_changed_goes_with_the_last(place: Place) -> None:
    """It can be made anew."""
    place.folder().leave()
    assert [path for path in place.runtime.rglob("*") if path.is_file()] == []
    assert list(place.home.iterdir()) == []


def test_where_no_start_is_told_it_lasts_as_long_as_somebody_has_it(place: Place) -> None:
    """Who comes while others have it open finds it."""
    first = place.folder(boot="")
    mark(first)
    second = VolatileFolder(FileDisk(), str(place.home), USER, "")
    assert second.find(False)
    assert is_marked(second)
    assert not VolatileFolder(FileDisk(), str(place.home), USER, "").find(True)
    second.leave()
    assert not VolatileFolder(FileDisk(), str(place.home), USER, "").find(False)


def test_a_folder_that_was_never_finished_is_made_again(place: Place) -> None:
    """Its record is written last."""
    first = place.folder()
    mark(first)
    (Path(first.file).parent / "registry.json").unlink()
    again = place.folder()
    assert again.file == first.file
    assert not is_marked(again)


def test_a_record_that_makes_no_sense_is_none(place: Place) -> None:
    """It is written again."""
    for text in ("", "{", "[]", '{"boot": "1"}', "\0"):
        first = place.folder()
        (Path(first.file).parent / "registry.json").write_text(text)
        assert not VolatileFolder(FileDisk(), str(place.home), USER, "1").find(False)


@pytest.mark.parametrize("pointer", [b"", b"\0", b"/", b"/nowhere", b"relative", b"\xff\xfe"])
def test_a_pointer_that_leads_nowhere_is_made_anew(place: Place, pointer: bytes) -> None:
    """Nothing is believed of it but what the folder itself says."""
    (place.home / "volatile").write_bytes(pointer)
    assert place.is_in_runtime(place.folder())


def test_nothing_of_another_registry_is_touched(place: Place, tmp_path: Path) -> None:
    """Not even where the pointer of one leads into the folder of the other."""
    other = tmp_path / "other"
    other.mkdir(0o700)
    theirs = place.folder(home=other)
    mark(theirs)
    (place.home / "volatile").write_bytes((other / "volatile").read_bytes())
    mine = place.folder()
    assert mine.file != theirs.file
    mine.clear()
    assert is_marked(place.folder(home=other))


def test_what_registries_have_left_that_are_gone_is_cleared_away(place: Place) -> None:
    """When another needs a new folder; those that are there keep theirs."""
    there = place.folder()
    mark(there)
    gone, new = place.home.with_name("gone"), place.home.with_name("new")
    gone.mkdir()
    new.mkdir()
    left = place.folder(home=gone)
    gone.joinpath("volatile").unlink()
    gone.rmdir()
    place.folder(home=new)
    assert not Path(left.file).exists()
    assert is_marked(place.folder())


# What others could do


@pytest.mark.posix("permissions as bits of a mode")
def test_nobody_else_can_look_into_it(place: Place) -> None:
    """Whatever the mask says."""
    before = os.umask(0)
    try:
        found = Path(place.folder().file)
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (found, *list(found.parents)[:2])] == [
        0o600,
        0o700,
        0o700,
    ]


@pytest.mark.posix("permissions as bits of a mode")
@pytest.mark.parametrize("which", ["anyreg", "its own"])
def test_a_link_in_its_place_is_not_followed(place: Place, tmp_path: Path, which: str) -> None:
    """Nor is anything behind it changed."""
    trap = tmp_path / "trap"
    trap.mkdir(0o700)
    (trap / "VOLATILE").write_text("precious")
    at = place.runtime / "anyreg"
    if which == "its own":
        at = Path(place.folder().file).parent
        for file in at.iterdir():
            file.unlink()
        at.rmdir()
    at.symlink_to(trap)
    found = place.folder()
    assert place.is_temporary(found)
    assert (trap / "VOLATILE").read_text() == "precious"
    assert len(list(trap.iterdir())) == 1
    mark(found)
    assert is_marked(place.folder())


@pytest.mark.posix("permissions as bits of a mode")
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o755])
def test_a_folder_that_others_can_open_is_not_used(place: Place, mode: int) -> None:
    """They may have put something into it."""
    (place.runtime / "anyreg").mkdir()
    (place.runtime / "anyreg").chmod(mode)
    assert place.is_temporary(place.folder())


@pytest.mark.posix("permissions as bits of a mode")
def test_one_that_was_opened_to_others_is_left(place: Place) -> None:
    """A new one is made."""
    first = place.folder()
    mark(first)
    Path(first.file).parent.chmod(0o755)
    again = place.folder()
    assert again.file != first.file
    assert not is_marked(again)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user")
def test_the_folder_of_somebody_else_is_not_used(place: Place) -> None:
    """Whoever took the name first."""
    theirs = place.runtime / "anyreg"
    theirs.mkdir(0o700)
    os.chown(theirs, 65534, 65534)
    assert place.is_temporary(place.folder())


def test_where_there_is_no_runtime_folder_it_is_elsewhere(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And found there by all."""
    for name in ("XDG_RUNTIME_DIR", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        monkeypatch.setenv(name, str(place.runtime / "missing"))
    found = place.folder()
    assert not place.is_in_runtime(found)
    mark(found)
    again = place.folder()
    assert is_marked(again)
    again.clear()
