"""What a program changes: what `anyreg diff` finds between copies made before it, and after it.

The copies are made in memory.  The file for the changes is begun before the program runs, so that a
place where nothing can be written costs no run of it.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple

import typer

from anyreg import Change, NotSupportedError, Registry
from anyreg.backends.output_files import replacing
from anyreg.cli.address_arguments import opened
from anyreg.cli.command_changes import changes_in
from anyreg.cli.diff import show_change
from anyreg.cli.dry_run import rehearsed
from anyreg.cli.output import complain, emit_json, flush, json_line, on_terminal, system_words
from anyreg.cli.signals import ENDED_BY_SIGNAL, Handler, handled
from anyreg.formats.changes import change_record
from anyreg.formats.regfile import VERSION_5
from anyreg.formats.regfile.patch import write_patch
from anyreg.names import fold
from anyreg.paths import Address, join_path, parse_address, split_path
from anyreg.registry.exporting import expect_other_file
from anyreg.registry.file_formats import name_in_reg
from anyreg.registry.opening import is_live_default

_REG, _LINES = ".reg", ".jsonl"
_NOT_FOUND: Final = 127
_NOT_RUN: Final = 126
_DEPTH: Final = 2  # at which all hives of a registry are mounted


class _Before(NamedTuple):
    """A key as it was.

    Attributes:
        address: The key.
        path: Its path, as the registry spells it.
        registry: A copy of its registry.
        name: What a .reg file calls the key.
    """

    address: Address
    path: str
    registry: Registry
    name: str | None


def record(addresses: Sequence[str], program: Sequence[str], out: Path | None, json: bool) -> int:
    """Run a program, and write or show what it changes.

    Args:
        addresses: The keys that count.
        program: The program and its words.
        out: The patch; None: it is shown.
        json: Show it as JSON.

    Returns:
        The program's exit status.
    """
    if out is not None and out.suffix.lower() not in (_REG, _LINES):
        raise typer.BadParameter(f"a patch is a file that ends in {_REG} or {_LINES}: {out}")
    with ExitStack() as stack:
        before = _copies(addresses, out, stack)
        file = stack.enter_context(replacing(out)) if out is not None else None
        status = _run(program)
        if file is None:
            for one in before:
                _show(one, json)
        elif out is not None and out.suffix.lower() == _REG:
            file.writelines(_reg_file(before))
        else:
            for one in before:
                top = one.path if len(before) > 1 else ""
                for change in _changes(one):
                    moved = change._replace(
                        path=join_path(top, change.path) if top else change.path
                    )
                    file.write(json_line(change_record(moved)).encode())
    return status


def _copies(addresses: Sequence[str], out: Path | None, stack: ExitStack) -> list[_Before]:
    """The keys as they are now; one that stands below another counts with that."""
    copies: dict[tuple[str, str], Registry] = {}
    found: list[_Before] = []
    for text in addresses:
        address = parse_address(text)
        with opened(address) as place:
            path, about = place.key.path, place.registry.about
            if out is not None:
                expect_other_file(str(out), about)
            name = name_in_reg(about, path)
        if out is not None and out.suffix.lower() == _REG and name is None:
            raise typer.BadParameter(f"a .reg file has no name for {address}: name a key")
        where = address.target, "" if address.target or not is_live_default() else path
        if where not in copies:
            copies[where] = stack.enter_context(_copy(*where))
        found.append(_Before(address, path, copies[where], name))
    targets = {target for target, _ in copies}
    if out is not None and out.suffix.lower() == _LINES and len(targets) > 1:
        raise typer.BadParameter(f"a patch that ends in {_LINES} is for one registry")
    return [one for at, one in enumerate(found) if not _is_in(one, found[:at], found[at + 1 :])]


def _copy(target: str, path: str) -> Registry:
    """A registry as it is now, all of its hives; of the running Windows a key."""
    registry = rehearsed(target, path)
    keys = [registry.root]
    for _ in range(_DEPTH):  # a hive is copied when something in it is asked for
        keys = [child for key in keys for child in key.children()]
    for key in keys:
        key.info()
    return registry


def _is_in(one: _Before, earlier: list[_Before], later: list[_Before]) -> bool:
    """Whether another one has all of it; of two that are the same, the first one counts."""
    return any(_begins(one, other) for other in earlier) or any(
        _begins(one, other) and not _begins(other, one) for other in later
    )


def _begins(one: _Before, other: _Before) -> bool:
    names, others = _folded(one.path), _folded(other.path)
    return one.address.target == other.address.target and names[: len(others)] == others


def _folded(path: str) -> list[str]:
    return [fold(name) for name in split_path(path)]


def _changes(one: _Before) -> Iterator[Change]:
    """What is different now, with paths from the key on."""
    names = _folded(one.path)
    with opened(Address(one.address.target, "")) as place:
        for change in changes_in(one.registry, place.registry, one.path):
            if _folded(change.path)[: len(names)] == names:
                below = split_path(change.path)[len(names) :]
                yield change._replace(path="\\".join(below))


def _show(one: _Before, json: bool) -> None:
    for change in _changes(one):
        full = change._replace(path=join_path(one.path, change.path) if change.path else one.path)
        if json or not on_terminal():
            emit_json(change_record(full))
        else:
            show_change(full, False)


def _reg_file(before: list[_Before]) -> Iterator[bytes]:
    """A .reg file that makes the changes; what it cannot hold is left out, with a warning."""
    left_out: list[NotSupportedError] = []
    yield VERSION_5.mark
    for number, one in enumerate(before):
        pieces = write_patch(_changes(one), one.name or "", on_error=left_out.append)
        for index, piece in enumerate(pieces):
            if not number or index:  # one header is enough
                yield VERSION_5.encode(piece)
    if left_out:
        complain(f"warning: left out {len(left_out)} that a .reg file cannot hold: {left_out[0]}")


def _run(program: Sequence[str]) -> int:
    """Run a program, whose exit status is returned as a shell has it."""
    flush()
    try:
        process = subprocess.Popen(program)
    except OSError as error:
        complain(system_words(error))
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_RUN
    # Ctrl-C reaches the program anyway; what follows is done in any case.
    handlers: dict[int, Handler] = {
        signal.SIGINT: _ignore,
        signal.SIGTERM: lambda *_: process.terminate(),
    }
    with handled(handlers):
        code = process.wait()
    return ENDED_BY_SIGNAL - code if code < 0 else code


def _ignore(number: int, frame: FrameType | None) -> None:
    """The program has got it too."""
