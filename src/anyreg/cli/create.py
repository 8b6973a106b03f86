"""`anyreg create`: a key with its parents, or a new hive."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import anyreg
from anyreg.cli.address_arguments import AddressArgument
from anyreg.cli.changing_options import Changing, changes_asked, changing_as_asked
from anyreg.cli.command_changes import changes_of_new, finish, show_changes
from anyreg.cli.dry_run import rehearsed_new
from anyreg.cli.journal_options import history_settings
from anyreg.paths import Address, meant_as, parse_address


class Minor(StrEnum):
    """The formats of new hives, by the number behind the 1."""

    OLD = "3"
    USUAL = "5"


def create(
    address: AddressArgument,
    *,
    new: Annotated[
        bool, typer.Option("--new", help="Make the hive FILE too, which must not be there.")
    ] = False,
    minor: Annotated[
        Minor | None,
        typer.Option(
            help="With --new: format version 1.3 or 1.5; without it, 1.5.", show_default=False
        ),
    ] = None,
) -> None:
    """Make a key, with its parents where they are missing; that it exists is fine."""
    place = parse_address(address)
    if new:
        _create_hive(place, int(minor or Minor.USUAL), changes_asked())
        return
    if minor is not None:
        raise typer.BadParameter("--minor is for new hives: use it with --new")
    if not place.path:
        meant = meant_as(place.target)
        hint = f"did you mean {meant}? A key stands in quotes, with backslashes" if meant else ""
        raise typer.BadParameter(f"which key? {hint or 'FILE::KEY; --new makes a hive'}")
    with changing_as_asked(address) as site:
        site.made()


def _create_hive(place: Address, minor: int, asked: Changing) -> None:
    if not place.target:
        raise typer.BadParameter("a new hive needs the name of its file: FILE or FILE::KEY")
    if Path(place.target).expanduser().exists():
        raise typer.BadParameter(f"{place.target} is there already")
    # In memory first: a key that cannot be made must not leave a hive behind.
    with rehearsed_new(place.target, minor) as made, rehearsed_new(place.target, minor) as empty:
        _create_key(made, place.path, asked.durable)
        if asked.dry_run:
            show_changes(changes_of_new(made, empty), place.target, asked.json)
            return
    registry = anyreg.open(place.target, "x", minor=minor, journal=history_settings(asked.history))
    try:
        _create_key(registry, place.path, asked.durable)
    except BaseException:
        registry.close()
        raise
    finish(registry)


def _create_key(registry: anyreg.Registry, path: str, durable: bool) -> None:
    if path:
        with registry.transaction(durable=durable):
            registry.create(path)
