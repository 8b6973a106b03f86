"""The program that Typer makes of the commands, each of which is a module of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated, Final, NamedTuple, cast

import typer

from anyreg.cli import common_options
from anyreg.cli.output import emit
from anyreg.engine import COMPILED

COMPLETE: Final = "_ANYREG_COMPLETE"  # the variable that names the shell that asks
BAD_INPUT: Final = 2


class Command(NamedTuple):
    """Where a command is found.

    Attributes:
        place: Module and function; a module's name alone means that its `app` has commands.
        example: What its help ends with.
        as_they_come: Whether its words are not ours to read.
    """

    place: str
    example: str = ""
    as_they_come: bool = False


COMMANDS: Final = {
    "run": Command("run:run", "anyreg run script.py --its-option", as_they_come=True),
    "reg": Command("reg:reg", r"anyreg reg QUERY HKCU\Software /s", as_they_come=True),
    "ls": Command("ls:ls", r"anyreg ls 'NTUSER.DAT::Software\Microsoft' --long"),
    "tree": Command("tree:tree", "anyreg tree NTUSER.DAT --depth 2 --values"),
    "get": Command("get:get", r"anyreg get 'SYSTEM::Select' Current"),
    "find": Command("find:find", "anyreg find SOFTWARE 'notepad.exe' --data"),
    "timeline": Command(
        "timeline:timeline", "anyreg timeline NTUSER.DAT SOFTWARE --newer 2d --reverse"
    ),
    "info": Command("info:info", "anyreg info NTUSER.DAT"),
    "check": Command("check:check", "anyreg check NTUSER.DAT"),
    "dump": Command("dump:dump", "anyreg dump NTUSER.DAT > ntuser.jsonl"),
    "export": Command(
        "export:export", r"anyreg export 'SYSTEM::ControlSet001\Services' -o services.reg"
    ),
    "watch": Command(
        "watch:watch",
        r"anyreg watch HKCU 'HKLM\SOFTWARE\Vendor' --kinds 'value set,value deleted'"
        "\n\nanyreg watch HKCU --since kept.json --exec './notify.sh'"
        "\n\nanyreg watch HKCU HKLM -o changes.reg -- anyreg run setup.py",
    ),
    "diff": Command("diff:diff", "anyreg diff NTUSER.DAT NTUSER.BAK"),
    "patch": Command("patch:patch", "anyreg patch NTUSER.DAT changes.jsonl --dry-run"),
    "merge": Command("merge:merge", "anyreg merge BEFORE.DAT NTUSER.DAT THEIRS.DAT --dry-run"),
    "create": Command("create:create", r"anyreg create 'NTUSER.DAT::Software\Vendor\Product'"),
    "set": Command("set:set_", r"anyreg set 'NTUSER.DAT::Software\Vendor' Retries 5 --type dword"),
    "rm": Command("rm:rm", r"anyreg rm 'NTUSER.DAT::Software\Vendor' --recursive --dry-run"),
    "mv": Command("mv:mv", r"anyreg mv 'NTUSER.DAT::Software\Vendor' Seller"),
    "cp": Command("cp:cp", r"anyreg cp 'NTUSER.DAT::Software\Vendor' 'other.dat::Software\Vendor'"),
    "import": Command("import_:import_", "anyreg import NTUSER.DAT settings.reg --dry-run"),
    "save": Command("save:save", r"anyreg save 'NTUSER.DAT::Software\Vendor' vendor.hive"),
    "restore": Command(
        "save:restore", r"anyreg restore 'NTUSER.DAT::Software\Vendor' vendor.hive --dry-run"
    ),
    "history": Command("history:history", "anyreg history NTUSER.DAT"),
    "undo": Command("undo:undo", "anyreg undo NTUSER.DAT --dry-run"),
    "redo": Command("undo:redo", "anyreg redo NTUSER.DAT"),
    "recover": Command("recover:recover", "anyreg recover NTUSER.DAT"),
    "repair": Command("repair:repair", "anyreg repair NTUSER.DAT repaired.dat"),
    "compact": Command("compact:compact", "anyreg compact NTUSER.DAT"),
    "env": Command("env"),
    "acl": Command("acl"),
    "wine": Command("wine"),
    "fleet": Command("fleet"),
}

_ON_FILES = ("recover", "repair", "compact")
_CHANGING = ("create", "set", "mv", "cp")  # and take the options that all of these have
_SHOWING_NO_DATA = (
    "run",
    "reg",
    "get",
    "timeline",
    "info",
    "check",
    "dump",
    "export",
    "mv",
    "save",
)


def program(words: Sequence[str]) -> typer.Typer:
    """The program, with the command that the words name, or with all where they name none.

    Typer looks through the whole signature of each command that it is given, and each imports
    what it needs: with one alone, the program starts in about three quarters of the time.
    """
    app = typer.Typer(
        name="anyreg",
        help="Read, search, compare, export and change Windows registry hives.",
        epilog="An ADDRESS is a hive FILE, or FILE::KEY for a key in it, such as "
        r"'NTUSER.DAT::Software\Vendor'. Exit status: 0 is fine; 1 not found, different, or "
        "problems found; 2 bad input.",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_options)
    first = words[0] if words else ""
    for name in [first] if first in COMMANDS and not _is_completing() else COMMANDS:
        _add(app, name, COMMANDS[name])
    return app


def _add(app: typer.Typer, name: str, command: Command) -> None:
    module, _, function = command.place.partition(":")
    found = getattr(import_module(f"anyreg.cli.{module}"), function or "app")
    if not function:
        app.add_typer(cast(typer.Typer, found), name=name)
        return
    unread = {"ignore_unknown_options": True, "allow_interspersed_args": False}
    decorate = app.command(
        name,
        cls=_kind(name),
        epilog=f"Example: {command.example}",
        context_settings=unread if command.as_they_come else None,
    )
    decorate(cast("Callable[..., int | None]", found))


def _kind(name: str) -> type[common_options.Command]:
    if name in _CHANGING:
        from anyreg.cli.changing_options import ChangingCommand, ChangingListingCommand

        return ChangingCommand if name in _SHOWING_NO_DATA else ChangingListingCommand
    if name == "watch":
        return common_options.ProgramCommand
    if name in _ON_FILES:
        return common_options.FileCommand if name == "recover" else common_options.Command
    return (
        common_options.RegistryCommand
        if name in _SHOWING_NO_DATA
        else common_options.ListingCommand
    )


def _is_completing() -> bool:
    """Whether a shell that only Typer knows asks for what may come next."""
    return os.environ.get(COMPLETE, "").startswith("complete_")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        emit(f"anyreg {version('anyreg')} {'compiled' if COMPILED else 'plain'}")
        raise typer.Exit


def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> int:
    if context.invoked_subcommand is None:
        emit(context.get_help())
    return BAD_INPUT
