"""Handles as things: none is lost, none is shared by mistake, none is in the way at the end."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import anyreg
from anyreg import winapi, winreg
from anyreg.winapi import handles
from winapi.codes import fails

Key = winreg.HKEYType
HKCU = winreg.HKEY_CURRENT_USER


def open_handles() -> int:
    return len(handles._table)


def work(key: Key, number: int, errors: list[BaseException]) -> None:
    """Make, read, list and delete keys, as a program would."""
    try:
        for step in range(50):
            with winreg.CreateKey(key, f"{number}") as own:
                winreg.SetValueEx(own, "v", 0, winreg.REG_DWORD, step)
                winreg.SetValueEx(key, f"shared {number}", 0, winreg.REG_DWORD, step)
                assert winreg.QueryValueEx(own, "v") == (step, winreg.REG_DWORD)
            winreg.EnumValue(key, 0)
            winreg.DeleteKey(key, f"{number}")
    except BaseException as error:
        errors.append(error)


def test_threads_share_handles(key: Key) -> None:
    """And get in nobody's way."""
    gc.collect()  # what earlier tests have left ends now, and not while it is counted
    before = open_handles()
    errors: list[BaseException] = []
    threads = [threading.Thread(target=work, args=(key, n, errors)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert winreg.QueryInfoKey(key)[:2] == (0, 4)
    assert open_handles() == before


def test_failed_calls_leave_no_handle(key: Key) -> None:
    """Nor do closed ones, or those of objects that died."""
    gc.collect()
    before = open_handles()
    with fails(2):
        winreg.OpenKey(key, "none")
    with fails(5):
        winreg.OpenKey(key, "", 0, 0)
    winreg.CreateKey(key, "a")
    winreg.OpenKey(key, "a").Close()
    with winreg.OpenKey(key, "a"):
        pass
    assert open_handles() == before


def test_numbers_are_not_given_twice(key: Key) -> None:
    """A number that was closed stays closed."""
    closed = winreg.OpenKey(key, "")
    number = int(closed)
    closed.Close()
    opened = [winreg.OpenKey(key, "") for _ in range(100)]
    assert number not in {int(key) for key in opened}
    assert all(int(key) % 4 == 0 for key in opened)
    with fails(6):
        winreg.QueryInfoKey(number)


def test_a_handle_stays_with_its_registry(key: Key, registry: anyreg.Registry) -> None:
    """Whatever is chosen after it was opened."""
    winreg.SetValueEx(key, "v", 0, 1, "here")
    with anyreg.open("memory:") as other, anyreg.use(other):
        assert winreg.QueryValueEx(key, "v") == ("here", 1)
        with fails(2):
            winreg.OpenKey(HKCU, r"Software\AnyregTest")


def test_handles_of_a_closed_registry_are_invalid() -> None:
    """They can still be closed."""
    with anyreg.open("memory:") as registry, anyreg.use(registry):
        key = winreg.CreateKey(HKCU, "x")
    for call in (
        lambda: winreg.QueryInfoKey(key),
        lambda: winreg.EnumKey(key, 0),
        lambda: winreg.SetValueEx(key, "v", 0, 1, ""),
    ):
        with fails(6):
            call()
    key.Close()


LEFT_OPEN = """
from anyreg import winapi, winreg
key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, "Left")
winreg.SetValueEx(key, "v", 0, winreg.REG_SZ, "kept")
cycle = [key]
cycle.append(cycle)
"""


def test_a_program_may_end_with_keys_open(tmp_path: Path) -> None:
    """Without a word, and with everything in the files."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", LEFT_OPEN],
        env={**os.environ, "ANYREG_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with anyreg.open(tmp_path / "home", "r") as registry:
        assert registry.read(r"HKCU\Left", "v") == "kept"
        assert registry.check() == []


FORKED = """
import os, sys
from anyreg import winapi, winreg

def write(name):
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, "Forked") as key:
        winreg.SetValueEx(key, name, 0, winreg.REG_SZ, "kept")

write("parent")
child = os.fork()
if not child:
    write("child")
    sys.exit(0)
status = os.waitpid(child, 0)[1]
write("later")
sys.exit(status)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_opens_a_registry_of_its_own(tmp_path: Path) -> None:
    """Both write, and nothing is lost."""
    done = subprocess.run(
        [sys.executable, "-c", FORKED],
        env={**os.environ, "ANYREG_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with anyreg.open(tmp_path / "home", "r") as registry:
        assert list(registry.open(r"HKCU\Forked").values) == ["parent", "child", "later"]
        assert registry.check() == []


def test_a_read_only_registry_refuses_changes(tmp_path: Path) -> None:
    """As a missing right does."""
    place = f"{tmp_path / 'home'}/"
    anyreg.open(place, "x").close()
    with anyreg.open(place, "r") as registry, anyreg.use(registry):
        key = winreg.OpenKey(HKCU, "Software", 0, winreg.KEY_ALL_ACCESS)
        for call in (
            lambda: winreg.SetValueEx(key, "v", 0, 1, ""),
            lambda: winreg.CreateKey(key, "x"),
            lambda: winreg.DeleteValue(key, "v"),
        ):
            with fails(5):
                call()
        key.Close()


def listed(key: Key) -> tuple[list[str], list[object]]:
    subkeys, values, _ = winreg.QueryInfoKey(key)
    names = [winreg.EnumKey(key, index) for index in range(subkeys)]
    return names, [winreg.EnumValue(key, index)[:2] for index in range(values)]


def test_lists_of_a_merged_key_change_with_either_side(registry: anyreg.Registry) -> None:
    """What was read once is read again when the machine's half has changed."""
    mine, all_users = r"HKCU\Software\Classes\Made", r"HKLM\SOFTWARE\Classes\Made"
    registry.write(mine, "u", "1")
    registry.write(all_users, "m", "1")
    with winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, "Made") as key:
        assert listed(key) == ([], [("u", "1"), ("m", "1")])
        registry.write(all_users, "m", "2")
        assert listed(key) == ([], [("u", "1"), ("m", "2")])
        registry.write(mine, "u", "3")
        assert listed(key) == ([], [("u", "3"), ("m", "2")])


def test_lists_change_with_volatile_keys(key: Key) -> None:
    """Which leave no trace in the time of their parent."""
    winapi.create_key(key, "one", options=winreg.REG_OPTION_VOLATILE)[0].Close()
    assert listed(key)[0] == ["one"]
    winreg.DeleteKey(key, "one")
    winapi.create_key(key, "two", options=winreg.REG_OPTION_VOLATILE)[0].Close()
    assert listed(key)[0] == ["two"]


@pytest.mark.parametrize("count", [3, 60])
def test_a_list_that_is_deleted_while_it_is_read_is_that_of_the_moment(
    key: Key, count: int
) -> None:
    """As programs empty a key: the first goes until there is none; also others, and the last."""
    for number in range(count):
        winreg.CreateKey(key, f"k{number:03}").Close()
        winreg.SetValueEx(key, f"v{number:03}", 0, winreg.REG_DWORD, number)
    names = [f"k{number:03}" for number in range(count)]
    values = [(f"v{number:03}", number) for number in range(count)]
    while names:
        assert listed(key) == (names, values)
        at = len(names) // 2 if len(names) % 3 else 0
        assert winreg.EnumKey(key, at) == names[at]
        winreg.DeleteKey(key, names.pop(at))
        assert winreg.EnumValue(key, at)[:2] == values[at]
        winreg.DeleteValue(key, values.pop(at)[0])
        for gone in (winreg.EnumKey, winreg.EnumValue):
            with fails(259):
                gone(key, len(names))
    assert listed(key) == ([], [])
