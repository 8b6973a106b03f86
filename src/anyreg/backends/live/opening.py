"""Opening the live registry, on Windows."""

from __future__ import annotations

from ctypes import byref, c_void_p
from typing import Final

from anyreg.backends.live.calls import Calls
from anyreg.backends.live.declarations import windows
from anyreg.backends.live.keys import local_roots
from anyreg.backends.live.registry import RunningWindows
from anyreg.errors import RegistryError

_READ: Final = 0x20019


def open_live(is_read_only: bool = False) -> RunningWindows:
    """The registry of the Windows that is running.

    Args:
        is_read_only: Refuse every change of it.
    """
    calls = Calls(windows())
    roots = {name: handle for name, handle in local_roots().items() if _is_there(calls, handle)}
    return RunningWindows(calls, roots, _user(calls), is_read_only)


def _is_there(calls: Calls, handle: int) -> bool:
    try:
        calls.counts(handle, "")
    except RegistryError:
        return False
    return True


def _user(calls: Calls) -> str:
    """The SID of whoever runs this; "" where he has no hive."""
    found = c_void_p()
    if calls.windows.open_user(_READ, byref(found)) or not found.value:
        return ""
    try:
        return calls.full_path(found.value, "").rpartition("\\")[2]
    finally:
        calls.close(found.value)
