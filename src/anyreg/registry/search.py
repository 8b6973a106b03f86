"""Searching: keys by a pattern of their path, and places where a text stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from typing import TYPE_CHECKING

from anyreg.names import fold
from anyreg.paths import split_path
from anyreg.registry.steps import Match
from anyreg.registry.walk import walk
from anyreg.values import Value

if TYPE_CHECKING:
    from anyreg.registry.key import Key

_ANY_DEPTH = "**"


def glob(top: Key, pattern: str) -> Iterator[Key]:
    """See Key.glob."""
    parts = split_path(pattern)
    if not parts:
        return
    matchers = [_matcher(part) for part in parts]
    # Each entry: a key, and the parts of the pattern (by index) that its children can be at.
    stack = [(top, _closure(frozenset((0,)), parts))]
    while stack:
        key, states = stack.pop()
        below: list[tuple[Key, frozenset[int]]] = []
        for child in key.children():
            after = _advance(states, fold(child.name), parts, matchers)
            if len(parts) in after:
                yield child
            if after - {len(parts)}:
                below.append((child, after))
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
    states: frozenset[int], name: str, parts: list[str], matchers: list[Callable[[str], object]]
) -> frozenset[int]:
    """The states after a key of this (folded) name."""
    after: set[int] = set()
    for state in states:
        if state == len(parts):
            continue
        if parts[state] == _ANY_DEPTH:
            after.add(state)
        elif matchers[state](name):
            after.add(state + 1)
    result = _closure(frozenset(after), parts)
    # A last ** matches every key below, not only those where something follows.
    if parts[-1] == _ANY_DEPTH and len(parts) - 1 in result:
        return result | {len(parts)}
    return result


def find(
    top: Key, text: str, *, regex: bool, keys: bool, values: bool, data: bool
) -> Iterator[Match]:
    """See Key.find."""
    matches = _searcher(text, regex)
    for key, _, records in walk(top):
        if keys and matches(key.name):
            yield Match(key, None, "key")
        for value in records:
            if values and matches(value.name):
                yield Match(key, value, "value")
            elif data and matches(searchable(value)):
                yield Match(key, value, "data")


def _searcher(text: str, regex: bool) -> Callable[[str], object]:
    if regex:
        try:
            return re.compile(text, re.IGNORECASE).search
        except re.error as error:
            raise ValueError(f"not a regular expression: {text} ({error})") from error
    wanted = fold(text)
    return lambda name: wanted in fold(name)


def searchable(value: Value) -> str:
    """A value's data as one text: numbers in decimal, bytes in hex, lists by lines."""
    found = value.data
    if isinstance(found, str):
        return found
    if isinstance(found, bytes):
        return found.hex()
    return "\n".join(found) if isinstance(found, list) else str(found)
