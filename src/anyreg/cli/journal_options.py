"""Keeping the history of what commands change, so that `anyreg undo` can take it back."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import Annotated

import typer

from anyreg import JournalSettings, Registry
from anyreg.backends.history_location import OFF, VARIABLE
from anyreg.registry.current_registry import current, is_chosen
from anyreg.registry.opening import has_journal, keep_journal
from anyreg.system import WINDOWS

HistoryOption = Annotated[
    bool,
    typer.Option("--history/--no-history", help="Keep what changes, for anyreg undo."),
]
_LONGEST = 1000
_command: list[str] = []


def begin_command(words: Sequence[str]) -> None:
    """A command line begins: what changes until the next one is its doing."""
    _command[:] = words


def history_settings(wanted: bool = True) -> JournalSettings | bool:
    """How the history is kept; False where it is not, by an option or by ANYREG_HISTORY=off."""
    if not wanted or os.environ.get(VARIABLE, "").casefold() in OFF:
        return False
    return JournalSettings(label=_shown(["anyreg", *_command])[:_LONGEST])


def _shown(words: list[str]) -> str:
    """A command line as it can be typed again."""
    if not WINDOWS:
        return shlex.join(words)
    from subprocess import list2cmdline

    return list2cmdline(words)


def current_kept() -> Registry:
    """The registry of a command with no target, to be changed; one's own has a history."""
    registry = current()
    settings = history_settings()
    if settings and not has_journal(registry) and not is_chosen():
        keep_journal(registry, None, None, settings)
    return registry
