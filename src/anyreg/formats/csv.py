r"""A registry as a table: one row for each key, one for each value.

    target         the file; only where the tables of several are put together
    kind           key or value
    path           the key; names that a path cannot tell, as one of them holds a backslash or is
                   empty, stand as a JSON array behind a backslash: \["Software","a\\b"]
    name           the value's name; of a key, its own
    type           the value's type, such as REG_SZ, or its number in hex
    data           its data where that is readable without loss; a list has one text a line
    hex            the stored bytes, where it is not; with both cells empty there are none
    last_written   of the key, in rows of its values too: FILETIME, ticks of 100 ns since 1601
    time           the same in words of ISO 8601, UTC; empty beyond the year 9999; it is not read
    class          of a key: its class name
    flags          of a key: 16 of a symbolic link, 1 of a volatile key; no others have any
    descriptor     of a key, only if asked for: its security descriptor in hex
    sddl           the same as SDDL, where the bytes are a descriptor

Rows follow RFC 4180: they end in CR LF, and what holds commas, quotes or line breaks is quoted.
Nothing is changed in the texts, so a spreadsheet must be told to import them as text: data that
starts with an equals sign would be run as a formula.

Source: RFC 4180 for the rows; the columns are this package's own.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator

from anyreg.formats.plain_data import readable
from anyreg.formats.rows import KeyState, Row
from anyreg.formats.security_text import SDDL, sddl_of
from anyreg.paths import is_plain
from anyreg.times import iso_of
from anyreg.values import Value

COLUMNS = ("kind", "path", "name", "type", "data", "hex", "last_written", "time", "class", "flags")
DESCRIPTOR = "descriptor"  # this column, and that of SDDL, are there only if asked for
TARGET = "target"  # the column that is there only for several files
_TIMES = 2  # columns of facts on a key that rows of values have too
NAMES_MARK = "\\["  # how names in the column of paths begin; no path does


class _Taken:
    """The file that a csv.writer writes to: it keeps the text until it is taken."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.write = self._parts.append

    def take(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        return text


def write(rows: Iterable[Row], security: bool = False, target: str | None = None) -> Iterator[str]:
    """The table of a key and all below.

    Args:
        rows: The keys, with their states.
        security: Whether these have the security descriptors too.
        target: The file, where the tables of several are put together: it stands in a column of
            its own in front of the others.  Such a table is for other programs, and not imported.

    Yields:
        The header, then the rows of one key and its values.
    """
    text = _Taken()
    writer = csv.writer(text)
    start = () if target is None else (target,)
    titles = () if target is None else (TARGET,)
    writer.writerow((*titles, *COLUMNS, *([DESCRIPTOR, SDDL] if security else [])))
    blank = ("",) * (4 if security else 2)  # class, flags, and the descriptor in both forms
    for names, name, values, _, state in rows:
        yield text.take()
        path = _path_cell(names)
        facts = _key_cells(state)
        writer.writerow((*start, "key", path, name, "", "", "", *facts))
        end = (*facts[:_TIMES], *blank)
        writer.writerows([(*start, *_value_cells(path, value), *end) for value in values])
    yield text.take()


def _path_cell(names: list[str]) -> str:
    if all(map(is_plain, names)):
        return "\\".join(names)
    return "\\" + json.dumps(names, separators=(",", ":"))


def _key_cells(state: KeyState) -> list[str]:
    written = state.last_written
    cells = [str(written), iso_of(written) or "", state.class_name, str(state.flags or "")]
    if state.descriptor is not None:
        cells += [state.descriptor.hex(), sddl_of(state.descriptor)]
    return cells


def _value_cells(path: str, value: Value) -> tuple[str, ...]:
    data = cell(value)
    digits = value.raw.hex() if data is None else ""
    return "value", path, value.name, value.type_name, data or "", digits


def cell(value: Value) -> str | None:
    """The data as the text of one cell, or None where that would not tell all of its bytes.

    Args:
        value: The value.
    """
    data = readable(value)
    if isinstance(data, int):
        return str(data)
    if isinstance(data, list):
        # A line is one text, and no line no text: all else would be ambiguous.
        if data == [""] or any("\n" in text for text in data):
            return None
        data = "\n".join(data)
    if not data and value.raw:
        return None  # an empty text; two empty cells are no bytes
    if data is None or not _storable(data):
        return None
    return data


def _storable(text: str) -> bool:
    """Whether the text can be written as UTF-8, and read again by programs that end at a NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
