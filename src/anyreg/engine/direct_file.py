"""Durable writes past the system's cache, in one call.

With O_DIRECT the bytes go to the disk from where they stand, and with O_DSYNC the call returns when
they would survive a power cut: nothing is copied into the cache, and no sync looks for it there.
Such a write takes whole pages, in the file and in memory.  Where the system, the file system or the
disk has it not, the caller gets to know, and goes the usual way.
"""

from __future__ import annotations

import mmap
import os
from errno import EINVAL, ENOTSUP
from io import FileIO
from typing import Final

from anyreg.engine.forks import close_in_child
from anyreg.regf.layout import PAGE

MOST: Final = 64 * 1024
"""The bytes of one such write at most; what is larger gains little."""


class DirectFile:
    """A second way into a file that is open already."""

    def __init__(self, number: int) -> None:
        """Open it once more.

        Args:
            number: Its file descriptor.
        """
        self._file: FileIO | None = None
        self._number = -1
        self._room: mmap.mmap | None = None
        self._begins: dict[int, memoryview] = {}  # so many bytes of it
        try:
            if hasattr(os, "O_DIRECT"):  # not its path: another file may have that by now
                self._file = FileIO(f"/proc/self/fd/{number}", "r+", opener=_open_direct)
                close_in_child(self._file)
                self._number = self._file.fileno()
                # It begins on a page; and a forked child must not write into it.
                self._room = mmap.mmap(-1, MOST, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except OSError:
            self.close()

    def write(self, at: int, data: bytes) -> bool:
        """Put bytes at this offset, durably.

        Args:
            at: The offset.
            data: The bytes.

        Returns:
            Whether that was done; if not, perhaps a part of it was.

        Raises:
            OSError: The system failed to write.
        """
        room = self._room
        size = len(data)
        if room is None or size > MOST or (at | size) % PAGE:
            return False
        begin = self._begins.get(size)
        if begin is None:
            begin = self._begins[size] = memoryview(room)[:size]
        room[:size] = data
        try:
            return os.pwrite(self._number, begin, at) == size
        except OSError as error:
            if error.errno not in (EINVAL, ENOTSUP):
                raise
            self.close()
            return False

    def close(self) -> None:
        """Give the file back; further calls do nothing."""
        self._number = -1
        self._begins.clear()  # and so nothing looks into the room any more
        if self._file is not None:
            self._file.close()
            self._file = None
        self._room = None


def _open_direct(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_DIRECT | os.O_DSYNC)
