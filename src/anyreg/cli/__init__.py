"""The command line `anyreg`; it needs the extra `cli`, and says so where that is missing."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import Final

_MADE: Final = 70_000  # objects that a command makes before Python looks which are garbage


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The words behind the program's name; those of the process by default.

    Returns:
        The exit status: 0 is fine; 1 not found, different, or problems found; 2 bad input.
    """
    try:
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

    The process is ours: Python looks for circles of garbage a hundred times less often than it
    would, and not at its end.  What a script of `anyreg run` makes is looked through as ever.

    Returns:
        The exit status, see main().
    """
    if sys.argv[1:2] == ["run"]:
        return main()
    gc.set_threshold(_MADE)
    status = main()
    gc.freeze()
    return status
