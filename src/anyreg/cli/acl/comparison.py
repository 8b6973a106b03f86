"""`anyreg acl diff`: what differs in the permissions of the keys that two places both have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from anyreg import Change, Key, KeyState
from anyreg import diff as differences
from anyreg.cli.address_arguments import JsonOption, opened
from anyreg.cli.diff import show_change
from anyreg.cli.output import emit_json
from anyreg.cli.progress import followed
from anyreg.formats.changes import change_record
from anyreg.registry.rows import state_of

DIFFERENT = 1


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="An ADDRESS.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another ADDRESS.")],
    *,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="The keys below, too.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """List what is added (+), removed (-) and changed (~) in permissions; status 1 if any is."""
    count = 0
    with opened(first) as old, opened(second) as new:
        found = _below(old.key, new.key) if recursive else _itself(old.key, new.key)
        for change in followed(found, "changes", size=max(old.size, new.size)):
            count += 1
            if json:
                emit_json(change_record(change))
            else:
                show_change(change, False, new.key.accounts)
    return DIFFERENT if count else 0


def _itself(old: Key, new: Key) -> Iterator[Change]:
    before, after = state_of(old, True), state_of(new, True)
    yield from _permissions(Change("changed", "", None, before, after))


def _below(old: Key, new: Key) -> Iterator[Change]:
    for change in differences(old, new, security=True):
        yield from _permissions(change)


def _permissions(change: Change) -> Iterator[Change]:
    """A change of a key that both sides have, with its permissions alone."""
    before, after = change.before, change.after
    if not isinstance(before, KeyState) or not isinstance(after, KeyState):
        return
    if before.descriptor != after.descriptor:
        same = before.class_name
        yield change._replace(after=after._replace(class_name=same))
