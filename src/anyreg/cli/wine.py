"""`anyreg wine`: the prefixes of Wine that there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from anyreg.backends.wine.known_places import KnownPrefix, known_prefixes
from anyreg.backends.wine.prefix_files import FILES
from anyreg.backends.wine.server import WineServer
from anyreg.backends.wine.wine_prefix import find_prefix, read_prefix
from anyreg.cli.address_arguments import JsonOption
from anyreg.cli.common_options import Command
from anyreg.cli.output import emit_json, emit_table, printable
from anyreg.errors import NotFoundError

app = typer.Typer(
    help="Prefixes of Wine, of Lutris, Bottles and Proton, too.",
    epilog="Example: anyreg wine ls",
)
_TITLES = ("Prefix", "Of", "Name", "Windows", "User", "Size", "Wine")

FoldersArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FOLDER]...", help="Prefixes; without any, all that are found.", show_default=False
    ),
]


@app.callback()
def wine() -> None:
    r"""Prefixes of Wine: FOLDER::HKCU\Software is an address in one."""


@app.command("ls", cls=Command, epilog="Example: anyreg wine ls --json")
def ls(folders: FoldersArgument = None, json: JsonOption = False) -> None:
    """List prefixes: where, whose, of how many bits, how large, and whether Wine runs for them."""
    found = [_named(folder) for folder in folders] if folders else known_prefixes()
    records = [_record(prefix) for prefix in found]
    if json:
        for record in records:
            emit_json(record)
    else:
        emit_table(_TITLES, [_row(record) for record in records])


def _named(folder: Path) -> KnownPrefix:
    place = find_prefix(str(folder.expanduser()))
    if not place:
        raise NotFoundError("no prefix of Wine there", path=str(folder))
    return KnownPrefix(place, "", "")


def _record(known: KnownPrefix) -> dict[str, object]:
    prefix = read_prefix(known.folder)
    sizes = {
        name: path.stat().st_size for name in FILES if (path := Path(known.folder, name)).is_file()
    }
    return {
        "folder": known.folder,
        "manager": known.manager,
        "name": known.name,
        "architecture": prefix.arch,
        "user": prefix.user,
        "sizes": sizes,
        "running": WineServer(known.folder).is_running(),
    }


def _row(record: dict[str, object]) -> tuple[str, ...]:
    sizes = record["sizes"]
    assert isinstance(sizes, dict)
    words = [record[key] for key in ("folder", "manager", "name", "architecture", "user")]
    state = "runs" if record["running"] else "stopped"
    return (*[printable(str(word)) or "-" for word in words], f"{sum(sizes.values()):,}", state)
