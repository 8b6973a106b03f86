"""The lock of an open file on Windows: there as it is, elsewhere on a model of its calls."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from anyreg.engine.file_disk import FileStorage
from anyreg.system import WINDOWS
from anyreg.windows import calls
from anyreg.windows.locks import FileLock
from windows.model import Kernel


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """The model, in the place of Windows' own."""
    model = Kernel()
    monkeypatch.setattr(calls, "kernel", lambda: model)
    monkeypatch.setattr(calls, "handle_of", int)
    monkeypatch.setattr(calls, "last_code", model.last_code)
    monkeypatch.setattr(calls, "is_wine", lambda: False)
    return model


@pytest.fixture(params=["model", "real"])
def locks(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[FileLock]]:
    """Three handles of one file."""
    if request.param == "model":
        request.getfixturevalue("kernel")
        yield [FileLock(number) for number in range(3)]
        return
    if not WINDOWS:
        pytest.skip("needs Windows, where tests/live runs it")
    files = [FileStorage(str(tmp_path / "file"), mode) for mode in ("x+", "r+", "r")]
    yield [FileLock(file._file.fileno()) for file in files]
    for file in files:
        file.close()


def test_alone_or_shared(locks: list[FileLock]) -> None:
    """What is held becomes what is asked for; after a refusal nothing is held."""
    first, second, third = locks
    assert first.take(False, False)
    assert first.take(False, False)
    assert not second.take(True, False)
    assert first.take(True, False)
    assert second.take(True, False)
    assert not third.take(False, False)
    assert not second.take(False, False)
    assert first.take(False, False)
    first.unlock()
    first.unlock()
    assert third.take(False, False)
    for lock in locks:
        lock.close()


def test_from_alone_to_shared_nobody_comes_in_between(locks: list[FileLock]) -> None:
    """Who waits for it alone goes on waiting; who wants to share it need not."""
    first, second, third = locks
    assert first.take(False, True)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second.take, False, True)
        for _ in range(20):
            assert first.take(True, True)
            assert third.take(True, False)
            assert not waiting.done()
            third.unlock()
            first.unlock()
            assert waiting.result(30)
            waiting = pool.submit(first.take, False, True)
            assert second.take(True, True)
            second.unlock()
            assert waiting.result(30)
            waiting = pool.submit(second.take, False, True)
        first.unlock()
        assert waiting.result(30)


def test_a_wait_ends_when_its_time_is_over(locks: list[FileLock]) -> None:
    """What was asked for is not had later, when nobody wants it any more."""
    first, second, third = locks
    assert first.take(False, False)
    begun = monotonic()
    assert not second.take(False, True, 0.1)
    assert 0.1 <= monotonic() - begun < 30
    assert not second.take(True, True, 0.0)
    first.unlock()
    assert third.take(False, False)
    third.unlock()
    assert second.take(False, True, 30)


def test_closing_ends_a_wait_and_gives_the_lock_back(locks: list[FileLock]) -> None:
    """For good: nothing is taken any more."""
    first, second, third = locks
    assert first.take(False, False)
    begun = Event()

    def wait() -> None:
        begun.set()
        with pytest.raises(ValueError, match="closed"):
            second.take(False, True)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait)
        begun.wait(30)
        second.close()
        second.close()
        waiting.result(30)
    first.close()
    assert third.take(False, False)
    with pytest.raises(ValueError, match="closed"):
        first.take(False, False)


def test_a_lock_that_nobody_has_any_more_is_given_back(locks: list[FileLock]) -> None:
    """As a file that is not closed is closed in the end."""
    assert locks[0].take(False, False)
    del locks[0]
    gc.collect()
    assert locks[0].take(False, False)


def test_what_comes_in_the_last_moment_is_had(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is over, and the lock is given before the call can be cancelled."""
    first, second = FileLock(1), FileLock(2)
    first.take(False, False)
    cancel = kernel.CancelIoEx

    def given_before(handle: int, place: object) -> int:
        first.unlock()
        return cancel(handle, place)

    monkeypatch.setattr(kernel, "CancelIoEx", given_before)
    assert second.take(False, True, 0.01)
    second.unlock()
    assert kernel.held == 0


@pytest.mark.parametrize("is_given", [False, True])
def test_ctrl_c_ends_a_wait_and_leaves_nothing(kernel: Kernel, is_given: bool) -> None:
    """Neither a lock, nor one that comes later."""
    first, second = FileLock(1), FileLock(2)
    first.take(False, False)

    def interrupt(left: int) -> None:
        if is_given:
            first.unlock()
        raise KeyboardInterrupt

    kernel.before_waiting = interrupt
    with pytest.raises(KeyboardInterrupt):
        second.take(False, True)
    first.unlock()
    assert kernel.held == 0
    kernel.before_waiting = bool
    assert second.take(False, False)


def test_other_errors_are_said(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """As what Windows says of a file that it cannot lock."""
    monkeypatch.setattr(calls, "error_of", lambda code, path=None: OSError(code, "said"))
    lock = FileLock(1)
    monkeypatch.setattr(kernel, "LockFileEx", lambda *_: kernel._fail(5))
    with pytest.raises(OSError, match="said"):
        lock.take(True, False)
    monkeypatch.undo()
    assert kernel.held == 0
