"""The seam to the disk: what holds of every file, and what it asks of whoever stands for one."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from anyreg.engine.file_disk import FileStorage
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.storage import Disk, Storage, write_new
from anyreg.errors import RegistryError
from crash.disk import Medium, Process, Rename, failed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hive"
    path.write_bytes(b"0123456789")
    return path


def both(file: Path) -> list[Storage]:
    return [FileStorage(str(file)), MemoryStorage(file.read_bytes())]


def test_reading_stops_at_the_end(file: Path) -> None:
    """On disk and in memory the same bytes come, fewer only at the end."""
    for storage in both(file):
        assert storage.size() == 10
        assert storage.read(2, 3) == b"234"
        assert storage.read(8, 100) == b"89"
        assert storage.read(100, 1) == b""
        storage.close()
        storage.close()


def test_writing_grows_and_truncating_cuts(file: Path) -> None:
    """On disk and in memory alike; what lies between is zeros."""
    for storage in (FileStorage(str(file), "r+"), MemoryStorage(file.read_bytes())):
        storage.write(12, b"ab")
        storage.write(0, b"x")
        storage.sync()
        assert storage.read(0, 99) == b"x123456789\0\0ab"
        storage.truncate(3)
        assert (storage.size(), storage.read(0, 99)) == (3, b"x12")
        storage.close()


VERBS: list[Callable[[], object]] = [
    lambda: Storage().size(),
    lambda: Storage().read(0, 1),
    lambda: Storage().write(0, b""),
    lambda: Storage().truncate(0),
    lambda: Storage().sync(),
    lambda: Storage().close(),
    lambda: Disk().open("x", False),
    lambda: Disk().create("x"),
    lambda: Disk().sync_directory("x"),
    lambda: Disk().find_logs("x"),
]


@pytest.mark.parametrize("call", VERBS)
def test_the_seam_itself_does_nothing(call: Callable[[], object]) -> None:
    """Whoever stands for a disk must say how each verb works."""
    with pytest.raises(NotImplementedError):
        call()


@pytest.mark.parametrize("over", [False, True])
def test_a_new_file_gets_its_name_once_more_where_a_sync_fails(over: bool) -> None:
    """The next sync makes that durable; and there is a file of that name all the while."""
    medium = Medium.of({"folder/file": b"old"} if over else {})
    process = Process(medium)
    failures = 1

    def fault(verb: str, path: str) -> None:
        nonlocal failures
        if over:
            assert "folder/file" in medium.names
        if verb == "sync_directory" and failures:
            failures -= 1
            medium.record.clear()  # what was named so far may never be there
            raise failed(errno.EIO, path)

    medium.fault = fault
    with pytest.raises(RegistryError, match="EIO"):
        write_new(process, "folder/file", b"new", over)
    assert medium.files() == {"folder/file": b"new"}
    named = [event.new for event in medium.record if isinstance(event, Rename)]
    assert named[-1] == "folder/file"
