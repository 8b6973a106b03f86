"""`anyreg set`: one value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from anyreg import Key, KeyNotFoundError, RegistryError, Value, ValueType, ValueTypeError
from anyreg.cli.address_arguments import AddressArgument
from anyreg.cli.changing_options import changing_as_asked
from anyreg.cli.command_changes import Site
from anyreg.cli.output import DEFAULT_NAME, complain
from anyreg.cli.value_arguments import parse_data, parse_hex, parse_over
from anyreg.types import type_number


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
            "without it, that of the value that is there, and of a new one sz.",
            show_default=False,
        ),
    ] = None,
    hex: Annotated[
        bool,
        typer.Option("--hex", help="The data is the stored bytes in hex, whatever the type."),
    ] = False,
    create: Annotated[
        bool, typer.Option("--create", help="Make the key where it is missing.")
    ] = False,
) -> None:
    """Set a value: make it, or change the one of that name."""
    words = data or []
    with _told_as_usage():  # a bad word must cost no transaction
        kind = None if type is None else type_number(type)
        raw = _raw(kind, words, hex)
    with changing_as_asked(address) as site:
        key = site.made() if create else _key(site)
        key.hold()
        if name.casefold() == DEFAULT_NAME and key.find_value(name) is None:
            complain(f"warning: {name!r} is a name of its own; '' is that of the default value")
        key.set_records([_value(key, name, words, kind, raw)])


def _key(site: Site) -> Key:
    try:
        return site.key
    except KeyNotFoundError as error:
        raise KeyNotFoundError("no such key, --create makes it", path=error.path) from error


def _raw(kind: int | None, words: list[str], hex: bool) -> bytes | None:
    """The bytes, None where they depend on the value that is there."""
    if hex:
        return parse_hex(words)
    return None if kind is None else parse_data(kind, words)


def _value(key: Key, name: str, words: list[str], kind: int | None, raw: bytes | None) -> Value:
    before = key.find_value(name) if kind is None else None
    if raw is not None:
        known = ValueType.REG_BINARY if before is None else before.type
        return Value(name, known if kind is None else kind, raw)
    try:
        with _told_as_usage():
            return Value(name, *parse_over(before, words))
    except ValueTypeError as error:
        error.path = key.path
        raise


@contextmanager
def _told_as_usage() -> Iterator[None]:
    """Words that fit no value are a wrong use of the command."""
    try:
        yield
    except RegistryError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
