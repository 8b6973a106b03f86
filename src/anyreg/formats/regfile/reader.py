r"""Reading .reg files: bytes in, one instruction after the other out, and no registry in sight.

A file is read in chunks and parsed line by line, so that one of any size goes through little
memory.  Nothing is guessed and nothing skipped: a line that is not as the format asks for is a
RegFileError with its place, or, where that was asked for, is left out and reported (see `manner`).
So check() a file, or make a list of what parse() gives, before you apply any of it.

    encoding   a byte order mark tells it: UTF-8, UTF-16LE or UTF-16BE.  Without one REGEDIT4 is
               in a code page, and version 5 in UTF-8
    lines      end in CR LF, CR or LF, the last one in any of them or nothing; blanks in front of
               them, around the equals sign, around commas and behind the data mean nothing
    comments   from a semicolon or # to the end of the line, where a line or what follows the data
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
turned from the code page into UTF-16.  Files of Windows 3.1 are another thing: see `windows31`.

Source: Microsoft's documentation; the liberties are those of Wine's regedit, whose own tests are
checked against Windows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO

from anyreg.errors import RegFileError
from anyreg.formats.instructions import DeleteKey, DeleteValue, Instruction, SetKey, SetValue
from anyreg.formats.prefix import Prefix
from anyreg.formats.regfile.fast_reader import FastReader
from anyreg.formats.regfile.hex_data import BLANKS, WHITE, hex_bytes, skip
from anyreg.formats.regfile.lines import Lines
from anyreg.formats.regfile.quoted_text import QuotedText
from anyreg.formats.regfile.strictness import STRICT, Strictness
from anyreg.formats.regfile.syntax import HEADER_3, HEADER_4, HEADER_5, regedit4
from anyreg.formats.regfile.windows31 import line_steps
from anyreg.formats.text import ANSI, code_page_of, decoded
from anyreg.regf import COMPILED
from anyreg.types import NULS, REG_BINARY, REG_DWORD, REG_SZ

_ENDS = frozenset(["\r\n", "\n", "\r", ""])
_HEAD = 64
_DWORD_DIGITS = 8
_KINDS = {f"hex({number:x}):": number for number in range(12)} | {"hex:": REG_BINARY, "dword:": -1}

_kind = re.compile(r"(?:hex(?:\(([0-9a-f]{1,8})\))?|(dword))[ \t]*:", re.IGNORECASE | re.ASCII)
_number = re.compile(r"[ \t]*([0-9a-fA-F]{1,8})(?![0-9a-fA-F])")


def parse(
    source: bytes | BinaryIO,
    *,
    encoding: str | None = None,
    prefix: str | None = None,
    on_error: Callable[[RegFileError], None] | None = None,
    as_windows: bool = False,
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
        on_error: Called for each line that is not as the format asks for, which is left out;
            without it the error is raised.  A file of version 5 that is not in UTF-8 is read in
            Windows-1252 then, and that is reported too; the file must be seekable.
        as_windows: With on_error: read as regedit does; `manner` tells what that is.

    Yields:
        SetKey, DeleteKey, SetValue and DeleteValue.

    Raises:
        RegFileError: At the first bad line; the instructions before it have been given already.
            With on_error: the header is none, or bytes are no text.
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
    manner = Strictness(on_error, as_windows) if on_error is not None else STRICT
    if on_error is not None and encoding is None:
        encoding = _code_page(stream, manner)
    return Reader(stream, encoding, Prefix(prefix), manner=manner).instructions()


def _code_page(stream: BinaryIO, manner: Strictness) -> str | None:
    """The code page of a file that has no byte order mark and is not in UTF-8; it is reported."""
    start = stream.tell()
    is_old = stream.read(_HEAD).lstrip(b" \t").startswith(HEADER_3.encode())
    stream.seek(start)
    found = None if is_old else code_page_of(stream)
    if found is not None:
        error = RegFileError("expected text in utf-8", line=1, column=1)
        manner.report(error, f"the file is read in {found}")
    return found


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
        self,
        stream: BinaryIO,
        encoding: str | None,
        paths: Prefix,
        *,
        fast: bool = COMPILED,
        manner: Strictness = STRICT,
    ) -> None:
        """Nothing is read yet.

        Args:
            stream: The file.
            encoding: As for parse().
            paths: What becomes of the file's paths.
            fast: Whether usual lines take the fast way, which is one where it is compiled; the
                result is the same.
            manner: How strictly.
        """
        self._encoding = encoding
        self._paths = paths
        self._manner = manner
        self._is_lenient = manner.on_error is not None
        self._lines = Lines(stream, encoding, characters=fast, holes=self._is_lenient)
        self._fast = fast
        self._ansi = ""  # the code page of texts in hex
        self._in_key = False
        self._in_hex = False
        self._quoted = QuotedText(self._lines, manner)

    def instructions(self) -> Iterator[Instruction]:
        """What parse() gives."""
        header = self._header()
        lines = self._lines
        if header == HEADER_3:
            while line := lines.take():
                for step in line_steps(lines, line, self._paths, self._manner):  # noqa: UP028
                    yield step
            return
        # Texts in hex are not what they seem in a code page, and where they get a missing NUL.
        elsewhere = bool(self._ansi) or self._manner.as_windows
        fast = FastReader(lines, self._paths, ansi=elsewhere)
        is_fast = self._fast
        while header:
            if is_fast:
                value = fast.take(in_key=self._in_key)
                if value is not None:
                    self._in_key = True
                    yield value
                    continue
            line = lines.take()
            if not line:
                return
            found = self._step(line) if not self._is_lenient else self._step_or_report(line)
            is_fast = self._fast and not lines.has_returned
            if found is not None:
                yield found

    def _step(self, line: str) -> Instruction | None:
        """What a line, and perhaps some behind it, asks for."""
        first = line[0]
        at = 0
        if first in BLANKS:
            at = skip(line, 0)
            first = line[at : at + 1]
        if first == '"' or first == "@":
            return self._value(line, at)
        if first == "[":
            return self._key(line, at)
        if first not in ";#\r\n":  # "" is in it
            raise self._lines.unexpected(line, at, "a key, a value, a comment or an empty line")
        return None

    def _step_or_report(self, line: str) -> Instruction | None:
        lines = self._lines
        number = lines.number
        lines.begin()
        self._in_hex = False
        try:
            return self._step(line)
        except RegFileError as error:
            if lines.is_broken:
                raise
            self._leave(number)
            is_first = error.line == number
            self._manner.report(
                error, "left out" if is_first else f"the value of line {number} is left out"
            )
        return None

    def _leave(self, number: int) -> None:
        """Go on behind what is wrong of a value that began in the line of a number.

        Of hex, that is the line where it is wrong, unless that begins as another value or key;
        of a text, whose closing quote is missing, its first line.
        """
        lines = self._lines
        kept = lines.number - number if self._in_hex else 0
        if kept and not self._manner.as_windows and lines.more[kept - 1].lstrip()[:1] in '["@':
            kept -= 1
        lines.give_back(kept, number + kept)

    def _header(self) -> str:
        """The header, or "" where nothing behind it counts."""
        line = self._lines.take()
        self._lines.number = 1
        windows = self._manner.as_windows
        header = line.lstrip(BLANKS).rstrip("\r\n") if windows else line.strip(WHITE)
        if header == HEADER_4:
            self._ansi = self._encoding or ANSI
        elif header not in (HEADER_3, HEADER_5):
            expected = f"the header {HEADER_5!r} or {HEADER_4!r}"
            error = self._lines.unexpected(line, 0, expected)
            if not windows or not header.startswith(HEADER_3):
                raise error
            self._manner.report(error, "all of the file is left out, as regedit does it")
            return ""
        return header

    def _key(self, line: str, at: int) -> Instruction:
        self._in_key = False
        end = line.rfind("]")
        if end < at:
            raise self._lines.unexpected(line, len(line.rstrip(WHITE)), "a closing bracket")
        if line[end + 1 :] not in _ENDS:
            self._quoted.expect_end(line, end + 1)
        at += 1
        is_made = line[at] != "-"
        if not is_made:
            at += 1
        path = self._paths.inner(line[at:end])
        if path is None:
            raise self._lines.unexpected(line, at, self._paths.expected)
        if is_made:
            self._in_key = True
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
            name, line, end = self._quoted.quoted(line, at)
        at = end + 1
        if line[end:at] != "=" or line[at : at + 1] in BLANKS:
            at = self._behind_equals(line, end)

        first = line[at : at + 1]
        if first == '"':
            end = line.find('"', at + 1)
            if end > 0 and "\\" not in (text := line[at + 1 : end]):
                end += 1
            else:
                text, line, end = self._quoted.quoted(line, at)
            if line[end:] not in _ENDS:
                self._quoted.require_end(line, end)
            return SetValue(
                name, REG_SZ, (text + "\0").encode("utf-16-le", "surrogatepass"), number
            )
        if first == "-":
            self._quoted.require_end(line, at + 1)
            return DeleteValue(name, number)
        kind, end = self._kind(line, at)
        if kind < 0:
            return SetValue(name, REG_DWORD, self._dword(line, end), number)
        begin = self._lines.number
        self._in_hex = True
        raw = hex_bytes(self._lines, line, end, self._manner)
        self._in_hex = False
        if kind in NULS:
            if self._manner.as_windows:
                raw = with_end(raw, 1 if self._ansi else 2)
            if self._ansi:
                raw = self._wide(raw, begin, end)
        return SetValue(name, kind, raw, number)

    def _behind_equals(self, line: str, at: int) -> int:
        at = skip(line, at)
        if line[at : at + 1] != "=":
            raise self._quoted.unfinished(line, at, "an equals sign")
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
        return int(match[1], 16) if match[1] else REG_BINARY, match.end()

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
        self._quoted.require_end(line, match.end())
        return int(match[1], 16).to_bytes(4, "little")

    def _wide(self, raw: bytes, number: int, at: int) -> bytes:
        """Bytes of the code page as UTF-16."""
        try:
            text = decoded(raw, self._ansi, holes=self._is_lenient)
            return text.encode("utf-16-le", "surrogatepass")
        except UnicodeDecodeError as error:
            found = f"the bytes {raw[error.start : error.end].hex(',')}"
            raise self._lines.error(at, f"a text in {self._ansi}", found, number) from error


def with_end(raw: bytes, size: int) -> bytes:
    """Bytes of a text with the NUL that they lack, as Windows stores them.

    Args:
        raw: The bytes; none, and half a character, stay as they are.
        size: The bytes of a character.
    """
    is_open = raw and len(raw) % size == 0 and any(raw[-size:])
    return raw + bytes(size) if is_open else raw
