r"""`anyreg env`: environment variables, of a user or of the system, and those that are lists.

TARGET is what stands in front of :: in an address: a hive, a disk, a registry; without one it is
your own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from anyreg import Environment
from anyreg.cli.address_arguments import JsonOption, open_target
from anyreg.cli.changing_options import (
    ChangingListingCommand,
    changes_asked,
    changing_as_asked,
)
from anyreg.cli.common_options import ListingCommand
from anyreg.cli.output import complain, emit, emit_json, emit_table, printable, show_data, show_name
from anyreg.errors import ValueNotFoundError
from anyreg.formats.json import value_record
from anyreg.paths import Address, parse_address
from anyreg.system import WINDOWS

app = typer.Typer(
    help="Environment variables: list, read, set and delete them; edit PATH.",
    epilog="Example: anyreg env ls NTUSER.DAT",
)
path_app = typer.Typer(
    help="A variable that is a list, as PATH is: its entries, one by one.",
    epilog=r"Example: anyreg env path add '%USERPROFILE%\bin' NTUSER.DAT",
)
app.add_typer(path_app, name="path")

_UNTOLD = (
    "no WM_SETTINGCHANGE was sent: this is not the registry of a running Windows, so programs "
    "see the change when they read it"
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The variable.")]
EntryArgument = Annotated[str, typer.Argument(metavar="ENTRY", help="A folder, %VARIABLES% in it.")]
TargetArgument = Annotated[
    str,
    typer.Argument(
        metavar="[TARGET]", help="A hive, a disk or a registry; without it, your own registry."
    ),
]
SystemOption = Annotated[
    bool, typer.Option("--system", "-s", help="The system's variables, not the user's.")
]
VariableOption = Annotated[
    str, typer.Option("--variable", metavar="NAME", help="The variable that is the list.")
]
MissingOption = Annotated[bool, typer.Option("--missing-ok", help="That it is not there is fine.")]


def _target(text: str) -> str:
    target, path = parse_address(text) if text else ("", "")
    if path:
        raise typer.BadParameter(f"a registry as a whole is meant here, not a key of it: {text}")
    return target


@contextmanager
def _reading(target: str, system: bool) -> Iterator[Environment]:
    with open_target(_target(target)) as registry:
        yield registry.environment(not system)


@contextmanager
def _changing(text: str, system: bool) -> Iterator[Environment]:
    """The variables, to be changed by the block in one transaction."""
    with _reading(text, system) as before:
        location = before.location
    target = _target(text)
    with changing_as_asked(str(Address(target, location))) as site:
        environment = site.registry.environment(not system)
        stored = environment.records()
        yield environment
        is_changed = environment.records() != stored
    is_expected = WINDOWS and not target  # on a Windows, of what looks like its own registry
    if is_expected and is_changed and not changes_asked().dry_run and not environment.announced:
        complain(_UNTOLD)


@app.command("ls", cls=ListingCommand, epilog="Example: anyreg env ls NTUSER.DAT")
def ls(
    target: TargetArgument = "",
    *,
    system: SystemOption = False,
    json: JsonOption = False,
) -> None:
    """List the variables with their texts as they are stored."""
    with _reading(target, system) as environment:
        values = environment.records()
        if json:
            for value in values:
                emit_json(value_record(value))
        else:
            rows = [(show_name(value.name), value.type_name, show_data(value)) for value in values]
            emit_table(("Name", "Type", "Text"), rows)


@app.command("get", cls=ListingCommand, epilog="Example: anyreg env get Path NTUSER.DAT")
def get(
    name: NameArgument,
    target: TargetArgument = "",
    *,
    system: SystemOption = False,
    json: JsonOption = False,
) -> None:
    """Print a variable's text as it is stored, not expanded."""
    with _reading(target, system) as environment:
        value = environment.value(name)
        if json:
            emit_json(value_record(value))
        else:
            emit(printable(str(value.data)))


@app.command(
    "set",
    cls=ChangingListingCommand,
    epilog=r"Example: anyreg env set TEMP '%USERPROFILE%\Temp' NTUSER.DAT",
)
def set_(
    name: NameArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Its text, %VARIABLES% in it.")],
    target: TargetArgument = "",
    *,
    expand: Annotated[
        bool | None,
        typer.Option(
            "--expand/--no-expand",
            help="Whether Windows shall replace %VARIABLES%; by default the type that is there "
            "says it, of a new variable whether there are any.",
            show_default=False,
        ),
    ] = None,
    system: SystemOption = False,
) -> None:
    """Set a variable; one that is there keeps its type."""
    with _changing(target, system) as environment:
        environment.set(name, text, expand=expand)


@app.command("rm", cls=ChangingListingCommand, epilog="Example: anyreg env rm OLD_HOME NTUSER.DAT")
def rm(
    name: NameArgument,
    target: TargetArgument = "",
    *,
    missing_ok: MissingOption = False,
    system: SystemOption = False,
) -> None:
    """Delete a variable."""
    with _changing(target, system) as environment:
        try:
            del environment[name]
        except ValueNotFoundError:
            if not missing_ok:
                raise


@path_app.command("ls", cls=ListingCommand, epilog="Example: anyreg env path ls NTUSER.DAT")
def path_ls(
    target: TargetArgument = "",
    *,
    variable: VariableOption = "Path",
    system: SystemOption = False,
    json: JsonOption = False,
) -> None:
    """Print the entries, one a line."""
    with _reading(target, system) as environment:
        for entry in environment.list(variable):
            if json:
                emit_json({"entry": entry})
            else:
                emit(printable(entry))


@path_app.command(
    "add",
    cls=ChangingListingCommand,
    epilog=r"Example: anyreg env path add '%USERPROFILE%\bin' NTUSER.DAT",
)
def path_add(
    entry: EntryArgument,
    target: TargetArgument = "",
    *,
    first: Annotated[
        bool, typer.Option("--first", help="In front of all others; one that is there moves.")
    ] = False,
    variable: VariableOption = "Path",
    system: SystemOption = False,
) -> None:
    """Put an entry behind the others; one that is there, in any case, is fine."""
    with _changing(target, system) as environment:
        entries = environment.list(variable)
        if first:
            entries.prepend(entry)
        else:
            entries.add(entry)


@path_app.command(
    "rm",
    cls=ChangingListingCommand,
    epilog=r"Example: anyreg env path rm 'C:\Old tools' NTUSER.DAT",
)
def path_rm(
    entry: EntryArgument,
    target: TargetArgument = "",
    *,
    missing_ok: MissingOption = False,
    variable: VariableOption = "Path",
    system: SystemOption = False,
) -> None:
    """Take an entry out, each time that it is there."""
    with _changing(target, system) as environment:
        if not environment.list(variable).remove(entry) and not missing_ok:
            raise ValueNotFoundError(f"no entry {entry!r}", path=variable)


@path_app.command(
    "dedupe",
    cls=ChangingListingCommand,
    epilog="Example: anyreg env path dedupe NTUSER.DAT --dry-run",
)
def path_dedupe(
    target: TargetArgument = "",
    *,
    variable: VariableOption = "Path",
    system: SystemOption = False,
) -> None:
    """Leave out the entries that stand further in front too."""
    with _changing(target, system) as environment:
        environment.list(variable).dedupe()
