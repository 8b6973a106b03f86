"""Running one command: the one place where errors become messages and a status.

Commands return their exit status, or nothing for 0.  Whatever goes wrong is reported in exactly
one line on stderr; a reader of our output that goes away ends the program without a word.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import cast

import typer

from anyreg.cli.journal_options import begin_command
from anyreg.cli.notice_lines import notices_on_stderr
from anyreg.cli.output import (
    ReaderGoneError,
    as_shells_read,
    complain,
    emit,
    flush,
    prepare_streams,
    printable,
    system_words,
)
from anyreg.cli.program import BAD_INPUT, COMPLETE, program
from anyreg.cli.progress import ended_bars
from anyreg.errors import ConflictError, KeyNotFoundError, RegistryError, ValueNotFoundError

_SHELLS = ("bash", "zsh", "fish")
_INSTALL, _SHOW = "--install-completion", "--show-completion"
FINE, NOT_FOUND, INTERRUPTED = 0, 1, 130

_DEFAULT = re.compile(r"no value '\(default\)'[a-z ]*", re.IGNORECASE)
_OPTIONS = {"force=True": "--force", "user=": "--user NAME"}

# The base of all errors of usage, for which Typer has no name of its own.
_CommandError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])


def _for_shells(words: Sequence[str]) -> bool:
    """Do what is for completion, if that is asked for: give candidates, or the script."""
    shell = os.environ.get(COMPLETE, "")
    if shell in _SHELLS:
        from anyreg.cli.completion import answer

        as_shells_read()
        answer(shell, words)
        return True
    if not words or words[0] not in (_INSTALL, _SHOW):
        return False
    from anyreg.cli.completion.scripts import SCRIPTS, install, this_shell

    shell = words[1] if len(words) > 1 else this_shell()
    if shell not in SCRIPTS:
        return False  # Typer knows some more
    if words[0] == _SHOW:
        as_shells_read()
        emit(SCRIPTS[shell].text.rstrip("\n"))
    else:
        emit(f"{printable(str(install(shell)))} is in place; new shells complete anyreg")
    return True


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; see anyreg.cli.main."""
    prepare_streams()
    words = sys.argv[1:] if arguments is None else arguments
    begin_command(words)
    try:
        if _for_shells(words):
            flush()
            return FINE
        app = program(words)
        with notices_on_stderr(), ended_bars():
            # Where none are given it takes those of the process, and expands them on Windows.
            status = app(args=[*words], prog_name="anyreg", standalone_mode=False)
        flush()
    except (BrokenPipeError, ReaderGoneError):
        _drop_output()
        return FINE
    except SystemExit as end:  # the shell's completion ends so
        return end.code if isinstance(end.code, int) else FINE
    except (KeyNotFoundError, ValueNotFoundError, ConflictError) as error:
        complain(_with_options(str(error)))
        return NOT_FOUND
    except RegistryError as error:
        complain(_with_options(str(error)))
    except OSError as error:
        complain(system_words(error))
    except typer.Abort:
        return INTERRUPTED
    except _CommandError as error:
        complain(error.format_message())
    else:
        return status if isinstance(status, int) else FINE
    return BAD_INPUT


def _drop_output() -> None:
    """Nobody reads any more: what is still buffered must not fail at the end of the process."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


def _with_options(message: str) -> str:
    """A message that names arguments of Python, with the options that they have here."""
    for argument, option in _OPTIONS.items():
        message = message.replace(argument, option)
    return _DEFAULT.sub(r"\g<0> ('' is the name of the default value)", message)
