"""What the end of an object leads to happens, and never waits for what its thread holds."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager

import pytest

import anyreg
from anyreg import winapi, winreg
from anyreg.finalizers import soon
from anyreg.winapi import Event, events, notify

LONG = 30  # seconds: only a thread that waits for itself takes so long


def test_what_is_to_be_done_is_done_elsewhere() -> None:
    done, where = threading.Event(), list[int]()

    def do() -> None:
        where.append(threading.get_ident())
        done.set()

    soon(do)
    assert done.wait(LONG)
    assert where != [threading.get_ident()]


def test_an_error_in_it_keeps_nothing_else_from_being_done(
    recwarn: pytest.WarningsRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    monkeypatch.setattr("threading.excepthook", lambda _: told.set())
    done = threading.Event()
    soon(lambda: 1 // 0)
    soon(done.set)
    assert done.wait(LONG)
    assert told.wait(LONG)


def nothing_is_under_way() -> bool:
    """Whether the thread of what was let go before ends, which would do the next thing too."""
    ends = time.monotonic() + LONG
    while any(one.name == "anyreg ends" for one in threading.enumerate()):
        if time.monotonic() > ends:
            return False
        time.sleep(0.005)
    return True


def test_what_found_no_thread_is_done_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*arguments: object) -> None:
        raise RuntimeError("can't start new thread")

    first, second = threading.Event(), threading.Event()
    gc.collect()
    assert nothing_is_under_way()
    with monkeypatch.context() as patched:
        patched.setattr("anyreg.finalizers.Thread.start", none_left)
        soon(first.set)
    assert not first.is_set()
    soon(second.set)
    assert second.wait(LONG)
    assert first.wait(LONG)


def test_one_thread_does_all_and_ends() -> None:
    """However much there is to do: never two at a time."""
    names: set[str] = set()
    alone, is_alone = threading.Lock(), list[bool]()
    done = threading.Semaphore(0)

    def do() -> None:
        names.add(threading.current_thread().name)
        is_alone.append(alone.acquire(blocking=False))
        if is_alone[-1]:
            alone.release()
        done.release()

    for _ in range(500):
        soon(do)
    for _ in range(500):
        assert done.acquire(timeout=LONG)
    assert names == {"anyreg ends"}
    assert is_alone == [True] * 500
    assert nothing_is_under_way()


ENDING = """
from anyreg.finalizers import soon

class Kept:
    def __init__(self, soon):
        self.soon = soon
    def __del__(self):
        self.soon(print)

kept = Kept(soon)
kept.itself = kept  # so it lives until the interpreter collects what is left
print("ends")
"""


def test_what_ends_with_the_interpreter_does_not_keep_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING], capture_output=True, text=True, timeout=LONG, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ends\n", "")


def dies_under(lock: AbstractContextManager[object], kept: list[object]) -> bool:
    """Whether the last of an object can go in a thread that holds a lock."""

    def let_go() -> None:
        with lock:
            kept.clear()

    thread = threading.Thread(target=let_go, daemon=True)
    thread.start()
    thread.join(LONG)
    return not thread.is_alive()


@pytest.mark.parametrize("what", ["notify", "events", "notification"])
def test_a_key_that_is_watched_may_end_under_any_lock(what: str) -> None:
    with anyreg.open("memory:") as registry, anyreg.use(registry):
        key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, "Watched")
        event = Event()
        winapi.notify_change_key_value(key, False, 4, event)
        locks: dict[str, AbstractContextManager[object]] = {
            "notify": notify._lock,
            "events": events._changed,
            "notification": notify._by_handle[int(key)]._lock,
        }
        kept: list[object] = [key]
        del key
        assert dies_under(locks[what], kept)
        assert event.wait(LONG)


def test_a_watch_may_end_under_its_own_lock() -> None:
    with anyreg.open("memory:") as registry, registry.open("HKCU") as key:
        watch = key.watch()
        subscription = watch._subscription
        kept: list[object] = [watch]
        del watch
        assert dies_under(subscription._lock, kept)
        ends = time.monotonic() + LONG
        while subscription._is_open and time.monotonic() < ends:
            time.sleep(0.01)
        assert not subscription._is_open
