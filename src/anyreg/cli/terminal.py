"""Colours and tables for terminals: all that rich does for the commands but bars.

It is imported only where a person reads along, as rich takes a good part of a program's start.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

from rich.cells import cell_len, set_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

_DOTS: Final = "..."


def has_colours(stream: TextIO) -> bool:
    """Whether a terminal shows colours."""
    console = Console(file=stream)
    return console.color_system is not None and not console.legacy_windows


def coloured(parts: Iterable[tuple[str, str]]) -> str:
    """Texts, each with rich's name of its style, as one line for a terminal."""
    standard = ColorSystem.STANDARD
    return "".join(
        [Style.parse(style).render(text, color_system=standard) for text, style in parts]
    )


def rendered_table(titles: Sequence[str], rows: Sequence[Sequence[str]], in_colour: bool) -> str:
    """A table for this terminal."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, overflow="fold", style="cyan" if title == titles[0] else None)
    for row in rows:
        table.add_row(*map(Text, row))
    file = io.StringIO()
    console = Console(
        file=file,
        force_terminal=in_colour,
        width=Console().width,
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(table)
    return file.getvalue()


def fitted(texts: Sequence[str], room: int) -> list[str]:
    """Texts cut so that together they are no wider than there is room for.

    Each gets the same share, and what one does not need the others have.  Of the first, a path, the
    end is kept, of the others the beginning.

    Args:
        texts: The texts, already printable.
        room: Columns of the terminal.
    """
    widths = [cell_len(text) for text in texts]
    shares = [0] * len(texts)
    left = max(room, 0)
    for done, index in enumerate(sorted(range(len(texts)), key=widths.__getitem__)):
        shares[index] = min(widths[index], left // (len(texts) - done))
        left -= shares[index]
    first, *others = zip(texts, shares, strict=True)
    return [_cut(first[0][::-1], first[1])[::-1], *[_cut(text, most) for text, most in others]]


def _cut(text: str, most: int) -> str:
    if cell_len(text) <= most:
        return text
    dots = _DOTS[:most]
    return set_cell_size(text, most - len(dots)).rstrip() + dots
