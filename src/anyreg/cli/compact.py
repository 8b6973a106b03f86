"""`anyreg compact`: a hive without its free space."""

from __future__ import annotations

from typing import Annotated

import typer

import anyreg
from anyreg.cli.address_arguments import JsonOption, file_size
from anyreg.cli.output import emit, emit_json, printable
from anyreg.cli.whole_hives import FileArgument, counted, new_file, whole_file
from anyreg.errors import CorruptHiveError


def compact(
    file: FileArgument,
    out: Annotated[
        str | None,
        typer.Argument(
            metavar="[OUT]",
            help="The new hive, which must not be there; without it, FILE itself.",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Leave out the free space of a sound hive, in place or into a new file."""
    path = whole_file(file)
    before = file_size(path)
    if out is None:
        _in_place(path)
    else:
        target = new_file(out)
        with counted("keys", path) as step:
            anyreg.compact(path, target, step)
    after = file_size(path if out is None else target)
    if json:
        emit_json({"file": file, "out": out or file, "before": before, "after": after})
    else:
        emit(printable(f"{out or file}: {before:,} -> {after:,} bytes"))


def _in_place(path: str) -> None:
    _require_sound(path)
    with anyreg.open(path, "r+") as registry, counted("keys laid out", path) as step:
        registry.compact(step)


def _require_sound(path: str) -> None:
    """Refuse a hive of which something would be lost."""
    with anyreg.open(path) as registry:
        with counted("keys looked at", path) as step:
            for key, _, _ in registry.root.walk():
                key.info()
                _ = key.descriptor
                step()
        if registry.problems:
            problem = registry.problems[0]
            raise CorruptHiveError(f"the hive is damaged ({problem}); repair it", path=path)
