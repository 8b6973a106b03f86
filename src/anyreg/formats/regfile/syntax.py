r"""What .reg files are made of; the same for writing and reading them.

Two dialects are written.  "Windows Registry Editor Version 5.00" is UTF-16LE behind a byte order
mark, and holds everything.  "REGEDIT4" is text in a code page of Windows ("ANSI"), and so are the
bytes of texts that it gives in hex: it can hold no text that the code page lacks.

    [HKEY_LOCAL_MACHINE\Path]     a key; nothing is escaped, the last bracket of the line counts
    "name"=DATA  @=DATA           a value, @ is the default one

    "text"                        REG_SZ
    dword:0000002a                REG_DWORD
    hex:01,02  hex(N):01,02       REG_BINARY, and type N in hex

In quotes a backslash stands before a backslash and a quote.  Lines end in CR LF.

"REGEDIT", of Windows 3.1, is only read: each line is a key of HKEY_CLASSES_ROOT and its default
value, HKEY_CLASSES_ROOT\.txt = txtfile.

Source: Microsoft's documentation of .reg files, and Wine's regedit where that is silent.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from anyreg.formats.text import ANSI

NEWLINE = "\r\n"
HEADER_5 = "Windows Registry Editor Version 5.00"
HEADER_4 = "REGEDIT4"
HEADER_3 = "REGEDIT"

# What a REG_SZ in quotes must not hold: controls and line separators, which editors and other
# readers break lines at or drop, and lone surrogates, which are no text in any file.
UNQUOTABLE = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_ASCII = "".join(map(chr, range(128)))
_SPECIAL = re.compile(r'[\\"]')

# Where Windows mounts hives of well-known file names.
_MOUNTS = {
    "bcd": r"HKEY_LOCAL_MACHINE\BCD00000000",
    "default": r"HKEY_USERS\.DEFAULT",
    "ntuser.dat": "HKEY_CURRENT_USER",
    "ntuser.man": "HKEY_CURRENT_USER",
    "usrclass.dat": r"HKEY_CURRENT_USER\Software\Classes",
}


class Dialect(NamedTuple):
    """One of the two forms of a .reg file.

    Attributes:
        header: Its first line.
        encoding: The encoding of its text.
        ansi: Whether it is text of a code page, REGEDIT4.
    """

    header: str
    encoding: str
    ansi: bool

    @property
    def mark(self) -> bytes:
        """The bytes in front of the text: the byte order mark, if it has one."""
        return b"" if self.ansi else codecs.BOM_UTF16_LE

    def encode(self, text: str) -> bytes:
        """The bytes of a piece of the file.

        Args:
            text: The piece.

        Raises:
            UnicodeEncodeError: The code page lacks a character of it.
        """
        return text.encode(self.encoding, "strict" if self.ansi else "surrogatepass")

    def holds(self, text: str) -> bool:
        """Whether this text can stand in the file.

        Args:
            text: The text.
        """
        try:
            self.encode(text)
        except UnicodeEncodeError:
            return False
        return True


VERSION_5 = Dialect(HEADER_5, "utf-16-le", ansi=False)
"""The .reg files of Windows 2000 and later."""


def regedit4(encoding: str = ANSI) -> Dialect:
    """The .reg files of Windows 95 and NT 4.

    Args:
        encoding: The code page, by its name in Python.

    Raises:
        ValueError: There is no such code page, or it is none that contains ASCII.
    """
    try:
        fits = _ASCII.encode(encoding) == _ASCII.encode("ascii")
    except (LookupError, UnicodeError):
        fits = False
    if not fits:
        raise ValueError(f"not a code page that a .reg file could be in: {encoding}")
    return Dialect(HEADER_4, encoding, ansi=True)


def quoted(text: str) -> str:
    r"""The text in quotes.

    Examples:
        >>> print(quoted(r'say "a\b"'))
        "say \"a\\b\""
    """
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    return "\\" + match[0]


def default_prefix(file_name: str) -> str:
    r"""Where a hive of this file name is found on Windows; the usual place to load it elsewhere.

    Args:
        file_name: Its name without a folder; case does not count.

    Examples:
        >>> default_prefix("NTUSER.DAT"), default_prefix("SYSTEM")
        ('HKEY_CURRENT_USER', 'HKEY_LOCAL_MACHINE\\SYSTEM')
    """
    return _MOUNTS.get(file_name.casefold()) or rf"HKEY_LOCAL_MACHINE\{file_name}"
