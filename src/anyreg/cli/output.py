"""What people and programs get to see.

Hives hold hostile data.  Names and data go through `printable` before they are shown, so that no
control character, no text that runs backwards and no lone surrogate reaches a terminal; JSON has
escapes of its own.  Tables and colours are for terminals; anything else gets plain text, aligned
with spaces.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TextIO

from anyreg.cli.common_options import asked
from anyreg.errors import LimitError
from anyreg.system import WINDOWS
from anyreg.values import Value, typed_text, whole_text

SHORT = 72  # characters of data in a listing on a terminal
DEFAULT_NAME = "(default)"
_GAP = "  "
_DOTS = "..."
_STREAMS = 3  # stdin, stdout and stderr

# Controls, line separators, marks that turn the direction of text, and lone surrogates.
_UNSAFE = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
    "|<(?=U\\+[0-9A-Fa-f]{4,6}>)"  # so that what is shown is read back, see cli.common
)

_line = json.JSONEncoder(separators=(",", ":")).encode

Part = tuple[str, str]
"""A piece of a line: its text, already printable, and rich's name of a style."""


class ReaderGoneError(Exception):
    """Whoever reads our output has gone away."""


class Kept:
    """What a command puts out in this thread, kept for somebody else to show.

    Attributes:
        data: What would have gone to stdout.
        complaints: The lines that would have gone to stderr.
    """

    def __init__(self, most: int) -> None:
        """Keep nothing yet.

        Args:
            most: Bytes that there is room for.
        """
        self.data = bytearray()
        self.complaints: list[str] = []
        self._most = most

    def add(self, data: bytes) -> None:
        """Keep some more.

        Args:
            data: The bytes.

        Raises:
            LimitError: There is no room for it.
        """
        if len(self.data) + len(data) > self._most:
            words = f"more than {self._most >> 20} MiB are printed: let export write a file"
            raise LimitError(words)
        self.data += data


_kept: ContextVar[Kept | None] = ContextVar("anyreg_kept_output", default=None)


@contextmanager
def keeping(most: int) -> Iterator[Kept]:
    """A block in which what is put out in this thread is kept, and no terminal is there.

    Args:
        most: Bytes that there is room for.
    """
    kept = Kept(most)
    token = _kept.set(kept)
    try:
        yield kept
    finally:
        _kept.reset(token)


def is_kept() -> bool:
    """Whether what this thread puts out is kept, so that nobody can be asked or shown a bar."""
    return _kept.get() is not None


def prepare_streams() -> None:
    """Let neither a closed stream nor a character that a terminal's encoding lacks be an error.

    Where a standard stream is closed, the next file that is opened takes its number, and whatever
    the system or Python writes to that would go into a hive.
    """
    for number in range(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdout = sys.stdout or _stream(1)
    sys.stderr = sys.stderr or _stream(2)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def as_shells_read() -> None:
    """Let stdout be what bash, zsh and fish read on any system: lines of POSIX, in UTF-8."""
    if WINDOWS and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")


def _stream(number: int) -> TextIO:
    return open(number, "w", encoding="utf-8", closefd=False)


def printable(text: str) -> str:
    r"""The text with every character that could do harm written as its number; see `unescaped`.

    >>> printable("a\x1b[2Jb")
    'a<U+001B>[2Jb'
    """
    return _UNSAFE.sub(_number, text)


def _number(match: re.Match[str]) -> str:
    return f"<U+{ord(match[0]):04X}>"


def complain(text: str) -> None:
    """Say one line on stderr."""
    kept = _kept.get()
    if kept is not None:
        kept.complaints.append(printable(text.strip()))
        return
    print(f"anyreg: {printable(text.strip())}", file=sys.stderr)


def system_words(error: OSError) -> str:
    """What the system says of a failure, and of which file."""
    reason = error.strerror or str(error)
    return f"{reason}: {error.filename}" if error.filename else reason


def emit(text: str) -> None:
    """Write a line to stdout; its parts must be printable already."""
    _write(text + "\n")


def emit_json(record: object) -> None:
    """Write a line of JSON, ASCII only."""
    _write(json_line(record))


def json_line(record: object) -> str:
    """A line of JSON, ASCII only."""
    return _line(record) + "\n"


def _write(text: str) -> None:
    kept = _kept.get()
    if kept is not None:
        kept.add(text.encode("utf-8", "backslashreplace"))
        return
    try:
        sys.stdout.write(text)
    except OSError as error:
        _expect_reader(error)
        raise


def emit_bytes(data: bytes) -> None:
    """Write bytes to stdout just as they are."""
    kept = _kept.get()
    if kept is not None:
        kept.add(data)
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
    except OSError as error:
        _expect_reader(error)
        raise


def flush() -> None:
    """Let whoever reads stdout have all that was written."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _expect_reader(error)
        raise


def _expect_reader(error: OSError) -> None:
    """Make an error of a pipe that nobody reads any more known as such; Windows has no own one."""
    if isinstance(error, BrokenPipeError) or (WINDOWS and error.errno == errno.EINVAL):
        raise ReaderGoneError from error


def on_terminal() -> bool:
    """Whether a person reads what is printed."""
    return _kept.get() is None and sys.stdout.isatty()


def emit_parts(*parts: Part) -> None:
    """Write a line of several parts, with their colours on a terminal."""
    if _kept.get() is None and _in_colour(sys.stdout, os.environ.get("NO_COLOR", "")):
        from anyreg.cli.terminal import coloured

        emit(coloured(parts))
    else:
        emit("".join([text for text, _ in parts]))


@lru_cache(maxsize=1)  # a line of a tree must not cost a look at the terminal
def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()


@lru_cache(maxsize=1)
def _in_colour(stream: TextIO, no_color: str) -> bool:
    if no_color or not stream.isatty():
        return False
    from anyreg.cli.terminal import has_colours

    return has_colours(stream)


def emit_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows of printable cells: a table on a terminal, else columns without titles."""
    if not rows:
        return
    if not on_terminal():
        _emit_columns(rows)
        return
    from anyreg.cli.terminal import rendered_table

    _write(rendered_table(titles, rows, _in_colour(sys.stdout, os.environ.get("NO_COLOR", ""))))


def _emit_columns(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        filled = list(row)
        while filled and not filled[-1].rstrip():
            filled.pop()
        # One cell can be megabytes wide: no row is filled up that ends before it.
        cells = [cell.ljust(width) for cell, width in zip(filled[:-1], widths, strict=False)]
        emit(_GAP.join([*cells, *filled[-1:]]).rstrip())


def show_name(name: str) -> str:
    """A value's name for people; a value that is called as the default one is shown is escaped."""
    if not name:
        return DEFAULT_NAME
    shown = printable(name)
    return f"<U+0028>{shown[1:]}" if shown.casefold() == DEFAULT_NAME else shown


def show_path(path: str) -> str:
    r"""A key's path for people; the key at the top is a lone backslash."""
    return printable(path) if path else "\\"


def show_data(value: Value, wanted: re.Pattern[str] | None = None) -> str:
    """A value's data in one line; on a terminal cut short with three dots, unless --full is given.

    Args:
        value: The value.
        wanted: What must stay in sight, where it is in the data.
    """
    most = 0 if asked.full or is_kept() or not _is_terminal(sys.stdout) else SHORT
    data = value.data
    if not isinstance(data, bytes):
        return shortened(_in_words(value), most, wanted)
    text = typed_text(value)
    if text is not None:
        return shortened(printable(json.dumps(text, ensure_ascii=False)), most, wanted)
    shown = (data if wanted or not most else data[:most]).hex(" ")
    count = f" ({len(data)} bytes)" if most and len(data) * 3 > most else ""
    return shortened(shown, most, wanted) + count


def _in_words(value: Value) -> str:
    data = value.data
    if isinstance(data, int):
        return f"0x{data:0{len(value.raw) * 2}x} ({data})"
    if isinstance(data, list):
        return printable("[" + ", ".join([json.dumps(x, ensure_ascii=False) for x in data]) + "]")
    return printable(whole_text(value.raw))


def shortened(text: str, most: int, wanted: re.Pattern[str] | None = None) -> str:
    """A text with three dots in the place of what is too much.

    Args:
        text: The text.
        most: Characters that there is room for; 0: any number.
        wanted: What must stay in sight.
    """
    if not most or len(text) <= most:
        return text
    found = wanted.search(text) if wanted else None
    if found is None or found.end() <= most - len(_DOTS):
        return text[: most - len(_DOTS)] + _DOTS
    room = most - 2 * len(_DOTS)
    start = max(0, min(found.start() - (room - len(found[0])) // 2, found.start()))
    if start + room >= len(text):
        return _DOTS + text[len(text) - room - len(_DOTS) :]
    return _DOTS + text[start : start + room] + _DOTS
