"""`anyreg ls`: what a key holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from anyreg import Key
from anyreg.cli.address_arguments import JsonOption, Place
from anyreg.cli.address_list import AddressesArgument, AddressList
from anyreg.cli.output import emit_json, emit_table, printable, show_data, show_name
from anyreg.errors import AccessDeniedError, SecurityError
from anyreg.formats.json import value_record
from anyreg.times import to_datetime

_TITLES = ("Name", "Type", "Data")
_LONG_TITLES = ("Name", "Last written", "Owner", "Type", "Size", "Data")


def ls(
    addresses: AddressesArgument,
    long: Annotated[
        bool, typer.Option("--long", "-l", help="Times, owners, counts and sizes too.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """List the subkeys of a key, then its values."""
    many = AddressList(addresses)

    def records(place: Place) -> Iterator[dict[str, object]]:
        for record in _records(place.key):
            yield many.tagged(place, record)

    def rows(place: Place) -> Iterator[tuple[str, ...]]:
        for row in (_long_rows if long else _rows)(place.key):
            yield *many.column(place), *row

    if json:
        for record in many.each(records):
            emit_json(record)
    else:
        titles = _LONG_TITLES if long else _TITLES
        emit_table((*many.title, *titles), list(many.each(rows)))
    return many.status


def _rows(key: Key) -> Iterator[tuple[str, ...]]:
    for child in key.children():
        yield printable(child.name) + "\\", "", ""
    for value in key.records():
        yield show_name(value.name), value.type_name, show_data(value)


def _long_rows(key: Key) -> Iterator[tuple[str, ...]]:
    for child in key.children():
        info = child.info()
        counts = f"{info.subkeys} keys, {info.values} values"
        yield printable(child.name) + "\\", show_time(info.filetime), _owner(child), "", "", counts
    for value in key.records():
        size = f"{len(value.raw)} bytes"
        yield show_name(value.name), "", "", value.type_name, size, show_data(value)


def _owner(key: Key) -> str:
    """Whom a key belongs to; "" where that cannot be read."""
    try:
        return printable(str(key.owner or ""))
    except (AccessDeniedError, SecurityError):
        return ""


def _records(key: Key) -> Iterator[dict[str, object]]:
    for child in key.children():
        yield key_facts(child)
    for value in key.records():
        yield {"kind": "value", **value_record(value)}


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
