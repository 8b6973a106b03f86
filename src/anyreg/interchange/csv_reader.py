"""Reading the table of `anyreg.interchange.csv`: rows of RFC 4180 in, one instruction each out.

The first row names the columns, in any order; `data`, `hex`, `last_written` and `class` may be
missing.  Rows end in CR LF, CR or LF.  A row for a value belongs to the key in its `path`, also
where that key has no row of its own.  `last_written` is not looked at: no registry lets a program
set it.  Nothing is guessed: a row that is not as it should be is an error with its place.

Source: RFC 4180; the columns are those of `anyreg.interchange.csv`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, Final

from anyreg.errors import RegFileError
from anyreg.interchange.csv import COLUMNS
from anyreg.interchange.doubles import Doubles
from anyreg.interchange.instructions import Instruction, SetKey, SetValue
from anyreg.interchange.prefix import Prefix
from anyreg.interchange.readable import data_bytes
from anyreg.interchange.text import BadTextError, lines_of
from anyreg.names import fold
from anyreg.types import ValueType

_NEEDED: Final = ("kind", "path", "name", "type")
_NUMBERS: Final = (ValueType.REG_DWORD, ValueType.REG_DWORD_BIG_ENDIAN, ValueType.REG_QWORD)
_LARGEST: Final = 0xFFFFFFFF
_SHOWN: Final = 40

_cell = re.compile(r'"((?:[^"]|"")*)"(?=[,\r\n]|\Z)|([^",\r\n]*)(?=[,\r\n]|\Z)')
_hex_number = re.compile("0x[0-9a-fA-F]{1,8}")
_number = re.compile("[0-9]{1,20}")


def parse(stream: BinaryIO, *, prefix: str | None = "") -> Iterator[Instruction]:
    """What a table asks for.

    Args:
        stream: The file, read on from where it stands.
        prefix: As for .reg files; "" takes the paths as they stand.

    Yields:
        SetKey for each key, SetValue for each value.

    Raises:
        RegFileError: At the first row that is wrong; what stands before it has been given.
    """
    return _Reader(stream, Prefix(prefix)).instructions()


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


class _Reader:
    def __init__(self, stream: BinaryIO, prefix: Prefix) -> None:
        self._stream = stream
        self._prefix = prefix
        self._number = 0  # of the line that was taken last
        self._doubles = Doubles()
        self._path: str | None = None  # of the last key
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
        good = all(cell in COLUMNS for cell in cells) and len(set(cells)) == len(cells)
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
        path = row["path"]
        inner = self._prefix.inner(path)
        if inner is None:
            raise row.error("path", self._prefix.expected)
        if row["kind"] == "key":
            yield self._key(row, path, inner)
        elif row["kind"] == "value":
            if path != self._path:
                self._enter(path)
                yield SetKey(inner, row.line)
            yield self._value(row)
        else:
            raise row.error("kind", "key or value")

    def _enter(self, path: str) -> None:
        self._path = path
        self._seen.clear()

    def _key(self, row: _Row, path: str, inner: str) -> SetKey:
        if path and (row["name"] != path.rpartition("\\")[2] or not row["name"]):
            raise row.error("name", "the last name of the path")
        if self._doubles.is_double(path):
            raise row.error("path", "each key once: `anyreg repair` numbers doubles")
        for column in ("type", "data", "hex"):
            if row[column]:
                raise row.error(column, "an empty cell in the row of a key")
        self._enter(path)
        return SetKey(inner, row.line, 1, row["class"] if "class" in row.columns else None)

    def _value(self, row: _Row) -> SetValue:
        folded = fold(row["name"])
        if folded in self._seen:
            raise row.error("name", "each value once: `anyreg repair` numbers doubles")
        self._seen.add(folded)
        number = _type_of(row)
        raw = _hex_of(row) if row["hex"] else _data_of(row, number)
        return SetValue(row["name"], number, raw, row.line)


def _type_of(row: _Row) -> int:
    text = row["type"]
    if text in ValueType.__members__:
        return int(ValueType[text])
    if _hex_number.fullmatch(text) and int(text, 16) <= _LARGEST:
        return int(text, 16)
    raise row.error("type", "a type such as REG_SZ, or its number in hex behind 0x")


def _hex_of(row: _Row) -> bytes:
    digits = row["hex"]
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        raw = b""
    if len(raw) * 2 != len(digits):
        raise row.error("hex", "two hex digits for each byte")
    if row["data"]:
        raise row.error("hex", "an empty cell beside data")
    return raw


def _data_of(row: _Row, number: int) -> bytes:
    data = row["data"]
    if not data:
        return b""
    try:
        if number == ValueType.REG_MULTI_SZ:
            return data_bytes(number, data.split("\n"))
        if number in _NUMBERS:
            if not _number.fullmatch(data):
                raise ValueError("a number takes decimal digits")
            return data_bytes(number, int(data))
        return data_bytes(number, data)
    except ValueError as error:
        raise row.error("data", f"other data ({error})") from error
