"""REG COMPARE: what differs, and what is the same, between two keys."""

from __future__ import annotations

from collections.abc import Iterator

from anyreg.cli.output import emit, printable
from anyreg.cli.reg.link_walk import Listed, listed
from anyreg.cli.reg.options import Arguments, RegError
from anyreg.cli.reg.prompts import DONE
from anyreg.cli.reg.reg_keys import MISSING, placed
from anyreg.cli.reg.value_text import DEFAULT, data_text
from anyreg.names import fold
from anyreg.types import type_name
from anyreg.values import Value

Line = tuple[str, str]
"""A sign, "<", ">" or "=", and what it stands before."""


def compare(given: Arguments) -> int:
    """Do it.

    Returns:
        0 where they are the same, 2 where they differ.
    """
    with placed(given.names[0], given.view) as left, placed(given.names[1], given.view) as right:
        only = "" if given.has("ve") else given.word("v")
        lines = list(_compared(listed(left), listed(right), only, given.has("s")))
    is_same = all(sign == "=" for sign, _ in lines)
    for sign, text in lines:
        if _is_shown(given, sign):
            emit(f"{sign} {printable(text)}")
    emit(f"Results Compared: {'Identical' if is_same else 'Different'}\n\n{DONE}")
    return 0 if is_same else 2


def _is_shown(given: Arguments, sign: str) -> bool:
    if given.has("on"):
        return False
    if given.has("os"):
        return sign == "="
    return given.has("oa") or sign != "="


def _compared(left: Listed, right: Listed, only: str | None, deep: bool) -> Iterator[Line]:
    stack = [(left, right)]
    while stack:
        ours, theirs = stack.pop()
        yield from _values(ours, theirs, only)
        if deep:
            both, lines = _subkeys(ours, theirs)
            yield from lines
            stack.extend(reversed(both))


def _values(left: Listed, right: Listed, only: str | None) -> Iterator[Line]:
    ours, theirs = _by_name(left), _by_name(right)
    names = list(dict.fromkeys([*ours, *theirs])) if only is None else [fold(only)]
    if only is not None and names[0] not in ours and names[0] not in theirs:
        raise RegError(MISSING)
    for name in names:
        mine, other = ours.get(name), theirs.get(name)
        if mine and other and (mine.type, mine.raw) == (other.type, other.raw):
            yield "=", _line(left.name, mine)
            continue
        if mine:
            yield "<", _line(left.name, mine)
        if other:
            yield ">", _line(right.name, other)


def _by_name(side: Listed) -> dict[str, Value]:
    return {fold(value.name): value for value in side.key.records()}


def _line(key: str, value: Value) -> str:
    name = value.name or DEFAULT
    return f"Value: {key}  {name}  {type_name(value.type)}  {data_text(value)}"


def _subkeys(left: Listed, right: Listed) -> tuple[list[tuple[Listed, Listed]], list[Line]]:
    """The subkeys that both have, and lines for those that one has."""
    ours, theirs = _children(left), _children(right)
    both = [(side, theirs[name]) for name, side in ours.items() if name in theirs]
    lines = [("<", f"Key: {side.name}") for name, side in ours.items() if name not in theirs]
    lines += [(">", f"Key: {side.name}") for name, side in theirs.items() if name not in ours]
    return both, lines


def _children(side: Listed) -> dict[str, Listed]:
    return {fold(child.own_name): child for child in side.below()}
