"""Waiting for the lock of a file with a time limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from time import sleep

import pytest

import anyreg
from anyreg.engine.file_disk import FileStorage
from anyreg.engine.storage import Storage
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


class OneFile(Storage):
    """An open file whose lock others have at first; `unlocking` is called when it is given back."""

    def __init__(self) -> None:
        self.is_held = False
        self.is_free = Event()
        self.unlocking: Callable[[], None] = lambda: None

    def lock(self, shared: bool, wait: bool) -> bool:
        """As flock(): what this very file has already is had again."""
        if not self.is_held and not self.is_free.is_set():
            if not wait:
                return False
            self.is_free.wait()
        self.is_held = True
        return True

    def unlock(self) -> None:
        self.unlocking()
        self.is_held = False


def test_what_is_just_given_back_is_not_taken_for_held() -> None:
    """Who asks while the thread that was left behind gives the lock back has it afterwards."""
    file = OneFile()
    lock = TimedLock(file)
    taken: list[bool] = []
    asker = Thread(target=lambda: taken.append(lock.take(5)))

    def ask() -> None:
        file.unlocking = lambda: None
        asker.start()
        asker.join(0.3)  # it must not be through yet

    assert not lock.take(0.05)
    file.unlocking = ask
    file.is_free.set()
    while not asker.ident:
        sleep(0.01)
    asker.join()
    assert taken == [True]
    assert file.is_held


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
