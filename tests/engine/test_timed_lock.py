"""Waiting for the lock of a file with a time limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.engine.file_disk import FileStorage
from anyreg.engine.timed_lock import TimedLock
from anyreg.errors import TransactionError


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[FileStorage, FileStorage]]:
    """Two handles of one file."""
    path = str(tmp_path / "file")
    both = FileStorage(path, "x+"), FileStorage(path, "r+")
    yield both
    for file in both:
        file.close()


def test_a_free_lock_is_taken_at_once(files: tuple[FileStorage, FileStorage]) -> None:
    """With and without a limit."""
    mine, other = files
    lock = TimedLock(mine)
    for timeout in (-1, 0, 5):
        assert lock.take(timeout)
        assert not other.lock(False, False)
        mine.unlock()


def test_a_held_lock_is_given_up_after_the_time(files: tuple[FileStorage, FileStorage]) -> None:
    """What the thread that was left behind gets in the end goes to whoever asks next."""
    mine, other = files
    lock = TimedLock(mine)
    assert other.lock(False, False)
    assert not lock.take(0.05)
    assert not lock.take(0)
    other.unlock()
    assert lock.take(5)
    assert not other.lock(False, False)
    mine.unlock()


def test_a_lock_that_nobody_wants_any_more_is_given_back(
    files: tuple[FileStorage, FileStorage],
) -> None:
    """Others are not kept waiting by a caller that has gone."""
    mine, other = files
    assert other.lock(False, False)
    lock = TimedLock(mine)
    assert not lock.take(0.05)
    other.unlock()
    third = FileStorage(mine.path, "r+")
    assert third.lock(False, True)
    third.close()
    lock.close()


def test_a_file_is_closed_while_a_thread_still_waits(
    files: tuple[FileStorage, FileStorage],
) -> None:
    """The thread touches nothing any more: the number may be another file's."""
    mine, other = files
    lock = TimedLock(mine)
    assert other.lock(False, False)
    assert not lock.take(0.05)
    lock.close()
    mine.close()
    again = FileStorage(other.path, "r+")  # it gets the number
    other.unlock()
    assert again.lock(False, True)
    assert not other.lock(False, False)
    again.close()


def test_a_transaction_waits_for_another_process_no_longer_than_it_may(tmp_path: Path) -> None:
    """Another handle stands for the process: it has files of its own."""
    path = tmp_path / "hive"
    with anyreg.open(path, "x") as one, anyreg.open(path, "r+") as other:
        with (
            one.transaction(),
            pytest.raises(TransactionError, match="still write"),
            other.transaction(timeout=0.05),
        ):
            pass
        with other.transaction(timeout=5):
            other.create("Key")
        assert list(one.root.subkeys) == ["Key"]
        assert one.check() == []
