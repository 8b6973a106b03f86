"""`anyreg timeline`: keys by the time of their last change, of one registry or several."""

from __future__ import annotations

import csv as csv_lines
from collections.abc import Callable, Iterable
from functools import partial
from io import StringIO
from itertools import islice
from typing import Annotated, NamedTuple

import typer

from anyreg import Key, RegistryError
from anyreg.cli.address_arguments import JsonOption, Place, shown_target
from anyreg.cli.address_list import AddressesArgument, AddressList
from anyreg.cli.find import AliasesOption, VolatileOption
from anyreg.cli.ls import show_time
from anyreg.cli.output import (
    complain,
    emit,
    emit_json,
    emit_parts,
    on_terminal,
    printable,
    show_path,
)
from anyreg.cli.progress import counting
from anyreg.cli.time_arguments import NewerOption, OlderOption
from anyreg.paths import Address
from anyreg.registry.timeline import Dated
from anyreg.times import iso_of

_TITLES = ("last_written", "time", "target", "path")
_CSV_END = "\r\n"
_TICKS = 10_000_000  # of a FILETIME in a second
_SECONDS_TO_1970 = 11_644_473_600


class _Row(NamedTuple):
    """A key: what is sorted by stands first."""

    written: int
    target: str
    path: str

    @property
    def time(self) -> str:
        """ISO 8601, "" for a number that is no time."""
        return iso_of(self.written) or ""


def timeline(
    addresses: AddressesArgument,
    *,
    newer: NewerOption = None,
    older: OlderOption = None,
    reverse: Annotated[bool, typer.Option("--reverse", "-r", help="The newest first.")] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many.", show_default=False)
    ] = None,
    aliases: AliasesOption = False,
    volatile: VolatileOption = False,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="A table for other programs.")] = False,
    bodyfile: Annotated[
        bool, typer.Option("--bodyfile", help="Lines for mactime of The Sleuth Kit.")
    ] = False,
) -> int:
    """List keys by the time of their last change, the oldest first; status 1 if there are none."""
    if json + csv + bodyfile > 1:
        raise typer.BadParameter("--json, --csv and --bodyfile exclude each other")
    many = AddressList(addresses)
    wanted = partial(
        Key.timeline,
        newer=newer,
        older=older,
        on_error=_complain,
        aliases=aliases,
        volatile=volatile,
    )
    rows = sorted(many.each(partial(_rows, wanted)), reverse=reverse)
    show: Callable[[_Row], None] = _show_all if many.is_many else _show
    if csv:
        _emit_csv([_TITLES])
        show = _show_csv
    elif bodyfile:
        show = _show_body
    elif json:
        show = _show_json
    for row in islice(rows, limit):
        show(row)
    return many.status if rows else max(many.status, 1)


def _rows(wanted: Callable[..., list[Dated]], place: Place) -> list[_Row]:
    with counting("keys", size=place.size, printed=False, total=place.total()) as on_key:
        found = wanted(place.key, on_key=on_key)
        return [_Row(written, place.address.target, path) for written, path in found]


def _complain(error: RegistryError) -> None:
    complain(f"warning: what is below it is left out: {error}")


def _show(row: _Row) -> None:
    emit_parts((show_time(row.written), "dim"), (f"  {show_path(row.path)}", "cyan"))


def _show_all(row: _Row) -> None:
    target = printable(shown_target(Address(row.target, "")))
    time = show_time(row.written)
    emit_parts((time, "dim"), (f"  {target}", ""), (f"  {show_path(row.path)}", "cyan"))


def _show_json(row: _Row) -> None:
    emit_json(dict(zip(_TITLES, _cells(row), strict=True)))


def _cells(row: _Row) -> tuple[int, str | None, str, str]:
    return row.written, row.time or None, row.target, row.path


def _show_csv(row: _Row) -> None:
    _emit_csv([_cells(row)])


def _emit_csv(rows: Iterable[tuple[object, ...]]) -> None:
    text = StringIO()
    csv_lines.writer(text).writerows(rows)  # its line ends make it quote those in names
    line = text.getvalue().removesuffix(_CSV_END)
    emit(printable(line) if on_terminal() else line)


def _show_body(row: _Row) -> None:
    """One line of a body file, version 3: only the time of modification is known.

    Source: the wiki of The Sleuth Kit on body files, and mactime(1).
    """
    name = printable(str(Address(row.target, row.path))).replace("|", "<U+007C>")
    seconds = max(row.written // _TICKS - _SECONDS_TO_1970, 0)
    emit(f"0|{name}|0|0|0|0|0|0|{seconds}|0|0")
