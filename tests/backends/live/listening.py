"""A program with a window, as a shell or an editor has one: prints what changes it hears of.

    python listening.py      prints `ready`, then what WM_SETTINGCHANGE names, until it is killed

The window is an ordinary one that is never shown: a broadcast reaches no message-only window.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from ctypes import c_int, c_size_t, c_ssize_t, c_uint, c_void_p, c_wchar_p
from typing import Any

SETTING_CHANGE = 0x1A
LONGEST = 120.0  # seconds
OVERLAPPED, PROCEDURE = 0x00CF0000, -4
windows: Any = vars(ctypes)


def main() -> None:
    end = threading.Timer(LONGEST, os._exit, [1])  # who reads would wait for ever
    end.daemon = True
    end.start()
    user = windows["WinDLL"]("user32", use_last_error=True)
    message = (c_void_p, c_uint, c_size_t, c_ssize_t)
    procedure = windows["WINFUNCTYPE"](c_ssize_t, *message)
    user.DefWindowProcW.argtypes, user.DefWindowProcW.restype = message, c_ssize_t
    user.CreateWindowExW.argtypes = (c_uint, c_wchar_p, c_wchar_p, c_uint, *(c_int,) * 4) + (
        c_void_p,
    ) * 4
    user.CreateWindowExW.restype = c_void_p
    user.SetWindowLongPtrW.argtypes = (c_void_p, c_int, procedure)
    user.SetWindowLongPtrW.restype = c_void_p

    def hear(window: int, kind: int, number: int, text: int) -> int:
        if kind == SETTING_CHANGE:
            sys.stdout.write(f"{number} {ctypes.wstring_at(text) if text else None}\n")
            sys.stdout.flush()
        return int(user.DefWindowProcW(window, kind, number, text))

    hearing = procedure(hear)
    window = user.CreateWindowExW(0, "Static", "", OVERLAPPED, 0, 0, 1, 1, *(None,) * 4)
    if not window:
        raise windows["WinError"](windows["get_last_error"]())
    user.SetWindowLongPtrW(window, PROCEDURE, hearing)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    room = ctypes.create_string_buffer(64)  # an MSG
    while user.GetMessageW(room, None, 0, 0) > 0:
        user.DispatchMessageW(room)


if __name__ == "__main__":
    main()
