"""Keys as the rows that every format is written from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from anyreg.errors import fail
from anyreg.formats.rows import MADE_WITH, KeyState, Row
from anyreg.registry.key_handle import KeyHandle
from anyreg.registry.key_values import KeyValues
from anyreg.registry.results import WalkStep
from anyreg.registry.walk import walk

K = TypeVar("K", bound=KeyValues)


def rows_of(top: KeyValues, *, security: bool = False) -> Iterator[Row]:
    """A key and all below it, with all that a format can say of each.

    Args:
        top: The key.
        security: Its descriptors too.

    Yields:
        The key, then those below it in pre-order.
    """
    for key, subkeys, values in walk(top, on_error=fail):
        names = key.names
        name = names[-1] if names else key.name
        state = state_of(key, security)
        assert state is not None  # there is a key
        yield Row(names, name, values, subkeys.clear, state)


def rows_by_name(steps: Iterable[WalkStep[K]]) -> Iterator[Row]:
    """The keys of a walk for the formats that say nothing of a key but its names and values.

    Args:
        steps: The walk, top-down.

    Yields:
        The keys in the same order.
    """
    for key, subkeys, values in steps:
        names = key.names
        yield Row(names, names[-1] if names else "", values, subkeys.clear)


def state_of(key: KeyHandle | None, security: bool) -> KeyState | None:
    """What a key holds of its own, None of one that is missing."""
    if key is None:
        return None
    facts = key._backend.info(key.node)
    flags = facts.flags & MADE_WITH
    descriptor = key.descriptor if security else None
    return KeyState(facts.class_name, facts.last_written, flags, descriptor)
