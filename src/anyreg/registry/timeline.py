"""Keys by the time of their last change.

What is kept of each key is its time and its path, and nothing else: 100 bytes or so a key, however
large its values are.  Values have no times of their own: setting one is a change of its key.

Each key comes once, and only if a hive holds it: what is volatile, or above the hives, has the time
of when it was made up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from anyreg.errors import ClosedError, HiveChangedError, RegistryError, fail
from anyreg.paths import join_path
from anyreg.registry.key_handle import KeyHandle
from anyreg.registry.walk import OnError
from anyreg.times import filetime_of, to_datetime

K = TypeVar("K", bound=KeyHandle)

_log = logging.getLogger(__name__)
_NEVER = 1 << 64  # beyond every FILETIME


class Dated(NamedTuple):
    """A key of a timeline.

    Attributes:
        last_written: FILETIME of its last change.
        path: Its path from the registry's root.
    """

    last_written: int
    path: str

    @property
    def time(self) -> datetime | None:
        """The time as an aware UTC datetime; None where the number is no time."""
        return to_datetime(self.last_written)


def timeline(
    top: K,
    *,
    newer: datetime | int | None = None,
    older: datetime | int | None = None,
    on_error: OnError | None = None,
    on_key: Callable[[K], object] | None = None,
    aliases: bool = False,
    volatile: bool = False,
) -> list[Dated]:
    """See Key.timeline."""
    within = None if aliases else top
    takes_all = volatile or top.is_volatile
    since = 0 if newer is None else filetime_of(newer)
    until = _NEVER if older is None else filetime_of(older)
    found: list[Dated] = []
    stack = [(top, top.path)]
    while stack:
        key, path = stack.pop()
        if on_key is not None:
            on_key(key)
        written = key.last_written
        if since <= written < until and (takes_all or key.lasts):
            found.append(Dated(written, path))
        children = _children(key, within, fail if on_error is None and key is top else on_error)
        stack.extend([(child, join_path(path, child.name)) for child in children])
    found.sort()
    return found


def _children(key: K, within: K | None, on_error: OnError | None) -> list[K]:
    try:
        return key.children() if within is None else key.below(within)
    except (ClosedError, HiveChangedError):
        raise
    except RegistryError as error:
        if on_error is None:
            _log.warning("left out below %r, as it cannot be read: %r", key.path, str(error))
        else:
            on_error(error)
        return []
