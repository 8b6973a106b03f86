"""Changing what is at an address: all of a command in one transaction, or as a dry run.

A dry run makes the change in memory, and shows what differs from the file then; the file and its
logs are not touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Annotated, NamedTuple

import typer

from anyreg import Change, Key, KeyState, Registry, RegistryError
from anyreg import diff as differences
from anyreg.cli.address_arguments import file_size, open_target, warn_of_damage
from anyreg.cli.diff import show_change
from anyreg.cli.dry_run import rehearsed
from anyreg.cli.journal_options import history_settings
from anyreg.cli.output import emit_json
from anyreg.cli.progress import followed
from anyreg.formats.changes import change_record
from anyreg.paths import Address, parse_address, split_path

DryRunOption = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Show what would change, and change nothing.")
]
DurableOption = Annotated[
    bool,
    typer.Option(
        "--durable/--no-durable",
        help="Return when the change would survive a power cut, or do not wait for the disk.",
    ),
]
ForceOption = Annotated[
    bool,
    typer.Option(
        "--force", help="Write a disk or a hive though Windows is hibernated, or has not finished."
    ),
]
JsonDryRunOption = Annotated[
    bool, typer.Option("--json", help="With --dry-run: one JSON object a line.")
]


class Site(NamedTuple):
    """An address where something is being changed.

    Attributes:
        address: The address; its key need not exist.
        registry: The registry that it is in, inside a transaction.
    """

    address: Address
    registry: Registry

    @property
    def path(self) -> str:
        """The path of the key, "" for the root."""
        return self.address.path

    @property
    def key(self) -> Key:
        """The key, which must exist."""
        return self.registry.open(self.path)

    def made(self) -> Key:
        """The key, made with its parents where it is missing."""
        return self.registry.create(self.path) if self.path else self.registry.root


@contextmanager
def changing(
    text: str,
    *,
    dry_run: bool = False,
    durable: bool = True,
    json: bool = False,
    force: bool = False,
    history: bool = True,
    security: bool = False,
) -> Iterator[Site]:
    """What is at an address, to be changed by the block; an error in it undoes everything.

    Args:
        text: The address.
        dry_run: Show the changes at the end of the block instead of keeping them.
        durable: Return only when the changes would survive a power cut.
        json: Show them as JSON.
        force: See anyreg.open().
        history: Keep what changes, to be undone.
        security: Show changed security descriptors, too.
    """
    address = parse_address(text)
    if dry_run:
        with (
            open_target(address.target) as before,
            rehearsed(address.target, force=force) as after,
        ):
            with after.transaction():
                yield Site(address, after)
            changes = changes_in(before, after, address.path, security)
            show_changes(changes, address.target, json)
        return
    keep = history_settings(history)
    registry = open_target(address.target, "r+", force=force, journal=keep)
    try:
        with registry.transaction(durable=durable):
            yield Site(address, registry)
        warn_of_damage(registry, address)
    except BaseException:
        registry.close()
        raise
    finish(registry)


def finish(registry: Registry) -> None:
    """Close a registry that was changed; its file is brought up to date."""
    try:
        registry.close()
    except RegistryError as error:
        raise RegistryError(
            f"the change is made, and stands in the log; the hive's own file is not yet up to "
            f"date: {error}"
        ) from error


def show_changes(changes: Iterator[Change], target: str, json: bool) -> None:
    """Print changes as `anyreg diff` does."""
    for change in followed(changes, "changes", size=file_size(target)):
        if json:
            emit_json(change_record(change))
        else:
            show_change(change, False)


def changes_of_new(made: Registry, empty: Registry) -> Iterator[Change]:
    """What a new hive holds, its root key first, beside one that holds nothing."""
    root = made.root
    top = Change("added", "", None, None, KeyState(root.class_name, root.last_written))
    return chain([top], differences(empty.root, root))


def changes_in(
    before: Registry, after: Registry, path: str, security: bool = False
) -> Iterator[Change]:
    """What differs at or below a path, or nearest above it where one side lacks the key."""
    old, new = before.root, after.root
    for name in split_path(path):
        older, newer = old.find_child(name), new.find_child(name)
        if older is None or newer is None:
            break
        old, new = older, newer
    for change in differences(old, new, security=security):
        below = split_path(change.path)
        yield change._replace(path="\\".join([*split_path(new.path), *below]))
