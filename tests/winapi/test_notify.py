"""RegNotifyChangeKeyValue; tests/differential/themes/notices has it beside Windows' own."""

from __future__ import annotations

import itertools
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import anyreg
from anyreg import winapi, winreg
from anyreg.winapi import Event
from anyreg.winapi.constants import (
    KEY_READ,
    REG_NOTIFY_CHANGE_ATTRIBUTES,
    REG_NOTIFY_CHANGE_LAST_SET,
    REG_NOTIFY_CHANGE_NAME,
    REG_NOTIFY_CHANGE_SECURITY,
    REG_NOTIFY_THREAD_AGNOSTIC,
)
from open_handles import counts_handles, handles_open
from winapi.codes import fails
from winapi.conftest import PLACE, Once

Key = winreg.HKEYType
NAME, ATTRIBUTES = REG_NOTIFY_CHANGE_NAME, REG_NOTIFY_CHANGE_ATTRIBUTES
LAST_SET, SECURITY = REG_NOTIFY_CHANGE_LAST_SET, REG_NOTIFY_CHANGE_SECURITY
ALL = NAME | ATTRIBUTES | LAST_SET | SECURITY


def asked(key: Key, subtree: bool = False, filter: int = ALL) -> Event:
    """An event that the next change of a key sets."""
    event = Event()
    winapi.notify_change_key_value(key, subtree, filter, event)
    return event


def other_descriptor(key: Key) -> None:
    everyone = bytes.fromhex("010100000000000100000000")
    owned = struct.pack("<BBHIIII", 1, 0, 0x8000, 20, 0, 0, 0) + everyone
    winapi.set_key_security(key, 1, owned)


CHANGES: dict[str, tuple[Callable[[Key], object], int, bool]] = {
    "value": (lambda key: winreg.SetValueEx(key, "v", 0, 1, "new"), LAST_SET, False),
    "value below": (lambda key: winreg.SetValue(key, "a", 1, "new"), LAST_SET, True),
    "key": (lambda key: winreg.CreateKey(key, "new").Close(), NAME, False),
    "key below": (lambda key: winreg.CreateKey(key, r"a\new").Close(), NAME, True),
    "deleted": (lambda key: winreg.DeleteKey(key, r"a\b"), NAME, True),
    "renamed": (lambda key: winapi.rename_key(key, "a", "c"), NAME, False),
    "descriptor": (other_descriptor, SECURITY, False),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_filter_has_its_changes(key: Key, change: str) -> None:
    """By the time that a change returns, the events of those that asked for it are set."""
    do, kind, is_below = CHANGES[change]
    winreg.CreateKey(key, r"a\b").Close()
    winreg.SetValueEx(key, "v", 0, 1, "old")
    watched = [winreg.OpenKey(key, "") for _ in range(10)]
    filters = (NAME, ATTRIBUTES, LAST_SET, SECURITY, 0)
    wanted = list(itertools.product(filters, (False, True)))
    events = [
        asked(one, subtree, kind_) for one, (kind_, subtree) in zip(watched, wanted, strict=True)
    ]
    do(key)
    told = {want for want, event in zip(wanted, events, strict=True) if event.is_set()}
    assert told == ({(kind, True)} if is_below else {(kind, False), (kind, True)})


def test_what_is_no_change(key: Key) -> None:
    """The same data again, reading, flushing, and a transaction that is undone."""
    winreg.SetValueEx(key, "v", 0, 1, "x")
    event = asked(key, True)
    winreg.SetValueEx(key, "v", 0, 1, "x")
    winreg.CreateKey(key, "").Close()
    winreg.QueryValueEx(key, "v")
    winreg.FlushKey(key)
    assert not event.wait(0.05)


def test_what_is_rolled_back_is_no_change(registry: anyreg.Registry, key: Key) -> None:
    event = asked(key, True)
    transaction = registry.transaction()
    transaction.__enter__()
    winreg.SetValueEx(key, "v", 0, 1, "x")
    transaction.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert not event.wait(0.05)
    with registry.transaction():
        winreg.SetValueEx(key, "v", 0, 1, "x")
        assert not event.is_set()
    assert event.is_set()


def test_it_is_told_once_and_the_first_call_decides(key: Key) -> None:
    event = asked(key, False, LAST_SET)
    winreg.SetValueEx(key, "v", 0, 1, "1")
    assert event.is_set()
    event.reset()
    winreg.SetValueEx(key, "v", 0, 1, "2")
    assert not event.is_set()
    winapi.notify_change_key_value(key, True, NAME, event)
    winreg.CreateKey(key, r"new\deep").Close()
    assert not event.is_set()
    winreg.SetValueEx(key, "v", 0, 1, "3")
    assert event.is_set()


def test_an_event_that_is_waited_for_no_more_is_not_set(key: Key) -> None:
    """By the change after the one that has set it, also where that was not looked at."""
    event = asked(key)
    winreg.SetValueEx(key, "v", 0, 1, "1")
    event.reset()
    second = asked(key)
    winreg.SetValueEx(key, "v", 0, 1, "2")
    assert second.is_set()
    assert not event.is_set()


def test_what_ends_it_tells(key: Key) -> None:
    """The key, a key above it, or the handle."""
    for path, gone in ((r"a\b", r"a\b"), (r"c\d", "c")):
        sub = winreg.CreateKey(key, path)
        event = asked(sub, False, 0)
        winapi.delete_tree(key, gone)
        assert event.is_set()
        with fails(1018):
            asked(sub)
    for end in (winreg.CloseKey, winreg.HKEYType.Close):
        sub = winreg.CreateKey(key, "closed")
        event = asked(sub, False, 0)
        end(sub)
        assert event.is_set()


def test_a_handle_that_dies_tells(key: Key) -> None:
    sub = winreg.CreateKey(key, "sub")
    event = asked(sub)
    del sub
    assert event.wait(5)


def test_the_end_of_a_thread_tells(key: Key) -> None:
    """Of what it has asked for itself, unless it does not matter who has."""
    other = asked(key)
    events = [Event(), Event()]

    def ask() -> None:
        winapi.notify_change_key_value(key, False, LAST_SET, events[0])
        agnostic = LAST_SET | REG_NOTIFY_THREAD_AGNOSTIC
        winapi.notify_change_key_value(key, False, agnostic, events[1])

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert [event.is_set() for event in (other, *events)] == [False, True, False]
    winreg.SetValueEx(key, "v", 0, 1, "x")
    assert [event.is_set() for event in (other, *events)] == [True, True, True]


def test_a_call_that_waits(key: Key, once_asked: Once) -> None:
    """For the change, or for somebody to close the handle."""
    sub = winreg.OpenKey(key, "", 0, KEY_READ)
    ends: list[tuple[Key, Callable[[], object]]] = [
        (key, lambda: winreg.SetValueEx(key, "v", 0, 1, "x")),
        (sub, lambda: winreg.CloseKey(sub)),
    ]
    for watched, end in ends:
        waiting = threading.Thread(
            target=winapi.notify_change_key_value, args=(watched, True, ALL, None, False)
        )
        ended = threading.Event()
        once_asked(lambda ended=ended, end=end: (ended.set(), end()))  # type: ignore[misc]
        waiting.start()
        waiting.join(30)
        assert not waiting.is_alive()
        assert ended.is_set()


def test_wrong_calls(key: Key) -> None:
    """No event, a filter that is none, a handle without the right, or none at all."""
    with fails(87):
        winapi.notify_change_key_value(key, False, ALL, None)
    with fails(87):
        winapi.notify_change_key_value(key, False, 0x100, Event())
    with winreg.OpenKey(key, "", 0, winreg.KEY_QUERY_VALUE) as reader, fails(5):
        asked(reader)
    with fails(6):
        winapi.notify_change_key_value(0x7FFFFF0, False, ALL, Event())


def test_a_predefined_key(registry: anyreg.Registry, key: Key) -> None:
    """In the registry that is chosen, however it is written; it is never closed."""
    event = Event()
    winapi.notify_change_key_value(0x8000_0001, True, LAST_SET, event)
    winreg.CloseKey(winreg.HKEY_CURRENT_USER)
    winreg.SetValueEx(key, "v", 0, 1, "x")
    assert event.is_set()
    winapi.notify_change_key_value(winreg.HKEY_CURRENT_USER, False, NAME, event)
    winreg.SetValueEx(key, "v", 0, 1, "y")
    assert event.is_set()
    with anyreg.open("memory:") as other, anyreg.use(other):
        winapi.notify_change_key_value(0x8000_0001, False, NAME, event)
        other.create(r"HKCU\New")
        assert event.is_set()


def test_the_merged_classes(registry: anyreg.Registry) -> None:
    """A change of either side is one."""
    with winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, "") as classes:
        for side in (r"HKLM\SOFTWARE\Classes", r"HKCU\Software\Classes"):
            registry.create(side)
            event = asked(classes, False, NAME)
            registry.create(rf"{side}\.new{side[2]}")
            assert event.is_set()


def test_waiting_stands_on_it(key: Key, once_asked: Once) -> None:
    """It has events and kinds of its own, and nothing is looked at meanwhile."""
    event = asked(key, False, NAME)
    once_asked(lambda: winreg.SetValueEx(key, "v", 0, 1, "x"))
    before = time.process_time()
    assert winapi.wait_for_change(key, filter=LAST_SET, timeout=30)
    assert time.process_time() - before < 0.1
    assert not event.is_set()


def test_waiting_ends_with_its_stop(key: Key) -> None:
    """At once, and without a change."""
    stop = threading.Event()
    timer = threading.Timer(0.1, stop.set)
    timer.start()
    assert winapi.wait_for_change(key, timeout=30, stop=stop) is False
    timer.join()


def test_no_change_is_missed(key: Key) -> None:
    """Who asks, then looks, then waits, comes to know of the last change, however they fall."""
    last = 60

    def change(name: str) -> None:
        for number in range(last + 1):
            winreg.SetValueEx(key, name, 0, winreg.REG_DWORD, number)

    names = ("a", "b", "c")
    threads = [threading.Thread(target=change, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    event = Event(is_manual=False)
    found: list[object] = []
    while found != [last] * 3:
        winapi.notify_change_key_value(key, False, LAST_SET, event)
        values = dict(winreg.EnumValue(key, at)[:2] for at in range(winreg.QueryInfoKey(key)[1]))
        found = [values.get(name) for name in names]
        assert found == [last] * 3 or event.wait(60)
    for thread in threads:
        thread.join()


WRITER = r"""
import sys, anyreg
with anyreg.open(sys.argv[1]) as registry:
    key = registry.open(r"HKCU\Software\AnyregTest")
    for line in sys.stdin:
        exec(line)
        print("done", flush=True)
"""


def in_another_process(folder: Path, *lines: str) -> list[bool]:
    """What each line of another process tells a watcher of values and one of names, below."""
    home = f"{folder / 'home'}/"
    found: list[bool] = []
    with anyreg.open(home, "x") as registry, anyreg.use(registry):
        key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, PLACE)
        command = [sys.executable, "-c", WRITER, home]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdin is not None
            assert other.stdout is not None
            for line in lines:
                watched = winreg.OpenKey(key, ""), winreg.OpenKey(key, "")
                events = asked(watched[0], True, LAST_SET), asked(watched[1], True, NAME)
                other.stdin.write(f"{line}\n")
                other.stdin.flush()
                assert other.stdout.readline() == "done\n"
                is_quiet = "quiet" in line
                found += [event.wait(0.3 if is_quiet else 30) for event in events]
            other.stdin.close()
        key.Close()
        assert registry.check() == []
    return found


def test_changes_of_other_processes(tmp_path: Path) -> None:
    told = in_another_process(
        tmp_path,
        'exec(\'with registry.transaction():\\n key.values["v"] = 1\\n key.create("a")\')',
        "key.values['v'] = 1  # quiet: the same again",
    )
    assert told == [True, True, False, False]


def test_a_watch_that_nobody_asks_again_keeps_little(key: Key) -> None:
    """After some changes it is over, and begins anew when it is asked again; it goes along."""
    sub = winreg.CreateKey(key, "sub")
    event = asked(sub, False, LAST_SET)
    for number in (1, 3, 30):
        for value in range(number):
            winreg.SetValueEx(sub, "v", 0, winreg.REG_DWORD, number * 100 + value)
        winapi.rename_key(sub, None, f"sub{number}")
        assert event.is_set()
        winapi.notify_change_key_value(sub, False, LAST_SET, event)
        assert not event.is_set()
        winreg.SetValue(key, f"sub{number}", 1, f"renamed {number}")
        assert event.is_set()


def test_calls_of_many_threads(key: Key) -> None:
    """All that ask at one time are informed, while others change and close."""
    stop = threading.Event()

    def change() -> None:
        number = 0
        while not stop.is_set():
            winreg.SetValueEx(key, "v", 0, winreg.REG_DWORD, number := number + 1)

    def wait() -> None:
        for _ in range(20):
            winapi.notify_change_key_value(key, False, LAST_SET, None, False)

    def close() -> None:
        for _ in range(20):
            with winreg.OpenKey(key, "") as watched:
                asked(watched)

    changing_thread = threading.Thread(target=change)
    threads = [threading.Thread(target=each) for each in (wait, wait, wait, close)]
    for thread in (changing_thread, *threads):
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    stop.set()
    changing_thread.join()


def test_a_registry_that_is_closed_ends_it(tmp_path: Path) -> None:
    """Who waits is not left waiting, and learns why."""
    registry = anyreg.open(f"{tmp_path / 'home'}/", "x")
    with anyreg.use(registry):
        event = Event()
        winapi.notify_change_key_value(winreg.HKEY_CURRENT_USER, True, ALL, event)
        key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, PLACE)
        assert event.is_set()
        winapi.notify_change_key_value(winreg.HKEY_CURRENT_USER, True, ALL, event)
        timer = threading.Timer(0.2, registry.close)
        timer.start()
        with fails(6):
            winapi.wait_for_change(key, timeout=60)
        timer.join()
        assert event.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "anyreg files"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_asks_anew(tmp_path: Path) -> None:
    """By handles of its own registry; what its parent has asked for is its parent's."""
    with anyreg.open(f"{tmp_path / 'home'}/", "x") as registry, anyreg.use(registry):
        event = Event()
        winapi.notify_change_key_value(winreg.HKEY_CURRENT_USER, True, ALL, event)
        registry.create(r"HKCU\First")
        child = os.fork()
        if child == 0:
            status = 1
            try:
                own = anyreg.open(f"{tmp_path / 'home'}/")
                with anyreg.use(own):
                    event = Event()
                    winapi.notify_change_key_value(winreg.HKEY_CURRENT_USER, True, ALL, event)
                    status = 0 if event.wait(60) else 2
            finally:
                os._exit(status)
        winapi.notify_change_key_value(winreg.HKEY_CURRENT_USER, True, ALL, event)
        number = 0
        done = (0, 0)
        while done[0] == 0:
            done = os.waitpid(child, os.WNOHANG)
            registry.write("HKCU", "n", number := number + 1)
            time.sleep(0.05)
            assert number < 1000
        assert os.waitstatus_to_exitcode(done[1]) == 0
        assert event.is_set()


@counts_handles
def test_what_is_closed_leaves_nothing(tmp_path: Path) -> None:
    """No thread, no descriptor, however many watches there were."""
    with anyreg.open(f"{tmp_path / 'home'}/", "x") as registry, anyreg.use(registry):
        key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, PLACE)
        before = set(threading.enumerate())
        counts = []
        for _ in range(2):
            for _ in range(100):
                with winreg.OpenKey(key, "") as watched:
                    asked(watched)
            until = time.monotonic() + 60
            while set(threading.enumerate()) - before and time.monotonic() < until:
                time.sleep(0.005)  # until the last of them has ended
            assert set(threading.enumerate()) <= before
            counts.append(handles_open())
        assert counts[0] >= counts[1]
        key.Close()


def test_a_process_ends_with_events_that_wait(tmp_path: Path) -> None:
    """Without a word, in whatever order things go."""
    code = f"""
import anyreg, threading
from anyreg import winapi, winreg
anyreg.use(anyreg.open({str(tmp_path / "home") + "/"!r}, "x"))
event = winapi.Event()
winapi.notify_change_key_value(winreg.HKEY_CURRENT_USER, True, 15, event)
key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, "Software")
winapi.notify_change_key_value(key, True, 15, event)
waiting = threading.Thread(
    target=winapi.notify_change_key_value, args=(key, True, 15, None, False), daemon=True
)
waiting.start()
print("end")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")
