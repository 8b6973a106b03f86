"""`anyreg ls`: what a key holds."""

from __future__ import annotations

from typing import Annotated

import typer

from anyreg import Key
from anyreg.cli.output import emit_json, emit_table, printable, show_data, show_name
from anyreg.cli.places import AddressArgument, JsonOption, opened
from anyreg.interchange.json import value_record
from anyreg.times import to_datetime


def ls(
    address: AddressArgument,
    long: Annotated[
        bool, typer.Option("--long", "-l", help="Times, counts and sizes too.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """List the subkeys of a key, then its values."""
    with opened(address) as place:
        if json:
            _list_json(place.key)
        elif long:
            _list_long(place.key)
        else:
            _list(place.key)


def _list(key: Key) -> None:
    rows = [(printable(child.name) + "\\", "", "") for child in key.children()]
    rows += [(show_name(value.name), value.type_name, show_data(value)) for value in key.records()]
    emit_table(("Name", "Type", "Data"), rows)


def _list_long(key: Key) -> None:
    rows = []
    for child in key.children():
        info = child.info()
        counts = f"{info.subkeys} keys, {info.values} values"
        rows.append((printable(child.name) + "\\", show_time(info.filetime), "", "", counts))
    for value in key.records():
        size = f"{len(value.raw)} bytes"
        rows.append((show_name(value.name), "", value.type_name, size, show_data(value)))
    emit_table(("Name", "Last written", "Type", "Size", "Data"), rows)


def _list_json(key: Key) -> None:
    for child in key.children():
        emit_json(key_facts(child))
    for value in key.records():
        emit_json({"kind": "value", **value_record(value)})


def key_facts(key: Key) -> dict[str, object]:
    """A key as an object of JSON."""
    info = key.info()
    return {
        "kind": "key",
        "name": key.name,
        "path": info.path,
        "last_written": info.filetime,
        "class": info.class_name,
        "subkeys": info.subkeys,
        "values": info.values,
    }


def show_time(filetime: int) -> str:
    """A FILETIME for people, UTC, to the second."""
    moment = to_datetime(filetime)
    return str(filetime) if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"
