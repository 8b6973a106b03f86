"""A bar on stderr while a command works through a big hive.

The bar leaves standard output alone: that may go to a file, while stderr is a terminal.  Warnings
are put above it.  Whatever ends a command ends its bars, too, so that no half line stays behind.

How many keys a hive has nobody knows before they are read, but how often a cell in use begins as
a key node does is counted in a moment, and right but for data that look so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from anyreg.cli.output import is_kept, on_terminal

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")

BIG = 4 << 20  # bytes of a hive that takes long enough for a bar
_STEP = 250
_KEY_IN_USE = b"\xff\xffnk"  # the high half of a small negative size, and the signature
_BLOCK = 1 << 22
_COUNTED = "{task.completed:,.0f} {task.description}"

_shown: list[Progress] = []


def followed(
    things: Iterable[T], what: str, *, size: int, printed: bool = True, total: int | None = None
) -> Iterator[T]:
    """The things as they come, counted by a bar that goes away at the end.

    Args:
        things: Any number of them.
        what: What is counted, in the plural.
        size: Bytes of the files that they come from; there is no bar for small ones.
        printed: Whether they are printed one by one, which a bar on the same terminal disturbs.
        total: How many there will be, if that is known.
    """
    if not _wanted(size, printed):
        return iter(things)
    return _counted(things, what, total)


def _wanted(size: int, printed: bool) -> bool:
    """Whether there is a bar."""
    is_shown = size >= BIG and sys.stderr.isatty() and not is_kept()
    return is_shown and not (printed and on_terminal())


def is_big(size: int) -> bool:
    """Whether there is a bar for work on files of so many bytes, where nothing is printed."""
    return _wanted(size, False)


def _counted(things: Iterable[T], what: str, total: int | None) -> Iterator[T]:
    with _bar(what, total) as tick:
        for thing in things:
            yield thing
            tick()


@contextmanager
def counting(
    what: str,
    *,
    size: int,
    printed: bool = True,
    total: int | None = None,
    step: int = _STEP,
) -> Iterator[Callable[[object], None]]:
    """Something to call for each thing that is gone through, counted by such a bar.

    Args:
        what: What is counted, in the plural.
        size: As for followed().
        printed: As for followed().
        total: As for followed().
        step: After how many things what is shown is brought up to date.
    """
    if not _wanted(size, printed):
        yield _ignore
        return
    with _bar(what, total, step=step) as tick:
        yield lambda _: tick()


def _ignore(thing: object) -> None:
    """Nobody looks."""


@contextmanager
def waiting(what: str, *, size: int) -> Iterator[None]:
    """A bar for the length of a block of which nothing is known but that it can take long."""
    if not _wanted(size, False):
        yield
        return
    with _bar(what, None, is_counted=False):
        yield


@contextmanager
def ending(what: str, *, size: int) -> Iterator[Callable[[], None]]:
    """Something to call inside a block when its end begins, which can take long; a bar is shown."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(waiting(what, size=size))


def keys_in(file: str) -> int | None:
    """About how many keys a hive has, for a bar; None if none will be shown.

    Args:
        file: Its path.
    """
    path = Path(file)
    if not sys.stderr.isatty():
        return None
    count, rest = 0, b""
    with suppress(OSError), path.expanduser().open("rb") as stream:
        while block := stream.read(_BLOCK):
            count += (rest + block).count(_KEY_IN_USE)
            rest = block[1 - len(_KEY_IN_USE) :]
    return count or None


@contextmanager
def ended_bars() -> Iterator[None]:
    """A block after which no bar is left, in whatever way it ended."""
    try:
        yield
    finally:
        while _shown:
            _shown.pop().stop()


@contextmanager
def _bar(
    what: str, total: int | None, *, is_counted: bool = True, step: int = _STEP
) -> Iterator[Callable[[], None]]:
    bar = _made(is_counted, total is not None)
    task = bar.add_task(what, total=total)
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        if count % step == 0:
            bar.update(task, completed=count if total is None else min(count, total))

    bar.start()
    _shown.append(bar)
    try:
        yield tick
    finally:
        bar.stop()
        if bar in _shown:
            _shown.remove(bar)


def _made(is_counted: bool, has_total: bool) -> Progress:
    # Only here: rich takes a good part of a program's start.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class RateColumn(ProgressColumn):
        """How many a second."""

        def render(self, task: Task) -> Text:
            """The rate of a task."""
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f}/s" if speed else "", no_wrap=True)

    columns: list[ProgressColumn] = [
        TextColumn(_COUNTED if is_counted else "{task.description}"),
        BarColumn(bar_width=None if has_total else 20),
    ]
    if has_total:
        columns.append(TaskProgressColumn())
    if is_counted:
        columns.append(RateColumn())
    columns.append(TimeRemainingColumn() if has_total else TimeElapsedColumn())
    return Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        expand=has_total,
    )
