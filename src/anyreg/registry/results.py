"""What a walk and a search give out: records of keys, of the class of the key where they begin."""

from __future__ import annotations

from typing import Generic, Literal, NamedTuple, TypeVar

from anyreg.registry.key_values import KeyValues
from anyreg.values import Value

K = TypeVar("K", bound=KeyValues)


class WalkStep(NamedTuple, Generic[K]):
    """One key of a walk.

    Attributes:
        key: The key.
        subkeys: Its subkeys; in a top-down walk those that stay in the list are walked.
        values: Its values.
    """

    key: K
    subkeys: list[K]
    values: list[Value]


class Match(NamedTuple, Generic[K]):
    """A place where a text was found.

    Attributes:
        key: The key.
        value: The value, None where the key's own name matched.
        where: "key", "value" (its name) or "data".
    """

    key: K
    value: Value | None
    where: Literal["key", "value", "data"]
