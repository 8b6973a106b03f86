"""Bytes of one of Wine's files in, its text as sections out.

Wine's server refuses a file whose first line or architecture it does not know, and passes over
every other line that it does not understand.  So does this: such lines are kept, and reported.

Source: see the package.
"""

from __future__ import annotations

import re
from typing import Final

from anyreg.errors import RegFileError
from anyreg.formats.wine.escapes import unescaped
from anyreg.formats.wine.sections import (
    BLANK,
    CLASS,
    COMMENT,
    HEADER,
    LINK,
    OTHER,
    TIME,
    VALUE,
    WineLine,
    WineSection,
)
from anyreg.formats.wine.values import WHITE, is_unfinished, parse_value

OPENING: Final = "WINE REGISTRY Version 2"
"""The first line."""

ARCHITECTURES: Final = ("win32", "win64")

_OPENING_LINES: Final = 2  # the second one says what the keys are relative to
_SHOWN: Final = 40
_TICKS: Final = 10_000_000
_OF_1970: Final = 116_444_736_000_000_000
_SECONDS: Final = 0xFFFF_FFFF
_MOST: Final = 0xFFFF_FFFF_FFFF_FFFF

_header: Final = re.compile(r"\[((?:[^\\\]]|\\.)*)\](?:[ \t\v\f\r]*([0-9]{1,20}))?", re.DOTALL)
_top: Final = re.compile(rb"^[ \t\v\f\r]*\[((?:[^\\\]\n]|\\[^\\\n])*)", re.MULTILINE)
_time: Final = re.compile(r"#time=([0-9a-fA-F]*)")
_class: Final = re.compile(r'#class="((?:[^"\\]|\\.)*)"', re.DOTALL)


class WineText:
    """A file.

    Attributes:
        head: The lines before the first key.
        sections: The keys, in their order.
        arch: "win32" or "win64".
        problems: What nobody understands: the number of the line, and words.
    """

    def __init__(self, head: list[WineLine], sections: list[WineSection]) -> None:
        self.head = head
        self.sections = sections
        self.arch = ARCHITECTURES[0]
        self.problems: list[tuple[int, str]] = []

    def to_bytes(self) -> bytes:
        """The bytes of the file."""
        pieces = [line.text for line in self.head]
        pieces += [section.text() for section in self.sections]
        return "".join(pieces).encode("utf-8", "surrogateescape")

    def edited(
        self, replaced: dict[WineSection, WineSection | None], added: list[WineSection]
    ) -> WineText:
        """Another text, with some sections changed.

        Args:
            replaced: What takes the place of sections; None: nothing does.
            added: New ones, which are put in Wine's order.
        """
        waiting = sorted(added, key=_place, reverse=True)
        found: list[WineSection] = []
        for old in self.sections:
            while waiting and waiting[-1].place < old.place:
                found.append(waiting.pop())
            new = replaced.get(old, old)
            if new is not None:
                found.append(new)
        waiting.reverse()
        text = WineText(_with_line_break(self.head), found + waiting)
        for section in found[-1:] if waiting else []:
            section.lines = _with_line_break(section.lines)
        text.arch, text.problems = self.arch, self.problems
        return text


def _place(section: WineSection) -> bytes:
    return section.place


def _with_line_break(lines: list[WineLine]) -> list[WineLine]:
    """The lines; the last of a file may lack its line break."""
    if not lines or lines[-1].text.endswith("\n"):
        return lines
    last = lines[-1]
    return [*lines[:-1], WineLine(last.kind, last.text + "\n", last.value)]


def head_of(data: bytes) -> bytes:
    """What stands before the first key of a file: parse_wine() refuses it where it refuses all."""
    return data.partition(b"\n[")[0] + b"\n"


def top_names(data: bytes) -> list[str]:
    """The first names of the paths in a file, each once, without reading the rest."""
    found = dict.fromkeys(_top.findall(data))
    return [unescaped(name.decode("utf-8", "surrogateescape")) for name in found if name]


def new_text(root: str, arch: str) -> WineText:
    r"""A file without keys, as Wine's server begins one.

    Args:
        root: The key that its keys are relative to, such as r"User\\.Default".
        arch: "win32" or "win64".
    """
    path = "\\\\".join(["REGISTRY", *root.split("\\")])
    begin = f"{OPENING}\n;; All keys relative to {path}\n\n#arch={arch}\n"
    return parse_wine(begin.encode())


def parse_wine(data: bytes, file: str = "") -> WineText:
    """Read one of Wine's files.

    Args:
        data: Its bytes.
        file: Its path, for messages.

    Raises:
        RegFileError: Its first line is another, or it is of an architecture that is not known.
    """
    return _Reading(data, file).run()


class _Reading:
    """One reading of one file."""

    def __init__(self, data: bytes, file: str) -> None:
        self._file = file
        self._lines = data.decode("utf-8", "surrogateescape").split("\n")
        self._at = 0  # the number of lines that were taken
        self._now: list[WineLine] = []
        self._key: WineSection | None = None  # None: before the first, or of no key
        self._has_time = False  # whether a line of it has told its time
        self._text = WineText(self._now, [])

    def run(self) -> WineText:
        opening = self._lines[0].removesuffix("\r")
        if opening != OPENING:
            words = f'no registry of Wine: expected "{OPENING}", found {opening[:_SHOWN]!r}'
            raise RegFileError(words, path=self._file, line=1, column=1)
        self._add(OTHER, self._take())
        count = len(self._lines)
        while self._at < count:
            raw = self._take()
            if raw:
                self._line(raw, raw.strip(WHITE + "\n"))
        return self._text

    def _take(self) -> str:
        line = self._lines[self._at]
        self._at += 1
        return line + "\n" if self._at < len(self._lines) else line

    def _add(self, kind: int, raw: str) -> None:
        self._now.append(WineLine(kind, raw))

    def _odd(self, raw: str, words: str) -> None:
        """A line that Wine passes over."""
        self._text.problems.append((self._at, f"{words}: {raw.rstrip()[:_SHOWN]!r}"))
        self._add(OTHER, raw)

    def _line(self, raw: str, line: str) -> None:
        first = line[:1]
        if first == '"' or first == "@":
            self._value(raw)
        elif first == "[":
            self._header(raw, line)
        elif first == "":
            self._add(BLANK, raw)
        elif first == "#":
            self._option(raw, line)
        elif first == ";":
            self._add(COMMENT, raw)
        else:
            self._odd(raw, "no line that Wine knows")

    def _header(self, raw: str, line: str) -> None:
        found = _header.match(line)
        names = None if found is None else _names(found[1])
        if found is None or names is None:
            self._key = None
            self._odd(raw, "no path of a key in brackets")
            return
        section = WineSection(names, self._before_key(), self._at)
        section.lines.append(WineLine(HEADER, raw))
        if found[2]:
            section.time = (int(found[2]) & _SECONDS) * _TICKS + _OF_1970
        self._text.sections.append(section)
        self._key = section
        self._now = section.lines
        self._has_time = False

    def _before_key(self) -> list[WineLine]:
        """Take the blank lines before a key, and the comments behind a blank one."""
        lines = self._now
        first = _OPENING_LINES if lines is self._text.head else 0
        at = len(lines)
        begin = at
        while at > first and lines[at - 1].kind in (BLANK, COMMENT):
            at -= 1
            if lines[at].kind == BLANK:
                begin = at
        taken = lines[begin:]
        del lines[begin:]
        return taken

    def _value(self, raw: str) -> None:
        number = self._at
        text = raw.removesuffix("\n")
        while self._at < len(self._lines) and is_unfinished(text):
            more = self._take()
            raw += more
            text = raw.removesuffix("\n")
        if self._key is None:
            self._odd(raw, "a value of no key")
            return
        value, wrong = parse_value(text.lstrip(WHITE).removesuffix("\r"))
        if wrong:
            words = f"{wrong}: {text.strip()[:_SHOWN]!r}"
            self._text.problems.append((number, words))
        self._now.append(WineLine(OTHER if value is None else VALUE, raw, value))

    def _option(self, raw: str, line: str) -> None:
        key = self._key
        if key is None:
            self._add(OTHER, raw)
            if line.startswith("#arch=") and not self._text.sections:
                self._set_arch(line[len("#arch=") :])
            return
        if line.startswith("#time="):
            self._set_time(key, line)
            self._add(TIME, raw)
        elif (found := _class.match(line)) is not None:
            key.class_name = unescaped(found[1]).removesuffix("\0")
            self._add(CLASS, raw)
        elif line.startswith("#link"):
            key.is_link = True
            self._add(LINK, raw)
        else:
            self._add(OTHER, raw)

    def _set_time(self, key: WineSection, line: str) -> None:
        """The first time that is none of 0 counts, before that in the key's own line."""
        found = _time.match(line)
        time = int(found[1] or "0", 16) & _MOST if found is not None else 0
        if time and not self._has_time:
            self._has_time = True
            key.time = time

    def _set_arch(self, arch: str) -> None:
        if arch not in ARCHITECTURES:
            words = f"expected an architecture of {' or '.join(ARCHITECTURES)}, found {arch!r}"
            raise RegFileError(words, path=self._file, line=self._at, column=len("#arch=") + 1)
        self._text.arch = arch


def _names(path: str) -> list[str] | None:
    """The names of a path, two backslashes between them; None of what is no path."""
    if "\\" not in path:
        return [unescaped(path)] if path else []
    plain = path.replace("\\\\", "\0")
    names = (
        plain.split("\0") if "\\" not in plain and path.isascii() else unescaped(path).split("\\")
    )
    if not names[0]:
        return None
    return [name for name in names if name]
