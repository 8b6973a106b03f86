"""advapi32: RegNotifyChangeKeyValue over handles of events."""

from __future__ import annotations

from typing import Final

from anyreg.winapi.errors import INVALID_HANDLE
from anyreg.winapi.notify import notify_change_key_value
from anyreg.windll.arguments import as_dword, as_number
from anyreg.windll.functions import Exports
from anyreg.windll.kernel32 import event_of
from anyreg.windll.results import coded

EXPORTS: Final = Exports()


@EXPORTS.add("RegNotifyChangeKeyValue", as_number, as_dword, as_dword, as_number, as_dword)
@coded
def reg_notify(key: int, subtree: int, filter: int, number: int, asynchronous: int) -> int:
    """RegNotifyChangeKeyValue."""
    event = event_of(number)
    if asynchronous and number and event is None:
        return INVALID_HANDLE
    notify_change_key_value(key, bool(subtree), filter, event, bool(asynchronous))
    return 0
