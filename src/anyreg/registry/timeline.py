"""Keys by the time of their last change.

What is kept of each key is its time and its path, and nothing else: 100 bytes or so a key, however
large its values are.  Values have no times of their own: setting one is a change of its key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from anyreg.errors import RegistryError
from anyreg.paths import join_path
from anyreg.times import filetime_of, to_datetime

if TYPE_CHECKING:
    from anyreg.registry.key import Key

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
    top: Key,
    newer: datetime | int | None = None,
    older: datetime | int | None = None,
    on_error: Callable[[RegistryError], None] | None = None,
    on_key: Callable[[Key], object] | None = None,
) -> list[Dated]:
    """See Key.timeline."""
    since = 0 if newer is None else filetime_of(newer)
    until = _NEVER if older is None else filetime_of(older)
    found: list[Dated] = []
    stack = [(top, top.path)]
    while stack:
        key, path = stack.pop()
        if on_key is not None:
            on_key(key)
        written = key.last_written
        if since <= written < until:
            found.append(Dated(written, path))
        try:
            children = key.children()
        except RegistryError as error:
            if on_error is None:
                raise
            on_error(error)
            continue
        stack.extend([(child, join_path(path, child.name)) for child in children])
    found.sort()
    return found
