r"""`anyreg reg`: reg.exe's verbs, arguments, output and exit status, on any registry.

A key is named as reg.exe does, in the registry that is current; `TARGET::HKLM\...` is one of a
Windows disk or another registry.  All output and all questions are reg.exe's, in English.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from anyreg.cli.output import emit, printable
from anyreg.cli.reg import files
from anyreg.cli.reg.add import add
from anyreg.cli.reg.compare import compare
from anyreg.cli.reg.copy import copy
from anyreg.cli.reg.delete import delete
from anyreg.cli.reg.help import HELP
from anyreg.cli.reg.options import RegError, Verb, parse
from anyreg.cli.reg.query import query
from anyreg.cli.reg.reg_keys import MISSING
from anyreg.errors import NotFoundError, RegistryError
from anyreg.registry.current_registry import close_own
from anyreg.winapi.errors import MESSAGES

_HELP = frozenset({"/?", "-?", "/H", "-H"})
_VIEW = "[/reg:32 | /reg:64]"
_ONE_VALUE = frozenset({"v", "ve"})
VERBS = {
    "QUERY": Verb(
        query,
        "KEY [/v [NAME] | /ve] [/s] [/f TEXT [/k] [/d] [/c] [/e]] [/t TYPES] [/z] [/se LETTER] "
        + _VIEW,
        1,
        frozenset({"ve", "s", "k", "d", "c", "e", "z"}),
        frozenset({"v", "f", "t", "se"}),
        frozenset({"v"}),
        (_ONE_VALUE,),
    ),
    "ADD": Verb(
        add,
        f"KEY [/v NAME | /ve] [/t TYPE] [/s SEPARATOR] [/d DATA] [/f] {_VIEW}",
        1,
        frozenset({"ve", "f"}),
        frozenset({"v", "t", "s", "d"}),
        either=(_ONE_VALUE,),
    ),
    "DELETE": Verb(
        delete,
        f"KEY [/v NAME | /ve | /va] [/f] {_VIEW}",
        1,
        frozenset({"ve", "va", "f"}),
        frozenset({"v"}),
        either=(frozenset({"v", "ve", "va"}),),
    ),
    "COPY": Verb(copy, f"KEY1 KEY2 [/s] [/f] {_VIEW}", 2, frozenset({"s", "f"})),
    "SAVE": Verb(files.save, f"KEY FILE [/y] {_VIEW}", 2, frozenset({"y"})),
    "RESTORE": Verb(files.restore, f"KEY FILE {_VIEW}", 2),
    "LOAD": Verb(files.load, f"KEY FILE {_VIEW}", 2),
    "UNLOAD": Verb(files.unload, "KEY", 1),
    "COMPARE": Verb(
        compare,
        f"KEY1 KEY2 [/v NAME | /ve] [/oa | /od | /os | /on] [/s] {_VIEW}",
        2,
        frozenset({"ve", "oa", "od", "os", "on", "s"}),
        frozenset({"v"}),
        either=(frozenset({"v", "ve", "s"}), frozenset({"oa", "od", "os", "on"})),
    ),
    "EXPORT": Verb(files.export, f"KEY FILE [/y] {_VIEW}", 2, frozenset({"y"})),
    "IMPORT": Verb(files.import_, f"FILE {_VIEW}", 1),
}


def reg(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="VERB [ARGUMENT]...",
            help="QUERY, ADD, DELETE, COPY, SAVE, RESTORE, LOAD, UNLOAD, COMPARE, EXPORT or "
            "IMPORT; VERB /? says what it does and takes.",
            show_default=False,
        ),
    ] = None,
    crlf: Annotated[
        bool,
        typer.Option(
            "--crlf",
            envvar="ANYREG_CRLF",
            help="End lines in CR LF, as reg.exe does, for programs that split its output there.",
        ),
    ] = False,
) -> int:
    """Do what reg.exe does, with its arguments, its output and its exit status."""
    if crlf:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(newline="\r\n")
    try:
        return run(words or [])
    finally:
        close_own()


def run(words: Sequence[str]) -> int:
    """Do what the words behind `reg` ask for.

    Returns:
        0, 1 for an error, and of COMPARE 2 for a difference.
    """
    name = words[0].upper() if words else ""
    if name in _HELP:
        return _help()
    verb = VERBS.get(name)
    try:
        if verb is None:
            raise RegError("Invalid syntax.", hint=True)
        if len(words) == len((name, "/?")) and words[1].upper() in _HELP:
            emit(HELP[name].text(_syntax(name)))
            return 0
        return verb.run(parse(verb, words[1:]))
    except RegError as error:
        hint = f'\nType "REG {name} /?" for usage.' if verb else '\nType "REG /?" for usage.'
        return _fail(error.message + (hint if error.hint else ""))
    except NotFoundError:
        return _fail(MISSING)
    except RegistryError as error:
        return _fail(f"{MESSAGES.get(error.winerror, error.message)}.")


def _fail(message: str) -> int:
    print(f"ERROR: {printable_lines(message)}", file=sys.stderr)
    return 1


def printable_lines(text: str) -> str:
    """A text of several lines, without anything that could do harm."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _help() -> int:
    for name in VERBS:
        emit(_syntax(name))
    emit('\nType "REG VERB /?" for what a verb does and takes.')
    return 0


def _syntax(name: str) -> str:
    return f"REG {name} {VERBS[name].syntax}"
