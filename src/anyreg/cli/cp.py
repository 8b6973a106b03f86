"""`anyreg cp`: a key and all below it, to another place of the same hive or of another one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from anyreg import Key, KeyNotFoundError
from anyreg.cli.address_arguments import file_size, opened
from anyreg.cli.changing_options import changes_asked, changing_as_asked
from anyreg.cli.command_changes import Site
from anyreg.cli.progress import waiting
from anyreg.names import fold
from anyreg.paths import Address, host_of, long_path, parse_address, same_host, split_path


def cp(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The ADDRESS of a key.")],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="The ADDRESS of the copy, in any hive.")
    ],
) -> None:
    """Copy what a key holds, and all below it, into another key, made where it is missing.

    What TO holds besides stays; values of the same name are replaced.
    """
    ours, theirs = parse_address(source), parse_address(target)
    is_same = _same_file(ours, theirs)
    if is_same and _is_within(ours, theirs):
        raise typer.BadParameter("a key cannot be copied into itself")
    if is_same and not changes_asked().dry_run:
        with changing_as_asked(target) as site:
            _copy(site.registry.open(ours.path), site, file_size(ours.target))
        return
    with (
        opened(source) as place,  # what a dry run changes, in memory, need not hold it
        changing_as_asked(target) as site,
    ):
        _copy(place.key, site, place.size)


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
    hosts = [host_of(address.target) for address in (ours, theirs)]
    if any(hosts):
        return all(hosts) and same_host(hosts[0]) == same_host(hosts[1])
    try:
        return Path(ours.target).expanduser().samefile(Path(theirs.target).expanduser())
    except (OSError, RuntimeError):
        return False


def _is_within(ours: Address, theirs: Address) -> bool:
    above = [fold(name) for name in split_path(long_path(ours.path))]
    below = [fold(name) for name in split_path(long_path(theirs.path))]
    return below[: len(above)] == above
