"""`anyreg mv`: another name for a key."""

from __future__ import annotations

from typing import Annotated

import typer

from anyreg.cli.address_arguments import AddressArgument
from anyreg.cli.changing_options import changing_as_asked


def mv(
    address: AddressArgument,
    name: Annotated[
        str, typer.Argument(metavar="NEWNAME", help="The key's new name; it stays where it is.")
    ],
) -> None:
    """Give a key another name."""
    with changing_as_asked(address) as site:
        if not site.path:
            raise typer.BadParameter("the root key of a hive cannot be renamed")
        site.registry.root.rename(site.path, name)
