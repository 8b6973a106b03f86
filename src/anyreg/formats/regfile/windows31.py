r"""Lines of the .reg files of Windows 3.1, whose registry had one root and a text for each key.

    REGEDIT
    HKEY_CLASSES_ROOT\.txt = txtfile
    HKEY_CLASSES_ROOT\txtfile\shell\open\command = notepad.exe %1

The name ends at the first white space.  Behind that an equals sign may stand, and behind that one
blank; all else to the end of the line is the text.

Source: programs/regedit/tests/regedit.c of Wine, test_basic_import_31, which is run on Windows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from anyreg.formats.instructions import Instruction, SetKey, SetValue
from anyreg.formats.prefix import Prefix
from anyreg.formats.regfile.lines import Lines
from anyreg.formats.regfile.strictness import Strictness
from anyreg.types import REG_SZ

_ROOT = "HKEY_CLASSES_ROOT"

_line = re.compile(r"(\S+)[ \t]*=? ?([^\r\n]*)")


def line_steps(lines: Lines, line: str, paths: Prefix, manner: Strictness) -> Iterator[Instruction]:
    """What a line asks for.

    Args:
        lines: Those that it was taken from, for messages.
        line: The line.
        paths: What becomes of its path.
        manner: What becomes of a line that is none.

    Raises:
        RegFileError: It is none.
    """
    if line.lstrip(" \t")[:1] in ";#\r\n":  # "" is in it
        return
    found = _line.match(line) if line.startswith(_ROOT) else None
    path = paths.inner(found[1]) if found else None
    if found is None or path is None:
        expected = f"a key of {_ROOT}" if found is None else paths.expected
        manner.report(lines.unexpected(line, 0, expected))
        return
    yield SetKey(path, lines.number)
    raw = (found[2] + "\0").encode("utf-16-le", "surrogatepass")
    yield SetValue("", REG_SZ, raw, lines.number)
