"""Every accepted difference between Wine's reg.exe and regedit and ours, with the reason for it.

Wine's tests are run on Windows by its developers, so what they expect is Windows' behaviour.  Where
neither they nor Microsoft's pages say what Windows does, nothing may be lost in silence here: what
is clear is done, and what is not is left out and reported.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from differential.regexe.cases import FULL, NOTHING, Case, K

Values = dict[str, tuple[int, str]]
"""Type and hex digits of values by name."""


class Said(NamedTuple):
    """What is different of a command line.

    Attributes:
        part: "status", "said" or "out".
        ours: What it is here.
        why: The reason.
    """

    part: str
    ours: object
    why: str


class Read(NamedTuple):
    """What is different of a file.

    Attributes:
        ours: The values that its key then has here, but for those that it had and keeps.
        why: The reason.
        programs: Which of Wine's programs do something else.
    """

    ours: Values
    why: str
    programs: tuple[str, ...] = ("reg", "regedit")


# Of command lines

_MATCHES = re.compile(r"^Search complete\. Number of matches found: (\d+)$", re.MULTILINE)


def as_windows_says(case: Case, found: dict[str, Any]) -> dict[str, Any]:
    """What Wine made of command lines, but for two things that are Wine's own in many of them.

    Its words at the end of a search are not those of Windows.  And it makes the key before it looks
    whether the data fits the type, so that a command that fails leaves an empty key; here one that
    fails changes nothing, and no test of Wine says that Windows does it otherwise.
    """
    found = found | {"said": [_in_its_words(text) for text in found["said"]]}
    if found["status"] == [1] and case.seed == NOTHING and found["held"] == {K: []}:
        found["held"] = {}
    return found


def _in_its_words(text: str) -> str:
    return _MATCHES.sub(r"End of search: \1 match(es) found.", text)


LINES: dict[str, Said] = {
    "query.void default": Said(
        "said",
        [f"\n{FULL}\\Void\n    (Default)    REG_SZ    (value not set)\n\n"],
        "reg.exe ends every value that it shows with an empty line; Wine leaves it out in this "
        "one place.",
    ),
    "query.value in another case": Said(
        "said",
        [f"\n{FULL}\n    a    REG_SZ    text\n\n"],
        "What Windows shows is not pinned: the name as it is stored is shown, not as it was typed.",
    ),
    "query.missing value below": Said(
        "status",
        [1],
        "reg.exe's status is 1 where a search finds nothing, as Microsoft's page on it says of "
        "what fails; scripts ask for it. Wine gives 0.",
    ),
    "export.yes twice": Said(
        "status",
        [1],
        "reg.exe refuses an option that stands twice: Wine's tests of add, delete, query and copy "
        "pin that, and its export alone does not look.",
    ),
    "export.odd open text": Said(
        "out",
        f'Windows Registry Editor Version 5.00\r\n\r\n[{FULL}]\r\n"s"="open"\r\n\r\n',
        "Wine takes the last character of a text without a NUL for the NUL, and loses it.",
    ),
}

# Of files

_WIDER = (
    "No test of Wine pins what Windows makes of it, and it is clear what is meant; Microsoft's "
    "page says that the words are hex and dword, and nothing of blanks or of capital letters."
)
_NUMBERS = (
    "Wine reads numbers with the C library's strtoul(), which takes signs, prefixes, blanks and "
    "nothing at all; its own tests say of prefixes elsewhere that Windows refuses them."
)
_LINES = (
    "regedit writes line breaks in texts as they are, so that its own exports have such values; "
    "Wine writes escapes, and loses both lines."
)
_KEYS = (
    "Wine goes on in the key before where a key's line is wrong; its own tests say of a root that "
    "is none that the values below it are not set, and a value in a wrong key is worse than none."
)
_HALF = "Half a character gets no NUL, and no byte is lost; Wine writes its NUL over the last byte."
_REGEDIT = "Wine's own reg.exe takes it, and its tests of reg import pin that Windows does."
_PAGE = (
    "The header tells what the bytes of texts are, as it does for Windows: files of version 5 in a "
    "code page, with UTF-16 in their hex, are all over the world. Wine goes by the byte order mark."
)
_MARK = "Editors off Windows write such files; Wine knows UTF-16LE with a mark, and code pages."
_UTF_8 = (
    "Windows and Wine would read it in the system's code page, which nobody has here: what is "
    "valid UTF-8 is meant so."
)


def text(letters: str, kind: int = 1) -> tuple[int, str]:
    """A value of text."""
    return kind, (letters + "\0").encode("utf-16-le").hex()


FILES: dict[str, Read] = {
    "capital word dword": Read({"a": (4, "12000000")}, _WIDER),
    "capital word hex": Read({"a": (3, "12")}, _WIDER),
    "5 capital word hex with a type": Read({"a": text("a", 2)}, _WIDER),
    "4 capital word hex with a type": Read({"a": text("a\0\0", 2)}, _WIDER),
    "hex with a blank before a comma": Read({"a": (3, "0102")}, _WIDER),
    "5 type before a blank": Read({"a": text("a", 2)}, _WIDER),
    "4 type before a blank": Read({"a": text("a\0\0", 2)}, _WIDER),
    "hex before a blank": Read({"a": (3, "61")}, _WIDER),
    "dword before a blank": Read({"a": (4, "61000000")}, _WIDER),
    "hex of five digits": Read({}, _NUMBERS),
    "hex with a prefix": Read({}, _NUMBERS),
    "hex with a plus": Read({}, _NUMBERS),
    "type with a blank": Read({}, _NUMBERS),
    "type with a plus": Read({}, _NUMBERS),
    "no type": Read({}, _NUMBERS),
    "dword of a comment": Read({}, _NUMBERS),
    "dword of a blank and a comment": Read({}, _NUMBERS),
    "5 two lines of text": Read({"a": text("x\r\ny"), "b": text("x")}, _LINES),
    "4 two lines of text": Read({"a": text("x\ny"), "b": text("x")}, _LINES),
    "5 three lines of text": Read({"a": text("x\r\n\r\ny"), "b": text("x")}, _LINES),
    "4 three lines of text": Read({"a": text("x\n\ny"), "b": text("x")}, _LINES),
    "5 two lines of a name": Read({"a\r\nb": text("x"), "c": text("x")}, _LINES),
    "4 two lines of a name": Read({"a\nb": text("x"), "c": text("x")}, _LINES),
    "open key and a value": Read({}, _KEYS),
    "key behind a blank and a value": Read({}, _KEYS),
    "5 type 2 of three bytes": Read({"a": (2, "610062")}, _HALF),
    "zero behind a backslash": Read({"a": text(r"x\0y")}, _REGEDIT, ("regedit",)),
    "short root": Read({"b": text("x")}, _REGEDIT, ("regedit",)),
    "page letters in wide hex 0": Read({"b": text("ab", 2)}, _PAGE),
    "page utf-16 4": Read({"b": text("a\0\0", 2), "\xe4": text("\u03a9")}, _PAGE),
    "page utf-8 with a mark": Read({"b": text("a", 2), "\xe4": text("\u03a9")}, _MARK),
    "page utf-8 with a mark 4": Read({"b": text("a\0\0", 2), "\xe4": text("\u03a9")}, _MARK),
    "page utf-16 of the other order": Read({"b": text("a", 2), "\xe4": text("\u03a9")}, _MARK),
    "page utf-8 without a mark": Read({"b": text("a", 2), "\xe4": text("\u03a9")}, _UTF_8),
}


def difference_of(name: str) -> Read | None:
    """What is different of a file, by its name without its number, for one dialect or for both."""
    title = re.sub(r"^\d{3} ", "", name)
    return FILES.get(title) or FILES.get(re.sub(r"^[45] ", "", title))
