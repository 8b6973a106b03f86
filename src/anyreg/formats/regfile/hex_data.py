r"""The bytes of a value in hex, on one line or on many.

As regedit writes them: two digits, a comma, and so on, and a comma and a backslash where the next
line goes on.  That is read at once.  Anything else is read again byte by byte, as the liberties of
`reader` allow, and where they do not, that tells the place.

Source: see `reader`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from anyreg.formats.regfile.lines import Lines
from anyreg.formats.regfile.strictness import STRICT, Strictness

BLANKS = " \t"
WHITE = " \t\r\n"

_BLOCK = 1 << 16

_byte = re.compile(r"[0-9a-fA-F]{1,2}")


def hex_bytes(lines: Lines, line: str, at: int, manner: Strictness = STRICT) -> bytes:
    """The bytes whose digits begin at a place of the line that was taken last.

    Raises:
        RegFileError: They are no bytes; `number` of the lines is that of the line where it is.
    """
    number = lines.number
    taken = [line]
    pieces = []
    piece = line[at:].rstrip(WHITE)
    raw = None
    while piece.endswith(",\\") and ";" not in piece and "#" not in piece:
        pieces.append(piece[:-1])
        line = lines.take_more()
        if not line:
            break
        taken.append(line)
        piece = line.strip(WHITE)
        if not piece:
            break
    else:
        pieces.append(piece)
        raw = _plain_bytes("".join(pieces))
    if raw is None:
        lines.number = number - 1
        raw = b"".join(_odd_bytes(lines, taken, at, manner))
    return raw


def skip(line: str, at: int) -> int:
    """Where the blanks that begin at a place end."""
    return len(line) - len(line[at:].lstrip(BLANKS))


def _odd_bytes(lines: Lines, taken: list[str], at: int, manner: Strictness) -> Iterator[bytes]:
    """The bytes of hex in any form that is allowed; raises where it is not.

    Args:
        lines: What follows, standing in front of those that were taken already.
        taken: These, the first being that of the value.
        at: Where the digits begin in it.
        manner: How strictly.
    """
    again = iter(taken)
    begin = at
    more = False
    while True:
        line = next(again, "")
        if line:
            lines.number += 1
        else:
            line = lines.take_more()
        if not line:
            error = lines.error(at, "another line of bytes", "the end of the file")
            if not manner.as_windows:
                raise error
            manner.report(error, "the value has the bytes before it")
            return
        text = line[begin:]
        for sign in manner.comments:
            text = text.partition(sign)[0]
        text = text.rstrip(WHITE)
        if more and not text.strip(BLANKS):
            at = len(line.rstrip("\r\n"))
            continue
        if more and manner.as_windows and not _begins_with_digit(text):
            raise lines.unexpected(line, skip(line, 0), "a byte of two hex digits")
        more = text.endswith("\\")
        if more:
            text = text[:-1]
        for first, last in _blocks(text):
            yield _separated_bytes(lines, line, begin + first, text[first:last])
        at = begin + len(text)
        begin = 0
        if not more:
            return
        text = text.rstrip(BLANKS)
        if text and text[-1] != ",":
            raise lines.unexpected(line, at, "a comma in front of the backslash")


def _begins_with_digit(text: str) -> bool:
    return _byte.match(text.lstrip(BLANKS)) is not None


def _separated_bytes(lines: Lines, line: str, at: int, text: str) -> bytes:
    parts = text.split(",")
    digits = [part.strip(BLANKS) for part in parts]
    if not digits[-1]:
        digits.pop()  # of the last comma, or of no data
    raw = _plain_bytes(",".join([digit.zfill(2) for digit in digits])) if all(digits) else None
    if raw is None:
        for part, digit in zip(parts, digits, strict=False):
            if not _byte.fullmatch(digit):
                raise lines.unexpected(line, skip(line, at), "a byte of two hex digits")
            at += len(part) + 1
    return raw or b""


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Cuts long hex behind a comma now and then: odd forms of it take much memory."""
    begin = 0
    while begin < len(text):
        end = text.find(",", begin + _BLOCK) + 1 or len(text)
        yield begin, end
        begin = end


def _plain_bytes(digits: str) -> bytes | None:
    """The bytes of hex as regedit writes it, two digits and one comma; None if it is not so."""
    try:
        raw = bytes.fromhex(digits.replace(",", " "))
    except ValueError:
        return None
    # As many commas as the bytes leave room for, each where it belongs, and so no blanks.
    others = len(digits) - 2 * len(raw)
    if len(raw) - others not in (0, 1) or digits[2::3].count(",") != others:
        return None
    return raw
