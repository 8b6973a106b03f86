"""`anyreg import`: what a file asks for, as one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from anyreg import RegFileError
from anyreg.cli.address_arguments import AddressArgument, JsonOption, file_size, open_target
from anyreg.cli.command_changes import DryRunOption, DurableOption, ForceOption, Site, changing
from anyreg.cli.journal_options import HistoryOption
from anyreg.cli.output import complain, emit, emit_json
from anyreg.cli.progress import ending, followed, is_big
from anyreg.formats.instructions import Instruction, Wanted
from anyreg.formats.kinds import Format
from anyreg.interchange.apply import apply
from anyreg.paths import parse_address
from anyreg.registry.apply import Applied
from anyreg.registry.importing import ImportSource, Reading, source_of


def import_(
    address: AddressArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to import.")],
    *,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="Without it, what FILE ends in, else what it begins with.",
            show_default=False,
        ),
    ] = None,
    prefix: Annotated[
        str | None,
        typer.Option(
            help="What the file calls the key at ADDRESS; without it, what `anyreg export` calls "
            "it. A key of the file that is not at or below it is an error.",
            show_default=False,
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            help="The code page of a .reg file without a byte order mark; without it, cp1252 for "
            "REGEDIT4 and UTF-8 for version 5.",
            show_default=False,
        ),
    ] = None,
    times: Annotated[
        bool,
        typer.Option("--times", help="Set the times of last change too, from JSON and CSV."),
    ] = False,
    security: Annotated[
        bool,
        typer.Option(
            "--security", help="Set access rights too, from JSON and CSV exported with --security."
        ),
    ] = False,
    lenient: Annotated[
        bool,
        typer.Option(
            "--lenient",
            help="Leave out, with a warning for each, lines of a .reg file that are wrong, and the "
            "second of two keys or values of one name, as damaged hives have them in JSON and CSV.",
        ),
    ] = False,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonOption = False,
) -> None:
    """Do all that a file asks for: create, set and delete; a bad line, and nothing is done."""
    left_out: list[RegFileError] = []
    wanted = Wanted(times, security, left_out.append if lenient else None)
    site = changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    )
    options = format or "", prefix, encoding
    phases = _Phases(file_size(file))
    applied = _apply(
        site,
        *_read(address, file, options, wanted, phases),
        durable=durable,
        size=0 if dry_run else phases.size,
    )
    for error in left_out:
        complain(f"warning: {error}")
    if not dry_run:
        _show(applied, json)


def _read(
    address: str, file: Path, options: Reading, wanted: Wanted, phases: _Phases
) -> tuple[ImportSource, Iterable[Instruction]]:
    """The whole file, before the hive is opened for writing."""
    target, path = parse_address(address)
    with open_target(target, "r") as registry:
        source = source_of(registry.about, str(file), path, options, wanted)

    instructions = source.checked(phases.follow)
    is_kept = isinstance(instructions, list)  # else they are read, and followed, once more
    return source, phases.follow(instructions) if is_kept else instructions


class _Phases:
    """Bars for reading a file, and for doing what it asks for: how much that is is known then."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._read = 0

    def follow(self, steps: Iterable[Instruction]) -> Iterator[Instruction]:
        """What is read, and the second time what is done, counted by a bar."""
        if not is_big(self.size):
            return iter(steps)  # nothing comes between the reader and who asks
        if self._read:
            return followed(
                steps, "instructions done", size=self.size, printed=False, total=self._read
            )
        return self._counted(steps)

    def _counted(self, steps: Iterable[Instruction]) -> Iterator[Instruction]:
        for step in followed(steps, "instructions read", size=self.size, printed=False):
            self._read += 1
            yield step


def _apply(
    changed: AbstractContextManager[Site],
    source: ImportSource,
    instructions: Iterable[Instruction],
    *,
    durable: bool,
    size: int,
) -> Applied:
    """What the file asks for; an error says which file it is.

    Args:
        changed: What is to be changed.
        source: The file.
        instructions: What it asks for.
        durable: See anyreg.cli.command_changes.
        size: Its bytes, for a bar while the hive is written; 0 for none.
    """
    try:
        with ending("writing", size=size) as begin, changed as site:
            applied = apply(site.registry, instructions, site.path, durable=durable)
            begin()
            return applied
    except RegFileError as error:
        error.path = source.file
        raise


def _show(applied: Applied, json: bool) -> None:
    if json:
        emit_json(applied._asdict())
        return
    made, deleted, values_set, values_deleted = applied
    emit(
        f"keys: {made} made, {deleted} deleted; values: {values_set} set, {values_deleted} deleted"
    )
