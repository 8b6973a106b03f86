"""The options of `anyreg watch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RecursiveOption = Annotated[
    bool,
    typer.Option(
        "--recursive/--no-recursive",
        help="All keys below too, or values of the key and names of its subkeys alone.",
    ),
]
KindsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kinds",
        metavar="KIND",
        help="Only such changes, as 'value set' or 'key created,key deleted'; it can be given "
        "several times.",
        show_default=False,
    ),
]
MatchOption = Annotated[
    list[str] | None,
    typer.Option(
        "--match",
        metavar="PATTERN",
        help="Only of values and keys of such names, as '*.exe'; with a backslash, of such "
        "paths. It can be given several times.",
        show_default=False,
    ),
]
DebounceOption = Annotated[
    float,
    typer.Option(
        min=0, metavar="SECONDS", help="Gather what changes within so many.", show_default=False
    ),
]
SinceOption = Annotated[
    str,
    typer.Option(
        metavar="FILE",
        help="Go on where the last watch with this FILE has ended, or begin one; or go on at a "
        "position, as a command of --exec gets it.",
        show_default=False,
    ),
]
PollOption = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        metavar="SECONDS",
        help="Look at the files every so often, where the system reports no changes.",
        show_default=False,
    ),
]
CommandOption = Annotated[
    str,
    typer.Option(
        "--exec",
        metavar="CMD",
        help="Instead of printing, run this in a shell for each transaction, with that as JSON "
        "on its standard input.",
        show_default=False,
    ),
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit",
        "--count",
        min=1,
        help="Stop after so many changes, at the end of a transaction.",
        show_default=False,
    ),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        min=0,
        metavar="SECONDS",
        help="Stop after so many without a change.",
        show_default=False,
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="With a program behind --: write what it has changed as a patch, a .reg file or "
        "lines of JSON (.jsonl); without it, it is shown as by `anyreg diff`.",
        show_default=False,
    ),
]
