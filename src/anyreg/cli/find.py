"""`anyreg find`: every place where a text stands, or bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Annotated

import typer

from anyreg import Key, Match, RegistryError
from anyreg.cli.moments import NewerOption, OlderOption
from anyreg.cli.output import complain, emit_json, emit_parts, show_data, show_name, show_path
from anyreg.cli.places import AddressArgument, JsonOption, opened
from anyreg.cli.progress import counting
from anyreg.cli.words import parse_type
from anyreg.interchange.json import value_record


def _type(text: str) -> int:
    try:
        return parse_type(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def find(
    address: AddressArgument,
    text: Annotated[
        str | None,
        typer.Argument(
            help="The text; case does not count. Without it, all that the options leave.",
            show_default=False,
        ),
    ] = None,
    *,
    regex: Annotated[bool, typer.Option("--regex", help="It is a regular expression.")] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="It is all of a name or text, not a part.")
    ] = False,
    hex: Annotated[
        bool, typer.Option("--hex", help="It is bytes in hex, to be found in stored data.")
    ] = False,
    keys: Annotated[bool, typer.Option("--keys", help="Look at names of keys.")] = False,
    values: Annotated[bool, typer.Option("--values", help="Look at names of values.")] = False,
    data: Annotated[bool, typer.Option("--data", help="Look at data.")] = False,
    binary: Annotated[
        bool,
        typer.Option("--binary", help="Look for texts inside of bytes too: UTF-16 and Latin-1."),
    ] = False,
    type: Annotated[
        list[int] | None,
        typer.Option(
            "--type",
            "-t",
            parser=_type,
            metavar="TYPE",
            help="Only values of this type, such as dword; it can be given several times.",
            show_default=False,
        ),
    ] = None,
    min_size: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="BYTES", help="Only values of at least so much data.", show_default=False
        ),
    ] = None,
    max_size: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="BYTES", help="Only values of at most so much data.", show_default=False
        ),
    ] = None,
    newer: NewerOption = None,
    older: OlderOption = None,
    max_depth: Annotated[
        int | None,
        typer.Option(min=0, help="Levels to go down; 0 is the key alone.", show_default=False),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many.", show_default=False)
    ] = None,
    json: JsonOption = False,
) -> int:
    """Find a text in names and data; without --keys, --values or --data, in all of them."""
    wanted = _bytes(text) if hex and text is not None else text
    filters = (type or None, min_size, max_size, newer, older)
    if text is None and all(choice is None for choice in filters):
        raise typer.BadParameter("a TEXT is needed, or an option such as --type or --newer")
    if not (keys or values or data):
        keys = values = data = True

    search = partial(
        Key.find,
        text=wanted,
        regex=regex,
        exact=exact,
        keys=keys,
        values=values,
        data=data,
        binary=binary,
        types=type or None,
        min_size=min_size,
        max_size=max_size,
        newer=newer,
        older=older,
        max_depth=max_depth,
        on_error=_complain,
    )
    count = 0
    with opened(address) as place, counting("keys", size=place.size) as on_key:
        for match in islice(_checked(search, place.key, on_key), limit):
            count += 1
            if json:
                _show_json(match)
            else:
                _show(match)
    return 0 if count else 1


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no hex, two digits a byte") from error


def _complain(error: RegistryError) -> None:
    complain(f"warning: left out: {error}")


def _checked(
    search: Callable[..., Iterator[Match]], key: Key, on_key: Callable[[object], None]
) -> Iterator[Match]:
    try:
        yield from search(key, on_key=on_key)
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
