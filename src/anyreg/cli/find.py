"""`anyreg find`: every place where a text stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from anyreg import Match, RegistryError
from anyreg.cli.output import emit_json, emit_parts, show_data, show_name, show_path
from anyreg.cli.places import AddressArgument, JsonOption, opened
from anyreg.cli.progress import followed
from anyreg.interchange.json import value_record


def find(
    address: AddressArgument,
    text: Annotated[str, typer.Argument(help="The text; case does not count.")],
    *,
    regex: Annotated[bool, typer.Option("--regex", help="It is a regular expression.")] = False,
    keys: Annotated[bool, typer.Option("--keys", help="Look at names of keys.")] = False,
    values: Annotated[bool, typer.Option("--values", help="Look at names of values.")] = False,
    data: Annotated[bool, typer.Option("--data", help="Look at data.")] = False,
    json: JsonOption = False,
) -> int:
    """Find a text in names and data; without --keys, --values or --data, in all of them."""
    if not (keys or values or data):
        keys = values = data = True
    count = 0
    with opened(address) as place:
        found = place.key.find(text, regex=regex, keys=keys, values=values, data=data)
        for match in followed(_checked(found), "matches", size=place.size):
            count += 1
            if json:
                _show_json(match)
            else:
                _show(match)
    return 0 if count else 1


def _checked(matches: Iterator[Match]) -> Iterator[Match]:
    try:
        yield from matches
    except RegistryError:
        raise
    except ValueError as error:  # of the regular expression
        raise typer.BadParameter(str(error)) from error


def _show(match: Match) -> None:
    path = (show_path(match.key.path), "cyan")
    value = match.value
    if value is None:
        emit_parts(path)
    else:
        name = f"  {show_name(value.name)}"
        emit_parts(path, (name, ""), (f"  {value.type_name}  ", "dim"), (show_data(value), "green"))


def _show_json(match: Match) -> None:
    record: dict[str, object] = {"where": match.where, "path": match.key.path}
    if match.value is not None:
        record["value"] = value_record(match.value)
    emit_json(record)
