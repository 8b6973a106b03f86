"""The command line `anyreg`; it needs the extra `cli`, and says so where that is missing."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence


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
    except ModuleNotFoundError as error:
        print(
            f"anyreg: the command line needs {error.name}; install it with: "
            'pip install "anyreg[cli]"',
            file=sys.stderr,
        )
        return 2
    from anyreg.cli.app import run

    return run(arguments)


def command() -> int:
    """Run the command that a process was started for, with the words of the process.

    What was imported stays as long as the process, and at its end all memory goes at once: Python
    need not look through either for garbage.  What a script of `anyreg run` has left it does
    look through, as it would without us.

    Returns:
        The exit status; see main().
    """
    runs_script = sys.argv[1:2] == ["run"]  # which changes sys.argv
    gc.freeze()
    status = main()
    if not runs_script:
        gc.freeze()
    return status
