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
from anyreg.cli.dry_run import rehearsed, state_before
from anyreg.cli.journal_options import history_settings
from anyreg.cli.output import emit_json
from anyreg.cli.progress import followed
from anyreg.formats.changes import change_record
from anyreg.paths import Address, parse_address, split_path
from anyreg.security.creation import ANYBODY

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
) -> Iterator[Site]:
    """What is at an address, to be changed by the block; an error in it undoes everything.

    Args:
        text: The address.
        dry_run: Show the changes at the end of the block instead of keeping them.
        durable: Return only when the changes would survive a power cut.
        json: Show them as JSON.
        force: See anyreg.open().
        history: Keep what changes, to be undone.
    """
    address = parse_address(text)
    if dry_run:
        with (
            state_before(address.target, address.path) as before,
            rehearsed(address.target, address.path, force=force) as after,
        ):
            with after.transaction():
                yield Site(address, after)
            changes = changes_in(before, after, address.path, security=True)
            show_changes(changes, address.target, json, after)
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


def show_changes(
    changes: Iterator[Change], target: str, json: bool, registry: Registry | None = None
) -> None:
    """Print changes as `anyreg diff` does.

    Args:
        changes: The changes.
        target: What is changed.
        json: Print them as JSON.
        registry: Knows the names of users and groups; without it, those of every machine.
    """
    accounts = registry.root.accounts if registry else None
    for change in followed(changes, "changes", size=file_size(target)):
        if json:
            emit_json(change_record(change))
        else:
            show_change(change, False, accounts)


def changes_of_new(made: Registry, empty: Registry) -> Iterator[Change]:
    """What a new hive holds, its root key first, beside one that holds nothing."""
    root = made.root
    top = Change("added", "", None, None, KeyState(root.class_name, root.last_written))
    return chain([top], differences(empty.root, root))


def changes_in(
    before: Registry, after: Registry, path: str, security: bool = False
) -> Iterator[Change]:
    """What differs at or below a path, or nearest above it where one side lacks the key.

    Args:
        before: The registry before.
        after: The registry after.
        path: The path.
        security: Tell of descriptors too: where a key that is there has another one, or a new one
            has not what it inherits.
    """
    old, new = before.root, after.root
    for name in split_path(path):
        older, newer = old.find_child(name), new.find_child(name)
        if older is None or newer is None:
            break
        old, new = older, newer
    above = split_path(new.path)
    expected = _Inherited(new)
    for change in differences(old, new, security=security):
        told = expected.left_out(change) if security else change
        yield told._replace(path="\\".join([*above, *split_path(change.path)]))


class _Inherited:
    """Leaves out the descriptors of keys that have what they inherit, or are gone."""

    def __init__(self, top: Key) -> None:
        self._top = top
        self._made: dict[str, bytes] = {}  # of new keys and those above them, by path

    def left_out(self, change: Change) -> Change:
        """A change without a descriptor that says nothing."""
        if isinstance(change.before, KeyState) and change.after is None:
            return change._replace(before=change.before._replace(descriptor=None))
        state = change.after
        if change.before is not None or not isinstance(state, KeyState):
            return change
        self._made[change.path] = state.descriptor or b""
        if state.descriptor != ANYBODY.inherited(self._above(change.path)):
            return change
        return change._replace(after=state._replace(descriptor=None))

    def _above(self, path: str) -> bytes:
        """The descriptor of the key above; b"" where no path leads there."""
        above = path.rpartition("\\")[0]
        if above not in self._made:
            try:
                self._made[above] = self._top.open(above).descriptor
            except RegistryError:
                return b""
        return self._made[above]
