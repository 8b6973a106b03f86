r"""A reader of .reg files for tests, written from the format's description alone.

It shares no line with the package, and takes what regedit takes: both dialects, comments, escapes
and raw line breaks in quotes, hex on several lines.
"""

from __future__ import annotations

import re

Row = tuple[str, int, bytes]
Keys = list[tuple[str, list[Row]]]

_DWORD = re.compile(r"dword:([0-9a-fA-F]{1,8})\r\n")
_HEX = re.compile(r"hex(?:\(([0-9a-f]+)\))?:((?:[0-9a-f]{2},?|\\\r\n  )*)\r\n")
_CONTINUED = "\\\r\n  "
_TEXTS = (1, 2, 7)


class BadRegError(ValueError):
    """The file is not as the format asks for."""


def parse(data: bytes, encoding: str = "cp1252") -> Keys:
    """Every key of a file, with its values, in the order of the file."""
    if data.startswith(b"\xff\xfe"):
        return _Parser(data[2:].decode("utf-16-le", "surrogatepass"), "").keys()
    return _Parser(data.decode(encoding), encoding).keys()


class _Parser:
    def __init__(self, text: str, encoding: str) -> None:
        self.text = text
        self.at = 0
        self.encoding = encoding

    def keys(self) -> Keys:
        header = "REGEDIT4" if self.encoding else "Windows Registry Editor Version 5.00"
        self._expect(header + "\r\n\r\n")
        keys: Keys = []
        while self.at < len(self.text):
            if self.text.startswith("\r\n", self.at):
                self.at += 2
            elif self.text[self.at] == ";":
                self._line()
            elif self.text[self.at] == "[":
                line = self._line()
                keys.append((line[1 : line.rindex("]")], []))
            else:
                keys[-1][1].append(self._value())
        if not self.text.endswith("\r\n\r\n"):
            raise BadRegError("no empty line at the end")
        return keys

    def _line(self) -> str:
        end = self.text.index("\r\n", self.at)
        line = self.text[self.at : end]
        self.at = end + 2
        return line

    def _expect(self, wanted: str) -> None:
        if not self.text.startswith(wanted, self.at):
            raise BadRegError(f"{wanted!r} expected, found {self.text[self.at : self.at + 20]!r}")
        self.at += len(wanted)

    def _value(self) -> Row:
        if self.text[self.at] == "@":
            self.at += 1
            name = ""
        else:
            name = self._quoted()
        self._expect("=")
        return (name, *self._data())

    def _quoted(self) -> str:
        self._expect('"')
        letters = []
        while (letter := self.text[self.at]) != '"':
            if letter == "\\":
                self.at += 1
                letter = self.text[self.at]
                if letter not in '\\"':
                    raise BadRegError(f"escape of {letter!r}")
            letters.append(letter)
            self.at += 1
        self.at += 1
        return "".join(letters)

    def _data(self) -> tuple[int, bytes]:
        if self.text[self.at] == '"':
            text = self._quoted()
            self._expect("\r\n")
            return 1, (text + "\0").encode("utf-16-le", "surrogatepass")
        if number := _DWORD.match(self.text, self.at):
            self.at = number.end()
            return 4, int(number[1], 16).to_bytes(4, "little")
        digits = _HEX.match(self.text, self.at)
        if digits is None:
            raise BadRegError(f"no data: {self.text[self.at : self.at + 20]!r}")
        self.at = digits.end()
        type_ = int(digits[1], 16) if digits[1] else 3
        raw = bytes.fromhex(digits[2].replace(_CONTINUED, "").replace(",", " "))
        if self.encoding and type_ in _TEXTS:
            raw = raw.decode(self.encoding).encode("utf-16-le")
        return type_, raw
