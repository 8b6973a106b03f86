"""The program: its commands, and the one place where errors become messages and a status.

Commands return their exit status, or nothing for 0.  Whatever goes wrong is told in exactly one
line on stderr; a reader of our output that goes away ends the program without a word.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated, cast

import typer

from anyreg.cli import (
    check,
    compact,
    cp,
    create,
    diff,
    dump,
    env,
    export,
    find,
    get,
    history,
    info,
    ls,
    merge,
    mv,
    patch,
    recover,
    repair,
    rm,
    save,
    timeline,
    tree,
    undo,
)
from anyreg.cli import import_ as import_command
from anyreg.cli import reg as reg_command
from anyreg.cli import run as run_command
from anyreg.cli import set as set_command
from anyreg.cli.keeping import begin_command
from anyreg.cli.output import ReaderGoneError, complain, emit, forgive_encodings
from anyreg.engine import COMPILED
from anyreg.errors import ConflictError, KeyNotFoundError, RegistryError, ValueNotFoundError

FINE, NOT_FOUND, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

# The base of all errors of usage, for which Typer has no name of its own.
_CommandError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])

app = typer.Typer(
    name="anyreg",
    help="Read, search, compare, export and change Windows registry hives.",
    epilog="An ADDRESS is a hive FILE, or FILE::KEY for a key in it, such as "
    r"'NTUSER.DAT::Software\Vendor'. Exit status: 0 is fine; 1 not found, different, or problems "
    "found; 2 bad input.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS: tuple[tuple[Callable[..., int | None], str], ...] = (
    (ls.ls, r"anyreg ls 'NTUSER.DAT::Software\Microsoft' --long"),
    (tree.tree, "anyreg tree NTUSER.DAT --depth 2 --values"),
    (get.get, r"anyreg get 'SYSTEM::Select' Current"),
    (find.find, "anyreg find SOFTWARE 'notepad.exe' --data"),
    (timeline.timeline, "anyreg timeline NTUSER.DAT SOFTWARE --newer 2d --reverse"),
    (info.info, "anyreg info NTUSER.DAT"),
    (check.check, "anyreg check NTUSER.DAT"),
    (dump.dump, "anyreg dump NTUSER.DAT > ntuser.jsonl"),
    (export.export, r"anyreg export 'SYSTEM::ControlSet001\Services' -o services.reg"),
    (diff.diff, "anyreg diff NTUSER.DAT NTUSER.BAK"),
    (patch.patch, "anyreg patch NTUSER.DAT changes.jsonl --dry-run"),
    (merge.merge, "anyreg merge BEFORE.DAT NTUSER.DAT THEIRS.DAT --dry-run"),
    (create.create, r"anyreg create 'NTUSER.DAT::Software\Vendor\Product'"),
    (set_command.set_, r"anyreg set 'NTUSER.DAT::Software\Vendor' Retries 5 --type dword"),
    (rm.rm, r"anyreg rm 'NTUSER.DAT::Software\Vendor' --recursive --dry-run"),
    (mv.mv, r"anyreg mv 'NTUSER.DAT::Software\Vendor' Seller"),
    (cp.cp, r"anyreg cp 'NTUSER.DAT::Software\Vendor' 'other.dat::Software\Vendor'"),
    (import_command.import_, "anyreg import NTUSER.DAT settings.reg --dry-run"),
    (save.save, r"anyreg save 'NTUSER.DAT::Software\Vendor' vendor.hive"),
    (save.restore, r"anyreg restore 'NTUSER.DAT::Software\Vendor' vendor.hive --dry-run"),
    (history.history, "anyreg history NTUSER.DAT"),
    (undo.undo, "anyreg undo NTUSER.DAT --dry-run"),
    (undo.redo, "anyreg redo NTUSER.DAT"),
    (recover.recover, "anyreg recover NTUSER.DAT"),
    (repair.repair, "anyreg repair NTUSER.DAT repaired.dat"),
    (compact.compact, "anyreg compact NTUSER.DAT"),
)
# Two commands whose words are not ours to read.
_AS_THEY_COME = {"ignore_unknown_options": True, "allow_interspersed_args": False}
_PROGRAMS: tuple[tuple[Callable[..., int | None], str], ...] = (
    (run_command.run, "anyreg run script.py --its-option"),
    (reg_command.reg, r"anyreg reg QUERY HKCU\Software /s"),
)
for _command, _example in _PROGRAMS:
    app.command(_example.split()[1], epilog=f"Example: {_example}", context_settings=_AS_THEY_COME)(
        _command
    )
for _command, _example in _COMMANDS:
    app.command(_example.split()[1], epilog=f"Example: {_example}")(_command)
app.add_typer(env.app, name="env")


def _show_version(wanted: bool) -> None:
    if wanted:
        emit(f"anyreg {version('anyreg')} {'compiled' if COMPILED else 'plain'}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
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
    forgive_encodings()
    begin_command(sys.argv[1:] if arguments is None else arguments)
    try:
        status = app(args=arguments, prog_name="anyreg", standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, ReaderGoneError):
        _drop_output()
        return FINE
    except SystemExit as end:  # the shell's completion ends so
        return end.code if isinstance(end.code, int) else FINE
    except (KeyNotFoundError, ValueNotFoundError, ConflictError) as error:
        complain(str(error))
        return NOT_FOUND
    except RegistryError as error:
        complain(str(error))
    except OSError as error:
        complain(_in_words(error))
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


def _in_words(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{reason}: {error.filename}" if error.filename else reason
