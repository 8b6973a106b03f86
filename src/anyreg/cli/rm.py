"""`anyreg rm`: a value, a key, or a tree."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from anyreg import AccessDeniedError, HasSubkeysError, KeyNotFoundError, NotFoundError
from anyreg.cli.address_arguments import AddressArgument, Place, opened
from anyreg.cli.command_changes import (
    DryRunOption,
    DurableOption,
    JsonDryRunOption,
    Site,
    changing,
)
from anyreg.cli.journal_options import HistoryOption
from anyreg.cli.output import is_kept, printable
from anyreg.cli.progress import followed
from anyreg.paths import Address


def rm(
    address: AddressArgument,
    name: Annotated[
        str | None,
        typer.Argument(
            help="The value, '' for the default value; without it the key goes.",
            show_default=False,
        ),
    ] = None,
    *,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="All below the key too.")
    ] = False,
    missing_ok: Annotated[
        bool, typer.Option("--missing-ok", help="That it is not there is fine.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask on a terminal before a tree goes.")
    ] = False,
    dry_run: DryRunOption = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Empty a root, or the root key of a hive, which itself stays. Write a Windows "
            "disk though Windows is hibernated, or has not finished.",
        ),
    ] = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Delete a value, or a key; a key with subkeys needs --recursive, a root --force too."""
    if recursive and name is not None:
        raise typer.BadParameter("--recursive is for keys, and a value is named")
    if recursive and not (yes or dry_run) and _somebody_is_there():
        _confirm(address, force)
    with changing(
        address, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        try:
            _delete(site, name, recursive, force)
        except NotFoundError:
            if not missing_ok:
                raise


def _delete(site: Site, name: str | None, recursive: bool, force: bool) -> None:
    if name is not None:
        site.key.delete_value(name)
        return
    try:
        site.registry.delete(site.path, recursive=recursive, force=force)
    except AccessDeniedError as error:
        if force:
            raise
        raise _fixed(site.address) from error
    except HasSubkeysError as error:
        words = "the key has subkeys, which --recursive deletes too"
        raise HasSubkeysError(words, path=site.path) from error


def _fixed(address: Address) -> AccessDeniedError:
    words = "a root, or the root key of a hive, is emptied with --recursive --force alone"
    return AccessDeniedError(words, path=address.path or address.target)


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty() and not is_kept()


def _confirm(address: str, force: bool) -> None:
    """Ask before a tree goes; no lock is held meanwhile."""
    try:
        with opened(address, warn=False) as place:
            if place.key.is_fixed and not force:
                raise _fixed(place.address)
            count = _count_below(place)
    except KeyNotFoundError:
        return  # to be reported, or not, by what would delete it
    if count:
        keys = "1 key" if count == 1 else f"{count:,} keys"
        question = f"Delete {printable(str(place.address))} and {keys} below it?"
        typer.confirm(question, abort=True, err=True)


def _count_below(place: Place) -> int:
    steps = followed(place.key.walk(), "keys", size=place.size, printed=False, total=place.total())
    return sum(1 for _ in steps) - 1
