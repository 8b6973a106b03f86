"""`anyreg find`: every place where a text stands, or bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from typing import Annotated

import typer

from anyreg import Key, Match, RegistryError
from anyreg.cli.address_arguments import JsonOption, Place, file_size
from anyreg.cli.address_list import AddressList, shown_address, split_last
from anyreg.cli.excerpts import marked, pattern_of
from anyreg.cli.output import (
    complain,
    emit_json,
    emit_parts,
    printable,
    show_data,
    show_name,
    show_path,
)
from anyreg.cli.progress import counting
from anyreg.cli.time_arguments import NewerOption, OlderOption
from anyreg.formats.json import value_record
from anyreg.paths import Address
from anyreg.types import type_number


def _type(text: str) -> int:
    try:
        return type_number(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


WordsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="ADDRESS... [TEXT]",
        help="Where to look, one or several as for ls, and the text; case does not count. Of "
        "several words the last is the text; '' is in everything. Without it, all that the options "
        "leave.",
        show_default=False,
    ),
]
RegexOption = Annotated[bool, typer.Option("--regex", help="It is a regular expression.")]
ExactOption = Annotated[
    bool, typer.Option("--exact", help="It is all of a name or text, not a part.")
]
HexOption = Annotated[
    bool, typer.Option("--hex", help="It is bytes in hex, to be found in stored data.")
]
KeysOption = Annotated[bool, typer.Option("--keys", help="Look at names of keys.")]
ValuesOption = Annotated[bool, typer.Option("--values", help="Look at names of values.")]
DataOption = Annotated[bool, typer.Option("--data", help="Look at data.")]
BinaryOption = Annotated[
    bool, typer.Option("--binary", help="Look for texts inside of bytes too: UTF-16 and Latin-1.")
]
TypeOption = Annotated[
    list[int] | None,
    typer.Option(
        "--type",
        "-t",
        parser=_type,
        metavar="TYPE",
        help="Only values of this type, such as dword; it can be given several times.",
        show_default=False,
    ),
]
MinSizeOption = Annotated[
    int | None,
    typer.Option(
        min=0, metavar="BYTES", help="Only values of at least so much data.", show_default=False
    ),
]
MaxSizeOption = Annotated[
    int | None,
    typer.Option(
        min=0, metavar="BYTES", help="Only values of at most so much data.", show_default=False
    ),
]
DepthOption = Annotated[
    int | None,
    typer.Option(min=0, help="Levels to go down; 0 is the key alone.", show_default=False),
]
LimitOption = Annotated[
    int | None, typer.Option(min=1, help="Stop after so many.", show_default=False)
]
AliasesOption = Annotated[
    bool,
    typer.Option(
        "--aliases",
        help="Also where a registry shows keys a second time: HKEY_CLASSES_ROOT and other roots, "
        "CurrentControlSet.",
    ),
]
VolatileOption = Annotated[
    bool, typer.Option("--volatile", help="Also volatile keys, which no hive holds.")
]


def find(
    words: WordsArgument,
    *,
    regex: RegexOption = False,
    exact: ExactOption = False,
    hex: HexOption = False,
    keys: KeysOption = False,
    values: ValuesOption = False,
    data: DataOption = False,
    binary: BinaryOption = False,
    type: TypeOption = None,
    min_size: MinSizeOption = None,
    max_size: MaxSizeOption = None,
    newer: NewerOption = None,
    older: OlderOption = None,
    max_depth: DepthOption = None,
    limit: LimitOption = None,
    aliases: AliasesOption = False,
    volatile: VolatileOption = False,
    json: JsonOption = False,
) -> int:
    """Find a text in names and data; without --keys, --values or --data, in all of them."""
    addresses, text = split_last(words)
    filters = (type or None, min_size, max_size, newer, older)
    if text is None and all(choice is None for choice in filters):
        raise typer.BadParameter("a TEXT is needed, or an option such as --type or --newer")
    everywhere = not (keys or values or data)
    search = partial(
        Key.find,
        text=_bytes(text) if hex and text is not None else text,
        regex=regex,
        exact=exact,
        keys=keys or everywhere,
        values=values or everywhere,
        data=data or everywhere,
        binary=binary,
        types=type or None,
        min_size=min_size,
        max_size=max_size,
        newer=newer,
        older=older,
        max_depth=max_depth,
        on_error=_complain,
        aliases=aliases,
        volatile=volatile,
    )
    wanted = pattern_of(text, regex=regex, hex=hex, binary=binary) if text else None
    many = AddressList(addresses)

    def matches(place: Place) -> Iterator[tuple[Place, Match]]:
        with counting("keys", size=place.size, total=place.total()) as on_key:
            for match in _checked(search, place.key, on_key):
                yield place, match

    count = 0
    with closing(many.each(matches)) as found:
        for place, match in islice(found, limit):
            if json:
                emit_json(many.tagged(place, _record(match)))
            else:
                _show(match, place if many.is_many else None, wanted)
            count += 1
    if not count and text and file_size(text):
        complain(f"nothing found; {text} is a file, but as the last word it was the TEXT")
    return many.status if count else max(many.status, 1)


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


def _show(match: Match, place: Place | None, wanted: re.Pattern[str] | None) -> None:
    path, value = match.key.path, match.value
    shown = show_path(path) if place is None else shown_address(Address(place.address.target, path))
    if value is None:
        above = len(shown) - len(printable(match.key.name)) if path else 0
        emit_parts((shown[:above], "cyan"), *marked(shown[above:], "cyan", wanted))
        return
    in_name, in_data = (wanted, None) if match.where == "value" else (None, wanted)
    emit_parts(
        (shown, "cyan"),
        *marked(f"  {show_name(value.name)}", "", in_name),
        (f"  {value.type_name}  ", "dim"),
        *marked(show_data(value, in_data), "green", in_data),
    )


def _record(match: Match) -> dict[str, object]:
    record: dict[str, object] = {"where": match.where, "path": match.key.path}
    if match.value is not None:
        record["value"] = value_record(match.value)
    return record
