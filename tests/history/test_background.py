"""Work that goes on in a thread of its own, where it is large enough."""

from __future__ import annotations

import signal
import time
from threading import Event, Thread, get_ident

import pytest

from anyreg.errors import RegistryError
from anyreg.history.background import WORTH_A_THREAD, BackgroundWork


def test_large_work_goes_on_while_its_starter_goes_on() -> None:
    """wait() returns when it is done."""
    goes_on = Event()
    done: list[int] = []

    def work() -> None:
        assert goes_on.wait(30)
        done.append(get_ident())

    work_done = BackgroundWork(work, WORTH_A_THREAD).begin()
    assert done == []
    goes_on.set()
    work_done.wait()
    assert done != []
    assert done != [get_ident()]


def test_small_work_is_done_at_once() -> None:
    """A thread would cost more."""
    done: list[int] = []
    BackgroundWork(lambda: done.append(get_ident()), 100).begin().wait()
    assert done == [get_ident()]


def test_it_is_done_at_once_where_no_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when Python is about to end."""

    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refuse)
    done: list[int] = []
    BackgroundWork(lambda: done.append(1), WORTH_A_THREAD).begin().wait()
    assert done == [1]


@pytest.mark.parametrize("size", [100, WORTH_A_THREAD])
def test_an_error_is_told_to_who_waits(size: int) -> None:
    """Also an interrupt; end() tells none."""

    def fails() -> None:
        raise error

    for error in (RegistryError("disk full"), KeyboardInterrupt()):
        work_done = BackgroundWork(fails, size).begin()
        work_done.end()
        with pytest.raises(type(error)):
            work_done.wait()


def test_what_was_ended_before_its_thread_runs_is_never_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where an interrupt comes while the thread starts."""
    late: list[Thread] = []
    start = Thread.start

    def interrupt(thread: Thread) -> None:
        late.append(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(Thread, "start", interrupt)
    done: list[int] = []
    work_done = BackgroundWork(lambda: done.append(1), WORTH_A_THREAD)
    with pytest.raises(KeyboardInterrupt):
        work_done.begin()
    work_done.end()
    start(late[0])
    late[0].join()
    assert done == []


class Held:
    """Work that has begun, and goes on when it is told to."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.goes_on = Event()
        begun = Event()

        def work() -> None:
            begun.set()
            assert self.goes_on.wait(30)
            self.steps.append("done")

        self.work_done = BackgroundWork(work, WORTH_A_THREAD).begin()
        assert begun.wait(30)


def test_ending_waits_for_what_is_being_done() -> None:
    """So that whoever ends it can do something else with what it touches."""
    held = Held()

    def end() -> None:
        held.work_done.end()
        held.steps.append("ended")

    ending = Thread(target=end)
    ending.start()
    held.goes_on.set()
    ending.join()
    assert held.steps == ["done", "ended"]


@pytest.mark.posix("a signal to one thread")
def test_an_interrupt_comes_when_nothing_is_done_any_more() -> None:
    """However early it was; what the work touches is free for others then."""
    held = Held()
    main = get_ident()

    def interrupt() -> None:
        while not held.work_done._is_ended:  # on a busy machine it may not wait yet
            time.sleep(0.01)
        for _ in range(3):
            time.sleep(0.05)
            signal.pthread_kill(main, signal.SIGINT)
        time.sleep(0.05)
        held.goes_on.set()

    interrupting = Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(KeyboardInterrupt):
        held.work_done.end()
    assert held.steps == ["done"]
    interrupting.join()
