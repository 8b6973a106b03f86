"""Reading the table of `anyreg.formats.csv`: rows of RFC 4180 in, one instruction each out.

The first row names the columns, in any order; all but the first four may be missing.  Rows end in
CR LF, CR or LF.  A row for a value belongs to the key in its `path`, also where that key has no
row of its own.  `last_written` and `descriptor` are looked at if that was asked for.  Nothing is
guessed: a row that is not as it should be is an error with its place.

Source: RFC 4180; the columns are those of `anyreg.formats.csv`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, Final

from anyreg.errors import RegFileError, SecurityError
from anyreg.formats.csv import COLUMNS, DESCRIPTOR, NAMES_MARK
from anyreg.formats.duplicates import ONCE, Duplicates
from anyreg.formats.instructions import (
    KEYS_AND_VALUES,
    ExactKey,
    Instruction,
    SetKey,
    SetValue,
    Wanted,
    beyond_path,
)
from anyreg.formats.plain_data import data_bytes, hex_bytes
from anyreg.formats.prefix import Prefix
from anyreg.formats.rows import MADE_WITH
from anyreg.formats.security_text import SDDL, agreed
from anyreg.formats.text import BadTextError, lines_of
from anyreg.names import fold
from anyreg.paths import split_path
from anyreg.security.descriptor import is_self_relative
from anyreg.types import NUMBERS, REG_MULTI_SZ, TYPE_NUMBERS

_NEEDED: Final = ("kind", "path", "name", "type")
_LARGEST: Final = 0xFFFFFFFF
_LARGEST_TIME: Final = (1 << 64) - 1
_SHOWN: Final = 40

_cell = re.compile(r'"((?:[^"]|"")*)"(?=[,\r\n]|\Z)|([^",\r\n]*)(?=[,\r\n]|\Z)')
_hex_number = re.compile("0x[0-9a-fA-F]{1,8}")
_number = re.compile("[0-9]{1,20}")


def parse(
    stream: BinaryIO, *, prefix: str | None = "", wanted: Wanted = KEYS_AND_VALUES
) -> Iterator[Instruction]:
    """What a table asks for.

    Args:
        stream: The file, read on from where it stands.
        prefix: As for .reg files; "" takes the paths as they stand.
        wanted: What of it is wanted beyond keys and values.

    Yields:
        SetKey for each key, SetValue for each value.

    Raises:
        RegFileError: At the first row that is wrong; what stands before it has been given.
    """
    return _TableReader(stream, Prefix(prefix), wanted).instructions()


class _Row:
    """A row: its text, the number of its first line, and its cells."""

    def __init__(self, text: str, line: int) -> None:
        self.text = text
        self.line = line
        self.columns: dict[str, int] = {}
        if '"' in text:
            self.cells, self._places = self._split()
        else:
            self.cells, self._places = text.rstrip("\r\n").split(","), []

    def _split(self) -> tuple[list[str], list[int]]:
        cells: list[str] = []
        places: list[int] = []
        at = 0
        while True:
            found = _cell.match(self.text, at)
            if found is None:
                raise self._error_at(at, "a cell, in quotes if it holds any", self.text[at:])
            quoted, plain = found.groups()
            cells.append(plain if quoted is None else quoted.replace('""', '"'))
            places.append(at)
            at = found.end()
            if self.text[at : at + 1] != ",":
                return cells, places
            at += 1

    def __getitem__(self, column: str) -> str:
        index = self.columns.get(column)
        return "" if index is None else self.cells[index]

    def error(self, column: str, expected: str) -> RegFileError:
        """What to raise where a cell is not as it should be."""
        index = self.columns[column]
        if self._places:
            return self._error_at(self._places[index], expected, self[column])
        return self._error_at(
            sum(len(cell) + 1 for cell in self.cells[:index]), expected, self[column]
        )

    def _error_at(self, at: int, expected: str, found: str) -> RegFileError:
        before = self.text[:at].replace("\r\n", "\n").replace("\r", "\n")
        shown = repr(found if len(found) <= _SHOWN else found[: _SHOWN - 3] + "...")
        return RegFileError(
            f"expected {expected}, found {shown}",
            line=self.line + before.count("\n"),
            column=len(before) - before.rfind("\n"),
        )


class _TableReader:
    def __init__(self, stream: BinaryIO, prefix: Prefix, wanted: Wanted) -> None:
        self._stream = stream
        self._prefix = prefix
        self._wanted = wanted
        self._number = 0  # of the line that was taken last
        self._duplicates = Duplicates(wanted.on_error)
        self._path: str | None = None  # of the last key
        self._is_left_out = False  # it is a double, or below one
        self._seen: set[str] = set()  # names of its values

    def instructions(self) -> Iterator[Instruction]:
        rows = self._rows()
        columns = self._columns(next(rows, None))
        for row in rows:
            row.columns = columns
            if row.cells == [""]:
                continue
            if len(row.cells) != len(columns):
                expected = f"a row of {len(columns)} cells"
                raise RegFileError(
                    f"expected {expected}, found {len(row.cells)}", line=row.line, column=1
                )
            yield from self._steps(row)

    def _columns(self, row: _Row | None) -> dict[str, int]:
        cells = row.cells if row else []
        known = (*COLUMNS, DESCRIPTOR, SDDL)
        good = all(cell in known for cell in cells) and len(set(cells)) == len(cells)
        if not good or not all(name in cells for name in _NEEDED):
            expected = f"a first row with the columns {','.join(COLUMNS)}"
            found = ",".join(cells)[:_SHOWN]
            raise RegFileError(f"expected {expected}, found {found!r}", line=1, column=1)
        return {name: index for index, name in enumerate(cells)}

    def _rows(self) -> Iterator[_Row]:
        parts: list[str] = []
        is_open = False  # a quote, at the end of the parts
        first = 1
        for line in chain.from_iterable(self._batches()):
            self._number += 1
            if not parts:
                first = self._number
            parts.append(line)
            is_open ^= bool(line.count('"') % 2)
            if not is_open:
                yield _Row("".join(parts), first)
                parts = []
        if parts:
            expected = "expected a closing quote in the row, found the end of the file"
            raise RegFileError(expected, line=first, column=1)

    def _batches(self) -> Iterator[list[str]]:
        try:
            yield from lines_of(self._stream)
        except BadTextError as error:
            message = f"expected {error.expected}, found {error.found}"
            raise RegFileError(message, line=self._number + 1, column=error.at + 1) from error

    def _steps(self, row: _Row) -> Iterator[Instruction]:
        if row["kind"] == "key":
            yield from self._key(row)
        elif row["kind"] == "value":
            if row["path"] != self._path:
                yield from self._key_of_values(row)
            if not self._is_left_out:
                yield from self._value(row)
        else:
            raise row.error("kind", "key or value")

    def _place(self, row: _Row) -> tuple[list[str] | None, str, list[str] | None]:
        """The names of a row's key where its path does not tell them; path and names inside."""
        path = row["path"]
        names = _names_of(row) if path.startswith(NAMES_MARK) else None
        inner, within = self._prefix.inner_by(path, names)
        if inner is None:
            raise row.error("path", self._prefix.expected)
        return names, inner, within

    def _enter(self, row: _Row, is_left_out: bool) -> None:
        self._path = row["path"]
        self._is_left_out = is_left_out
        self._seen.clear()

    def _key(self, row: _Row) -> Iterator[Instruction]:
        names, inner, within = self._place(row)
        steps = split_path(row["path"]) if names is None else names
        if steps and row["name"] != steps[-1]:
            raise row.error("name", "the last name of the path")
        for column in ("type", "data", "hex"):
            if row[column]:
                raise row.error(column, "an empty cell in the row of a key")
        exact = self._exact(row, inner, within)
        met = self._duplicates.meet(row["path"], names)
        if met == "duplicate":
            self._duplicates.report(row.error("path", ONCE.format("key")))
        self._enter(row, met != "new")
        if met == "new":
            class_name = row["class"] if "class" in row.columns else None
            yield SetKey(inner, row.line, 1, class_name, exact)

    def _key_of_values(self, row: _Row) -> Iterator[Instruction]:
        """The key of a row for a value that does not stand below a row of its key."""
        names, inner, within = self._place(row)
        is_left_out = self._duplicates.is_left_out(row["path"], names)
        self._enter(row, is_left_out)
        if not is_left_out:
            exact = None if within is None else ExactKey(within)
            yield SetKey(inner, row.line, 1, None, exact)

    def _exact(self, row: _Row, inner: str, within: list[str] | None) -> ExactKey | None:
        """What is reported of a key beyond a path, and wanted."""
        flags = _number_in(row, "flags", _LARGEST, 0)
        if flags & ~MADE_WITH:
            raise row.error("flags", "a sum of 1 (volatile), 16 (a symbolic link) and 64")
        written = -1
        if self._wanted.times:
            written = _number_in(row, "last_written", _LARGEST_TIME, -1)
        descriptor = _hex_of(row, DESCRIPTOR) if self._wanted.security else b""
        if descriptor and not is_self_relative(descriptor):
            raise row.error(DESCRIPTOR, "a self-relative security descriptor")
        if self._wanted.security:
            try:
                descriptor = agreed(descriptor, row[SDDL])
            except SecurityError as error:
                raise row.error(SDDL, f"other SDDL ({error})") from error
        return beyond_path(inner, within, flags, descriptor, written)

    def _value(self, row: _Row) -> Iterator[SetValue]:
        folded = fold(row["name"])
        number = _type_of(row)
        raw = _hex_of(row, "hex") if row["hex"] else _data_of(row, number)
        if row["hex"] and row["data"]:
            raise row.error("hex", "an empty cell beside data")
        if folded in self._seen:
            self._duplicates.report(row.error("name", ONCE.format("value")))
            return
        self._seen.add(folded)
        yield SetValue(row["name"], number, raw, row.line)


def _names_of(row: _Row) -> list[str]:
    """The names of a path that is a JSON array behind a backslash."""
    try:
        found = json.loads(row["path"][1:])
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise row.error("path", "a JSON array of names behind the backslash")
    return found


def _number_in(row: _Row, column: str, largest: int, missing: int) -> int:
    text = row[column]
    if not text:
        return missing
    if not _number.fullmatch(text) or int(text) > largest:
        raise row.error(column, f"a number of {largest.bit_length()} bits, in decimal digits")
    return int(text)


def _type_of(row: _Row) -> int:
    text = row["type"]
    if text in TYPE_NUMBERS:
        return TYPE_NUMBERS[text]
    if _hex_number.fullmatch(text) and int(text, 16) <= _LARGEST:
        return int(text, 16)
    raise row.error("type", "a type such as REG_SZ, or its number in hex behind 0x")


def _hex_of(row: _Row, column: str) -> bytes:
    raw = hex_bytes(row[column])
    if raw is None:
        raise row.error(column, "two hex digits for each byte")
    return raw


def _data_of(row: _Row, number: int) -> bytes:
    data = row["data"]
    if not data:
        return b""
    try:
        if number == REG_MULTI_SZ:
            return data_bytes(number, data.split("\n"))
        if number in NUMBERS:
            if not _number.fullmatch(data):
                raise ValueError("a number takes decimal digits")
            return data_bytes(number, int(data))
        return data_bytes(number, data)
    except ValueError as error:
        raise row.error("data", f"other data ({error})") from error
