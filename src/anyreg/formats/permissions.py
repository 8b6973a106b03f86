r"""Permissions of keys as a text that people edit: a line with the path, and one of SDDL below it.

    ; permissions of keys: for `anyreg acl import`
    [Software\Vendor]
    O:BAG:SYD:P(A;CI;KA;;;BA)

Paths begin at the key that was exported, which is [] itself.  One that a line cannot show, as a
name holds a line break for example, stands as a JSON string: ["a\nb"].  Lines that begin with a
semicolon, and empty ones, count for nothing; blanks around a line neither.

Source: Microsoft's [MS-DTYP], 2.5.1, for SDDL; the file is this package's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, NamedTuple

from anyreg.errors import RegFileError, SecurityError
from anyreg.formats.text import BadTextError, lines_of
from anyreg.names import fold
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.sddl import parse_sddl

OPENING: Final = "; permissions of keys: for `anyreg acl import`\n"
_COMMENT: Final = ";"
_UNSHOWN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SHOWN: Final = 40


class KeyPermissions(NamedTuple):
    """What a file says of one key.

    Attributes:
        path: The key's path, from the key on that the file is about.
        descriptor: Its security descriptor.
        line: The number of the line with the path.
    """

    path: str
    descriptor: SecurityDescriptor
    line: int


def written(path: str, sddl: str, comments: Iterable[str] = ()) -> str:
    """The lines of one key.

    Args:
        path: Its path, from the exported key on.
        sddl: Its descriptor.
        comments: What is said of it for people.
    """
    notes = "".join(f"{_COMMENT}   {_UNSHOWN.sub(_number, note)}\n" for note in comments)
    return f"\n[{_shown(path)}]\n{sddl}\n{notes}"


def _number(found: re.Match[str]) -> str:
    return f"<U+{ord(found[0]):04X}>"


def _shown(path: str) -> str:
    is_plain = path == path.strip() and not path.startswith('"') and not _UNSHOWN.search(path)
    return path if is_plain else json.dumps(path)


def parse(stream: BinaryIO) -> Iterator[KeyPermissions]:
    """What a file says, key by key.

    Args:
        stream: The file, read on from where it stands; UTF-8, or UTF-16 with a mark.

    Raises:
        RegFileError: At the first line that is wrong.
    """
    seen: dict[str, int] = {}
    path, line = "", 0  # of the key whose SDDL is to come; line 0: none
    number = 0
    for number, text in enumerate(_lines(stream), 1):
        if not text or text.startswith(_COMMENT):
            continue
        if line:
            yield KeyPermissions(path, _descriptor(text, number), line)
            line = 0
            continue
        path, line = _path(text, number), number
        if seen.setdefault(fold(path), number) != number:
            before = seen[fold(path)]
            raise _wrong("each key once", f"{text!r}, as in line {before}", number)
    if line:
        raise _wrong("SDDL below the path", "the end of the file", number)


def _lines(stream: BinaryIO) -> Iterator[str]:
    count = 0
    try:
        for batch in lines_of(stream):
            for text in batch:
                count += 1
                yield text.strip()
    except BadTextError as error:
        raise _wrong(error.expected, error.found, count + 1, error.at + 1) from error


def _path(text: str, number: int) -> str:
    if not (text.startswith("[") and text.endswith("]") and len(text) > 1):
        raise _wrong("a path in brackets", repr(text[:_SHOWN]), number)
    path = text[1:-1]
    if not path.startswith('"'):
        return path
    try:
        found = json.loads(path)
    except ValueError:
        found = None
    if not isinstance(found, str):
        raise _wrong("a path as a JSON string", repr(path[:_SHOWN]), number, 2)
    return found


def _descriptor(text: str, number: int) -> SecurityDescriptor:
    try:
        return parse_sddl(text)
    except SecurityError as error:
        at = max(error.offset, 0)
        shown = repr(text[at : at + _SHOWN]) if at < len(text) else "the end of the line"
        raise _wrong(error.expected or str(error), shown, number, at + 1) from error


def _wrong(expected: str, found: str, line: int, column: int = 1) -> RegFileError:
    return RegFileError(f"expected {expected}, found {found}", line=line, column=column)
