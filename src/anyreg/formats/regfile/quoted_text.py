r"""Texts in quotes, and what stands behind data, as `reader` allows them.

A backslash escapes itself and a quote, and, as Wine writes them, \r and \n are line breaks.  A line
break stands for itself, so that a text goes on to the next quote that is not escaped.

Source: see `reader`.
"""

from __future__ import annotations

import re

from anyreg.errors import RegFileError
from anyreg.formats.regfile.hex_data import skip
from anyreg.formats.regfile.lines import SHOWN, Lines
from anyreg.formats.regfile.strictness import Strictness

_ESCAPES = {"\\\\": "\\", '\\"': '"', r"\r": "\r", r"\n": "\n"}
_NO_CHARACTERS = frozenset(["", "0", "\r", "\n"])  # that a backslash never makes one

_escape = re.compile(r"\\.?", re.DOTALL)


class QuotedText:
    """The texts in quotes of one reading of one file."""

    def __init__(self, lines: Lines, manner: Strictness) -> None:
        """Nothing is read yet.

        Args:
            lines: The file.
            manner: How strictly.
        """
        self._lines = lines
        self._manner = manner
        self._behind = frozenset(["", "\r", "\n", *manner.comments])  # what may follow data
        self._quote = (0, 0, 0)  # line and place of a quote, and the line where its text ends

    def quoted(self, line: str, at: int) -> tuple[str, str, int]:
        """The text behind the quote at a place, the line in which it ends, and where it ends."""
        end = _closing_quote(line, at + 1)
        if end >= 0:
            return self._unescaped(line, at + 1, end), line, end + 1
        number, column = self._lines.number, at
        pieces = []
        at += 1
        while end < 0:
            pieces.append(self._unescaped(line, at, len(line)))
            line = self._lines.take_more()
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
                return self._unescaped_oddly(line, at, end)
        return "\\".join(parts)

    def _unescaped_oddly(self, line: str, at: int, end: int) -> str:
        """A text with other escapes, of which Windows takes some for the character behind them."""
        pieces = []
        for found in _escape.finditer(line, at, end):
            character = _ESCAPES.get(found[0])
            if character is None:
                error = self._lines.unexpected(line, found.start(), f"one of {', '.join(_ESCAPES)}")
                character = found[0][1:]
                if not self._manner.as_windows or character in _NO_CHARACTERS:
                    raise error
                self._manner.report(error, "the backslash is left out")
            pieces += [line[at : found.start()], character]
            at = found.end()
        return "".join([*pieces, line[at:end]])

    def expect_end(self, line: str, at: int) -> None:
        """What else stands behind a key means nothing, but is reported."""
        try:
            self.require_end(line, at)
        except RegFileError as error:
            self._manner.report(error)

    def require_end(self, line: str, at: int) -> None:
        """Expect nothing but white space and a comment from a place on.

        Raises:
            RegFileError: There is something else.
        """
        at = skip(line, at)
        if line[at : at + 1] not in self._behind:
            raise self.unfinished(line, at, "the end of the line")

    def unfinished(self, line: str, at: int, expected: str) -> RegFileError:
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
