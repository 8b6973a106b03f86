"""JSON text, value by value: the standard decoder at work on a window of the file.

The standard library reads one value out of a longer text, and tells where it ends; what it lacks
is a file that comes in pieces.  Here a value that seems to end with the window is tried again with
twice as much text behind it.  So no more is held than the value that is being read, and an error
inside the window is reported at once, with its line and column.

Source: RFC 8259, as Python's standard library reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from anyreg.errors import RegFileError
from anyreg.formats.text import BadTextError, text_of

_blanks = re.compile(r"[ \t\r\n]*")
_SHOWN: Final = 24  # characters of what is wrong, in a message
_DROPPED_FROM: Final = 1 << 18  # characters that were read, until they are forgotten
_NEAR_END: Final = 16  # an error so near to the end of the window may be that end


class DoubleMemberError(ValueError):
    """An object has two members of one name."""


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise DoubleMemberError(next(name for name in names if names.count(name) > 1))
    return found


_decode = json.JSONDecoder(object_pairs_hook=_members).raw_decode


class JsonText:
    """A JSON file that is read from its begin to its end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._pieces: Iterator[str] = iter(text_of(stream))
        self._text = ""
        self._at = 0
        self._counted = (0, 1, 0)  # a place in the window, its line, and where that line begins

    # Places

    def place(self) -> tuple[int, int]:
        """The line and column of what is read next."""
        return self._place(self._at)

    def _place(self, at: int) -> tuple[int, int]:
        before, line, begin = self._counted
        if at < before:  # looked for in the window, whose lines before it are known
            breaks = self._text.count("\n", at, before)
            return line - breaks, at - self._text.rfind("\n", 0, at) if breaks else at - begin + 1
        breaks = self._text.count("\n", before, at)
        if breaks:
            begin = self._text.rfind("\n", before, at) + 1
        self._counted = at, line + breaks, begin
        return line + breaks, at - begin + 1

    def error(self, expected: str, found: str = "", at: int = -1) -> RegFileError:
        """What to raise: something is not as it should be, at a place or where reading stands."""
        at = self._at if at < 0 else at
        shown = self._text[at : at + _SHOWN].partition("\n")[0].rstrip("\r")
        line, column = self._place(at)
        found = found or (repr(shown) if self._text[at : at + 1] else "the end of the file")
        return RegFileError(f"expected {expected}, found {found}", line=line, column=column)

    # The window

    def _more(self, least: int = 1) -> bool:
        """Append to the window; whether there was anything."""
        parts = [self._text]
        size = 0
        try:
            while size < least and (piece := next(self._pieces, None)) is not None:
                parts.append(piece)
                size += len(piece)
        except BadTextError as error:
            self._text = "".join(parts)
            raise self.error(error.expected, error.found, len(self._text)) from error
        if size:
            self._text = "".join(parts)
        return size > 0

    def _forget(self) -> None:
        """Drop what was read."""
        if self._at >= _DROPPED_FROM:
            self.place()
            at, line, begin = self._counted
            self._text = self._text[self._at :]
            self._counted = at - self._at, line, begin - self._at
            self._at = 0

    # Reading

    def next(self) -> str:
        """The next character that is no blank, which stays; "" at the end."""
        while True:
            found = _blanks.match(self._text, self._at)
            assert found is not None  # it matches nothing too
            self._at = found.end()
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def take(self, characters: str, expected: str) -> str:
        """The next character, which must be one of these.

        Raises:
            RegFileError: It is another one.
        """
        found = self.next()
        if not found or found not in characters:
            raise self.error(expected)
        self._at += 1
        return found

    def value(self) -> tuple[object, int]:
        """The next value, and where it begins in the window until next() is called.

        Raises:
            RegFileError: There is no JSON value.
        """
        self._forget()
        self.next()
        while True:
            begin = self._at
            try:
                value, end = _decode(self._text, begin)
            except json.JSONDecodeError as error:
                if self._may_go_on(error) and self._more(len(self._text) - begin):
                    continue
                raise self.error(_in_words(error.msg), "", error.pos) from error
            except DoubleMemberError as error:
                raise self.error("each member once", f"{str(error)!r} twice") from error
            except RecursionError as error:
                raise self.error("values less deep in each other", "too many levels") from error
            except ValueError as error:  # of a number with thousands of digits
                raise self.error("a number of 64 bits", str(error)) from error
            if end < len(self._text) or not self._more():
                self._at = end
                return value, begin

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        is_cut = error.msg.startswith("Unterminated string")
        return is_cut or error.pos >= len(self._text) - _NEAR_END

    def error_inside(
        self, begin: int, steps: Iterable[str | int], expected: str, found: str
    ) -> RegFileError:
        """An error in a part of the value that was read last.

        Args:
            begin: Where the value begins.
            steps: The member names and indexes that lead to the part.
            expected: What should be there, in words.
            found: What is there.
        """
        return self.error(expected, found, locate(self._text, begin, steps))


def _in_words(message: str) -> str:
    """The decoder's message as what was expected."""
    if message.startswith("Expecting "):
        return message.removeprefix("Expecting ")
    return f"JSON ({message.lower()})"


def locate(text: str, at: int, steps: Iterable[str | int]) -> int:
    """Where a part of a JSON value begins; a part that is missing is where its whole begins.

    >>> locate('{"a": [1, {"b": 2}]}', 0, ["a", 1, "b"])
    16
    """
    for step in steps:
        at = _part(text, at, step)
    return at


def _part(text: str, begin: int, step: str | int) -> int:
    at = _skip(text, begin + 1)
    index = 0
    while text[at] not in "]}":
        key: str | int = index
        if isinstance(step, str):
            key, at = _decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if key == step:
            return at
        _, at = _decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        index += 1
    return begin


def _skip(text: str, at: int) -> int:
    found = _blanks.match(text, at)
    assert found is not None
    return found.end()
