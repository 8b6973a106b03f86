"""Advisory locks between handles of one file, in one process and between processes."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg.engine.file_disk import FileStorage


@pytest.fixture
def files(tmp_path: Path) -> Iterator[list[FileStorage]]:
    """Three handles of one file."""
    path = tmp_path / "file"
    path.touch()
    opened = [FileStorage(str(path), "r+") for _ in range(3)]
    yield opened
    for file in opened:
        file.close()


def test_one_holds_it_alone(files: list[FileStorage]) -> None:
    """Until it gives it back; asking again for what is held is fine."""
    first, second, _ = files
    assert first.lock(False, True)
    assert first.lock(False, False)
    assert not second.lock(False, False)
    first.unlock()
    first.unlock()
    assert second.lock(False, False)


def test_several_share_it(files: list[FileStorage]) -> None:
    """None of them can have it alone meanwhile; the last one can."""
    first, second, third = files
    assert first.lock(True, True)
    assert second.lock(True, False)
    assert not third.lock(False, False)
    second.unlock()
    assert first.lock(False, False)
    assert not third.lock(True, False)
    assert first.lock(True, True)
    assert third.lock(True, False)


def test_closing_gives_it_back(files: list[FileStorage]) -> None:
    """As dying does."""
    assert files[0].lock(False, True)
    files[0].close()
    assert files[1].lock(False, False)


def test_waiting_ends_when_it_is_given_back(files: list[FileStorage]) -> None:
    """Without polling."""
    assert files[0].lock(False, True)
    got = threading.Event()

    def wait() -> None:
        files[1].lock(False, True)
        got.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not got.wait(0.05)
    files[0].unlock()
    assert got.wait(30)
    thread.join()


def hold_and_die(path: str) -> None:
    FileStorage(path, "r+").lock(False, True)


def test_a_process_that_ends_leaves_no_lock(files: list[FileStorage]) -> None:
    """However it ends."""
    process = multiprocessing.get_context("spawn").Process(
        target=hold_and_die, args=(files[0].path,)
    )
    process.start()
    process.join()
    assert process.exitcode == 0
    assert files[0].lock(False, False)
