"""Colours and tables for terminals: all that rich does for the commands but bars.

It is imported only where a person reads along, as rich takes a good part of a program's start.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text


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


def rendered_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for this terminal; without colours where NO_COLOR asks for none."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, overflow="fold", style="cyan" if title == titles[0] else None)
    for row in rows:
        table.add_row(*map(Text, row))
    file = io.StringIO()
    console = Console(
        file=file,
        force_terminal=not os.environ.get("NO_COLOR"),
        width=Console().width,
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(table)
    return file.getvalue()
