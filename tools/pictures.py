"""Draw the pictures of the documents: what `anyreg tree` shows, and the tables of docs/design.md.

Run it when any has changed; tests/test_pictures.py holds the pictures to what they show.  They
are plain SVG without scripts, and without fonts that a reader would have to fetch.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

ROOT: Final = Path(__file__).resolve().parents[1]
DOCS: Final = ROOT / "docs"
COMMAND: Final = (
    "tree",
    r"samples/NTUSER.DAT::Software\Microsoft",
    "--values",
)
_WIDTH, _LINE, _SIZE = 8.43, 21, 14  # of a character, from line to line, of the font
_MONO: Final = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
_SANS: Final = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
_DIM, _KEY, _NAME, _DATA, _TYPE = "#6b7683", "#56d4dd", "#e6edf3", "#a5d6a1", "#d2a8ff"
_VALUE: Final = re.compile(r"^(.*?)  (REG_\w+)  (.*)$")
_ROW: Final = re.compile(r"^\| (`[^|]*) \| ([^|]*) \|", re.MULTILINE)


def shown(arguments: tuple[str, ...]) -> list[str]:
    """The lines that a command prints in the project's folder."""
    from anyreg.cli import main

    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    with contextlib.redirect_stdout(out), contextlib.chdir(ROOT):
        main(arguments)
        out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    return out.buffer.getvalue().decode("utf-8").splitlines()


def terminal(command: str, lines: list[str]) -> str:
    """A picture of a terminal.

    Args:
        command: What was typed.
        lines: What was printed.
    """
    width = round(max(map(len, [command, *lines])) * _WIDTH) + 56
    height = (len(lines) + 1) * _LINE + 54
    texts = [_text(0, [("$ ", _DIM), (command, _NAME)])]
    texts += [_text(number, list(_coloured(line))) for number, line in enumerate(lines, 1)]
    dots = "".join(f'<circle cx="{x}" cy="18" r="5" fill="{_DIM}"/>\n' for x in (20, 38, 56))
    return (
        f'{_opening(width, height, escape(command), _MONO)}<rect width="{width}" '
        f'height="{height}" rx="8" fill="#0d1117"/>\n{dots}{"".join(texts)}</svg>\n'
    )


def _coloured(line: str) -> Iterator[tuple[str, str]]:
    name = line.lstrip("│├└─ ")
    yield line[: len(line) - len(name)], _DIM
    value = _VALUE.match(name)
    if value is None:
        yield name, _KEY
        return
    yield value[1], _NAME
    yield f"  {value[2]}  ", _TYPE
    yield value[3], _DATA


def _text(number: int, parts: list[tuple[str, str]]) -> str:
    spans = "".join(f'<tspan fill="{fill}">{escape(part)}</tspan>' for part, fill in parts if part)
    return f'<text x="20" y="{50 + number * _LINE}" xml:space="preserve">{spans}</text>\n'


def _opening(width: int, height: int, title: str, font: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="{font}" font-size="{_SIZE}" '
        f'role="img">\n<title>{title}</title>\n'
    )


def layers(page: str) -> str:
    """A picture of the layers, the highest on top.

    Args:
        page: The text of docs/design.md, whose table names them.
    """
    table = page.partition("## Layers")[2].partition("The way of one value")[0]
    rows = _ROW.findall(table)
    width, step = 1090, 46
    height = len(rows) * step + 8
    boxes = []
    for number, (names, purpose) in enumerate(rows):
        y, hue = 4 + number * step, 200 + number * 8
        name = escape(re.sub(r"[`]", "", names))
        boxes.append(
            f'<rect x="4" y="{y}" width="{width - 8}" height="{step - 6}" rx="6" '
            f'fill="hsl({hue}, 45%, {92 - number}%)" stroke="hsl({hue}, 30%, 60%)"/>\n'
            f'<text x="18" y="{y + 25}" font-weight="bold" fill="#1b2733">{name}</text>\n'
            f'<text x="400" y="{y + 25}" fill="#34424f">{escape(_short(purpose))}</text>\n'
        )
    title = "The layers of anyreg; imports point down only"
    return f"{_opening(width, height, title, _SANS)}{''.join(boxes)}</svg>\n"


def steps(page: str) -> list[tuple[str, str, str]]:
    """The way of one value: the layer, the call and what it does, step by step.

    Args:
        page: The text of docs/design.md, whose table names them.
    """
    table = page.partition("The way of one value")[2].partition("\n\nTwo seams")[0]
    return re.findall(r"^\| `(\w+)` \| `([\w.]+)` \| ([^|]*) \|$", table, re.MULTILINE)


def way(page: str) -> str:
    """A picture of that way, down and to the right with each layer.

    Args:
        page: The text of docs/design.md.
    """
    rows = steps(page)
    depths = {layer: depth for depth, layer in enumerate(dict.fromkeys(row[0] for row in rows))}
    width, step = 1090, 40
    drawn = []
    for number, (layer, call, purpose) in enumerate(rows):
        y, hue, x = 4 + number * step, 200 + depths[layer] * 20, 4 + depths[layer] * 24
        drawn.append(
            f'<rect x="{x}" y="{y}" width="{width - 4 - x}" height="{step - 10}" rx="6" '
            f'fill="hsl({hue}, 45%, 90%)" stroke="hsl({hue}, 30%, 60%)"/>\n'
            f'<text x="{x + 12}" y="{y + 20}" fill="#34424f">{escape(layer)}</text>\n'
            f'<text x="204" y="{y + 20}" font-weight="bold" fill="#1b2733">{escape(call)}</text>\n'
            f'<text x="424" y="{y + 20}" fill="#34424f">{escape(_short(purpose))}</text>\n'
        )
    title = "The way of one value from SetValueEx to the log"
    height = len(rows) * step + 2
    return f"{_opening(width, height, title, _SANS)}{''.join(drawn)}</svg>\n"


def _short(purpose: str) -> str:
    """What fits into a box: up to the first semicolon or colon, without marks."""
    return re.split(r"[;:]", purpose.replace("`", ""))[0]


def pictures() -> dict[Path, str]:
    """Each picture's file, and what it holds."""
    page = (DOCS / "design.md").read_text("utf-8")
    command = f"anyreg {COMMAND[0]} '{COMMAND[1]}' {COMMAND[2]}"
    return {
        DOCS / "tree.svg": terminal(command, shown(COMMAND)),
        DOCS / "layers.svg": layers(page),
        DOCS / "way.svg": way(page),
    }


if __name__ == "__main__":
    for file, text in pictures().items():
        file.write_text(text, "utf-8")
