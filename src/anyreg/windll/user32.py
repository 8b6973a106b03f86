"""user32: the message that settings have changed, for a system without windows.

Sent to all windows it has reached all of them, as there is none.  A window of its own number does
not exist, and the call says so.
"""

from __future__ import annotations

from typing import Final

from anyreg.windll.arguments import as_dword, as_memory, as_number
from anyreg.windll.functions import Exports
from anyreg.windll.kernel32 import failed
from anyreg.windll.memory import Memory

EXPORTS: Final = Exports()

_TO_ALL: Final = 0xFFFF  # HWND_BROADCAST
_INVALID_WINDOW: Final = 1400


def send_message(window: int, message: int, first: int, second: int) -> int:
    """SendMessage: 1 where all windows are meant."""
    return 1 if window == _TO_ALL else failed(_INVALID_WINDOW)


def send_message_timeout(
    window: int,
    message: int,
    first: int,
    second: int,
    flags: int,
    milliseconds: int,
    answer: Memory | None,
) -> int:
    """SendMessageTimeout: 1 where all windows are meant; their answer is 0."""
    if window != _TO_ALL:
        return failed(_INVALID_WINDOW)
    if answer is not None:
        answer.put(0, 8)
    return 1


for letter in "WA":
    EXPORTS.add(f"SendMessage{letter}", as_number, as_dword, as_number, as_number)(send_message)
    EXPORTS.add(
        f"SendMessageTimeout{letter}",
        as_number,
        as_dword,
        as_number,
        as_number,
        as_dword,
        as_dword,
        as_memory,
    )(send_message_timeout)
