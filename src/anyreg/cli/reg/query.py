"""REG QUERY: the values and subkeys of a key, or what matches below it."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable

from anyreg.cli.output import emit, printable
from anyreg.cli.reg.link_walk import Listed, all_below, listed
from anyreg.cli.reg.options import Arguments, RegError, invalid_syntax
from anyreg.cli.reg.reg_keys import MISSING, Place, placed
from anyreg.cli.reg.value_text import (
    DEFAULT,
    SEPARATOR,
    UNSET,
    data_text,
    emit_line,
    emit_value,
    type_number,
)
from anyreg.names import fold
from anyreg.types import ValueType
from anyreg.values import Value

_SEARCHING = ("f", "t", "k", "d", "c", "e")


def query(given: Arguments) -> int:
    """Do it.

    Returns:
        0; 1 where nothing matched.
    """
    separator = given.word("se")
    if separator is not None and len(separator) != 1:
        raise invalid_syntax()
    with placed(given.names[0], given.view) as place:
        if any(given.has(option) for option in _SEARCHING):
            return _search(given, place)
        if given.has("ve") or given.word("v") is not None:
            return _one(given, place)
        if given.has("v"):
            raise invalid_syntax()
        _all(given, place)
    return 0


def _shower(given: Arguments) -> Callable[[Value], None]:
    separator = given.word("se") or SEPARATOR
    return lambda value: emit_value(value, separator=separator, number=given.has("z"))


def _one(given: Arguments, place: Place) -> int:
    """One value, here or in every key below that has it."""
    name = given.word("v") or ""
    show = _shower(given)
    count = 0
    for found in all_below(listed(place), given.has("s")):
        value = place.backend.read(found.node, name)
        if value is None and (name or given.has("s")):
            continue
        emit(f"\n{printable(found.name)}")
        if value is None:
            emit_line(DEFAULT, ValueType.REG_SZ, UNSET)
        else:
            show(value)
        count += 1
    if not count and not given.has("s"):
        raise RegError(MISSING)
    emit("")
    return _found(count) if given.has("s") else 0


def _all(given: Arguments, place: Place) -> None:
    """All values, and the names of the subkeys, or with /s what is in them.

    The key itself is left out where it has no values.
    """
    show = _shower(given)
    deep = given.has("s")
    top = listed(place)
    emit("")
    for found in all_below(top, deep):
        values = place.backend.values(found.node)
        if not values and found is top:
            continue
        emit(printable(found.name))
        for value in values:
            show(value)
        emit("")
    for child in [] if deep else top.below():
        emit(printable(child.name))


class _Search:
    """What /f, /t, /k, /d, /v, /ve, /c and /e ask for."""

    def __init__(self, given: Arguments) -> None:
        self.types = {type_number(name) for name in (given.word("t") or "").split(",") if name}
        everywhere = not (given.has("k") or given.has("d") or given.has("v"))
        self.in_keys = (everywhere or given.has("k")) and not self.types
        self.in_names = everywhere or given.has("v")
        self.in_data = everywhere or given.has("d")
        self.name = "" if given.has("ve") else given.word("v")
        self._pattern = _pattern(given)

    def matches(self, text: str) -> bool:
        """Whether a name or data is looked for."""
        return self._pattern.match(text) is not None

    def wants(self, value: Value) -> bool:
        """Whether a value is looked for."""
        if self.types and value.type not in self.types:
            return False
        if self.name is not None and fold(value.name) != fold(self.name):
            return False
        in_name = self.in_names and self.matches(value.name)
        return in_name or (self.in_data and self.matches(data_text(value)))


def _pattern(given: Arguments) -> re.Pattern[str]:
    """A text with * and ?, anywhere; with /e the whole, with /c in its case."""
    text = given.word("f") or "*"
    wildcards = fnmatch.translate(text if given.has("e") else f"*{text}*")
    return re.compile(wildcards, 0 if given.has("c") else re.IGNORECASE)


def _search(given: Arguments, place: Place) -> int:
    """Names and data that match, grouped by key."""
    show = _shower(given)
    search = _Search(given)
    deep = given.has("s")
    top = listed(place)
    count = 0
    for found in all_below(top, deep):
        values = [value for value in place.backend.values(found.node) if search.wants(value)]
        own = found is not top and search.in_keys and search.matches(found.own_name)
        if values or own:
            emit(f"\n{printable(found.name)}")
        for value in values:
            show(value)
        count += len(values) + own
        if search.in_keys and not deep:
            count += _named_keys(search, found.below())
    emit("")
    return _found(count)


def _named_keys(search: _Search, children: list[Listed]) -> int:
    """Print the subkeys whose names match; how many."""
    found = [child for child in children if search.matches(child.own_name)]
    for child in found:
        emit(f"\n{printable(child.name)}")
    return len(found)


def _found(count: int) -> int:
    emit(f"End of search: {count} match(es) found.")
    return 0 if count else 1
