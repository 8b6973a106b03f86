"""Keys as the rows that every format is written from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from anyreg.errors import fail
from anyreg.formats.rows import Row
from anyreg.registry.diff import state_of

if TYPE_CHECKING:
    from anyreg.registry.key import Key
    from anyreg.registry.steps import WalkStep


def rows_of(top: Key, *, security: bool = False) -> Iterator[Row]:
    """A key and all below it, with all that a format can say of each.

    Args:
        top: The key.
        security: Its descriptors too.

    Yields:
        The key, then those below it in pre-order.
    """
    for key, subkeys, values in top.walk(on_error=fail):
        names = key.names
        name = names[-1] if names else key.name
        state = state_of(key, security)
        assert state is not None  # there is a key
        yield Row(names, name, values, subkeys.clear, state)


def rows_by_name(steps: Iterable[WalkStep]) -> Iterator[Row]:
    """The keys of a walk for the formats that say nothing of a key but its names and values.

    Args:
        steps: The walk, top-down.

    Yields:
        The keys in the same order.
    """
    for key, subkeys, values in steps:
        names = key.names
        yield Row(names, names[-1] if names else "", values, subkeys.clear)
