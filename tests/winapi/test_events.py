"""Events: set, reset, taken by one or by all that wait."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import pytest

from anyreg.winapi.events import Event, wait_for_events


def asleep(*waiting: Future[Any]) -> None:
    """Until threads have most likely begun to wait, and go on to."""
    time.sleep(0.05)
    assert not any(each.done() for each in waiting)


def test_a_manual_event_stays_set() -> None:
    event = Event()
    assert not event.wait(0)
    event.set()
    assert event.wait(0)
    assert event.is_set()
    event.reset()
    assert not event.is_set()
    assert repr(event) == "<Event, not set>"


def test_an_automatic_event_lets_one_go_on() -> None:
    event = Event(is_manual=False)
    with ThreadPoolExecutor(4) as pool:
        left = {pool.submit(event.wait, 60) for _ in range(4)}
        asleep(*left)
        while left:
            event.set()
            done, left = wait(left, 30, FIRST_COMPLETED)
            assert [each.result() for each in done] == [True]
            asleep(*left)
            assert not event.is_set()


def test_all_that_wait_for_a_manual_event_go_on() -> None:
    event = Event()
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(event.wait, 30) for _ in range(4)]
        asleep(waiting[0])
        event.set()
        assert [each.result() for each in waiting] == [True] * 4


def test_any_of_several() -> None:
    """The first that is set; the others are not taken."""
    events = [Event(is_manual=False) for _ in range(3)]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait_for_events, events, False, 30)
        asleep(waiting)
        events[1].set()
        assert waiting.result() == 1
    events[1].set()
    events[2].set()
    assert wait_for_events(events) == 1
    assert wait_for_events(events, timeout=0) == 2
    assert wait_for_events(events, timeout=0.01) is None


def test_all_of_several_are_taken_at_one_time() -> None:
    """None is, while one is missing."""
    events = [Event(is_manual=False), Event(is_manual=False)]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait_for_events, events, True, 30)
        asleep(waiting)
        events[0].set()
        asleep(waiting)
        assert events[0].is_set()
        events[1].set()
        assert waiting.result() == 0
    assert not events[0].is_set()
    assert not events[1].is_set()


def test_waiting_costs_nothing() -> None:
    """Nobody looks again and again: the thread sleeps until it is woken."""
    event = Event()
    thread = threading.Thread(target=event.wait, args=(60,))
    thread.start()
    time.sleep(0.2)
    before = time_of(thread)
    time.sleep(0.5)
    assert time_of(thread) - before < 0.02
    event.set()
    thread.join()


def time_of(thread: threading.Thread) -> float:
    """Seconds of a processor that a thread has had; where nobody knows, all of the process."""
    if thread.ident is None or not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time()
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_child_of_a_fork_has_events_of_its_own() -> None:
    """Also where a thread of its parent held the lock."""
    event = Event()
    stop = threading.Event()

    def hold() -> None:
        while not stop.is_set():
            event.reset()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        children = []
        for _ in range(20):
            child = os.fork()
            if child == 0:
                event.set()
                os._exit(0 if event.wait(0) else 1)
            children.append(child)
        stop.set()
        holding.result()
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 20
