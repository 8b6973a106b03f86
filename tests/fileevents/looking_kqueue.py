"""kqueue for Linux, by looking at what is open every few milliseconds: a model, for tests alone.

It has the names of Python's select module that KqueueSource uses, and as much of their meaning: an
event is reported once, notes that come together are one event, and what is closed is forgotten.
"""

from __future__ import annotations

import os
import select
import stat
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

KQ_FILTER_READ = -1
KQ_FILTER_VNODE = -4
KQ_EV_ADD = 0x1
KQ_EV_CLEAR = 0x20
KQ_NOTE_DELETE = 0x1
KQ_NOTE_WRITE = 0x2
KQ_NOTE_EXTEND = 0x4
KQ_NOTE_ATTRIB = 0x8
KQ_NOTE_RENAME = 0x20
KQ_NOTE_REVOKE = 0x40

State = tuple[object, ...]


@dataclass
class kevent:  # noqa: N801 - as Python names it
    """What is asked for, and what has happened."""

    ident: int
    filter: int
    flags: int
    fflags: int
    udata: int


class kqueue:  # noqa: N801
    """A queue that looks when it is asked."""

    def __init__(self) -> None:
        self._asked: dict[int, tuple[kevent, State]] = {}

    def control(
        self, changes: list[kevent] | None, most: int, seconds: float | None = None
    ) -> list[kevent]:
        """Register, then wait for events."""
        for change in changes or ():
            assert change.flags == KQ_EV_ADD | KQ_EV_CLEAR
            self._asked[change.ident] = (change, _state(change))
        end = None if seconds is None else monotonic() + seconds
        while most:
            events = [event for asked in list(self._asked.values()) for event in self._look(*asked)]
            if events or (end is not None and monotonic() >= end):
                return events[:most]
            sleep(0.002)
        return []

    def _look(self, asked: kevent, before: State) -> list[kevent]:
        try:
            now = _state(asked)
        except OSError:
            if self._asked.get(asked.ident, (None,))[0] is asked:
                del self._asked[asked.ident]
            return []
        if asked.filter == KQ_FILTER_READ:
            notes = int(bool(now[0]))
        else:
            notes = sum(note for note, *facts in _facts(before, now) if facts[0] != facts[1])
            notes &= asked.fflags
        if self._asked.get(asked.ident, (None,))[0] is asked:
            self._asked[asked.ident] = (asked, now)
        return [kevent(asked.ident, asked.filter, 0, notes, asked.udata)] if notes else []

    def close(self) -> None:
        """Forget everything."""
        self._asked.clear()


def _state(asked: kevent) -> State:
    if asked.filter == KQ_FILTER_READ:
        return (select.select([asked.ident], [], [], 0)[0],)
    seen = os.fstat(asked.ident)
    at = str(Path(f"/proc/self/fd/{asked.ident}").readlink())
    is_folder = stat.S_ISDIR(seen.st_mode)
    gone = at.endswith(" (deleted)")
    names = sorted(os.listdir(asked.ident)) if is_folder and not gone else ()  # noqa: PTH208
    inside = names if is_folder else (seen.st_mtime_ns, seen.st_size)
    return (inside, gone, at, seen.st_ctime_ns)


def _facts(before: State, now: State) -> list[tuple[int, object, object]]:
    kinds = (KQ_NOTE_WRITE, KQ_NOTE_DELETE, KQ_NOTE_RENAME, KQ_NOTE_ATTRIB)
    return list(zip(kinds, before, now, strict=True))
