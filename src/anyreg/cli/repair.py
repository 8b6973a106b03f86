"""`anyreg repair`: all that can be read of a hive, in a new file."""

from __future__ import annotations

from typing import Annotated

import typer

import anyreg
from anyreg.backends.maintenance import Repaired
from anyreg.cli.address_arguments import JsonOption
from anyreg.cli.output import complain, emit, emit_json, printable
from anyreg.cli.whole_hives import FileArgument, counted, new_file, whole_file
from anyreg.engine.rebuild import LOST


def repair(
    file: FileArgument,
    out: Annotated[
        str, typer.Argument(metavar="OUT", help="The new hive, which must not be there.")
    ],
    json: JsonOption = False,
) -> int:
    """Write all that can be read of a hive into a new, sound one, and list the problems met.

    What they name may be missing in OUT; FILE is not touched. Keys that no list names come
    back, those without a place below Lost+Found. Status 1 if anything was damaged.
    """
    path, target = whole_file(file), new_file(out)
    with counted("keys", path) as step:
        done = anyreg.repair(path, target, step)
    problems = done.problems
    for problem in problems:
        if json:
            emit_json(problem._asdict())
        else:
            emit(printable(str(problem)))
    _tell(done, file, json)
    if problems:
        met = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        complain(f"warning: {met} in {file}; what they name may be missing in {out}")
    elif not json and not done.lost and not done.has_new_header:
        emit(printable(f"no problems in {file}; {out} holds all of it"))
    return 1 if problems or done.lost or done.has_new_header else 0


def _tell(done: Repaired, file: str, json: bool) -> None:
    """Say what was put together again."""
    if not (done.returned or done.lost or done.has_new_header):
        return
    if json:
        counts = {"keys": done.keys, "returned": done.returned, "lost": done.lost}
        emit_json({**counts, "new_header": done.has_new_header})
        return
    if done.has_new_header:
        emit(printable(f"the header of {file}, or its root key, is made anew"))
    if done.returned:
        emit(f"{done.returned} keys that no list names are back in their place")
    if done.lost:
        emit(f"{done.lost} keys whose place is not known are below {LOST}")
    emit(f"{done.keys} keys in all")
