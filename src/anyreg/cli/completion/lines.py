"""How shells quote: the words of a line that is being typed, and candidates as they go into it.

Of bash, readline replaces only the end of a word: from the last opening quote that is not closed,
or from the last character of COMP_WORDBREAKS, which has the colon.  It takes candidates as they
are, puts their common beginning in place, and closes an open quote behind a single one.

Source: bash's manual (Programmable Completion), and how its readline behaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_PLAIN = re.compile(r"[\w%+,./:@{}=~^-]*")  # what needs no quotes in the middle of a word
_ENDS = " \t<>"
_COMMAND_ENDS = ";|&(\n"
_IN_DOUBLE = '$`"\\'
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_PROGRAM = "anyreg"


class Line(NamedTuple):
    """A line up to the cursor.

    Attributes:
        words: The words between the program's name and the one at the cursor, without quotes.
        text: What there is of the word at the cursor.
        kept: How many characters of that readline leaves alone.
        quote: The quote that is open there, "" if there is none.
    """

    words: list[str]
    text: str
    kept: int
    quote: str

    def encoded(self, candidates: list[str]) -> list[str]:
        """Candidates for the word at the cursor, as they replace the end of it."""
        ends = [candidate[self.kept :] for candidate in candidates]
        if self.quote == "'":
            return [end.replace("'", "'\\''") for end in ends]
        if self.quote:
            return [re.sub(r'(["$`\\])', r"\\\1", end) for end in ends]
        if all(_PLAIN.fullmatch(end) for end in ends):
            return ends
        close = "'" if len(ends) == 1 else ""
        return ["'" + end.replace("'", "'\\''") + close for end in ends]


def read_bash(line: str, breaks: str) -> Iterator[Line]:
    """The readings of a line of bash, the likelier first.

    The second one is for who forgot that bash takes a lone backslash away.

    Args:
        line: All up to the cursor.
        breaks: COMP_WORDBREAKS.
    """
    start = _replaced_from(line, breaks)
    words, begin, text, kept, quote = _read(line, start)
    yield Line(words, text, kept, quote)
    raw = line[begin:]
    if raw != text and not set("'\"") & set(raw):
        yield Line(words, raw, max(start - begin, 0), "")


def _read(line: str, start: int) -> tuple[list[str], int, str, int, str]:
    """Words, where the one at the cursor begins, its text, what of it is kept, the open quote."""
    words: list[str] = []
    text = quote = ""
    begin, kept, is_word, index = 0, 0, False, 0
    while index < len(line):
        character = line[index]
        if index == start:
            kept = len(text)
        if not is_word:
            begin = index
        index += 1
        if quote:
            if character == quote:
                quote = ""
            elif quote == '"' and character == "\\" and line[index : index + 1] in _IN_DOUBLE:
                text += line[index : index + 1]
                index += 1
            else:
                text += character
        elif character in _ENDS or character in _COMMAND_ENDS:
            if is_word:
                words.append(text)
            if character in _COMMAND_ENDS:
                words.clear()
            text, is_word = "", False
            begin = index
        else:
            is_word = True
            if character in "'\"":
                quote = character
            elif character == "\\" and index < len(line):
                text += line[index]
                index += 1
            else:
                text += character
    if start >= len(line):
        kept = len(text)
    return _of_program(words), begin, text, kept, quote


def _of_program(words: list[str]) -> list[str]:
    """The words behind the program's name, which may have assignments and others in front."""
    for index, word in enumerate(words):
        if word.rpartition("/")[2] == _PROGRAM:
            return words[index + 1 :]
        if not _ASSIGNMENT.fullmatch(word) and index:
            break
    return words[1:]


def _replaced_from(line: str, breaks: str) -> int:
    """Where the part begins that readline replaces."""
    quoted, open_at = _quoted(line)
    if open_at >= 0:
        return open_at + 1
    for index in range(len(line) - 1, -1, -1):
        if line[index] in breaks and index not in quoted:
            return index + 1
    return 0


def _quoted(line: str) -> tuple[set[int], int]:
    """The places of characters that are quoted, and that of a quote that is open, else -1."""
    quoted: set[int] = set()
    quote, open_at, index = "", -1, 0
    while index < len(line):
        character = line[index]
        if quote or character in "'\"":
            quoted.add(index)
        if character == "\\" and quote != "'":
            index += 1
            quoted.add(index)
        elif quote and character == quote:
            quote, open_at = "", -1
        elif not quote and character in "'\"":
            quote, open_at = character, index
        index += 1
    return quoted, open_at


def unquoted_fish(token: str) -> str:
    r"""A token of fish without its quotes, of which the last may be open.

    >>> unquoted_fish(r"'HKCU\Soft"), unquoted_fish(r"A::Program\ Files\\x")
    ('HKCU\\Soft', 'A::Program Files\\x')
    """
    text = quote = ""
    index = 0
    while index < len(token):
        character = token[index]
        following = token[index + 1 : index + 2]
        index += 1
        if character == "\\" and following and (not quote or following in (quote, "\\", "$")):
            text += following
            index += 1
        elif not quote and character in "'\"":
            quote = character
        elif character == quote:
            quote = ""
        else:
            text += character
    return text
