r"""What a case is: keys that are there, files, and command lines of reg.exe.

All cases have keys of one name, which is made and deleted for each: NAME, in the places of TOPS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

NAME = "AnyregReg"
K = rf"HKCU\Software\{NAME}"
FULL = rf"HKEY_CURRENT_USER\Software\{NAME}"
TOPS = (
    K,
    rf"HKCU\Software\{NAME}2",
    rf"HKLM\Software\{NAME}",
    rf"HKLM\Software\Wow6432Node\{NAME}",
    rf"HKLM\Software\Classes\{NAME}",
)

Row = tuple[str, int, bytes]
Seed = Mapping[str, tuple[Row, ...]]


class Case(NamedTuple):
    """One case.

    Attributes:
        seed: Keys by their path, each with its values.
        lines: Command lines, without `reg`.
        files: Files that are there.
        out: Files that are compared in the end.
    """

    seed: Seed
    lines: tuple[tuple[str, ...], ...]
    files: Mapping[str, bytes] = {}
    out: tuple[str, ...] = ()

    def as_json(self, program: str = "reg") -> dict[str, Any]:
        """For the driver.

        Args:
            program: What runs the lines; regedit takes nothing but files.
        """
        return {
            "seed": {
                path: [[name, kind, raw.hex()] for name, kind, raw in rows]
                for path, rows in self.seed.items()
            },
            "lines": [[program, *words] for words in self.lines],
            "files": {name: data.hex() for name, data in self.files.items()},
            "out": list(self.out),
        }


def utf16(text: str) -> bytes:
    """The bytes of a text in the registry, without a NUL at its end."""
    return text.encode("utf-16-le")


def sz(name: str, text: str, kind: int = 1) -> Row:
    """A value of text."""
    return name, kind, utf16(text + "\0")


NOTHING: Seed = {}
EMPTY: Seed = {K: ()}
RICH: Seed = {
    K: (
        sz("", "default"),
        sz("a", "text"),
        ("b", 4, b"\x1f\0\0\0"),
        ("c", 3, b"\x0a\xff"),
        sz("d", "%PATH%;x", 2),
        ("e", 7, utf16("x\0y\0\0")),
        sz("with blank", "more than one"),
    ),
    rf"{K}\Sub": (sz("a", "Bob"), ("n", 0, b"\1\2")),
    rf"{K}\Sub\Deep": (sz("z", "deep"),),
    rf"{K}\Void": (),
}


def named(prefix: str, cases: Mapping[str, Case]) -> dict[str, Case]:
    """Cases with a word in front of their names."""
    return {f"{prefix}.{name}": case for name, case in cases.items()}


def once(seed: Seed, lines: Mapping[str, Iterable[str]]) -> dict[str, Case]:
    """A case for each line."""
    return {name: Case(seed, (tuple(words),)) for name, words in lines.items()}
