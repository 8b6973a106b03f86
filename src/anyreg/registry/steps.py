"""What a walk, a search and an import give out.

These records name Key in their fields, and Key is made from modules that give them out: they stand
apart, and stay plain Python, because compiled ones would want Key to exist first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from anyreg.values import Value

if TYPE_CHECKING:
    from anyreg.registry.key import Key


class WalkStep(NamedTuple):
    """One key of a walk.

    Attributes:
        key: The key.
        subkeys: Its subkeys; in a top-down walk those that stay in the list are walked.
        values: Its values.
    """

    key: Key
    subkeys: list[Key]
    values: list[Value]


class Match(NamedTuple):
    """A place where a text was found.

    Attributes:
        key: The key.
        value: The value, None where the key's own name matched.
        where: "key", "value" (its name) or "data".
    """

    key: Key
    value: Value | None
    where: Literal["key", "value", "data"]


class Applied(NamedTuple):
    """What an import did.

    Attributes:
        keys_made: Keys that were not there before, parents included.
        keys_deleted: Keys that were deleted, those below them not counted.
        values_set: Values that were set, also to what they were before.
        values_deleted: Values that were deleted.
    """

    keys_made: int
    keys_deleted: int
    values_set: int
    values_deleted: int
