"""`anyreg export`: a key and all below it as a file.

The file is written beside its place under another name, and put there when it is complete: an
error leaves what was there before.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated, BinaryIO, NamedTuple

import typer

from anyreg.cli.output import complain, emit, emit_bytes, on_terminal, printable
from anyreg.cli.places import AddressArgument, Place, opened
from anyreg.cli.progress import followed
from anyreg.errors import NotSupportedError
from anyreg.interchange import csv, json
from anyreg.interchange.regfile import VERSION_5, default_prefix, regedit4, write
from anyreg.interchange.regfile.syntax import ANSI
from anyreg.paths import is_rooted


class Format(StrEnum):
    """The kinds of file."""

    REG = "reg"
    JSON = "json"
    CSV = "csv"


class _Text(NamedTuple):
    """A file to be: its pieces, the bytes in front of them, and how they become bytes."""

    pieces: Iterator[str]
    mark: bytes = b""
    encoding: str = "ascii"


def export(
    address: AddressArgument,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file; without it, stdout.", show_default=False),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format", "-f", help="Without it, what FILE ends in, else reg.", show_default=False
        ),
    ] = None,
    ansi: Annotated[
        bool, typer.Option("--regedit4", help="A .reg file of the old kind, in a code page.")
    ] = False,
    encoding: Annotated[str, typer.Option(help="The code page for --regedit4.")] = ANSI,
    prefix: Annotated[
        str,
        typer.Option(
            help="What the hive's root is called in a .reg file; without it, the place "
            "where Windows has a hive of this file name.",
            show_default=False,
        ),
    ] = "",
    lenient: Annotated[
        bool,
        typer.Option("--lenient", help="Leave out what a .reg file cannot hold, and say how much."),
    ] = False,
) -> None:
    """Write a key and all below it as a .reg file, as JSON or as CSV."""
    kind = format or _kind_of(output)
    left_out: list[NotSupportedError] = []
    with opened(address) as place:
        if kind is Format.REG:
            text = _reg(place, prefix, encoding if ansi else "", left_out if lenient else None)
        elif kind is Format.JSON:
            text = _Text(json.write(place.key))
        else:
            text = _Text(csv.write(place.key), encoding="utf-8")
        pieces = followed(text.pieces, "keys", size=place.size, printed=output is None)
        _deliver(text._replace(pieces=pieces), output, place)
    if left_out:
        complain(f"warning: left out {len(left_out)} that a .reg file cannot hold: {left_out[0]}")


def _kind_of(output: Path | None) -> Format:
    try:
        return Format(output.suffix[1:].lower() if output else "")
    except ValueError:
        return Format.REG


def _reg(
    place: Place, prefix: str, encoding: str, left_out: list[NotSupportedError] | None
) -> _Text:
    if not prefix and not is_rooted(place.key.path):
        prefix = default_prefix(Path(place.address.target).name)
    on_error = None if left_out is None else left_out.append
    try:
        dialect = regedit4(encoding) if encoding else VERSION_5
        pieces = write(place.key, prefix, dialect, on_error)
        header = next(pieces)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return _Text(chain([header], pieces), dialect.mark, dialect.encoding)


def _deliver(text: _Text, output: Path | None, place: Place) -> None:
    if output is not None:
        _require_other_file(output, place)
        with replacing(output) as file:
            file.writelines(_encoded(text))
    elif on_terminal():
        for piece in text.pieces:
            _show(piece)
    else:
        for data in _encoded(text):
            emit_bytes(data)


def _encoded(text: _Text) -> Iterable[bytes]:
    yield text.mark
    # Lone surrogates in names are kept, in UTF-8 too.
    errors = "surrogatepass" if text.encoding.startswith("utf") else "strict"
    for piece in text.pieces:
        yield piece.encode(text.encoding, errors)


def _show(piece: str) -> None:
    """A piece on a terminal, where nothing of it may do harm."""
    for line in piece.removesuffix("\n").split("\n"):
        emit(printable(line.removesuffix("\r")))


def _require_other_file(output: Path, place: Place) -> None:
    """The hive must never be overwritten by what is read from it."""
    target = Path(place.address.target).expanduser()
    if output.exists() and target.exists() and output.samefile(target):
        raise typer.BadParameter(f"{output} is the hive itself")


@contextmanager
def replacing(output: Path) -> Iterator[BinaryIO]:
    """A file that takes its place when it is complete, and is removed after an error."""
    place = output.resolve()  # a link stays, what it points to is replaced
    if place.exists() and not place.is_file():
        with place.open("wb") as file:  # such as /dev/null
            yield file
        return
    draft = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    file = draft.open("xb")
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            draft.chmod(place.stat().st_mode & 0o7777)
        draft.replace(place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
