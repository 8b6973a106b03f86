r"""Keys and values as regedit writes them, character by character: the fast way through nearly all.

    "name"="text"   "name"=dword:0000002a   "name"=hex:00,01,\   @=hex(7):61,00
                                               02,03
    [PATH]          and empty lines

with no blank but in front of more hex, no comment, the words in lower case, no escape but \\,
all characters from the space on, and the whole value with its line ends, CR LF or LF, in one piece
of the file.  Whatever is not exactly so stays where it is, for `reader`, which alone knows what
else is allowed and what is an error: nothing may be read here that is not read there with the same
result.  Compiled, a character costs a nanosecond here, as long as no `x if y else -1` makes it an
object; plain, far more than there, so that plain this is not used.

Source: see `reader`, and `syntax` for what regedit writes.
"""

from __future__ import annotations

import codecs
from typing import Final

from mypy_extensions import i64, u8

from anyreg.formats.instructions import SetKey, SetValue
from anyreg.formats.prefix import Prefix
from anyreg.formats.regfile.lines import Lines
from anyreg.regf.reads import read_i16_le, read_i64_le
from anyreg.regf.writes import BytesWriter
from anyreg.types import REG_BINARY, REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ, REG_SZ

# Letters as numbers: compiled, the result of ord() would be looked up at each use.
_SPACE: Final = 0x20
_QUOTE: Final = 0x22
_BACKSLASH: Final = 0x5C
_AT: Final = 0x40
_ZERO: Final = 0x30
_EQUALS: Final = 0x3D
_COMMA: Final = 0x2C
_OPEN: Final = 0x28
_BRACKET: Final = 0x5B
_CLOSING: Final = 0x5D
_MINUS: Final = 0x2D
_COLON: Final = 0x3A
_CR: Final = 0x0D
_LF: Final = 0x0A
_D: Final = 0x64
_H: Final = 0x68

_DWORD_PAIRS: Final = 4
_U8: Final = 0xFF
_U16: Final = 0xFFFF

# The same byte seven times; eight would be a number that mypyc makes an object of.
_ONES: Final = 0x01010101010101
_SPACES: Final = 0x20202020202020
_QUOTES: Final = 0x22222222222222
_BACKSLASHES: Final = 0x5C5C5C5C5C5C5C
_TOP_BITS: Final = 0x80808080808080
_AT_ONCE: Final = 7


def _pairs() -> bytes:
    """For each two characters, as a number of 16 bits, the byte that they are in hex, or -1."""
    table = bytearray(b"\xff\xff" * (_U16 + 1))
    digits = "0123456789abcdefABCDEF"
    for high in digits:
        for low in digits:
            at = 2 * (ord(high) | ord(low) << 8)
            table[at : at + 2] = bytes((int(high + low, 16), 0))
    return bytes(table)


_PAIRS: Final = _pairs()


class FastReader:
    """Reads what has the usual form from where the lines stand."""

    def __init__(self, lines: Lines, paths: Prefix, *, ansi: bool) -> None:
        """Take lines that have characters.

        Args:
            lines: The lines.
            paths: What becomes of their paths.
            ansi: Whether texts in hex are in a code page, and so are left to others.
        """
        self._lines = lines
        self._paths = paths
        self._ansi = ansi
        self._raw = BytesWriter()
        self._breaks = 0  # lines of the hex that was read

    def take(self, *, in_key: bool = True) -> SetKey | SetValue | None:
        """What begins here or behind empty lines, if it is usual; else no more is taken.

        Args:
            in_key: Whether there may be a value.
        """
        lines = self._lines
        characters = lines.characters
        at = lines.at
        begin = _line_end(characters, at)
        while begin >= 0:
            at = lines.at = begin
            lines.number += 1
            begin = _line_end(characters, at)
        if characters[at] == _BRACKET:
            return self._key(at + 1)
        return self._value(at) if in_key else None

    def _key(self, begin: i64) -> SetKey | None:
        lines = self._lines
        characters = lines.characters
        at = begin
        while characters[at] >= _SPACE:
            at += 1
        end = _line_end(characters, at)
        at -= 1
        if end < 0 or characters[at] != _CLOSING or characters[begin] == _MINUS:
            return None
        path = self._paths.inner(lines.text[begin:at])
        if path is None:
            return None
        lines.at = end
        lines.number += 1
        return SetKey(path, lines.number)

    def _value(self, at: i64) -> SetValue | None:
        characters = self._lines.characters
        name = ""
        first: i64 = characters[at]
        if first == _QUOTE:
            begin = at + 1
            at = _closing_quote(characters, begin)
            if at < 0:
                return None
            name = _unescaped(self._lines.text[begin:at])
        elif first != _AT:
            return None
        if characters[at + 1] != _EQUALS:
            return None
        at += 2
        first = characters[at]
        if first == _QUOTE:
            return self._text(name, at + 1)
        if first == _D:
            return self._dword(name, at)
        if first == _H:
            return self._hex(name, at)
        return None

    def _text(self, name: str, at: i64) -> SetValue | None:
        characters = self._lines.characters
        quote = _closing_quote(characters, at)
        if quote < 0:
            return None
        text = _unescaped(self._lines.text[at:quote])
        raw, _ = codecs.utf_16_le_encode(text + "\0", "surrogatepass")
        return self._taken(name, REG_SZ, raw, _line_end(characters, quote + 1), 1)

    def _dword(self, name: str, at: i64) -> SetValue | None:
        characters = self._lines.characters
        if not _has(characters, at, b"dword:"):
            return None
        begin = at + 6
        at = begin + 2 * _DWORD_PAIRS
        end = _line_end(characters, at)
        if end < 0:
            return None
        self._raw.truncate(0)
        while at > begin:
            at -= 2
            byte = _pair(read_i64_le(characters, at))
            if byte < 0:
                return None
            self._raw.append(u8(byte))
        return self._taken(name, REG_DWORD, self._raw.getvalue(), end, 1)

    def _hex(self, name: str, at: i64) -> SetValue | None:
        characters = self._lines.characters
        kind: i64 = REG_BINARY
        if not _has(characters, at, b"hex"):
            return None
        at += 3
        if characters[at] == _OPEN:
            kind = _pair(_ZERO | characters[at + 1] << 8)
            if kind < 0 or not _has(characters, at + 2, b")"):
                return None
            if self._ansi and (kind == REG_SZ or kind == REG_EXPAND_SZ or kind == REG_MULTI_SZ):
                return None
            at += 3
        if characters[at] != _COLON:
            return None
        self._raw.truncate(0)
        end = self._bytes(at + 1)
        if end < 0:
            return None
        return self._taken(name, kind, self._raw.getvalue(), end, self._breaks)

    def _bytes(self, at: i64) -> i64:
        """Reads pairs of digits up to the end of their last line; where the next begins, or -1."""
        characters = self._lines.characters
        raw = self._raw
        breaks = 1
        while True:
            ahead = read_i64_le(characters, at)
            byte = _pair(ahead)
            if byte < 0:
                return -1
            raw.append(u8(byte))
            at += 2
            if ahead >> 16 & _U8 != _COMMA:
                self._breaks = breaks
                return _line_end(characters, at)
            at += 1
            if ahead >> 24 & _U8 == _BACKSLASH:
                at = _line_end(characters, at + 1)
                if at < 0:
                    return -1
                breaks += 1
                while characters[at] == _SPACE:
                    at += 1

    def _taken(self, name: str, kind: i64, raw: bytes, end: i64, breaks: int) -> SetValue | None:
        """The value, if its line ends there at all, and the lines go on behind it."""
        if end < 0:
            return None
        lines = self._lines
        number = lines.number + 1
        lines.at = end
        lines.number += breaks
        return SetValue(name, int(kind), raw, number)


def _closing_quote(characters: bytes, at: i64) -> i64:
    """The next quote, if all before it is usual; else -1."""
    while True:
        while not _has_special(read_i64_le(characters, at)):
            at += _AT_ONCE
        character: i64 = characters[at]
        if character == _QUOTE:
            return at
        if character < _SPACE:
            return -1
        if character == _BACKSLASH:
            at += 1
            if characters[at] != _BACKSLASH:
                return -1
        at += 1


def _has_special(ahead: i64) -> bool:
    """Whether a quote, a backslash or a control character is among the seven that come first.

    Where each is looked for in all of them at once, a character behind it can be taken for one too.
    """
    quotes = ahead ^ _QUOTES
    backslashes = ahead ^ _BACKSLASHES
    found = (ahead - _SPACES) & ~ahead
    found |= (quotes - _ONES) & ~quotes
    found |= (backslashes - _ONES) & ~backslashes
    return found & _TOP_BITS != 0


def _unescaped(text: str) -> str:
    return text.replace("\\\\", "\\") if "\\" in text else text


def _has(characters: bytes, at: i64, word: bytes) -> bool:
    """Whether a word stands at a place."""
    index: i64 = 0
    while index < len(word):
        if characters[at + index] != word[index]:
            return False
        index += 1
    return True


def _pair(ahead: i64) -> i64:
    """The byte of the two hex digits that come first; -1 if they are none."""
    byte: int = read_i16_le(_PAIRS, (ahead & _U16) << 1)
    return byte


def _line_end(characters: bytes, at: i64) -> i64:
    """Where the next line begins, if this one ends here in CR LF or LF; else -1."""
    if characters[at] == _CR:
        at += 1
    if characters[at] != _LF:
        return -1
    return at + 1
