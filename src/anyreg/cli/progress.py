"""A bar on stderr while a command works through a big hive.

The bar leaves standard output alone: that may go to a file, while stderr is a terminal.  Warnings
are put above it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from anyreg.cli.output import on_terminal

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")

BIG = 4 << 20  # bytes of a hive that takes long enough for a bar
_STEP = 250


def followed(things: Iterable[T], what: str, *, size: int, printed: bool = True) -> Iterator[T]:
    """The things as they come, counted by a bar that goes away at the end.

    Args:
        things: Any number of them.
        what: What is counted, in the plural.
        size: Bytes of the files that they come from; there is no bar for small ones.
        printed: Whether they are printed one by one, which a bar on the same terminal disturbs.
    """
    if size < BIG or not sys.stderr.isatty() or (printed and on_terminal()):
        return iter(things)
    return _counted(things, what)


def _counted(things: Iterable[T], what: str) -> Iterator[T]:
    with _bar() as bar:
        task = bar.add_task(what, total=None)
        for count, thing in enumerate(things, 1):
            if count % _STEP == 0:
                bar.update(task, completed=count)
            yield thing


@contextmanager
def counting(what: str, *, size: int, printed: bool = True) -> Iterator[Callable[[object], None]]:
    """Something to call for each thing that is gone through, counted by such a bar.

    Args:
        what: What is counted, in the plural.
        size: As for followed().
        printed: As for followed().
    """
    if size < BIG or not sys.stderr.isatty() or (printed and on_terminal()):
        yield _ignore
        return
    with _bar() as bar:
        task = bar.add_task(what, total=None)
        count = 0

        def next_one(thing: object) -> None:
            nonlocal count
            count += 1
            if count % _STEP == 0:
                bar.update(task, completed=count)

        yield next_one


def _ignore(thing: object) -> None:
    """Nobody looks."""


@contextmanager
def waiting(what: str, *, size: int) -> Iterator[None]:
    """A bar for the length of a block of which nothing is known but that it can take long."""
    if size < BIG or not sys.stderr.isatty():
        yield
        return
    with _bar("{task.description}") as bar:
        bar.add_task(what, total=None)
        yield


def _bar(counted: str = "{task.completed:,.0f} {task.description}") -> Progress:
    # Only here: rich takes a good part of a program's start.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn(counted),
        BarColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
