"""anyreg run: a Python program whose `import winreg` gives anyreg's."""

from __future__ import annotations

import atexit
import runpy
import sys
from pathlib import Path
from types import TracebackType
from typing import Annotated

import typer

import anyreg
from anyreg.cli.address_arguments import open_target

_OURS = ("anyreg", "typer", "click", "runpy")


def run(
    program: Annotated[
        list[str],
        typer.Argument(
            metavar="SCRIPT [ARGUMENT]...",
            help="The program and its arguments; -m MODULE runs a module.",
            show_default=False,
        ),
    ],
    registry: Annotated[
        str, typer.Option(metavar="TARGET", help="The registry; your own by default.")
    ] = "",
    ctypes: Annotated[
        bool, typer.Option("--ctypes/--no-ctypes", help="Also offer ctypes.windll off Windows.")
    ] = True,
    pywin32: Annotated[
        bool,
        typer.Option("--pywin32/--no-pywin32", help="Also offer pywin32's modules for registries."),
    ] = True,
) -> int:
    """Run a Python program with anyreg's winreg, ctypes.windll and pywin32's registry part."""
    if program == ["-m"]:
        raise typer.BadParameter("a module is expected behind -m")
    anyreg.install_as_winreg(ctypes=ctypes, pywin32=pywin32)
    if registry:
        opened = open_target(registry, "r+")
        atexit.register(opened.close)  # its threads and what it has registered end before
        anyreg.use(opened)
    return _run(program)


def _run(program: list[str]) -> int:
    """Run a program as Python itself would; its exit status."""
    try:
        _start(program)
    except SystemExit as end:
        return _status(end)
    except BaseException as error:  # whatever it is, Python would print it
        error = error.with_traceback(_without_us(error.__traceback__))
        sys.excepthook(type(error), error, error.__traceback__)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _start(program: list[str]) -> None:
    if program[0] == "-m":
        sys.argv = program[1:]
        sys.path[0] = str(Path.cwd())
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
        return
    sys.argv = program
    sys.path[0] = str(Path(program[0]).resolve().parent)
    runpy.run_path(program[0], run_name="__main__")


def _status(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _without_us(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the program's own first line on."""
    while trace is not None and _is_ours(trace):
        trace = trace.tb_next
    return trace


def _is_ours(trace: TracebackType) -> bool:
    name = str(trace.tb_frame.f_globals.get("__name__"))
    return name.split(".", maxsplit=1)[0] in _OURS or "runpy" in name
