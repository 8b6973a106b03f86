"""The program: its commands, and the one place where errors become messages and a status.

Commands return their exit status, or nothing for 0.  Whatever goes wrong is told in exactly one
line on stderr; a reader of our output that goes away ends the program without a word.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated, Final, NamedTuple, cast

import typer

from anyreg.cli import common
from anyreg.cli.keeping import begin_command
from anyreg.cli.notices import shown_notices
from anyreg.cli.output import (
    ReaderGoneError,
    complain,
    emit,
    prepare_streams,
    printable,
    system_words,
)
from anyreg.cli.progress import ended_bars
from anyreg.engine import COMPILED
from anyreg.errors import ConflictError, KeyNotFoundError, RegistryError, ValueNotFoundError

_COMPLETE = "_ANYREG_COMPLETE"
_SHELLS = ("bash", "zsh", "fish")
_INSTALL, _SHOW = "--install-completion", "--show-completion"
FINE, NOT_FOUND, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

_DEFAULT = re.compile(r"no value '\(default\)'[a-z ]*", re.IGNORECASE)
_OPTIONS = {"force=True": "--force", "user=": "--user NAME"}

# The base of all errors of usage, for which Typer has no name of its own.
_CommandError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])


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
}

_ON_FILES = ("recover", "repair", "compact")
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


def _kind(name: str) -> type[common.Command]:
    if name in _ON_FILES:
        return common.FileCommand if name == "recover" else common.Command
    return common.RegistryCommand if name in _SHOWING_NO_DATA else common.ListingCommand


def _is_completing() -> bool:
    """Whether a shell that only Typer knows asks for what may come next."""
    return os.environ.get(_COMPLETE, "").startswith("complete_")


def _for_shells(words: Sequence[str]) -> bool:
    """Do what is for completion, if that is asked for: give candidates, or the script."""
    shell = os.environ.get(_COMPLETE, "")
    if shell in _SHELLS:
        from anyreg.cli.completion import answer

        answer(shell, words)
        return True
    if not words or words[0] not in (_INSTALL, _SHOW):
        return False
    from anyreg.cli.completion.scripts import SCRIPTS, install, this_shell

    shell = words[1] if len(words) > 1 else this_shell()
    if shell not in SCRIPTS:
        return False  # Typer knows some more
    if words[0] == _SHOW:
        emit(SCRIPTS[shell].text.rstrip("\n"))
    else:
        emit(f"{printable(str(install(shell)))} is in place; new shells complete anyreg")
    return True


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


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; see anyreg.cli.main."""
    prepare_streams()
    words = sys.argv[1:] if arguments is None else arguments
    begin_command(words)
    try:
        if _for_shells(words):
            sys.stdout.flush()
            return FINE
        app = program(words)
        with shown_notices(), ended_bars():
            status = app(args=arguments, prog_name="anyreg", standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, ReaderGoneError):
        _drop_output()
        return FINE
    except SystemExit as end:  # the shell's completion ends so
        return end.code if isinstance(end.code, int) else FINE
    except (KeyNotFoundError, ValueNotFoundError, ConflictError) as error:
        complain(_with_options(str(error)))
        return NOT_FOUND
    except RegistryError as error:
        complain(_with_options(str(error)))
    except OSError as error:
        complain(system_words(error))
    except typer.Abort:
        return INTERRUPTED
    except _CommandError as error:
        complain(error.format_message())
    else:
        return status if isinstance(status, int) else FINE
    return BAD_INPUT


def _drop_output() -> None:
    """Nobody reads any more: what is still buffered must not fail at the end of the process."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


def _with_options(message: str) -> str:
    """A message that names arguments of Python, with the options that they have here."""
    for argument, option in _OPTIONS.items():
        message = message.replace(argument, option)
    return _DEFAULT.sub(r"\g<0> ('' is the name of the default value)", message)
