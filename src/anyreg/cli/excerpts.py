"""What was found, to be kept in sight and marked in a line that shows it.

The line is not what was searched: a text in a list has its backslashes doubled, bytes have spaces
between them, and control characters are numbers.  So this is for the eyes, and no second search:
what is not found here is merely not marked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from anyreg.cli.output import Part, printable

_MARK = "bold red"
_NOTHING = re.compile("(?!)")
_HEX = re.compile("(?:[0-9A-Fa-f]{2})+")


def pattern_of(text: str, *, regex: bool, hex: bool, binary: bool) -> re.Pattern[str]:
    """What finds a text in a line that shows it.

    Args:
        text: What was searched for, not empty.
        regex: It is a regular expression.
        hex: It is bytes in hex.
        binary: It can stand in bytes, which are shown in hex.
    """
    if regex:
        try:
            return re.compile(text, re.IGNORECASE)
        except re.error:
            return _NOTHING  # the search will say so
    if hex:
        return re.compile(re.escape(bytes.fromhex(text).hex(" ")))
    ways = [text, printable(text), printable(json.dumps(text, ensure_ascii=False)[1:-1])]
    if _HEX.fullmatch(text):
        ways.append(bytes.fromhex(text).hex(" "))
    if binary:
        for encoding in ("utf-16-le", "latin-1"):
            ways.append(text.encode(encoding, "ignore").hex(" "))
    known = sorted({way for way in ways if way}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, known)), re.IGNORECASE)


def marked(text: str, style: str, wanted: re.Pattern[str] | None) -> Iterator[Part]:
    """A text in parts, what was searched for in a style of its own.

    Args:
        text: The text, already printable.
        style: The style of the rest.
        wanted: What was searched for; None: nothing is marked.
    """
    at = 0
    for found in wanted.finditer(text) if wanted else ():
        if found[0]:
            yield text[at : found.start()], style
            yield found[0], _MARK
            at = found.end()
    yield text[at:], style
