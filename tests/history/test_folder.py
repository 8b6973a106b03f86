"""The folder of a history: what is there, and what others have taken away."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from anyreg.engine.file_disk import FileDisk
from anyreg.errors import NotFoundError, RegistryError
from anyreg.history.folder import Folder
from anyreg.history.records import THERE
from anyreg.history.store import Store
from crash.disk import Medium, Process, failed


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "history"
    path.mkdir()
    return Folder(FileDisk(), str(path), False)


def written(folder: Folder, number: int, data: bytes) -> None:
    storage = folder.create(number)
    storage.write(0, data)
    storage.close()


def test_files_are_known_by_their_numbers(folder: Folder) -> None:
    """Numbers come in their order, also beyond eight digits; what is no file of it is left out."""
    for number in (100_000_000, 2, 1, 10):
        written(folder, number, b"")
    for name in ("lock", "a.history", "00000003.other"):
        (Path(folder.path) / name).touch()
    assert folder.numbers() == [1, 2, 10, 100_000_000]
    assert Path(folder.file(2)).name == "00000002.history"


def test_a_file_that_was_left_is_gone_on_with(folder: Folder) -> None:
    """Making a file that a dead process has made already opens it, with what is in it."""
    written(folder, 1, b"left")
    storage = folder.create(1)
    assert storage.size() == 4
    storage.close()


class Syncs:
    """What is asked of a disk for the names in its folders; and whether that fails."""

    def __init__(self) -> None:
        self.medium = Medium()
        self.medium.fault = self._call
        self.fails = False
        self.synced: list[str] = []

    def _call(self, verb: str, path: str) -> None:
        if verb == "sync_directory":
            if self.fails:
                raise failed(errno.EIO, path)
            self.synced.append(path)


def test_a_file_whose_name_cannot_be_made_durable_is_made_anew() -> None:
    """No later sync of the folder need make durable what a failed one should have."""
    syncs = Syncs()
    folder = Folder(Process(syncs.medium), "history", False)
    syncs.fails = True
    with pytest.raises(RegistryError, match="EIO"):
        folder.create(1)
    assert folder.numbers() == []
    syncs.fails = False
    written(folder, 1, b"kept")
    assert folder.file(1) in syncs.synced
    assert folder.numbers() == [1]


@pytest.mark.parametrize("fails", [False, True])
def test_the_name_of_a_file_that_was_left_empty_is_made_durable(fails: bool) -> None:
    """Its maker may have died before its sync; then nothing is written to it before that."""
    syncs = Syncs()
    path = "history/00000001.history"
    syncs.medium.names[path] = 0
    syncs.medium.contents[0] = bytearray()
    syncs.fails = fails
    store = Store(Process(syncs.medium), "history", 1 << 20, 1 << 60, False)
    if fails:
        with pytest.raises(RegistryError, match="EIO"):
            store.take()
        assert path not in syncs.medium.names
        syncs.fails = False
    with store:
        store.append(store.begin(THERE))
    assert path in syncs.synced
    store.close()


def test_a_file_that_is_gone_is_no_error_to_who_reads(folder: Folder) -> None:
    """Other processes take old files away: there is nothing to look at then, and no size."""
    written(folder, 1, b"12345")
    assert folder.size_of(1) == 5
    assert folder.remove(1)
    assert folder.look(1) is None
    assert folder.older(1) is None
    assert folder.size_of(1) == 0
    with pytest.raises(NotFoundError):
        folder.open(1)


def test_an_older_file_is_open_until_another_is_asked_for(folder: Folder) -> None:
    """There is one at a time, and close() closes it."""
    for number in (1, 2):
        written(folder, number, bytes([number]))
    first, second = folder.older(1), folder.older(2)
    assert first is not None
    assert second is not None
    with pytest.raises(RegistryError):
        first.read(0, 1)
    assert second.read(0, 1) == b"\x02"
    folder.close()
    folder.close()
    with pytest.raises(RegistryError):
        second.read(0, 1)


def test_who_only_reads_makes_no_folder(tmp_path: Path) -> None:
    """Where there is nothing to lock, a reader goes on without; a writer makes what is missing."""
    path = tmp_path / "a" / "b"
    reader = Folder(FileDisk(), str(path), True)
    reader.lock()
    reader.unlock()
    assert not path.exists()
    writer = Folder(FileDisk(), str(path), False)
    writer.lock()
    writer.unlock()
    writer.close()
    assert [file.name for file in path.iterdir()] == ["lock"]
