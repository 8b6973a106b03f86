"""What Debian's regtree (package registry-tools, from Samba) sees of a hive.

It reads the simple part of the format and aborts at the rest, so a hive for it has ASCII names,
numbers of the right size, no big data, and no key with so many subkeys that their list is split
(it aborts at Windows' own such hives too).  Bytes come with what else is in their cell, lists of
strings and data without a type not at all.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from agree.edits import Taste
from agree.model import Node, in_order
from anyreg import Raw

PROGRAM = "regtree"
KEYS = ("a", "B", "Software", "{00000000-0000-0000-C000-000000000046}", "dots..", "x" * 255)
VALUES = ("", "Start", "ImagePath", "v" * 300, "a b")


def simple_data(rnd: random.Random) -> Raw:
    """A string, a number, or bytes."""
    kind = rnd.choice((1, 2, 3, 4, 7))
    if kind in (1, 2):
        return Raw(kind, ("Text %x% " * rnd.randrange(40) + "\0").encode("utf-16-le"))
    if kind == 7:
        return Raw(kind, "one\0two\0\0".encode("utf-16-le"))
    return Raw(kind, rnd.randbytes(4 if kind == 4 else rnd.choice((0, 1, 4, 5, 100, 4000))))


SIMPLE = Taste(KEYS, VALUES, simple_data)


def seen_by_regtree(path: Path) -> list[str]:
    """The lines that it prints, one for each key below the root and for each value."""
    if not shutil.which(PROGRAM):
        pytest.skip(f"no {PROGRAM}: install the package registry-tools")
    command = [PROGRAM, "-s", "/dev/null", "--debuglevel=0", f"--file={path}"]
    done = subprocess.run(command, capture_output=True, check=True)
    first, *lines = done.stdout.decode("ascii").splitlines()
    assert not first.strip()  # the root has no name here
    return lines


def lines_of(top: Node) -> list[str]:
    """What regtree must print of a model below the root's name; of bytes just the beginning."""
    return _lines(top, 0)[1:]


def _ordered(node: Node) -> list[Node]:
    return sorted(node.children.values(), key=lambda child: in_order(child.name))


def _lines(node: Node, depth: int) -> list[str]:
    """A key, then all below it, then its values."""
    below = [line for child in _ordered(node) for line in _lines(child, depth + 1)]
    values = [" " * (depth + 1) + _shown(*row) for row in node.values.values()]
    return [" " * depth + node.name, *below, *values]


def _shown(name: str, kind: int, raw: bytes) -> str:
    if kind in (1, 2):
        text = raw.decode("utf-16-le").rstrip("\0")
        return f"{name} = {'REG_SZ' if kind == 1 else 'REG_EXPAND_SZ'} : {text}"
    if kind == 4:
        return f"{name} = REG_DWORD : 0x{int.from_bytes(raw, 'little'):08x}"
    return f"{name} = REG_BINARY : {raw.hex().upper()}" if kind == 3 else f"{name} = REG_MULTI_SZ :"
