"""Searching: keys by a pattern of their path, and places where a text stands.

Finding asks two things of each key and value: whether the filters take it, which look at times,
types and sizes, and whether the matcher does, which looks at a name or at data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from fnmatch import translate
from typing import Final, TypeVar

from anyreg.errors import RegistryError, fail
from anyreg.names import decode_utf16, fold
from anyreg.paths import split_path
from anyreg.registry.key_values import KeyValues
from anyreg.registry.results import Match
from anyreg.registry.walk import leave_out, walk
from anyreg.times import filetime_of
from anyreg.types import type_number
from anyreg.values import Value, typed_text, whole_text

K = TypeVar("K", bound=KeyValues)

Types = int | str | Iterable[int | str]
"""Types of values, by number or name; one or several."""

_ANY_DEPTH = "**"
_EARLIEST: Final = 0
_NEVER: Final = 1 << 64  # beyond every FILETIME, and every size


def glob(top: K, pattern: str) -> Iterator[K]:
    """See Key.glob."""
    parts = split_path(pattern)
    if not parts:
        return
    matchers = [_matcher(part) for part in parts]
    # Each entry: a key, and the parts of the pattern (by index) that its children can be at.
    stack = [(top, _closure(frozenset((0,)), parts))]
    while stack:
        key, states = stack.pop()
        below: list[tuple[K, frozenset[int]]] = []
        try:
            once = {child.name: child for child in key.below(top)}
            children = key.children()
        except RegistryError as error:
            leave_out(key, error, fail if key is top else None)
            continue
        for child in children:
            # What stands in a second place is met where the pattern names it, not by **.
            seen = once.get(child.name)
            after = _advance(states, fold(child.name), parts, matchers, seen is None)
            if seen is None and after:
                seen = key.seen_child(child.name)
            if seen is None:
                continue
            if len(parts) in after:
                yield seen
            if after - {len(parts)}:
                below.append((seen, after))
        stack.extend(reversed(below))


def _matcher(part: str) -> Callable[[str], object]:
    return re.compile(translate(fold(part)), re.DOTALL).match


def _closure(states: frozenset[int], parts: list[str]) -> frozenset[int]:
    """The states with those that are reached by letting a ** stand for no key at all."""
    reached = set(states)
    for state in sorted(states):
        at = state
        while at < len(parts) and parts[at] == _ANY_DEPTH:
            at += 1
            reached.add(at)
    return frozenset(reached)


def _advance(
    states: frozenset[int],
    name: str,
    parts: list[str],
    matchers: list[Callable[[str], object]],
    is_second: bool,
) -> frozenset[int]:
    """The states after a key of this (folded) name; no ** stands for one in a second place."""
    after: set[int] = set()
    for state in states:
        if state == len(parts):
            continue
        if parts[state] == _ANY_DEPTH:
            if not is_second:
                after.add(state)
        elif matchers[state](name):
            after.add(state + 1)
    result = _closure(frozenset(after), parts)
    # A last ** matches every key below, not only those where something follows.
    if parts[-1] == _ANY_DEPTH and len(parts) - 1 in result:
        return result | {len(parts)}
    return result


# Finding


class Matcher:
    """What is looked for.  This one takes everything."""

    def name(self, text: str) -> bool:
        """Whether a name, or a text of data, is what is looked for."""
        return True

    def data(self, value: Value) -> bool:
        """Whether the data of a value is."""
        return self.name(searchable(value))

    def inside(self, raw: bytes) -> bool:
        """Whether a text that stands in bytes is: UTF-16 at any place, or Latin-1."""
        return (
            self.name(decode_utf16(raw))
            or self.name(decode_utf16(raw[1:]))
            or self.name(raw.decode("latin-1"))
        )


class _Text(Matcher):
    """A text anywhere, without case."""

    def __init__(self, text: str) -> None:
        self._wanted = fold(text)

    def name(self, text: str) -> bool:
        return self._wanted in fold(text)


class _WholeText(_Text):
    """A text alone, without case."""

    def name(self, text: str) -> bool:
        return self._wanted == fold(text)

    def data(self, value: Value) -> bool:
        return any(self.name(text) for text in single_texts(value))


class _Pattern(Matcher):
    """A regular expression."""

    def __init__(self, pattern: re.Pattern[str], exact: bool) -> None:
        self._matches: Callable[[str], object] = pattern.fullmatch if exact else pattern.search
        self._is_exact = exact

    def name(self, text: str) -> bool:
        return self._matches(text) is not None

    def data(self, value: Value) -> bool:
        if not self._is_exact:
            return self.name(searchable(value))
        return any(self.name(text) for text in [searchable(value), *single_texts(value)])


class _Bytes(Matcher):
    """Bytes in the stored data; names are none."""

    def __init__(self, wanted: bytes, exact: bool) -> None:
        self._wanted = wanted
        self._exact = exact

    def name(self, text: str) -> bool:
        return False

    def data(self, value: Value) -> bool:
        return value.raw == self._wanted if self._exact else self._wanted in value.raw


class _BytesPattern(Matcher):
    """A regular expression over the stored data."""

    def __init__(self, pattern: re.Pattern[bytes], exact: bool) -> None:
        self._matches: Callable[[bytes], object] = pattern.fullmatch if exact else pattern.search

    def name(self, text: str) -> bool:
        return False

    def data(self, value: Value) -> bool:
        return self._matches(value.raw) is not None


def matcher_of(wanted: object, *, regex: bool, exact: bool) -> Matcher:
    """What finds a text, a regular expression or bytes; None is everything."""
    if wanted is None:
        return Matcher()
    if isinstance(wanted, str) and regex:
        try:
            return _Pattern(re.compile(wanted, re.IGNORECASE), exact)
        except re.error as error:
            raise ValueError(f"not a regular expression: {wanted} ({error})") from error
    if isinstance(wanted, str):
        return _WholeText(wanted) if exact else _Text(wanted)
    if isinstance(wanted, bytes):
        if regex:
            raise ValueError("a regular expression of bytes is to be compiled first")
        return _Bytes(wanted, exact)
    if isinstance(wanted, re.Pattern):
        if isinstance(wanted.pattern, str):
            return _Pattern(wanted, exact)
        return _BytesPattern(wanted, exact)
    raise TypeError(f"a text, bytes or a regular expression, not {type(wanted).__name__}")


class Filters:
    """Which keys are looked at, and which of their values.

    Attributes:
        since: The first time of last change that counts.
        until: The first that does not any more.
        types: The types of values that count; None: all.
        least: The fewest bytes of data.
        most: The most bytes of data.
    """

    def __init__(
        self,
        newer: datetime | int | None,
        older: datetime | int | None,
        types: Types | None,
        min_size: int | None,
        max_size: int | None,
    ) -> None:
        self.since = _EARLIEST if newer is None else filetime_of(newer)
        self.until = _NEVER if older is None else filetime_of(older)
        self.is_timed = newer is not None or older is not None
        self.types = None if types is None else _numbers(types)
        self.least = 0 if min_size is None else min_size
        self.most = _NEVER if max_size is None else max_size
        self.is_of_values = types is not None or min_size is not None or max_size is not None

    def takes_key(self, key: KeyValues) -> bool:
        """Whether a key was last written in the time that is asked for."""
        return self.since <= key.last_written < self.until

    def takes_value(self, value: Value) -> bool:
        """Whether a value has a type and a size that is asked for."""
        types = self.types
        if types is not None and value.type not in types:
            return False
        return self.least <= len(value.raw) <= self.most


def _numbers(types: Types) -> frozenset[int]:
    if isinstance(types, (int, str)):
        return frozenset((type_number(types),))
    return frozenset([type_number(kind) for kind in types])


def find(
    top: K,
    matcher: Matcher,
    filters: Filters,
    *,
    keys: bool,
    values: bool,
    data: bool,
    binary: bool,
    max_depth: int | None,
    on_error: Callable[[RegistryError], None] | None,
    on_key: Callable[[K], object] | None,
    aliases: bool,
    volatile: bool,
) -> Iterator[Match[K]]:
    """See Key.find."""
    is_picky = top._backend.makes_volatile and not (volatile or top.is_volatile)
    is_timed = filters.is_timed
    is_narrow = filters.is_of_values
    keys = keys and not is_narrow  # a key has no type and no size
    for key, subkeys, records in walk(top, True, max_depth, on_error, aliases=aliases):
        if is_picky and not key.lasts and key.is_volatile:
            subkeys.clear()  # all below it is volatile, too
            continue
        if on_key is not None:
            on_key(key)
        if is_timed and not filters.takes_key(key):
            continue
        if keys and matcher.name(key.name):
            yield Match(key, None, "key")
        for value in records:
            if is_narrow and not filters.takes_value(value):
                continue
            if values and matcher.name(value.name):
                yield Match(key, value, "value")
            elif data and (matcher.data(value) or (binary and matcher.inside(value.raw))):
                yield Match(key, value, "data")


def searchable(value: Value) -> str:
    """A value's data as one text: numbers in decimal, bytes in hex, lists by lines.

    A text is whole, with what stands behind a NUL.  Bytes of a type that Windows has no name for
    are a text as well, in a line of its own, where they hold one.
    """
    found = value.data
    if isinstance(found, str):
        return whole_text(value.raw)
    if isinstance(found, bytes):
        text = typed_text(value)
        return found.hex() if text is None else f"{text}\n{found.hex()}"
    return "\n".join(found) if isinstance(found, list) else str(found)


def single_texts(value: Value) -> list[str]:
    """The texts in a value's data each of which can be all of it; see searchable()."""
    found = value.data
    if isinstance(found, list):
        return found
    whole = searchable(value)
    if isinstance(found, str):
        return [whole, *whole.split("\0")]
    return whole.split("\n")
