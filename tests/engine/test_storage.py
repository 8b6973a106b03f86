"""The seam to the disk: what holds of every file, and what it asks of whoever stands for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from anyreg.engine.file_disk import FileStorage
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.storage import Disk, Storage


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
