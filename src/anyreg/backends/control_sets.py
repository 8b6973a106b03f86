r"""Control sets of a SYSTEM hive: which one is the current, and what CurrentControlSet means.

Windows makes CurrentControlSet when it starts, as a link to the control set that Select\Current
names; no hive holds it.  A registry that is put together makes the link, too.  In a hive on its own
the name means that control set all the same, wherever a path begins with it: a key of that name
would be one that Windows never reads.

Source: Microsoft's documentation of the trees HKLM\SYSTEM\CurrentControlSet and HKLM\SYSTEM\Select.
"""

from __future__ import annotations

import logging
from typing import Final

from anyreg.backends.base import Backend
from anyreg.names import fold

CURRENT: Final = "CurrentControlSet"
LENGTH: Final = len(CURRENT)
NOTICES: Final = "anyreg.notices"
"""The logger of what people should know: a command line shows it."""

_FOLDED: Final = fold(CURRENT)
_SELECT: Final = "Select"
_NUMBERS: Final = ("Current", "Default")
_log: Final = logging.getLogger(NOTICES)


def current_control_set(hive: Backend) -> int:
    r"""The number in SYSTEM\Select that says which control set is the current one, 0 for none.

    On a disk nothing is current: it is the one that was current last, or the default.
    """
    for number in _selected(hive):
        if hive.open(hive.root(), [control_set(number)]) is not None:
            return number
    return 0


def control_set(number: int) -> str:
    """The name of a control set."""
    return f"ControlSet{number:03}"


def _selected(hive: Backend) -> list[int]:
    """The numbers that Select names, the best first."""
    select = hive.open(hive.root(), [_SELECT])
    found: list[int] = []
    for name in _NUMBERS:
        value = None if select is None else hive.read(select, name)
        number = None if value is None else value.data
        if isinstance(number, int) and number != 0:
            found.append(number)
    return found


def is_current(name: str) -> bool:
    """Whether a name is CurrentControlSet, in any case."""
    return len(name) == LENGTH and fold(name) == _FOLDED


def has_select(hive: Backend) -> bool:
    """Whether the root of a hive has Select, as that of SYSTEM has."""
    return hive.open(hive.root(), [_SELECT]) is not None


def name_meant(hive: Backend) -> str:
    """The name of the key that CurrentControlSet means at the root of a hive; "" for none."""
    number = current_control_set(hive)
    named = [number] if number else _selected(hive)
    return control_set(named[0]) if named else ""


def notice(name: str, file: str) -> None:
    """Say that CurrentControlSet means another key."""
    _log.info("%s means %s in %s, as its Select says", CURRENT, name, file)
