"""`anyreg diff`: what differs between two keys, of one hive or of two."""

from __future__ import annotations

from typing import Annotated

import typer

from anyreg import Change, KeyState, Value
from anyreg import diff as differences
from anyreg.cli.ls import show_time
from anyreg.cli.output import emit_json, emit_parts, printable, show_data, show_name, show_path
from anyreg.cli.places import JsonOption, opened
from anyreg.cli.progress import followed
from anyreg.interchange.json import value_record

_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="An ADDRESS.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another ADDRESS.")],
    times: Annotated[bool, typer.Option("--times", help="Compare last-written times too.")] = False,
    json: JsonOption = False,
) -> int:
    """List what is added (+), removed (-) and changed (~) from A to B; status 1 if anything is."""
    count = 0
    with opened(first) as old, opened(second) as new:
        changes = differences(old.key, new.key, times=times)
        for change in followed(changes, "changes", size=max(old.size, new.size)):
            count += 1
            if json:
                emit_json(change_record(change))
            else:
                show_change(change, times)
    return 1 if count else 0


def show_change(change: Change, times: bool) -> None:
    """Print one change as a line."""
    sign, style = _SIGNS[change.kind]
    line = f"{sign} {show_path(change.path)}"
    if change.name is not None:
        line += f"  {show_name(change.name)}"
    sides = [_side(side, times) for side in (change.before, change.after) if side is not None]
    facts = " -> ".join(sides)
    emit_parts((line, style), (f"  {facts}" if facts else "", ""))


def _side(side: Value | KeyState, times: bool) -> str:
    if isinstance(side, Value):
        return f"{side.type_name} {show_data(side)}".rstrip()
    facts = [f"class {printable(side.class_name)!r}"] if side.class_name else []
    if times:
        facts.append(show_time(side.last_written))
    return ", ".join(facts)


def change_record(change: Change) -> dict[str, object]:
    """One change as a JSON object."""
    return {
        "kind": change.kind,
        "path": change.path,
        "name": change.name,
        "before": _side_record(change.before),
        "after": _side_record(change.after),
    }


def _side_record(side: Value | KeyState | None) -> dict[str, object] | None:
    if side is None:
        return None
    if isinstance(side, Value):
        return value_record(side)
    return {"class": side.class_name, "last_written": side.last_written}
