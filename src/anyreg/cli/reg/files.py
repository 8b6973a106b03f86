"""REG SAVE, RESTORE, LOAD, UNLOAD with hives, EXPORT and IMPORT with .reg files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from anyreg.backends import ask, trees
from anyreg.backends.base import VIEW_32
from anyreg.backends.output_files import replacing
from anyreg.cli.journal_options import current_kept
from anyreg.cli.output import complain
from anyreg.cli.reg.link_walk import steps
from anyreg.cli.reg.options import Arguments, RegError, invalid_syntax
from anyreg.cli.reg.path_views import steps_in_view
from anyreg.cli.reg.prompts import DONE, confirm, finish
from anyreg.cli.reg.reg_keys import Place, placed
from anyreg.errors import NotSupportedError, RegFileError, RegistryError
from anyreg.formats.instructions import Instruction
from anyreg.formats.limits import within_limits
from anyreg.formats.regfile import VERSION_5, parse
from anyreg.interchange.apply import apply
from anyreg.registry.exporting import write_reg
from anyreg.values import Node

_NO_FILE = "The system cannot find the file specified."
_CANNOT_WRITE = "Unable to write to the file. There may be a disk or file system error."
_CANNOT_OPEN = "Error opening the file. There may be a disk or file system error."


def _may_write(given: Arguments, file: Path) -> bool:
    """Whether a file is new, or may be replaced."""
    return given.has("y") or not file.exists() or confirm(f"File {file} already exists. Overwrite")


def save(given: Arguments) -> int:
    """REG SAVE: a key and all below it as a hive file."""
    file = Path(given.names[1])
    with placed(given.names[0], given.view) as place:
        node = place.find()
        if not _may_write(given, file):
            return finish(done=False)
        draft = file.with_name(f".{file.name}.tmp")
        _expect_folder(file)
        draft.unlink(missing_ok=True)
        trees.save(place.backend, node, str(draft))
        draft.replace(file)
    return finish()


def restore(given: Arguments) -> int:
    """REG RESTORE: what a hive file holds in the place of what a key holds."""
    _expect(given.names[1])
    with placed(given.names[0], given.view, writing=True) as place:
        trees.restore(place.backend, place.find(), given.names[1])
    return finish()


def load(given: Arguments) -> int:
    """REG LOAD: a hive file as a key below HKLM or HKU."""
    _expect(given.names[1])
    with placed(given.names[0], writing=True) as place:
        ask.load(place.backend, _root_of(place), place.path, given.names[1])
    return finish()


def unload(given: Arguments) -> int:
    """REG UNLOAD: a key away that REG LOAD has made."""
    with placed(given.names[0], writing=True) as place:
        ask.unload(place.backend, _root_of(place), place.path)
    return finish()


def _root_of(place: Place) -> Node:
    """The root that a mounted hive is right below."""
    if not place.path or "\\" in place.path:
        raise invalid_syntax()
    return place.top()


def _expect_folder(file: Path) -> None:
    if not file.parent.is_dir():
        raise RegError(_CANNOT_WRITE)


def _expect(file: str) -> None:
    if not Path(file).is_file():
        raise RegError(_NO_FILE)


def export(given: Arguments) -> int:
    """REG EXPORT: a key and all below it as a .reg file of version 5, texts cut at a NUL."""
    file = Path(given.names[1])
    with placed(given.names[0], given.view) as place:
        key = place.key()
        if not _may_write(given, file):
            return finish(done=False)
        _expect_folder(file)
        try:
            with replacing(file) as stream:
                stream.write(VERSION_5.mark)
                pieces = write_reg(key, place.name_in_files, on_cut=_warn, steps=steps(place))
                for piece in pieces:
                    stream.write(piece.encode(VERSION_5.encoding, "surrogatepass"))
        except NotSupportedError as error:
            raise RegError(str(error)) from error
    return finish()


def import_(given: Arguments) -> int:
    """REG IMPORT: what a .reg file asks for, but for lines that are wrong, each with a warning.

    reg.exe says on stderr that it is done.
    """
    file = given.names[0]
    try:
        with Path(file).open("rb") as stream:
            instructions = list(_readable(stream))
    except RegFileError as error:
        error.path = file
        raise RegError(str(error)) from error
    except OSError as error:
        raise RegError(_CANNOT_OPEN) from error
    registry = current_kept()
    with registry.transaction():
        if given.view == VIEW_32:
            instructions = list(steps_in_view(registry, instructions, given.view))
        apply(registry, instructions)
    print(DONE, file=sys.stderr)
    return 0


def _readable(stream: BinaryIO) -> Iterator[Instruction]:
    return within_limits(parse(stream, on_error=_warn, as_windows=True), _warn)


def _warn(error: RegistryError) -> None:
    complain(f"warning: {error}")
