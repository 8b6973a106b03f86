"""`ctypes.windll` off Windows: the functions that programs with registries call through ctypes.

Only what is asked for is put into ctypes, by anyreg.install_as_winreg(ctypes=True) and `anyreg
run`; the names that are put there are those of NAMES, and those of `ctypes.wintypes` that have
another size elsewhere.  C's long and wide characters stay what they are, as libraries of this
system need them: that is made up for where a function reads and writes (see `memory`).
"""

from __future__ import annotations

from typing import Final

from anyreg.windll.last_error import (
    format_error,
    get_last_error,
    set_last_error,
    system_error,
    win_error,
)
from anyreg.windll.libraries import WinDLL, windll, winfunctype
from anyreg.windll.wintypes import windows_types

NAMES: Final[dict[str, object]] = {
    "windll": windll,
    "WinDLL": WinDLL,
    "WINFUNCTYPE": winfunctype,
    "WinError": win_error,
    "FormatError": format_error,
    "GetLastError": system_error,
    "get_last_error": get_last_error,
    "set_last_error": set_last_error,
}
"""What ctypes has on Windows alone, by name."""

__all__ = ["NAMES", "windows_types"]
