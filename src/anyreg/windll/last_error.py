"""The error code that a thread keeps: Windows' own, and the copy that ctypes keeps beside it.

A library with `use_last_error` swaps the two around each call, so that nothing that Python does in
between changes what the program asks for with `ctypes.get_last_error()`.
"""

from __future__ import annotations

import threading
from typing import Final

from anyreg.winapi.errors import MESSAGES, windows_error


class _Codes(threading.local):
    """The codes of a thread."""

    def __init__(self) -> None:
        self.system = 0  # what GetLastError() gives
        self.kept = 0  # what ctypes.get_last_error() gives


_codes: Final = _Codes()
_DWORD: Final = 0xFFFF_FFFF


def system_error() -> int:
    """GetLastError: the code of the thread's last call that failed."""
    return _codes.system


def set_system_error(code: int) -> None:
    """SetLastError.

    Args:
        code: The code.
    """
    _codes.system = code & _DWORD


def swap() -> None:
    """Exchange the two codes of this thread."""
    _codes.system, _codes.kept = _codes.kept, _codes.system


def get_last_error() -> int:
    """ctypes.get_last_error: the copy that libraries with `use_last_error` leave."""
    return _codes.kept


def set_last_error(value: int) -> int:
    """ctypes.set_last_error.

    Args:
        value: The new code.

    Returns:
        The code before.
    """
    before, _codes.kept = _codes.kept, value & _DWORD
    return before


def message_of(code: int) -> str:
    """The sentence that Windows has for a code, "" where none is known here."""
    text = MESSAGES.get(code)
    return f"{text}." if text else ""


def format_error(code: int | None = None) -> str:
    """ctypes.FormatError: Windows' words for a code.

    Args:
        code: The code; the thread's last one by default.
    """
    return message_of(system_error() if code is None else code) or "<no description>"


def win_error(code: int | None = None, descr: str | None = None) -> OSError:
    """ctypes.WinError: the exception for a code.

    Args:
        code: The code; the thread's last one by default.
        descr: What it says; Windows' words by default.
    """
    number = system_error() if code is None else code
    error = windows_error(number)
    error.strerror = format_error(number) if descr is None else descr
    return error
