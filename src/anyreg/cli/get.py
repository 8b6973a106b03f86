"""`anyreg get`: one value."""

from __future__ import annotations

from typing import Annotated

import typer

from anyreg import Value
from anyreg.cli.output import emit, emit_bytes, emit_json, printable
from anyreg.cli.places import AddressArgument, JsonOption, opened
from anyreg.interchange.json import value_record


def get(
    address: AddressArgument,
    name: Annotated[
        str, typer.Argument(help="The value; without it the default value.", show_default=False)
    ] = "",
    raw: Annotated[bool, typer.Option("--raw", help="The stored bytes, unchanged.")] = False,
    type: Annotated[bool, typer.Option("--type", help="The type instead of the data.")] = False,
    json: JsonOption = False,
) -> None:
    """Print the data of a value: a text, a number, the lines of a list, bytes in hex."""
    if raw + type + json > 1:
        raise typer.BadParameter("--raw, --type and --json exclude each other")
    with opened(address) as place:
        value = place.key.value(name)
        if raw:
            emit_bytes(value.raw)
        elif json:
            emit_json(value_record(value))
        elif type:
            emit(value.type_name)
        else:
            _show(value)


def _show(value: Value) -> None:
    data = value.data
    if isinstance(data, list):
        for text in data:
            emit(printable(text))
    elif isinstance(data, bytes):
        emit(data.hex())
    else:
        emit(printable(str(data)))
