"""`anyreg merge`: what two sides made of one base, put together in one of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, cast

import typer

from anyreg import Conflict, KeyState, Merged, Value, patch
from anyreg import merge as merged_states
from anyreg.cli.address_arguments import opened
from anyreg.cli.command_changes import (
    DryRunOption,
    DurableOption,
    ForceOption,
    JsonDryRunOption,
    changing,
)
from anyreg.cli.diff import SecurityOption, show_side
from anyreg.cli.dry_run import rehearsed
from anyreg.cli.journal_options import HistoryOption
from anyreg.cli.output import emit_json, emit_parts, show_name, show_path
from anyreg.cli.progress import waiting
from anyreg.formats.changes import side_record
from anyreg.paths import parse_address
from anyreg.registry.merge import Prefer

_CONFLICTS = 1


class Preferred(StrEnum):
    """The sides."""

    OURS = "ours"
    THEIRS = "theirs"


def merge(
    base: Annotated[str, typer.Argument(metavar="BASE", help="The ADDRESS both sides came from.")],
    ours: Annotated[str, typer.Argument(metavar="OURS", help="The ADDRESS that is changed.")],
    theirs: Annotated[str, typer.Argument(metavar="THEIRS", help="The ADDRESS of the others.")],
    *,
    prefer: Annotated[
        Preferred | None,
        typer.Option(help="The side that settles conflicts.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Put the result into a new hive, and leave OURS alone.",
            show_default=False,
        ),
    ] = None,
    security: SecurityOption = False,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    durable: DurableOption = True,
    history: HistoryOption = True,
    json: JsonDryRunOption = False,
) -> int:
    """Make in OURS what THEIRS has changed since BASE.

    What both have changed, each in another way, is a conflict (!): status 1, and nothing is
    changed.
    """
    result = _merged(base, ours, theirs, prefer, security)
    for conflict in result.conflicts:
        if json:
            emit_json(_record(conflict))
        else:
            _show(conflict)
    if result.conflicts and prefer is None:
        return _CONFLICTS
    if output and not dry_run:
        address = parse_address(ours)
        with rehearsed(address.target, address.path, force=True) as registry:
            key = registry.open(address.path)
            patch(key, result.changes)
            key.save(output)
        return 0
    with changing(
        ours, dry_run=dry_run, durable=durable, json=json, force=force, history=history
    ) as site:
        patch(site.key, result.changes)
    return 0


def _merged(base: str, ours: str, theirs: str, prefer: Preferred | None, security: bool) -> Merged:
    """The merge, worked out before anything is opened to be changed."""
    with opened(base) as first, opened(ours) as mine, opened(theirs) as other:
        size = max(first.size, mine.size, other.size)
        with waiting("comparing", size=size):
            return merged_states(
                first.key,
                mine.key,
                other.key,
                prefer=cast("Prefer | None", prefer and prefer.value),
                security=security,
            )


def _show(conflict: Conflict) -> None:
    line = f"! {show_path(conflict.path)}"
    if conflict.name is not None:
        line += f"  {show_name(conflict.name)}"
    base, ours, theirs = [_words(side) for side in (conflict.base, conflict.ours, conflict.theirs)]
    if conflict.is_tree:
        ours, theirs = _deed(conflict.ours, conflict.theirs), _deed(conflict.theirs, conflict.ours)
        facts = f"ours {ours}, theirs {theirs}"
    else:
        facts = f"base {base}, ours {ours}, theirs {theirs}"
    emit_parts((line, "red"), (f"  {facts}", ""))


def _words(side: Value | KeyState | None) -> str:
    if side is None:
        return "nothing"
    return show_side(side, False) or "no class"


def _deed(side: Value | KeyState | None, other: Value | KeyState | None) -> str:
    """What a side has done with a key as a whole."""
    if side is None:
        return "deleted it"
    if other is None:
        return "changed something in it"
    is_link = isinstance(side, KeyState) and side.is_link
    return "has a link there" if is_link else "has a key there"


def _record(conflict: Conflict) -> dict[str, object]:
    return {
        "kind": "conflict",
        "path": conflict.path,
        "name": conflict.name,
        "tree": conflict.is_tree,
        "base": side_record(conflict.base),
        "ours": side_record(conflict.ours),
        "theirs": side_record(conflict.theirs),
    }
