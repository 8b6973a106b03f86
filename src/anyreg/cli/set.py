"""`anyreg set`: one value."""

from __future__ import annotations

from typing import Annotated

import typer

from anyreg import Key, Value
from anyreg.cli.changing import DryRunOption, DurableOption, ForceOption, JsonDryRunOption, changing
from anyreg.cli.keeping import HistoryOption
from anyreg.cli.places import AddressArgument
from anyreg.cli.words import parse_data, parse_over, parse_type


def set_(
    address: AddressArgument,
    name: Annotated[str, typer.Argument(help="The value; '' is the default value.")],
    data: Annotated[
        list[str] | None,
        typer.Argument(
            help="A text, a number (decimal or 0x), bytes in hex, or the texts of a list.",
            show_default=False,
        ),
    ] = None,
    *,
    type: Annotated[
        str | None,
        typer.Option(
            "--type",
            "-t",
            help="sz, expand_sz, multi_sz, dword, qword, dword_be, binary, none, link or a number; "
            "without it, that of the value that is there if the data fits it, else sz.",
            show_default=False,
        ),
    ] = None,
    create: Annotated[
        bool, typer.Option("--create", help="Make the key where it is missing.")
    ] = False,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Set a value: make it, or change the one of that name."""
    words = data or []
    try:
        kind = None if type is None else parse_type(type)
        raw = b"" if kind is None else parse_data(kind, words)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        key = site.made() if create else site.key
        made = _over(key, name, words) if kind is None else Value(name, kind, raw)
        key.set_records([made])


def _over(key: Key, name: str, words: list[str]) -> Value:
    try:
        kind, raw = parse_over(key.find_value(name), words)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return Value(name, kind, raw)
