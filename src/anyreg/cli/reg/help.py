r"""What `VERB /?` prints: what the verb does, what it takes, an example, and its exit status.

The line of syntax comes from the table of verbs, and what is the same for all is said once here.
"""

from __future__ import annotations

from typing import NamedTuple

_WIDTH = 12
_KEY = (
    r"[TARGET::]ROOT\Path. ROOT is HKLM, HKCU, HKCR, HKU or HKCC, or its long name.",
    "TARGET is a hive file, whose paths have no ROOT, a Windows disk or another registry;",
    "without it, the key is in your own registry.",
)
_FORCE = ("Do it without a question.",)
_VALUE = ("The name of a value.",)
_DEFAULT = ("The default value, which has no name.",)
_BELOW = ("All keys below it too.",)
_YES = ("Replace a file that is there without a question.",)
_VIEW = ("The keys that 32-bit or 64-bit programs see.",)
_STATUS = "0: done; 1: an error"
_TYPES = (
    "REG_SZ (that of no /t), REG_EXPAND_SZ, REG_MULTI_SZ, REG_BINARY, REG_DWORD,",
    "REG_QWORD, REG_DWORD_LITTLE_ENDIAN, REG_DWORD_BIG_ENDIAN or REG_NONE.",
)


class Help(NamedTuple):
    """What is said of a verb.

    Attributes:
        about: What it does.
        words: What it takes, each with the lines that explain it.
        examples: Command lines.
        status: Its exit status.
    """

    about: str
    words: dict[str, tuple[str, ...]]
    examples: tuple[str, ...]
    status: str = _STATUS

    def text(self, syntax: str) -> str:
        """All of it, below the line of syntax."""
        lines = [syntax, "", f"  {self.about}", ""]
        for word, said in self.words.items():
            first, *rest = said
            lines.append(f"  {word:<{_WIDTH}}{first}")
            lines += [" " * (_WIDTH + 2) + line for line in rest]
        lines += ["", f"Exit status: {self.status}", "", "Examples:", ""]
        return "\n".join([*lines, *(f"  REG {example}" for example in self.examples)])


HELP = {
    "QUERY": Help(
        "Shows the values and subkeys of a key, or what is found in it.",
        {
            "KEY": _KEY,
            "/v NAME": ("This value alone; with /f and no NAME: look into names of values.",),
            "/ve": _DEFAULT,
            "/s": _BELOW,
            "/f TEXT": ("Look for a text, in which * and ? stand for others; see /k /d /c /e.",),
            "/k": ("Look into the names of keys.",),
            "/d": ("Look into data.",),
            "/c": ("Upper and lower case differ.",),
            "/e": ("The whole name or data is the text.",),
            "/t TYPES": ("Values of these types alone, with commas between them.",),
            "/z": ("The numbers of the types too.",),
            "/se LETTER": (r"What stands between the strings of a REG_MULTI_SZ, instead of \0.",),
            "/reg:32": _VIEW,
        },
        (
            r"QUERY HKLM\Software\Vendor /v Version",
            r"QUERY HKLM\Software /s /f notepad.exe /d",
            r"QUERY NTUSER.DAT::Software\Vendor",
        ),
        "0: done; 1: an error, or nothing was found",
    ),
    "ADD": Help(
        "Makes a key, and sets a value of it: the default one where none is named.",
        {
            "KEY": _KEY,
            "/v NAME": _VALUE,
            "/ve": _DEFAULT,
            "/t TYPE": _TYPES,
            "/s CHAR": (r"What stands between the strings of a REG_MULTI_SZ, instead of \0.",),
            "/d DATA": (
                "Its data: a text, a decimal number or one in hex behind 0x, or hex digits.",
            ),
            "/f": ("Replace a value that is there without a question.",),
            "/reg:32": _VIEW,
        },
        (
            r"ADD HKCU\Software\Vendor /v Retries /t REG_DWORD /d 5",
            r"ADD HKCU\Software\Vendor /v List /t REG_MULTI_SZ /d one\0two /f",
        ),
    ),
    "DELETE": Help(
        "Deletes a key with all below it, or values of it.",
        {
            "KEY": _KEY,
            "/v NAME": _VALUE,
            "/ve": _DEFAULT,
            "/va": ("All its values; the key and what is below it stay.",),
            "/f": _FORCE,
            "/reg:32": _VIEW,
        },
        (r"DELETE HKCU\Software\Vendor /v Retries", r"DELETE HKCU\Software\Vendor /f"),
    ),
    "COPY": Help(
        "Copies the values of a key into another, which is made.",
        {
            "KEY1": _KEY,
            "KEY2": ("Where to.",),
            "/s": _BELOW,
            "/f": ("Replace values that are there without a question.",),
            "/reg:32": _VIEW,
        },
        (r"COPY HKCU\Software\Vendor HKCU\Software\Backup /s /f",),
    ),
    "SAVE": Help(
        "Writes a key and all below it into a hive file.",
        {"KEY": _KEY, "FILE": ("The hive.",), "/y": _YES, "/reg:32": _VIEW},
        (r"SAVE HKCU\Software\Vendor vendor.hive /y",),
    ),
    "RESTORE": Help(
        "Puts what a hive file holds in the place of all that a key holds.",
        {"KEY": _KEY, "FILE": ("The hive, as SAVE writes it.",), "/reg:32": _VIEW},
        (r"RESTORE HKCU\Software\Vendor vendor.hive",),
    ),
    "LOAD": Help(
        "Shows a hive file as a key below HKLM or HKU, until UNLOAD.",
        {"KEY": _KEY, "FILE": ("The hive.",), "/reg:32": _VIEW},
        (r"LOAD HKU\Ada ada\NTUSER.DAT",),
    ),
    "UNLOAD": Help(
        "Takes a key away that LOAD has made; its hive file stays.",
        {"KEY": _KEY},
        (r"UNLOAD HKU\Ada",),
    ),
    "COMPARE": Help(
        "Shows what differs between two keys.",
        {
            "KEY1": _KEY,
            "KEY2": ("The other one.",),
            "/v NAME": ("This value alone.",),
            "/ve": _DEFAULT,
            "/oa": ("Show what is the same, too.",),
            "/od": ("Show what differs; so it is with none of these.",),
            "/os": ("Show what is the same.",),
            "/on": ("Show neither.",),
            "/s": _BELOW,
            "/reg:32": _VIEW,
        },
        (r"COMPARE HKCU\Software\Vendor HKCU\Software\Backup /s",),
        "0: the same; 1: an error; 2: different",
    ),
    "EXPORT": Help(
        "Writes a key and all below it into a .reg file; a text ends at its first NUL.",
        {"KEY": _KEY, "FILE": ("The .reg file.",), "/y": _YES, "/reg:32": _VIEW},
        (r"EXPORT HKCU\Software\Vendor vendor.reg /y",),
    ),
    "IMPORT": Help(
        "Does what a .reg file asks for; lines that are wrong are left out, and reported.",
        {"FILE": ("The .reg file.",), "/reg:32": _VIEW},
        (r"IMPORT vendor.reg",),
    ),
}
