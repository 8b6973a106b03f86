"""The lines of a .reg file, and what an error says of the place where reading stands.

A file comes in pieces of text.  `text` is the last of them and `at` the place in it where the next
line begins: take() gives that line, and joins one that lies in two pieces or more.  `characters` is
the same text once more, for who reads character by character (see `fast_reader`): one byte for each
character, itself where it is ASCII, and some NULs behind the last, so that looking a little ahead
never leaves it.  Lines that an instruction has taken behind its first one can be given back, where
it turns out that they are none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from mypy_extensions import i64

from anyreg.errors import RegFileError
from anyreg.formats.regfile.syntax import HEADER_4
from anyreg.formats.text import BadTextError, text_of

SHOWN: Final = 24  # characters of a bad line in a message
_BEHIND: Final = bytes(16)
_NOWHERE: Final = 1 << 60  # where a character is that comes no more


class Lines:
    """One reading of one file.

    Attributes:
        text: The piece that is read.
        characters: The same as bytes, if they were asked for.
        at: How far it was taken.
        number: That of the line that was taken last; they count from 1.
        more: What take_more() gave since begin().
        is_broken: The file ends before its end, in bytes that are no text.
        has_returned: The next line is one that was given back, which `text` does not show.
    """

    def __init__(
        self, stream: BinaryIO, encoding: str | None, *, characters: bool, holes: bool = False
    ) -> None:
        """Nothing is read yet.

        Args:
            stream: The file.
            encoding: The code page of a file without a byte order mark.
            characters: Whether `characters` is wanted.
            holes: As for text_of().
        """
        self._texts: Iterator[str] = text_of(stream, encoding, HEADER_4, holes=holes)
        self._returned: list[str] = []  # the next one last
        self.more: list[str] = []
        self.is_broken = False
        self.has_returned = False
        self._wants_characters = characters
        self._return: i64 = -1  # the next CR, if that lies behind `at`
        self._feed: i64 = -1  # the next LF
        self.text = ""
        self.characters = _BEHIND
        self.at: i64 = 0
        self.number = 0

    def take(self) -> str:
        """The next line with its end, or "" at the end of the file.

        Raises:
            RegFileError: Its bytes are no text.
        """
        if self.has_returned:
            return self._take_returned()
        end = self._end()
        if end < 0:
            return self._joined()
        line = self.text[self.at : end]
        self.at = end
        self.number += 1
        return line

    def _take_returned(self) -> str:
        line = self._returned.pop()
        self.has_returned = bool(self._returned)
        self.number += 1
        return line

    def begin(self) -> None:
        """The line that was taken last is the first one of an instruction."""
        if self.more:
            self.more = []

    def take_more(self) -> str:
        """As take(), for another line of the same instruction."""
        line = self.take()
        if line:
            self.more.append(line)
        return line

    def give_back(self, kept: int, number: int) -> None:
        """Let lines of an instruction that is none be taken again.

        Args:
            kept: How many of `more` are not.
            number: The number of the last line that is not.
        """
        self._returned += reversed(self.more[kept:])
        self.has_returned = bool(self._returned)
        self.more = []
        self.number = number

    def _end(self) -> i64:
        """Where the line ends, behind its CR LF, CR or LF; -1 where the piece ends before it."""
        at = self.at
        feed = self._feed
        if feed < at:
            feed = self.text.find("\n", at)
            self._feed = feed = feed if feed >= 0 else _NOWHERE
        back = self._return
        if back < at:
            back = self.text.find("\r", at)
            self._return = back = back if back >= 0 else _NOWHERE
        if back < feed - 1:
            return back + 1
        return feed + 1 if feed < _NOWHERE else -1

    def _joined(self) -> str:
        """A line of which this piece holds the begin, or nothing."""
        pieces = [self.text[self.at :]]
        self.at = len(self.text)
        end: i64 = -1
        while end < 0 and self._next_piece(pieces):
            end = self._end()
            self.at = end if end >= 0 else len(self.text)
            pieces.append(self.text[: self.at])
        line = "".join(pieces)
        if line:
            self.number += 1
        return line

    def _next_piece(self, pieces: list[str]) -> bool:
        """Go on to the next piece, if there is one; those given are of the same line."""
        try:
            text = next(self._texts, None)
        except BadTextError as error:
            self.is_broken = True
            number = self.number + 1
            at = sum(map(len, pieces))
            raise self.error(at, error.expected, error.found, number) from error
        if text is None:
            return False
        self.text = text
        self.at = 0
        self._return = self._feed = -1
        if self._wants_characters:
            self.characters = text.encode("latin-1", "replace") + _BEHIND
        return True

    def unexpected(self, line: str, at: int, expected: str) -> RegFileError:
        """What to raise: something else stands at a place in the line that was taken last."""
        shown = line[at : at + SHOWN].rstrip("\r\n")
        return self.error(at, expected, repr(shown) if shown else "the end of the line")

    def error(self, at: int, expected: str, found: str, number: int = 0) -> RegFileError:
        """What to raise: found in words, in the line of a number, else in the one taken last."""
        message = f"expected {expected}, found {found}"
        return RegFileError(message, line=number or self.number, column=at + 1)
