"""`anyreg cp`: a key and all below it, to another place of the same hive or of another one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from anyreg import Key, KeyNotFoundError
from anyreg.cli.address_arguments import file_size, opened
from anyreg.cli.command_changes import (
    DryRunOption,
    DurableOption,
    ForceOption,
    JsonDryRunOption,
    Site,
    changing,
)
from anyreg.cli.journal_options import HistoryOption
from anyreg.cli.progress import waiting
from anyreg.names import fold
from anyreg.paths import Address, long_path, parse_address, split_path


def cp(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The ADDRESS of a key.")],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="The ADDRESS of the copy, in any hive.")
    ],
    *,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> None:
    """Copy what a key holds, and all below it, into another key, made where it is missing.

    What TO holds besides stays; values of the same name are replaced.
    """
    ours, theirs = parse_address(source), parse_address(target)
    if not _same_file(ours, theirs):
        with (
            opened(source) as place,
            changing(
                target, dry_run=dry_run, durable=durable, json=json, force=force, history=history
            ) as site,
        ):
            _copy(place.key, site, place.size)
        return
    if _is_within(ours, theirs):
        raise typer.BadParameter("a key cannot be copied into itself")
    with changing(
        target, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        _copy(site.registry.open(ours.path), site, file_size(ours.target))


def _copy(source: Key, site: Site, size: int) -> None:
    try:
        target = site.key
    except KeyNotFoundError:
        target = site.registry.root.create(site.path, class_name=source.class_name)
        if source.descriptor:
            target.descriptor = source.descriptor
    with waiting("copying", size=size):
        source.copy_to(target)


def _same_file(ours: Address, theirs: Address) -> bool:
    if not (ours.target and theirs.target):
        return ours.target == theirs.target
    try:
        return Path(ours.target).expanduser().samefile(Path(theirs.target).expanduser())
    except (OSError, RuntimeError):
        return False


def _is_within(ours: Address, theirs: Address) -> bool:
    above = [fold(name) for name in split_path(long_path(ours.path))]
    below = [fold(name) for name in split_path(long_path(theirs.path))]
    return below[: len(above)] == above
