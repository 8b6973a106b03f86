"""How a key is renamed on Wine, whose server loses a neighbour of some keys.

It keeps the subkeys of a key in order.  Where a key gets a name that stands behind its own, and no
other between, the server (as of 8.0, and its source of 2025) puts the key into the place of the
next one, which is lost, and crashes later.  A key that stands last can move anywhere but to the
place behind, and one that does not can move to the end: so there is always a way.  Pure.
"""

from __future__ import annotations

from typing import Final

_FIRST: Final = "\x01 anyreg"  # stand in front of all names that people give, and behind
_LAST: Final = "\uffff anyreg"


def safe_way(siblings: list[str], name: str, wanted: str) -> list[str]:
    """The names that a key gets one after the other, the last of which is the one wanted.

    Args:
        siblings: All keys of its parent in the order of the server, itself among them.
        name: Its name.
        wanted: The name that it is to get.
    """
    if len(siblings) == 1:
        return [wanted]
    to_front = [_FIRST] if siblings[-1] == name else []
    return [*to_front, _LAST, wanted]
