"""`anyreg export`: a key and all below it as a file.

The file is written beside its place under another name, and put there when it is complete: an
error leaves what was there before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from anyreg.backends.output_files import replacing
from anyreg.cli.address_arguments import Place
from anyreg.cli.address_list import AddressesArgument, AddressList
from anyreg.cli.output import complain, emit, emit_bytes, on_terminal, printable
from anyreg.cli.progress import followed, waiting
from anyreg.errors import NotSupportedError
from anyreg.formats.kinds import Format
from anyreg.formats.regfile import VERSION_5
from anyreg.formats.text import ANSI
from anyreg.registry.exporting import (
    Export,
    expect_other_file,
    rows_of_many,
    save_key_over,
    written,
)
from anyreg.registry.file_formats import format_to_write


def export(
    addresses: AddressesArgument,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file; without it, stdout.", show_default=False),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="Without it, what FILE ends in; reg without an ending.",
            show_default=False,
        ),
    ] = None,
    ansi: Annotated[
        bool,
        typer.Option("--regedit4", help="A .reg file of the old kind, in a code page."),
    ] = False,
    encoding: Annotated[str, typer.Option(help="The code page for --regedit4.")] = ANSI,
    prefix: Annotated[
        str | None,
        typer.Option(
            help="What the hive's root is called in a .reg file or a policy; without it, the "
            "place where Windows has a hive of this file name.",
            show_default=False,
        ),
    ] = None,
    security: Annotated[
        bool,
        typer.Option("--security", help="Tell access rights too, in JSON and CSV."),
    ] = False,
    lenient: Annotated[
        bool,
        typer.Option("--lenient", help="Leave out what the format cannot hold, and say how much."),
    ] = False,
) -> int:
    """Write a key and all below it as a .reg file, JSON, CSV, a group policy or a hive.

    CSV takes several addresses, as ls does, and begins with a column that names the file then.
    """
    kind = Format.REG4 if ansi else format or format_to_write(str(output or ""))
    many = AddressList(addresses)
    left_out: list[NotSupportedError] = []
    options = Export(kind, prefix, encoding, left_out.append if lenient else None, security)
    if many.is_many and kind is not Format.CSV:
        raise typer.BadParameter(f"several hives are put together in CSV alone, not in {kind}")
    if output is not None:
        for file in many.files:
            facts = {"file": file}
            expect_other_file(str(output), facts.copy)
    if kind is Format.HIVE:
        for place in many.each(lambda place: [place]):
            _save(place, output)
    else:
        pieces = _Pieces(many.is_many, kind, options, printed=output is None)
        _deliver(many.each(pieces.of), kind, output, encoding)
    if left_out:
        complain(f"warning: left out {len(left_out)} that the format cannot hold: {left_out[0]}")
    return many.status


class _Pieces:
    """The file in pieces; of several tables only the first keeps its header."""

    def __init__(self, is_many: bool, kind: Format, options: Export, *, printed: bool) -> None:
        self._is_many = is_many
        self._kind = kind
        self._options = options
        self._printed = printed
        self._has_header = False

    def of(self, place: Place) -> Iterator[bytes]:
        """Those of one place."""
        steps = followed(
            self._written(place),
            "keys",
            size=place.size,
            printed=self._printed,
            total=place.total(),
        )
        if self._has_header:
            next(steps)
        for piece in steps:
            self._has_header = self._is_many
            yield piece

    def _written(self, place: Place) -> Iterator[bytes]:
        if self._is_many:
            return rows_of_many(place.key, place.address.target, self._options.security)
        return written(place.key, self._kind, place.registry.about, self._options)


def _save(place: Place, output: Path | None) -> None:
    if output is None:
        raise typer.BadParameter("a hive needs a file to be written to: --output")
    with waiting("saving", size=place.size):
        save_key_over(place.key, str(output))


def _deliver(pieces: Iterator[bytes], kind: Format, output: Path | None, encoding: str) -> None:
    if output is not None:
        with replacing(output) as file:
            file.writelines(pieces)
    elif on_terminal() and kind is not Format.POL:
        codec = {Format.REG: VERSION_5.encoding, Format.REG4: encoding}.get(kind, "utf-8")
        for piece in pieces:
            _show(piece.decode(codec, "surrogatepass").removeprefix("\ufeff"))
    else:
        for piece in pieces:
            emit_bytes(piece)


def _show(piece: str) -> None:
    """A piece on a terminal, where nothing of it may do harm."""
    for line in piece.removesuffix("\n").split("\n"):
        if line or piece:
            emit(printable(line.removesuffix("\r")))
