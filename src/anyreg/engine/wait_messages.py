"""Says what is waited for, and who keeps it, where a lock does not come within a second.

A thread looks at the waits of the process now and then, as long as there are any.  On a terminal it
is a warning, so that it shows though nobody has set up a log; elsewhere it is for debugging alone.
"""

from __future__ import annotations

import logging
import os
import sys
from itertools import count
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Final

from anyreg.system import WINDOWS

PATIENCE: Final = 1.0  # seconds of a wait before it is spoken of
_TICK: Final = 0.25
_IDLE: Final = 40  # ticks without a wait after which the thread ends
_LONGEST: Final = 80  # characters of a command line
_PROCESS: Final = 2  # where it stands in a line of /proc/locks behind "FLOCK"
_PLACE: Final = 3
_LOG1: Final = ".LOG1"  # its lock is that of the hive
_log: Final = logging.getLogger("anyreg.notices")


class Wait:
    """One call that waits.

    Attributes:
        began: When.
        path: The file whose lock is wanted.
        device: Its device.
        inode: Its inode.
        is_told: Whether it was spoken of.
    """

    def __init__(self, number: int, path: str) -> None:
        self.began = monotonic()
        self.path = path
        seen = os.fstat(number)
        self.device = seen.st_dev
        self.inode = seen.st_ino
        self.is_told = False


class Waits:
    """The waits of this process."""

    def __init__(self) -> None:
        self._ids = count(1)
        self.forget()

    def forget(self) -> None:
        """There are none: at the start, and in a forked child."""
        self._lock = Lock()
        self._waits: dict[int, Wait] = {}
        self._is_watched = False

    def begin(self, number: int, path: str) -> int:
        """A lock is held by others, and is going to be waited for.

        Args:
            number: The open file.
            path: Its path.

        Returns:
            What end() takes.
        """
        wait = Wait(number, path)
        known = next(self._ids)
        with self._lock:
            self._waits[known] = wait
            if not self._is_watched:
                self._is_watched = True
                try:
                    Thread(target=self._watch, name="anyreg waits", daemon=True).start()
                except RuntimeError:  # nobody is there to speak of it
                    self._is_watched = False
        return known

    def end(self, known: int) -> None:
        """The wait is over."""
        with self._lock:
            self._waits.pop(known, None)

    def _watch(self) -> None:
        idle = 0
        while idle < _IDLE:
            sleep(_TICK)
            with self._lock:
                waits = list(self._waits.values())
                idle = 0 if waits else idle + 1
                if idle == _IDLE:
                    self._is_watched = False
            for wait in waits:
                if not wait.is_told and monotonic() - wait.began >= PATIENCE:
                    wait.is_told = True
                    _log.log(_level(), "%s", message_of(wait))


def message_of(wait: Wait) -> str:
    """What is said of a wait: for what, and for whom."""
    return f"waiting for {_holder(wait)}, which keeps {wait.path.removesuffix(_LOG1)}"


def _level() -> int:
    error = sys.stderr
    try:
        shows = error is not None and error.isatty()
    except ValueError:  # it was closed
        shows = False
    return logging.WARNING if shows else logging.DEBUG


def _holder(wait: Wait) -> str:
    """The process that has the lock, as far as the system tells."""
    if WINDOWS:
        return "another program"
    try:
        with open("/proc/locks", encoding="ascii", errors="replace") as file:  # noqa: PTH123
            lines = file.read().splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, _, place = line.partition("FLOCK")
        fields = place.split()  # ADVISORY WRITE process place from to
        is_held = "->" not in line and len(fields) > _PLACE
        if is_held and _is_of(fields[_PLACE], wait) and int(fields[_PROCESS]) > 0:
            return _described(int(fields[_PROCESS]))
    return "another program"


def _is_of(place: str, wait: Wait) -> bool:
    """Whether a lock is of the file that is waited for; some file systems tell another device."""
    device, _, inode = place.rpartition(":")
    major, _, minor = device.partition(":")
    if inode != str(wait.inode):
        return False
    try:
        return os.makedev(int(major, 16), int(minor, 16)) == wait.device or major == "00"
    except (ValueError, AttributeError):
        return False


def _described(process: int) -> str:
    """A process in words."""
    if process == os.getpid():
        return "another part of this process"
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:  # noqa: PTH123
            command = os.fsdecode(file.read().replace(b"\0", b" ")).strip()
        with open(f"/proc/{process}/stat", "rb") as file:  # noqa: PTH123
            state = file.read().rpartition(b")")[2].split()[:1]
    except OSError:
        return f"process {process}"
    shown = command if len(command) <= _LONGEST else command[:_LONGEST] + "..."
    stopped = ", which stands still" if state == [b"T"] else ""
    return f"process {process} ({shown!r}{stopped})"


waits: Final = Waits()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=waits.forget)
