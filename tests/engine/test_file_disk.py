"""The files and folders of the operating system."""

from __future__ import annotations

import errno
import os
from io import FileIO
from pathlib import Path

import pytest

from anyreg.engine import file_disk as module
from anyreg.engine.file_disk import FileDisk, FileStorage, translated
from anyreg.engine.storage import logs_among, write_new
from anyreg.errors import AccessDeniedError, NotFoundError, RegistryError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hive"
    path.write_bytes(b"0123456789")
    return path


def test_reading_works_without_pread(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no pread: there the file is positioned first."""
    monkeypatch.delattr(os, "pread", raising=False)
    storage = FileStorage(str(file))
    assert (storage.read(8, 9), storage.read(0, 2)) == (b"89", b"01")
    storage.close()


def test_a_closed_file_is_an_error_of_ours(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever calls the system has."""
    for _ in range(2):
        storage = FileStorage(str(file), "r+")
        storage.close()
        with pytest.raises(RegistryError):
            storage.read(0, 1)
        with pytest.raises(RegistryError):
            storage.write(0, b"x")
        monkeypatch.delattr(os, "pread", raising=False)


class Sluggish(FileIO):
    """A file that gives and takes three bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 3)) or b""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        return super().write(data[:3])


def test_short_writes_are_continued(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And take fewer than it was given."""
    monkeypatch.delattr(os, "pread", raising=False)
    monkeypatch.setattr(module, "FileIO", Sluggish)
    storage = FileStorage(str(file), "r+")
    storage.write(4, b"abcdefgh")
    storage.close()
    assert file.read_bytes() == b"0123abcdefgh"


def test_a_new_file_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    """A hive holds secrets; and a file that is there already is not touched."""
    path = tmp_path / "new"
    disk = FileDisk()
    disk.create(str(path)).close()
    disk.sync_directory(str(path))
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(RegistryError):
        disk.create(str(path))
    disk.open(str(path), True).close()


def test_a_draft_gets_its_name_where_files_have_one_name_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on FAT; a file that has the name stays."""

    def refuse(path: str, new: str) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", path)

    monkeypatch.setattr(os, "link", refuse)
    write_new(FileDisk(), str(tmp_path / "new"), b"data")
    with pytest.raises(RegistryError, match="exists") as caught:
        write_new(FileDisk(), str(tmp_path / "new"), b"other")
    assert caught.value.errno == errno.EEXIST
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert (tmp_path / "new").read_bytes() == b"data"


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["h", "h.LOG2", "h.log", "h.LOG1"], ["h.log", "h.LOG1", "h.LOG2"]),
        (["h", "H.LOG1", "H.log2"], ["H.LOG1", "H.log2"]),
        (["h", "H", "h.LOG1", "H.LOG2", "H.LOG1"], ["h.LOG1"]),
        (["H", "H.LOG1"], ["H.LOG1"]),
        (["h", "h.log1", "h.LOG1"], ["h.LOG1", "h.log1"]),
        (["h", "h.LOG3", "xh.LOG1", "h.LOG1.bak", "h.LOG1x"], []),
    ],
)
def test_the_logs_of_a_hive_are_known_by_name(names: list[str], found: list[str]) -> None:
    """In any case, but none that is another hive's; where case means nothing, any spelling."""
    assert logs_among(names, "h") == logs_among(names[::-1], "h") == found


def test_a_file_opened_for_reading_is_not_written(file: Path) -> None:
    """Each verb that would change it fails with its name."""
    storage = FileDisk().open(str(file), False)
    with pytest.raises(RegistryError, match="hive"):
        storage.write(0, b"x")
    with pytest.raises(RegistryError, match="hive"):
        storage.truncate(0)
    storage.close()
    assert file.read_bytes() == b"0123456789"


def test_short_reads_are_continued(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may give fewer bytes than were asked for."""
    monkeypatch.delattr(os, "pread", raising=False)
    monkeypatch.setattr(module, "FileIO", Sluggish)
    storage = FileStorage(str(file))
    assert storage.read(1, 8) == b"12345678"
    assert storage.read(1, 80) == b"123456789"
    storage.close()


class Broken(FileIO):
    """A file on a disk that fails."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_failing_disk_is_told_as_our_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file's name, and the system's error behind it."""
    monkeypatch.delattr(os, "pread", raising=False)
    monkeypatch.setattr(module, "FileIO", Broken)
    storage = FileStorage(str(file))
    with pytest.raises(RegistryError, match=r"Input/output error: .*hive") as caught:
        storage.read(0, 1)
    storage.close()
    assert isinstance(caught.value.__cause__ or caught.value.__context__, OSError)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """It is a FileNotFoundError too."""
    with pytest.raises(NotFoundError) as caught:
        FileStorage(str(tmp_path / "none"))
    assert isinstance(caught.value, FileNotFoundError)
    assert caught.value.path.endswith("none")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """In the system's words."""
    with pytest.raises(RegistryError):
        FileStorage(str(tmp_path))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FileNotFoundError(2, "gone"), NotFoundError),
        (PermissionError(13, "denied"), AccessDeniedError),
        (OSError(5, "broken"), RegistryError),
        (OSError("no number"), RegistryError),
    ],
)
def test_errors_of_the_system_are_translated(error: OSError, kind: type[RegistryError]) -> None:
    """Each into the error of this package that says the same."""
    translation = translated(error, "file")
    assert type(translation) is kind
    assert translation.path == "file"


def test_logs_are_found_in_any_case(tmp_path: Path) -> None:
    """Beside the hive, with the hive's whole name in front."""
    logs = ["ntuser.dat.LOG2", "NTUSER.DAT.log1", "Ntuser.dat.Log"]
    for name in [*logs, "NTUSER.DAT", "NTUSER.LOG1", "NTUSER.DAT.LOG3", "NTUSER.DAT.LOG1.bak"]:
        (tmp_path / name).touch()
    found = FileDisk().find_logs(str(tmp_path / "NTUSER.DAT"))
    assert found == [str(tmp_path / name) for name in reversed(logs)]


def test_logs_are_looked_for_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name without a folder is a file here."""
    (tmp_path / "hive.LOG1").touch()
    monkeypatch.chdir(tmp_path)
    assert FileDisk().find_logs("hive") == ["hive.LOG1"]


def test_a_folder_that_cannot_be_listed_has_no_logs(tmp_path: Path) -> None:
    """The hive itself can be opened all the same."""
    assert FileDisk().find_logs(str(tmp_path / "none" / "hive")) == []


def test_the_folder_of_a_missing_file_cannot_be_synced(tmp_path: Path) -> None:
    """The error names the folder."""
    with pytest.raises(NotFoundError, match="none"):
        FileDisk().sync_directory(str(tmp_path / "none" / "hive"))


def test_a_file_that_others_make_at_the_same_time_is_opened(tmp_path: Path) -> None:
    """Whoever is second has the file of the first; where there can be none, making it says why."""
    disk, path = FileDisk(), str(tmp_path / "shared")
    first, second = disk.open_or_create(path), disk.open_or_create(path)
    first.write(0, b"one")
    assert second.read(0, 3) == b"one"
    first.close()
    second.close()
    with pytest.raises(RegistryError, match=r"(?i)no such file"):
        disk.open_or_create(str(tmp_path / "no" / "folder"))


@pytest.mark.posix("a sync of a folder")
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES])
def test_a_folder_that_cannot_be_made_durable_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Else it could never become so; but where nobody may look into the folder above."""

    def fail(number: int) -> None:
        raise OSError(code, "the system says no")

    folder = tmp_path / "above" / "folder"
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        if code == errno.EACCES:
            FileDisk().make_folder(str(folder))
            return
        with pytest.raises(RegistryError, match="the system says no"):
            FileDisk().make_folder(str(folder))
    assert list(tmp_path.iterdir()) == []
    FileDisk().make_folder(str(folder))
    assert folder.is_dir()
