"""REG COMPARE: what differs, and what is the same, between two keys."""

from __future__ import annotations

from collections.abc import Iterator

from anyreg.backends.base import Backend
from anyreg.cli.output import emit, printable
from anyreg.cli.reg.asking import DONE
from anyreg.cli.reg.options import Arguments, RegError
from anyreg.cli.reg.places import MISSING, child_name, placed
from anyreg.cli.reg.show import DEFAULT, data_text
from anyreg.names import fold
from anyreg.types import type_name
from anyreg.values import Node, Value

Line = tuple[str, str]
"""A sign, "<", ">" or "=", and what it stands before."""


def compare(given: Arguments) -> int:
    """Do it.

    Returns:
        0 where they are the same, 2 where they differ.
    """
    with placed(given.names[0], given.view) as left, placed(given.names[1], given.view) as right:
        sides = (left.backend, left.name, left.find()), (right.backend, right.name, right.find())
        only = "" if given.has("ve") else given.word("v")
        lines = list(_compared(*sides, only, given.has("s")))
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


Side = tuple[Backend, str, Node]


def _compared(left: Side, right: Side, only: str | None, deep: bool) -> Iterator[Line]:
    stack = [(left, right)]
    while stack:
        ours, theirs = stack.pop()
        yield from _values(ours, theirs, only)
        if deep:
            both, lines = _subkeys(ours, theirs)
            yield from lines
            stack.extend(reversed(both))


def _values(left: Side, right: Side, only: str | None) -> Iterator[Line]:
    ours, theirs = _by_name(left), _by_name(right)
    names = list(dict.fromkeys([*ours, *theirs])) if only is None else [fold(only)]
    if only is not None and names[0] not in ours and names[0] not in theirs:
        raise RegError(MISSING)
    for name in names:
        mine, other = ours.get(name), theirs.get(name)
        if mine and other and (mine.type, mine.raw) == (other.type, other.raw):
            yield "=", _line(left[1], mine)
            continue
        if mine:
            yield "<", _line(left[1], mine)
        if other:
            yield ">", _line(right[1], other)


def _by_name(side: Side) -> dict[str, Value]:
    backend, _, node = side
    return {fold(value.name): value for value in backend.values(node)}


def _line(key: str, value: Value) -> str:
    name = value.name or DEFAULT
    return f"Value: {key}  {name}  {type_name(value.type)}  {data_text(value)}"


def _subkeys(left: Side, right: Side) -> tuple[list[tuple[Side, Side]], list[Line]]:
    """The subkeys that both have, and lines for those that one has."""
    ours, theirs = _children(left), _children(right)
    both = [(side, theirs[name]) for name, side in ours.items() if name in theirs]
    lines = [("<", f"Key: {side[1]}") for name, side in ours.items() if name not in theirs]
    lines += [(">", f"Key: {side[1]}") for name, side in theirs.items() if name not in ours]
    return both, lines


def _children(side: Side) -> dict[str, Side]:
    backend, name, node = side
    children = backend.subkeys(node)
    return {fold(child.name): (backend, child_name(name, child.name), child) for child in children}
