"""Telling running programs that the environment has changed: WM_SETTINGCHANGE, on Windows.

The message goes to every top-level window, and the call returns when each has answered, or has
not for a while.  A window that hangs must not hold up who changed a variable: the sending is left
to a thread after a time limit.

Source: Microsoft's documentation of WM_SETTINGCHANGE and SendMessageTimeout.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from anyreg import system

_HWND_BROADCAST: Final = 0xFFFF
_WM_SETTINGCHANGE: Final = 0x001A
_SMTO_ABORTIFHUNG: Final = 0x0002
_WHAT: Final = "Environment"
_EACH: Final = 1000  # milliseconds for one window


def announce(timeout: float = 5.0) -> bool:
    """Tell every window of this session that the environment has changed.

    Args:
        timeout: Seconds to wait at most; the rest of the windows is informed after that.

    Returns:
        Whether all windows were informed in time; False where there is no Windows.
    """
    send = _sender()
    if send is None:
        return False
    answers: list[int] = []
    thread = threading.Thread(target=_tell, args=(send, answers), daemon=True)
    thread.start()
    thread.join(timeout)
    return any(answers)


def _sender() -> Callable[..., int] | None:
    """SendMessageTimeoutW, or None where there is no Windows."""
    if not system.WINDOWS:
        return None
    import ctypes

    library: Any = vars(ctypes)["WinDLL"]
    send: Any = library("user32", use_last_error=True).SendMessageTimeoutW
    send.restype = ctypes.c_ssize_t
    send.argtypes = [
        ctypes.c_void_p,  # the window
        ctypes.c_uint,  # the message
        ctypes.c_size_t,
        ctypes.c_wchar_p,
        ctypes.c_uint,  # how to send
        ctypes.c_uint,  # milliseconds for each window
        ctypes.POINTER(ctypes.c_size_t),
    ]
    found: Callable[..., int] = send
    return found


def _tell(send: Callable[..., int], answers: list[int]) -> None:
    import ctypes

    answer = ctypes.c_size_t()
    sent = send(
        _HWND_BROADCAST,
        _WM_SETTINGCHANGE,
        0,
        _WHAT,
        _SMTO_ABORTIFHUNG,
        _EACH,
        ctypes.byref(answer),
    )
    answers.append(sent)
