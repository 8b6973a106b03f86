"""`anyreg repair`: all that can be read of a hive, in a new file."""

from __future__ import annotations

from typing import Annotated

import typer

import anyreg
from anyreg.cli.output import complain, emit, emit_json, printable
from anyreg.cli.places import JsonOption
from anyreg.cli.wholes import FileArgument, counted, new_file, whole_file


def repair(
    file: FileArgument,
    out: Annotated[
        str, typer.Argument(metavar="OUT", help="The new hive, which must not be there.")
    ],
    json: JsonOption = False,
) -> int:
    """Write all that can be read of a hive into a new, sound one, and list the problems met.

    What they name may be missing in OUT; FILE is not touched. Status 1 if there are any.
    """
    path, target = whole_file(file), new_file(out)
    with counted("keys", path) as step:
        problems = anyreg.repair(path, target, step)
    for problem in problems:
        if json:
            emit_json(problem._asdict())
        else:
            emit(printable(str(problem)))
    if problems:
        met = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        complain(f"warning: {met} in {file}; what they name may be missing in {out}")
    elif not json:
        emit(printable(f"no problems in {file}; {out} holds all of it"))
    return 1 if problems else 0
