"""From the bytes of a text file to its text and its lines, chunk by chunk.

A byte order mark tells the encoding: UTF-8, UTF-16LE or UTF-16BE.  Without one a file is in the
code page that was asked for, else in UTF-8, but for a .reg file of the old kind, which is in
Windows-1252.  Lines end in CR LF, CR or LF, and in no other character, which is why
str.splitlines() does not do.  Lone surrogates of Unicode files are kept.  Five bytes are no
characters of Windows-1252; Windows makes of each the control character of the same number, and so
do we where `holes` asks for that.  code_page_of() finds out what a file is in that tells nothing.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from io import StringIO
from typing import BinaryIO

ANSI = "cp1252"

_CHUNK = 1 << 18
_HEAD = 64  # bytes by which the encoding is known
_SHOWN = 8  # bytes of what is no text, in a message
_HOLES = "anyreg.holes"
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


class BadTextError(ValueError):
    """Bytes that are no text in the encoding, in the line behind the last one that was given.

    Attributes:
        at: How many characters of the line stand before them.
        expected: What should be there, in words.
        found: What is there.
    """

    def __init__(self, at: int, encoding: str, bad: bytes) -> None:
        super().__init__(f"not {encoding}")
        self.at = at
        self.expected = f"text in {encoding}"
        self.found = f"the bytes {bad[:_SHOWN].hex(',')}"


def lines_of(stream: BinaryIO) -> Iterator[list[str]]:
    """The lines of a file in Unicode with their ends, many at once.

    Args:
        stream: The file.

    Raises:
        BadTextError: Some bytes are no text; the lines before them have been given.
    """
    rest: list[str] = []  # of a line whose end was not seen yet
    try:
        for text in text_of(stream):
            lines = StringIO(text, newline="").readlines()
            if rest and lines:
                rest.append(lines[0])
                if len(lines) == 1 and lines[0][-1] not in "\r\n":
                    continue
                lines[0] = "".join(rest)
                rest = []
            if lines and lines[-1][-1] not in "\r\n":
                rest.append(lines.pop())
            yield lines
    except BadTextError as error:
        error.at = sum(map(len, rest))
        raise
    if rest:
        yield ["".join(rest)]


def text_of(
    stream: BinaryIO,
    encoding: str | None = None,
    ansi_head: str | None = None,
    *,
    holes: bool = False,
) -> Iterator[str]:
    """The text of a file, in pieces of which none ends between CR and LF.

    Args:
        stream: The file.
        encoding: The code page of a file without a byte order mark.
        ansi_head: How a file begins that is in Windows-1252 where nothing else is reported.
        holes: Read the bytes that Windows-1252 lacks, as Windows does.

    Raises:
        BadTextError: Some bytes are no text; what stands before them has been given, so its `at`
            is 0 and counts from there.
    """
    head, decoder, encoding = _opened(stream, encoding, ansi_head, holes)
    try:
        for text in _texts(stream, head, decoder):  # noqa: UP028
            yield text
    except UnicodeDecodeError as error:
        raise BadTextError(0, encoding, error.object[error.start : error.end]) from error


def code_page_of(stream: BinaryIO) -> str | None:
    """Windows-1252 for a file without a byte order mark that is not in UTF-8, else None.

    Args:
        stream: The file, which stands where it stood before.
    """
    start = stream.tell()
    head = stream.read(max(map(len, _MARKS)))
    stream.seek(start)
    if head.startswith(tuple(_MARKS)):
        return None
    try:
        for _ in text_of(stream):
            pass
    except BadTextError:
        return ANSI
    finally:
        stream.seek(start)
    return None


def decoded(raw: bytes, encoding: str, *, holes: bool) -> str:
    """The text of bytes in a code page.

    Args:
        raw: The bytes.
        encoding: The code page.
        holes: As for text_of().

    Raises:
        UnicodeDecodeError: They are no text in it.
    """
    return raw.decode(encoding, _errors(encoding, holes))


def _errors(encoding: str, holes: bool) -> str:
    return _HOLES if holes and encoding == ANSI else "strict"


def _hole(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_HOLES, _hole)


def _opened(
    stream: BinaryIO, encoding: str | None, ansi_head: str | None, holes: bool
) -> tuple[bytes, codecs.IncrementalDecoder, str]:
    """The first bytes behind the byte order mark, and what makes text of them."""
    head = b""
    while len(head) < _HEAD and (more := stream.read(_CHUNK)):
        head += more
    for mark, marked in _MARKS.items():
        if head.startswith(mark):
            return head[len(mark) :], _unicode(marked), marked
    is_ansi = ansi_head is not None and head.lstrip(b" \t").startswith(ansi_head.encode())
    if encoding is None and not is_ansi:
        return head, _unicode("utf-8"), "utf-8"
    encoding = encoding or ANSI
    decoder = codecs.getincrementaldecoder(encoding)(_errors(encoding, holes))
    return head, decoder, encoding


def _unicode(encoding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding)("surrogatepass")


def _texts(stream: BinaryIO, chunk: bytes, decoder: codecs.IncrementalDecoder) -> Iterator[str]:
    """The text in pieces, of which none ends between CR and LF."""
    held = ""
    final = False
    while not final:
        final = not chunk
        state = decoder.getstate()
        try:
            text = held + decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            # The bytes before the bad one, of which some may be held by the decoder.
            good = len(chunk) - (len(error.object) - error.start)
            decoder.setstate(state)
            yield held + (decoder.decode(chunk[:good]) if good > 0 else "")
            raise
        held = "\r" if not final and text.endswith("\r") else ""
        yield text[:-1] if held else text
        chunk = stream.read(_CHUNK)
