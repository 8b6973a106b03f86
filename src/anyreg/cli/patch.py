"""`anyreg patch`: what `anyreg diff --json` tells, done to another key."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from anyreg import Change
from anyreg import patch as apply
from anyreg.cli.address_arguments import AddressArgument, JsonOption, file_size
from anyreg.cli.command_changes import DryRunOption, DurableOption, ForceOption, changing
from anyreg.cli.journal_options import HistoryOption
from anyreg.cli.output import emit, emit_json
from anyreg.cli.progress import followed
from anyreg.errors import PatchFileError
from anyreg.formats.changes import read_changes

_STDIN = "-"


def patch(
    address: AddressArgument,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Lines of JSON, as `anyreg diff --json` has them; -: stdin."
        ),
    ],
    *,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Do not look at what was there before: make it so."),
    ] = False,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonOption = False,
) -> None:
    """Apply a patch, all of it or nothing: each thing must be as it was when the patch was made."""
    changes = _read(file)
    with changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        steps = followed(changes, "changes", size=file_size(file), printed=False)
        count = apply(site.key, steps, force=anyway)
    if dry_run:
        return
    if json:
        emit_json({"changes": count})
    else:
        emit("1 change" if count == 1 else f"{count} changes")


def _read(file: Path) -> list[Change]:
    """The whole file, before the hive is opened: a bad line must not cost a transaction."""
    try:
        if str(file) == _STDIN:
            return list(read_changes(sys.stdin.buffer))
        with file.open("rb") as stream:
            found = read_changes(stream)
            return list(followed(found, "lines", size=file_size(file), printed=False))
    except PatchFileError as error:
        error.path = str(file)
        raise
