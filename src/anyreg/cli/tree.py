"""`anyreg tree`: keys as a tree, drawn while it is walked."""

from __future__ import annotations

import sys
from typing import Annotated, NamedTuple

import typer

from anyreg import Key, Value
from anyreg.cli.address_arguments import AddressArgument, JsonOption, Place, opened
from anyreg.cli.ls import key_facts
from anyreg.cli.output import Part, emit_json, emit_parts, printable, show_data, show_name
from anyreg.formats.json import value_record


class _Lines(NamedTuple):
    """The four pieces that a tree is drawn with."""

    branch: str
    last: str
    bar: str
    gap: str


_FINE = _Lines("├── ", "└── ", "│   ", "    ")
_ASCII = _Lines("|-- ", "`-- ", "|   ", "    ")


def tree(
    address: AddressArgument,
    depth: Annotated[
        int | None, typer.Option(min=0, help="How many levels to show.", show_default=False)
    ] = None,
    values: Annotated[bool, typer.Option("--values", help="Show the values too.")] = False,
    json: JsonOption = False,
) -> None:
    """Show a key and all below it as a tree."""
    with opened(address) as place:
        if json:
            _tree_json(place.key, depth, values)
        else:
            _tree(place, depth, values)


def _tree(place: Place, depth: int | None, values: bool) -> None:
    lines = _lines()
    title = printable(place.key.path or place.key.name or place.address.target)
    stack: list[tuple[Key, str, Part, int]] = [(place.key, "", ("", ""), 0)]
    while stack:
        key, indent, lead, level = stack.pop()
        emit_parts(lead, (printable(key.name) if level else title, "bold cyan"))
        children = key.below(place.key) if depth is None or level < depth else []
        if values:
            _show_values(key.records(), indent, lines, bool(children))
        for child in reversed(children):
            is_last = child is children[-1]
            below = indent + (lines.gap if is_last else lines.bar)
            lead = (indent + (lines.last if is_last else lines.branch), "dim")
            stack.append((child, below, lead, level + 1))


def _show_values(records: list[Value], indent: str, lines: _Lines, more: bool) -> None:
    for index, value in enumerate(records, 1):
        lead = lines.branch if more or index < len(records) else lines.last
        name, kind = show_name(value.name), f"  {value.type_name}  "
        emit_parts((indent + lead, "dim"), (name, ""), (kind, "dim"), (show_data(value), "green"))


def _tree_json(top: Key, depth: int | None, values: bool) -> None:
    for key, _, records in top.walk(max_depth=depth):
        emit_json(key_facts(key))
        if values:
            for value in records:
                emit_json({"kind": "value", "path": key.path, **value_record(value)})


def _lines() -> _Lines:
    """Lines that the output's encoding has."""
    try:
        "".join(_FINE).encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return _ASCII
    return _FINE
