"""Programs on a real pseudo-terminal, as a person's shell starts them."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ANYREG = [sys.executable, "-m", "anyreg"]
_READ = 1 << 16
_PATIENCE = 60.0  # seconds


class Shown(NamedTuple):
    """What a program left.

    Attributes:
        status: Its exit status.
        out: What it wrote to standard output, where that is a file.
        screen: What it wrote to the terminal.
    """

    status: int
    out: bytes
    screen: str


def terminal(columns: int = 80) -> tuple[int, int]:
    """The two ends of a new terminal: ours, and the program's."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    return ours, theirs


def on_terminal(
    arguments: Sequence[str | Path], out: Path | None, typed: str = "", columns: int = 80
) -> Shown:
    """Run `anyreg` on a terminal.

    Args:
        arguments: Its arguments.
        out: The file that standard output goes to; None for the terminal.
        typed: What is typed meanwhile.
        columns: How wide the terminal is.
    """
    ours, theirs = terminal(columns)
    os.write(ours, typed.encode())
    environment = {**os.environ, "TERM": "xterm-256color"}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        environment.pop(name, None)
    with (out or Path(os.devnull)).open("wb") as file:
        program = subprocess.Popen(
            [*ANYREG, *map(str, arguments)],
            stdin=theirs,
            stdout=file if out else theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
    os.close(theirs)
    try:
        screen = read_until_end(ours)
    finally:
        os.close(ours)
        status = program.wait(_PATIENCE)
    return Shown(status, out.read_bytes() if out else b"", screen)


def read_until_end(terminal: int) -> str:
    """All that is written to a terminal until no program has it any more."""
    pieces = []
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(terminal, _READ)
        except OSError:  # what Linux says at the end
            break
        if not piece:
            break
        pieces.append(piece)
    return b"".join(pieces).decode(errors="replace")
