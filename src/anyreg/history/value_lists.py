"""Which part of a long list of values a transaction has changed, without looking at each of them.

A list is an array of cells, four bytes each.  Most commits change one value of a key or add one;
what stands before and behind that is the same, and is compared as bytes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mypy_extensions import i64

from anyreg.regf.reads import dword, u32

_ENTRY: Final = 4
_STEP: Final = 4096  # bytes that are compared at one go
_FEW: Final = 8  # cells that are looked for one by one


def changed_part(old: bytes, new: bytes, rewritten: Collection[int]) -> tuple[int, int, int]:
    """Where two states of a list differ, or name a value that was rewritten.

    Args:
        old: The list before.
        new: The list after.
        rewritten: Cells of values whose type or data may have changed.

    Returns:
        Where that part begins in both, and where it ends in the old and in the new one: indexes of
        bytes.  None stands before or behind it.
    """
    low, high = _places(old, rewritten)
    first = _same_start(old, new, min(len(old), len(new), low))
    most = min(len(old) - max(first, high), len(new) - first)
    same = _same_end(old, new, most)
    return first, len(old) - same, len(new) - same


def _places(listed: bytes, cells: Collection[int]) -> tuple[int, int]:
    """Where the first and behind the last of these cells stands in a list."""
    if not cells:
        return len(listed), 0
    if len(cells) > _FEW:
        found = [at for at in range(0, len(listed), _ENTRY) if u32(listed, at) in cells]
    else:
        found = []
        for cell in cells:
            found += _places_of(listed, dword(cell))
    return (min(found), max(found) + _ENTRY) if found else (len(listed), 0)


def _places_of(listed: bytes, entry: bytes) -> list[int]:
    found: list[int] = []
    at = listed.find(entry)
    while at >= 0:
        if at % _ENTRY == 0:
            found.append(at)
        at = listed.find(entry, at + 1)
    return found


def _same_start(old: bytes, new: bytes, most: i64) -> int:
    """How many of the first bytes are the same, in whole entries."""
    same: i64 = 0
    for step in (_STEP, _ENTRY):
        while same + step <= most and old[same : same + step] == new[same : same + step]:
            same += step
    return same


def _same_end(old: bytes, new: bytes, most: i64) -> int:
    """How many of the last bytes are the same, in whole entries."""
    same: i64 = 0
    for step in (_STEP, _ENTRY):
        while same + step <= most:
            i, j = len(old) - same, len(new) - same
            if old[i - step : i] != new[j - step : j]:
                break
            same += step
    return same
