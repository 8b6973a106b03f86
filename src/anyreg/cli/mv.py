"""`anyreg mv`: another name for a key."""

from __future__ import annotations

from typing import Annotated

import typer

from anyreg.cli.address_arguments import AddressArgument
from anyreg.cli.command_changes import (
    DryRunOption,
    DurableOption,
    ForceOption,
    JsonDryRunOption,
    changing,
)
from anyreg.cli.journal_options import HistoryOption


def mv(
    address: AddressArgument,
    name: Annotated[
        str, typer.Argument(metavar="NEWNAME", help="The key's new name; it stays where it is.")
    ],
    *,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Give a key another name."""
    with changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        if not site.path:
            raise typer.BadParameter("the root key of a hive cannot be renamed")
        site.registry.root.rename(site.path, name)
