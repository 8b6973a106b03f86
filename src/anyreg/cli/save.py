"""`anyreg save` and `anyreg restore`: a key and all below it as a hive file, and back."""

from __future__ import annotations

from typing import Annotated

import typer

from anyreg.cli.address_arguments import AddressArgument, file_size, opened
from anyreg.cli.command_changes import (
    DryRunOption,
    DurableOption,
    ForceOption,
    JsonDryRunOption,
    changing,
)
from anyreg.cli.progress import waiting
from anyreg.cli.whole_hives import expanded, new_file

_MINORS = (3, 5)


def save(
    address: AddressArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The new hive.", show_default=False)],
    *,
    minor: Annotated[int, typer.Option("--minor", help="Format version 1.3 or 1.5.")] = 5,
) -> None:
    """Write a key and all below it into a new hive file, as its root; see restore."""
    if minor not in _MINORS:
        raise typer.BadParameter(f"new hives are of version 1.3 or 1.5, not 1.{minor}")
    path = new_file(file)
    with opened(address) as place, waiting("saving", size=place.size):
        place.key.save(path, minor=minor)


def restore(
    address: AddressArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A hive.", show_default=False)],
    *,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Replace all that a key holds by what a hive file holds; the key is made if missing."""
    with changing(address, dry_run=dry_run, durable=durable, json=json, force=force) as site:
        source = str(expanded(file))
        with waiting("restoring", size=file_size(source)):
            site.made().restore(source)
