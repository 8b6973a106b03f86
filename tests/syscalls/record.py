"""What recorder.c has written: the calls of real processes, one after the other."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_HEAD = struct.Struct("<IIQQQqQ")
_SOURCE = Path(__file__).with_name("recorder.c")


class Call(NamedTuple):
    """One call, or a mark of the program under test.

    Attributes:
        kind: W(rite), X (a write that failed and may be there in part), T(runcate), S(ync begins),
            E(nd of what is durable), F(ailed sync), C(reate or link), D (folder made), R(ename),
            U(nlink), M(ark), ! (what is not understood).
        file: The inode number of what it is about.
        folder: Of the folder that a name is in.
        other: Of the folder that a renamed file goes to.
        at: The offset of a write, or the new size.
        id: The same for what begins and what ends; 0 for what ends at once.
        data: The bytes, the name, or the mark.
    """

    kind: str
    file: int
    folder: int
    other: int
    at: int
    id: int
    data: bytes

    @property
    def text(self) -> str:
        return os.fsdecode(self.data)

    @property
    def is_begin(self) -> bool:
        """Whether it marks a commit that begins."""
        return self.kind == "M" and self.data.startswith(b'["begin"')

    def told(self) -> tuple[str, Any, int]:
        """A mark, and the process that has set it."""
        kind, what = json.loads(self.data)
        return kind, what, self.id


def build(folder: Path) -> Path:
    """Compile the recorder."""
    library = folder / "recorder.so"
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    command = [compiler, "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([*command, "-o", library, _SOURCE], check=True)
    return library


def packed(kind: str, at: int, data: bytes, number: int = 0) -> bytes:
    """A call of a device, as the recorder writes those of processes."""
    return _HEAD.pack(len(data), ord(kind), 0, 0, 0, at, number) + data


def calls(path: str) -> Iterator[Call]:
    """All calls of a record."""
    data = Path(path).read_bytes()
    at = 0
    while at < len(data):
        size, kind, file, folder, other, where, number = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        yield Call(chr(kind), file, folder, other, where, number, data[at : at + size])
        at += size
