"""Programs on a real pseudo-terminal, as a person's shell starts them."""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from anyreg.system import WINDOWS

if not WINDOWS:  # tests that need a terminal have the marker posix
    import fcntl
    import pty
    import termios

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


def on_terminal_into_head(arguments: Sequence[str | Path], most: int) -> Shown:
    """Run `anyreg` on a terminal, its output read by something that goes away like `head`.

    Args:
        arguments: Its arguments.
        most: How many bytes are read.
    """
    ours, theirs = terminal()
    reader, writer = os.pipe()
    program = subprocess.Popen(
        [*ANYREG, *map(str, arguments)],
        stdin=theirs,
        stdout=writer,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(theirs)
    os.close(writer)
    out = os.read(reader, most)
    os.close(reader)
    try:
        screen = read_until_end(ours)
    finally:
        os.close(ours)
        status = program.wait(_PATIENCE)
    return Shown(status, out, screen)


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


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Typist:
    """Somebody who types into a shell, and sees what is on the screen."""

    def __init__(self, command: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
        self._ours, theirs = terminal(200)
        self.screen = ""
        self._shell = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=environment,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - a shell wants the terminal for itself
        )
        os.close(theirs)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def wait_for(self, text: str, patience: float = _PATIENCE) -> str:
        """Look until a text is on the screen; all that came since the last look."""
        end = time.monotonic() + patience
        seen = ""
        while text not in seen:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._ours], [], [], left)[0]:
                raise AssertionError(f"{text!r} did not come: {seen!r}")
            seen += os.read(self._ours, _READ).decode(errors="replace")
        self.screen += seen
        return seen

    def reset(self) -> str:
        """Give a line up; what is on the screen."""
        self.type("\x03")
        seen = ""
        while select.select([self._ours], [], [], 0.5)[0]:
            seen += os.read(self._ours, _READ).decode(errors="replace")
        return seen

    def close(self) -> None:
        """End the shell."""
        os.close(self._ours)
        self._shell.kill()
        self._shell.wait(_PATIENCE)
