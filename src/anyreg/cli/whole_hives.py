"""What commands on whole hive files share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from anyreg.cli.address_arguments import file_size
from anyreg.cli.progress import BIG, counting, keys_in
from anyreg.errors import NotSupportedError
from anyreg.paths import host_of, parse_address

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="A hive.", show_default=False)]


def whole_file(text: str) -> str:
    """The path of a hive file; an address of a key in it is an error."""
    target, path = parse_address(text)
    if path:
        raise typer.BadParameter(f"a hive as a whole is meant here, not a key of it: {text}")
    if host_of(target):
        words = "this is for hive files; `anyreg save` makes one of a key of another machine"
        raise NotSupportedError(words, path=target)
    return str(expanded(target))


def new_file(text: str) -> str:
    """The path of a file that is to be made: found out before the work, not after it."""
    path = expanded(text)
    if path.exists() or path.is_symlink():
        raise typer.BadParameter(f"{text} is there already")
    return str(path)


def expanded(text: str) -> Path:
    """A path with its ~ replaced, where that means somebody."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


@contextmanager
def counted(what: str, path: str) -> Iterator[Callable[[], None]]:
    """A bar for work on a file that calls back for each thing."""
    size = file_size(path)
    total = keys_in(path) if size >= BIG else None
    with counting(what, size=size, printed=False, total=total) as next_one:
        yield partial(next_one, None)
