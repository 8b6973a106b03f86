"""What is done and what is undone, and what is to be undone or redone next.

Nothing of it is written down: it follows from the records.  An undo or a redo names the changes
that it is about, so the newest record that names a change says which of the two it is.  The newest
change that is not undone is undone first.  The one that was undone last is redone first, until a
new change comes: that ends what could be redone.

All functions here take the records as they are read, the newest first, and read no more of them
than they need.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from anyreg.errors import NotFoundError
from anyreg.history.records import CHANGE, DROPPED, OF_COMMITS, UNDO, Record

DONE: Final = "done"
UNDONE: Final = "undone"


def committed(records: Iterator[Record], missing: list[int]) -> Iterator[Record]:
    """The records of commits that came to be, and that changed more than how a hive is laid out.

    Args:
        records: All records.
        missing: Numbers of those that never came to be, and are not dropped yet.
    """
    dropped = set(missing)
    for record in records:
        if record.kind == DROPPED:
            dropped.update(record.ids)
        elif record.id not in dropped and _counts(record):
            yield record


def _counts(record: Record) -> bool:
    if record.kind == CHANGE:
        return record.keys > 0 or record.is_lost
    return record.kind in OF_COMMITS


def states(records: Iterator[Record]) -> list[tuple[Record, str]]:
    """The changes, each DONE or UNDONE.

    Args:
        records: Those of commits.
    """
    found: list[tuple[Record, str]] = []
    decided: dict[int, str] = {}
    for record in records:
        if record.kind == CHANGE:
            found.append((record, decided.get(record.id, DONE)))
        for known in record.ids:
            decided.setdefault(known, UNDONE if record.kind == UNDO else DONE)
    return found


def planned(records: Iterator[Record], kind: str, n: int) -> list[Record]:
    """The changes to undo or to redo, in this order.

    Args:
        records: Those of commits.
        kind: UNDO or REDO.
        n: How many.

    Raises:
        NotFoundError: There are not so many.
    """
    if n < 1:
        raise NotFoundError(f"{n} changes are none")
    plan = _undoable(records, n) if kind == UNDO else _redoable(records, n)
    if len(plan) < n:
        done = "undone" if kind == UNDO else "redone"
        count = f"only {len(plan)} can be" if plan else "none can be"
        wanted = "1 change" if n == 1 else f"{n} changes"
        raise NotFoundError(f"{wanted} cannot be {done}: {count}")
    return plan


def _undoable(records: Iterator[Record], n: int) -> list[Record]:
    found: list[Record] = []
    decided: dict[int, str] = {}
    for record in records:
        for known in record.ids:
            decided.setdefault(known, record.kind)
        if record.kind == CHANGE and decided.get(record.id) != UNDO:
            found.append(record)
            if len(found) == n:
                break
    return found


def _redoable(records: Iterator[Record], n: int) -> list[Record]:
    steps: list[Record] = []  # undone and redone since the last change
    wanted: list[int] | None = None
    found: dict[int, Record] = {}
    for record in records:
        if record.kind != CHANGE and wanted is None:
            steps.append(record)
        elif record.kind == CHANGE:
            if wanted is None:
                wanted = _left(steps)[-n:]
            if record.id in wanted:
                found[record.id] = record
            if len(found) == len(wanted):
                break
    return [found[known] for known in reversed(wanted or []) if known in found]


def _left(steps: list[Record]) -> list[int]:
    """What can be redone after steps, which come newest first; the next to be redone last."""
    stack: list[int] = []
    for step in reversed(steps):
        for known in step.ids:
            if step.kind == UNDO:
                stack.append(known)
            elif known in stack:
                stack.remove(known)
    return stack
