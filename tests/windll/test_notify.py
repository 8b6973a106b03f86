"""RegNotifyChangeKeyValue over handles of events, as programs call it."""

from __future__ import annotations

from typing import Any

import pytest

from anyreg import winreg

pytestmark = pytest.mark.posix("a ctypes without windll")

WAIT_TIMEOUT = 0x102


def test_an_event_of_the_program_is_set(key: winreg.HKEYType, advapi32: Any, kernel32: Any) -> None:
    event = kernel32.CreateEventW(None, True, True, None)
    assert advapi32.RegNotifyChangeKeyValue(int(key), True, 4, event, True) == 0
    assert kernel32.WaitForSingleObject(event, 0) == WAIT_TIMEOUT
    winreg.SetValue(key, "sub", 1, "x")
    assert kernel32.WaitForSingleObject(event, 0) == 0
    assert kernel32.CloseHandle(event) == 1


def test_a_closed_event_is_none(key: winreg.HKEYType, advapi32: Any, kernel32: Any) -> None:
    """But one that waits already is set all the same, and harms nobody."""
    event = kernel32.CreateEventW(None, True, False, None)
    assert advapi32.RegNotifyChangeKeyValue(int(key), True, 4, event, True) == 0
    assert kernel32.CloseHandle(event) == 1
    assert advapi32.RegNotifyChangeKeyValue(int(key), True, 4, event, True) == 6
    winreg.SetValueEx(key, "v", 0, 1, "x")


def test_events_of_threads_and_of_ctypes_are_one_kind(
    key: winreg.HKEYType, advapi32: Any, kernel32: Any
) -> None:
    """What RegCloseKey closes sets it."""
    event = kernel32.CreateEventA(None, False, False, None)
    with winreg.OpenKey(key, "") as watched:
        assert advapi32.RegNotifyChangeKeyValue(int(watched), False, 1, event, 1) == 0
        assert advapi32.RegCloseKey(watched.Detach()) == 0
    assert kernel32.WaitForSingleObject(event, 0) == 0
