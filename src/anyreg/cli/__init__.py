"""The command line `anyreg`; it needs the extra `cli`, and says so where that is missing."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from anyreg.garbage import uncollected


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The words behind the program's name; those of the process by default.

    Returns:
        The exit status: 0 is fine; 1 not found, different, or problems found; 2 bad input.
    """
    try:
        with uncollected():  # imports make many things that stay
            import rich  # noqa: F401 - only whether it is there
            import typer  # noqa: F401

            from anyreg.cli.app import run
    except ModuleNotFoundError as error:
        print(
            f"anyreg: the command line needs {error.name}; install it with: "
            'pip install "anyreg[cli]"',
            file=sys.stderr,
        )
        return 2
    return run(arguments)


def command() -> int:
    """Run the command that a process was started for, with the words of the process.

    What was imported stays as long as the process: Python need not look through it for garbage.
    At the end all memory goes at once, and nothing is taken apart before; but for what a script
    of `anyreg run` has left, which ends as it would without us.

    Returns:
        The exit status, if the process does not end here; see main().
    """
    runs_script = sys.argv[1:2] == ["run"]  # which changes sys.argv
    gc.freeze()
    status = main()
    if not runs_script:
        _leave(status)
    return status


def _leave(status: int) -> NoReturn:
    """End the process as Python does, in a tenth of the time."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # nobody reads, or it is closed
            stream.flush()
    os._exit(status)
