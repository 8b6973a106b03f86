"""A wait that can be ended, as POSIX has it: a pipe is one of the descriptors waited at.

On a system that reports no changes of files this is all there is.
"""

from __future__ import annotations

import os
import select

from anyreg.errors import NotSupportedError
from anyreg.fileevents.source import EventSource, News

_MANY = 4096  # bytes: more calls of wake() than anybody makes meanwhile


class PipeSource(EventSource):
    """Waits, and knows of no file.

    Attributes:
        descriptors: Those to wait at; any of them can be read when something has happened.
    """

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        os.set_blocking(self._out, False)
        os.set_blocking(self._in, False)
        self.descriptors = [self._out]

    def add(self, path: str) -> None:
        """Refuse it."""
        raise NotSupportedError(
            "this system does not report changes of files; poll=seconds looks at them instead",
            path=path,
        )

    def remove(self, path: str) -> None:
        """There is nothing to remove."""

    def wait(self, seconds: float | None) -> None:
        """Wait at the descriptors."""
        waiting = select.poll()
        for number in self.descriptors:
            waiting.register(number, select.POLLIN)
        waiting.poll(None if seconds is None else seconds * 1000)

    def wake(self) -> None:
        """Put a byte into the pipe; a full one will wake too, and so does one that was closed."""
        try:
            if self.descriptors:
                os.write(self._in, b"\0")
        except OSError:
            pass

    def take(self) -> News:
        """Empty the pipe."""
        try:
            os.read(self._out, _MANY)
        except BlockingIOError:
            pass
        return News()

    def close(self) -> None:
        """Close all descriptors."""
        numbers, self.descriptors = self.descriptors, []
        if numbers:
            for number in (*numbers, self._in):
                try:
                    os.close(number)
                except OSError:
                    pass  # somebody closed whatever was open, as daemons do
