"""`anyreg import`: what a .reg file asks for, as one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from anyreg import RegistryError
from anyreg.cli.changing import DryRunOption, DurableOption, ForceOption, changing
from anyreg.cli.output import emit, emit_json
from anyreg.cli.places import AddressArgument, JsonOption, file_name_of
from anyreg.cli.progress import followed
from anyreg.errors import RegFileError
from anyreg.interchange.regfile.apply import Applied, apply
from anyreg.interchange.regfile.reader import Instruction, parse
from anyreg.paths import parse_address


def import_(
    address: AddressArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE.reg", help="What to import.")],
    *,
    prefix: Annotated[
        str,
        typer.Option(
            help="What the file calls the key at ADDRESS; without it, what `anyreg export` calls "
            "it. A key of the file that is not at or below it is an error.",
            show_default=False,
        ),
    ] = "",
    encoding: Annotated[
        str | None,
        typer.Option(
            help="The code page, where no byte order mark tells it; without it, cp1252 for "
            "REGEDIT4 and UTF-8 for version 5.",
            show_default=False,
        ),
    ] = None,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    json: JsonOption = False,
) -> None:
    """Do all that a .reg file asks for: create, set and delete; a bad line, and nothing is done."""
    instructions = _read(file, prefix or file_name_of(parse_address(address)), encoding)
    with changing(address, dry_run=dry_run, durable=durable, json=json, force=force) as site:
        steps = followed(instructions, "lines", size=file.stat().st_size, printed=False)
        try:
            applied = apply(site.registry, steps, site.path, durable=durable)
        except RegFileError as error:
            error.path = str(file)
            raise
    if dry_run:
        return
    if json:
        emit_json(applied._asdict())
    else:
        _show(applied)


def _read(file: Path, prefix: str, encoding: str | None) -> list[Instruction]:
    """The whole file, before the hive is opened: a bad line must not cost a transaction."""
    try:
        with file.open("rb") as stream:
            found = parse(stream, prefix=prefix, encoding=encoding)
            return list(followed(found, "lines", size=file.stat().st_size, printed=False))
    except RegFileError as error:
        error.path = str(file)
        raise
    except RegistryError:
        raise
    except ValueError as error:  # of the code page
        raise typer.BadParameter(str(error)) from error


def _show(applied: Applied) -> None:
    made, deleted, values_set, values_deleted = applied
    emit(
        f"keys: {made} made, {deleted} deleted; values: {values_set} set, {values_deleted} deleted"
    )
