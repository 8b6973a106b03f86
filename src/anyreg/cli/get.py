"""`anyreg get`: one value."""

from __future__ import annotations

from typing import Annotated

import typer

from anyreg import Value
from anyreg.cli.address_arguments import JsonOption
from anyreg.cli.address_list import AddressList, split_last
from anyreg.cli.output import emit, emit_bytes, emit_json, printable
from anyreg.formats.json import value_record
from anyreg.values import whole_text


def get(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="ADDRESS... [NAME]",
            help="A key, or several as for ls, and the value; without it the default value. Of "
            "several words the last is the name: '' names the default value of several keys.",
            show_default=False,
        ),
    ],
    raw: Annotated[bool, typer.Option("--raw", help="The stored bytes, unchanged.")] = False,
    type: Annotated[bool, typer.Option("--type", help="The type instead of the data.")] = False,
    json: JsonOption = False,
) -> int:
    """Print the data of a value: a text, a number, the lines of a list, bytes in hex."""
    if raw + type + json > 1:
        raise typer.BadParameter("--raw, --type and --json exclude each other")
    addresses, name = split_last(words)
    many = AddressList(addresses)
    if raw and many.is_many:
        raise typer.BadParameter("--raw takes one address")
    found = many.each(lambda place: [(place, place.key.value(name or ""))])
    for place, value in found:
        if raw:
            emit_bytes(value.raw)
        elif json:
            emit_json(many.tagged(place, value_record(value)))
        else:
            for line in [value.type_name] if type else _lines(value):
                emit("  ".join((*many.column(place), line)))
    return many.status


def _lines(value: Value) -> list[str]:
    data = value.data
    if isinstance(data, list):
        return [printable(text) for text in data]
    if isinstance(data, str):
        return [printable(whole_text(value.raw))]
    return [data.hex() if isinstance(data, bytes) else str(data)]
