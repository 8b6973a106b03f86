r"""Reading .reg files: bytes in, one instruction after the other out, and no registry in sight.

A file is read in chunks and parsed line by line, so that one of any size goes through little
memory.  Nothing is guessed and nothing skipped: a line that is not as the format asks for is a
RegFileError with its place.  So check() a file, or make a list of what parse() gives, before you
apply any of it.

    encoding   a byte order mark tells it: UTF-8, UTF-16LE or UTF-16BE.  Without one REGEDIT4 is
               in a code page, and version 5 in UTF-8
    lines      end in CR LF, CR or LF, the last one in any of them or nothing; blanks in front of
               them, around the equals sign, around commas and behind the data mean nothing
    comments   from a semicolon to the end of the line, where a line or what follows the data
               begins with one
    keys       the last bracket of the line counts.  After the deletion of a key no values come,
               and the root cannot be deleted
    quotes     \\ and \" and, as Wine writes them, \r and \n; any other escape is an error.  A
               line break stands for itself
    dword      one to eight hex digits
    hex        bytes of one or two digits, with a comma between them, and one more behind the last
               if you like.  A comma and a backslash at the end of a line: more follows on the
               next, or behind empty lines and comments; it is an error if the file ends there

No byte of a value is changed: a text that lacks its NUL stays so.  Of REGEDIT4, texts in hex are
turned from the code page into UTF-16.

Source: Microsoft's documentation; the liberties are those of Wine's regedit, whose own tests are
checked against Windows; where it skips a bad line, this reader complains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from anyreg.engine import COMPILED
from anyreg.errors import RegFileError
from anyreg.interchange.instructions import DeleteKey, DeleteValue, Instruction, SetKey, SetValue
from anyreg.interchange.prefix import Prefix
from anyreg.interchange.regfile.hexed import BLANKS, WHITE, hex_bytes, skip
from anyreg.interchange.regfile.lines import SHOWN, Lines
from anyreg.interchange.regfile.syntax import HEADER_4, HEADER_5, TEXTS, regedit4
from anyreg.interchange.regfile.usual import Usual
from anyreg.interchange.text import ANSI
from anyreg.types import ValueType

_ENDS = frozenset(["\r\n", "\n", "\r", ""])
_ESCAPES = ("\\\\", '\\"', r"\r", r"\n")
_SZ = int(ValueType.REG_SZ)
_DWORD = int(ValueType.REG_DWORD)
_BINARY = int(ValueType.REG_BINARY)
_DWORD_DIGITS = 8
_KINDS = {f"hex({number:x}):": number for number in range(12)} | {"hex:": _BINARY, "dword:": -1}

_kind = re.compile(r"(?:hex(?:\(([0-9a-f]{1,8})\))?|(dword))[ \t]*:", re.IGNORECASE | re.ASCII)
_number = re.compile(r"[ \t]*([0-9a-fA-F]{1,8})(?![0-9a-fA-F])")
_escape = re.compile(r"\\.?", re.DOTALL)


def parse(
    source: bytes | BinaryIO, *, encoding: str | None = None, prefix: str | None = None
) -> Iterator[Instruction]:
    r"""What a .reg file asks for, in the order of the file.

    Args:
        source: The file, or what it holds; a file is read on from where it stands.
        encoding: The code page of a file without a byte order mark, and of the texts that
            REGEDIT4 gives in hex; without it Windows-1252 for REGEDIT4, and UTF-8 for version 5.
        prefix: What the registry's root is called in the file, such as
            r"HKEY_LOCAL_MACHINE\SYSTEM" for a SYSTEM hive: paths are those below it, and all
            others are errors.  Without it a path begins with one of Windows' five roots, by its
            long name also where the file has a short one.

    Yields:
        SetKey, DeleteKey, SetValue and DeleteValue.

    Raises:
        RegFileError: At the first bad line; the instructions before it have been given already.
        ValueError: There is no such code page; raised at once.

    Examples:
        >>> for instruction in parse(b'REGEDIT4\n\n[HKLM\\X]\n"a"=dword:7\n@=-\n'):
        ...     print(instruction)
        SetKey(path='HKEY_LOCAL_MACHINE\\X', line=3, column=1, class_name=None)
        SetValue('a', 4, b'\x07\x00\x00\x00', 4, 1)
        DeleteValue(name='', line=5, column=1)
    """
    if encoding is not None:
        regedit4(encoding)  # refuses what is no code page
    stream = BytesIO(source) if isinstance(source, bytes) else source
    return Reader(stream, encoding, Prefix(prefix)).instructions()


def check(
    source: bytes | BinaryIO, *, encoding: str | None = None, prefix: str | None = None
) -> int:
    """Read a whole .reg file and forget it; a stream stands where it stood before.

    Args:
        source: The file, or what it holds; a file must be seekable.
        encoding: As for parse().
        prefix: As for parse().

    Returns:
        The number of instructions.

    Raises:
        RegFileError: There is a bad line.
        ValueError: There is no such code page.
    """
    start = 0 if isinstance(source, bytes) else source.tell()
    try:
        return sum(1 for _ in parse(source, encoding=encoding, prefix=prefix))
    finally:
        if not isinstance(source, bytes):
            source.seek(start)


class Reader:
    """One reading of one file."""

    def __init__(
        self, stream: BinaryIO, encoding: str | None, paths: Prefix, *, usual: bool = COMPILED
    ) -> None:
        """Nothing is read yet.

        Args:
            stream: The file.
            encoding: As for parse().
            paths: What becomes of the file's paths.
            usual: Whether usual lines take the fast way, which is one where it is compiled; the
                result is the same.
        """
        self._encoding = encoding
        self._paths = paths
        self._lines = Lines(stream, encoding, letters=usual)
        self._usual = usual
        self._ansi = ""  # the code page of texts in hex
        self._in_key = False
        self._quote = (0, 0, 0)  # line and place of a quote, and the line where its text ends

    def instructions(self) -> Iterator[Instruction]:
        """What parse() gives."""
        self._header()
        lines = self._lines
        usual = Usual(lines, self._paths, ansi=bool(self._ansi))
        while True:
            if self._usual:
                step = usual.take(in_key=self._in_key)
                if step is not None:
                    self._in_key = True
                    yield step
                    continue
            line = lines.take()
            if not line:
                return
            first = line[0]
            at = 0
            if first in BLANKS:
                at = skip(line, 0)
                first = line[at : at + 1]
            if first == '"' or first == "@":
                yield self._value(line, at)
            elif first == "[":
                yield self._key(line, at)
            elif first not in ";\r\n":  # "" is in it
                raise lines.unexpected(line, at, "a key, a value, a comment or an empty line")

    def _header(self) -> None:
        line = self._lines.take()
        self._lines.number = 1
        header = line.strip(WHITE)
        if header == HEADER_4:
            self._ansi = self._encoding or ANSI
        elif header != HEADER_5:
            raise self._lines.unexpected(line, 0, f"the header {HEADER_5!r} or {HEADER_4!r}")

    def _key(self, line: str, at: int) -> Instruction:
        end = line.rfind("]")
        if end < at:
            raise self._lines.unexpected(line, len(line.rstrip(WHITE)), "a closing bracket")
        if line[end + 1 :] not in _ENDS:
            self._require_end(line, end + 1)
        at += 1
        self._in_key = line[at] != "-"
        if not self._in_key:
            at += 1
        path = self._paths.inner(line[at:end])
        if path is None:
            raise self._lines.unexpected(line, at, self._paths.expected)
        if self._in_key:
            return SetKey(path, self._lines.number)
        if self._paths.is_root(path):
            expected = "a key other than the root, which cannot be deleted"
            raise self._lines.unexpected(line, at, expected)
        return DeleteKey(path, self._lines.number)

    def _value(self, line: str, at: int) -> Instruction:
        number = self._lines.number
        if not self._in_key:
            raise self._lines.unexpected(line, at, "a key in brackets before the first value")
        end = line.find('"', at + 1)
        if line[at] == "@":
            name, end = "", at + 1
        elif end > 0 and "\\" not in (name := line[at + 1 : end]):
            end += 1
        else:
            name, line, end = self._quoted(line, at)
        at = end + 1
        if line[end:at] != "=" or line[at : at + 1] in BLANKS:
            at = self._behind_equals(line, end)

        first = line[at : at + 1]
        if first == '"':
            end = line.find('"', at + 1)
            if end > 0 and "\\" not in (text := line[at + 1 : end]):
                end += 1
            else:
                text, line, end = self._quoted(line, at)
            if line[end:] not in _ENDS:
                self._require_end(line, end)
            return SetValue(name, _SZ, (text + "\0").encode("utf-16-le", "surrogatepass"), number)
        if first == "-":
            self._require_end(line, at + 1)
            return DeleteValue(name, number)
        kind, end = self._kind(line, at)
        if kind < 0:
            return SetValue(name, _DWORD, self._dword(line, end), number)
        begin = self._lines.number
        raw = hex_bytes(self._lines, line, end)
        if self._ansi and kind in TEXTS:
            raw = self._wide(raw, begin, end)
        return SetValue(name, kind, raw, number)

    def _behind_equals(self, line: str, at: int) -> int:
        at = skip(line, at)
        if line[at : at + 1] != "=":
            raise self._unfinished(line, at, "an equals sign")
        return skip(line, at + 1)

    def _kind(self, line: str, at: int) -> tuple[int, int]:
        """The type, -1 for a dword, and where its digits begin."""
        colon = line.find(":", at)
        kind = _KINDS.get(line[at : colon + 1])
        if kind is not None:
            return kind, colon + 1
        match = _kind.match(line, at)
        if match is None:
            expected = "data: a text in quotes, dword:, hex: or hex(type):"
            raise self._lines.unexpected(line, at, expected)
        if match[2]:
            return -1, match.end()
        return int(match[1], 16) if match[1] else _BINARY, match.end()

    def _dword(self, line: str, at: int) -> bytes:
        end = at + _DWORD_DIGITS
        if line[end:] in _ENDS:
            try:
                raw = bytes.fromhex(line[at:end])[::-1]
            except ValueError:
                raw = b""
            if len(raw) * 2 == _DWORD_DIGITS:
                return raw
        match = _number.match(line, at)
        if match is None:
            raise self._lines.unexpected(line, skip(line, at), "one to eight hex digits")
        self._require_end(line, match.end())
        return int(match[1], 16).to_bytes(4, "little")

    def _wide(self, raw: bytes, number: int, at: int) -> bytes:
        """Bytes of the code page as UTF-16."""
        try:
            return raw.decode(self._ansi).encode("utf-16-le", "surrogatepass")
        except UnicodeDecodeError as error:
            found = f"the bytes {raw[error.start : error.end].hex(',')}"
            raise self._lines.error(at, f"a text in {self._ansi}", found, number) from error

    def _quoted(self, line: str, at: int) -> tuple[str, str, int]:
        """The text behind the quote at a place, the line in which it ends, and where it ends."""
        end = _closing_quote(line, at + 1)
        if end >= 0:
            return self._unescaped(line, at + 1, end), line, end + 1
        number, column = self._lines.number, at
        pieces = []
        at += 1
        while end < 0:
            pieces.append(self._unescaped(line, at, len(line)))
            line = self._lines.take()
            if not line:
                raise self._lines.error(column, "a closing quote", "the end of the file", number)
            at = 0
            end = _closing_quote(line, at)
        self._quote = number, column, self._lines.number
        pieces.append(self._unescaped(line, at, end))
        return "".join(pieces), line, end + 1

    def _unescaped(self, line: str, at: int, end: int) -> str:
        text = line[at:end]
        if "\\" not in text:
            return text
        parts = text.split("\\\\")
        if text.count("\\") > 2 * (len(parts) - 1):  # not only of themselves
            parts = [
                part.replace('\\"', '"').replace("\\r", "\r").replace("\\n", "\n") for part in parts
            ]
            if any("\\" in part for part in parts):
                escapes = _escape.finditer(line, at, end)
                at = next(found.start() for found in escapes if found[0] not in _ESCAPES)
                raise self._lines.unexpected(line, at, f"one of {', '.join(_ESCAPES)}")
        return "\\".join(parts)

    def _require_end(self, line: str, at: int) -> None:
        at = skip(line, at)
        if line[at : at + 1] not in ";\r\n":  # "" is in it
            raise self._unfinished(line, at, "the end of the line")

    def _unfinished(self, line: str, at: int, expected: str) -> RegFileError:
        """What follows a text is wrong; if that has many lines, its closing quote is missing."""
        number, column, last = self._quote
        if last == self._lines.number:
            found = f"{line[at : at + SHOWN]!r} behind the next one, on line {last}"
            return self._lines.error(column, "a closing quote", found, number)
        return self._lines.unexpected(line, at, expected)


def _closing_quote(line: str, at: int) -> int:
    """The next quote that no backslash escapes, or -1."""
    while (end := line.find('"', at)) >= 0:
        text = line[at:end]
        if text[-1:] != "\\" or (len(text) - len(text.rstrip("\\"))) % 2 == 0:
            return end
        at = end + 1
    return -1
