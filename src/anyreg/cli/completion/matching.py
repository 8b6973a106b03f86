"""The words of a list that begin as what was typed does."""

from __future__ import annotations

from collections.abc import Iterable

from anyreg.types import ValueType, type_name

_TYPE_NAMES = [type_name(int(member)) for member in ValueType]


def starting(text: str, words: Iterable[str]) -> list[str]:
    """Those that begin with a text, in any case."""
    folded = text.casefold()
    return [word for word in words if word.casefold().startswith(folded)]


def types_starting(text: str) -> list[str]:
    """Types by name, with REG_ where the text has it, and else without."""
    if text.casefold().startswith("reg"):
        return starting(text, _TYPE_NAMES)
    return starting(text, [name.removeprefix("REG_").lower() for name in _TYPE_NAMES])
