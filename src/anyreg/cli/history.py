"""`anyreg history`: what commands have changed, and what each change was."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC
from typing import Annotated

import typer

from anyreg import JournalEntry, JournalSettings, Registry
from anyreg.cli.address_arguments import JsonOption, open_target
from anyreg.cli.command_changes import show_changes
from anyreg.cli.output import emit_json, emit_table, printable
from anyreg.paths import own_path, split_address

WordsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TARGET] [N]",
        help="A hive FILE, a DISK, a folder of a registry, or another machine (//HOST); "
        "without it, your own registry.",
        show_default=False,
    ),
]
_MOST_WORDS = 2


def history(words: WordsArgument = None, json: JsonOption = False) -> None:
    """List the changes that can be undone, newest first; with N, show what change N was."""
    target, number = split_words(words or [])
    with closing(_reading(target)) as registry:
        if number is not None:
            show_changes(registry.journal.changes(number), target, json)
            return
        entries = registry.journal.entries()
    if json:
        for entry in entries:
            emit_json(entry_record(entry))
    else:
        titles = ("N", "When", "State", "Keys", "Values", "What")
        emit_table(titles, [_row(entry) for entry in entries])


def _reading(target: str) -> Registry:
    return open_target(target, "r", journal=JournalSettings())


def split_words(words: Sequence[str]) -> tuple[str, int | None]:
    """The target and the number among the words, in any order; a file named 5 is ./5."""
    numbers = [word for word in words if word.isdecimal()]
    targets = [word for word in words if not word.isdecimal()]
    if len(words) > _MOST_WORDS or len(numbers) > 1 or len(targets) > 1:
        raise typer.BadParameter("one TARGET and one number N at most")
    text = targets[0] if targets else ""
    target, _, path = split_address(text)
    if path or own_path(text):
        raise typer.BadParameter("a history is of a whole TARGET, not of a key in it")
    return target, int(numbers[0]) if numbers else None


def _row(entry: JournalEntry) -> tuple[str, ...]:
    when = f"{entry.time.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z" if entry.time else "-"
    state = entry.state if entry.is_kept else "lost"
    what = printable(entry.label) or f"process {entry.pid}"
    return str(entry.id), when, state, str(entry.keys), str(entry.values), what


def entry_record(entry: JournalEntry) -> dict[str, object]:
    """One change as a JSON object."""
    return {
        "id": entry.id,
        "time": entry.time.isoformat().replace("+00:00", "Z") if entry.time else None,
        "state": entry.state,
        "kept": entry.is_kept,
        "label": entry.label,
        "pid": entry.pid,
        "user": entry.user,
        "hives": list(entry.hives),
        "keys": entry.keys,
        "values": entry.values,
    }


def summary_of(entry: JournalEntry) -> str:
    """One change in a line for people."""
    keys = "1 key" if entry.keys == 1 else f"{entry.keys:,} keys"
    values = "1 value" if entry.values == 1 else f"{entry.values:,} values"
    return f"{entry.id}: {printable(entry.label) or 'a change'} ({keys}, {values})"
