"""`anyreg undo` and `anyreg redo`: take changes back, and make them again."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import Annotated

import typer

from anyreg import JournalSettings, NotFoundError
from anyreg.cli.address_arguments import JsonOption, open_target
from anyreg.cli.command_changes import DryRunOption, changes_in, finish, show_changes
from anyreg.cli.dry_run import is_running, rehearsed
from anyreg.cli.history import WordsArgument, entry_record, split_words, summary_of
from anyreg.cli.journal_options import history_settings
from anyreg.cli.output import complain, emit, emit_json
from anyreg.cli.undo_copy import copies_for

ForceOption = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Also where something else has changed the keys since, or Windows has not finished.",
    ),
]
_NOTHING = 1
_DONE = {"undo": "undone", "redo": "redone"}


def undo(
    words: WordsArgument = None,
    *,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    json: JsonOption = False,
) -> int:
    """Take back the last change that is not undone, or the last N; status 1 if there are none."""
    return _run("undo", words, dry_run, force, json)


def redo(
    words: WordsArgument = None,
    *,
    dry_run: DryRunOption = False,
    force: ForceOption = False,
    json: JsonOption = False,
) -> int:
    """Make again what was undone last, or the last N; status 1 if there is nothing."""
    return _run("redo", words, dry_run, force, json)


def _run(verb: str, words: list[str] | None, dry_run: bool, force: bool, json: bool) -> int:
    target, number = split_words(words or [])
    count = 1 if number is None else number
    if dry_run:
        return _rehearse(verb, target, count, force, json)
    settings = history_settings() or JournalSettings(label=f"anyreg {verb}")
    registry = open_target(target, "r+", force=force, journal=settings)
    try:
        journal = registry.journal
        try:
            step = journal.undo if verb == "undo" else journal.redo
            entries = step(count, force=force)
        except NotFoundError as error:
            complain(str(error))
            return _NOTHING
    finally:
        finish(registry)
    for entry in entries:
        if json:
            emit_json(entry_record(entry))
        else:
            emit(f"{_DONE[verb]} {summary_of(entry)}")
    return 0


def _rehearse(verb: str, target: str, count: int, force: bool, json: bool) -> int:
    """Show what would change, in copies of the hives."""
    with (
        closing(open_target(target, "r", journal=JournalSettings())) as registry,
        ExitStack() as ours,
    ):
        journal = registry.journal
        try:
            if is_running(target):
                before, after = copies_for(registry, journal.looked_at(verb, count))
                ours.enter_context(before)
            else:
                before, after = registry, rehearsed(target, force=force)
            ours.enter_context(after)
            journal.rehearse(verb, after, count, force=force)
        except NotFoundError as error:
            complain(str(error))
            return _NOTHING
        show_changes(changes_in(before, after, "", security=True), target, json, registry)
    return 0
