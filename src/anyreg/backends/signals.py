"""How processes tell each other that a hive has changed, without a system call to find out.

A file of one page beside the volatile keys, mapped by every process that has the registry open,
has eight bytes for each hive.  Whoever has committed writes a number there that was never there
before; whoever reads a hive looks first whether the number is still the one it saw last.

It is a hint, and the hives alone say what they hold: a process that dies between its commit and
its signal, or a tool that knows nothing of signals, is noticed at the latest after a moment, as
the files themselves are looked at then.  The page is private, of fixed size, and only ever
unlinked, so that nothing can happen to its mapping.
"""

from __future__ import annotations

import mmap
import os
from time import monotonic
from typing import Final

PAGE: Final = 4096
_WIDTH: Final = 8
_MOMENT: Final = 0.05  # seconds after which the files are looked at in any case
_COUNTED: Final = 1 << 32


class Signals:
    """The page of a registry, mapped; without one, every look finds news."""

    def __init__(self, path: str) -> None:
        """Map the page.

        Args:
            path: Its file; "" or a file that is not there for none.
        """
        self._page: mmap.mmap | None = None
        self._writer = int.from_bytes(os.urandom(4), "little") << 32
        self._count = 0
        try:
            number = os.open(path, os.O_RDWR)
        except OSError:
            return
        try:
            if os.fstat(number).st_size == PAGE:
                self._page = mmap.mmap(number, PAGE)
        finally:
            os.close(number)

    def tell(self, slot: int) -> None:
        """Say that a hive has changed."""
        page = self._page
        if page is not None:
            self._count = (self._count + 1) % _COUNTED
            at = slot * _WIDTH
            page[at : at + _WIDTH] = (self._writer | self._count).to_bytes(_WIDTH, "little")

    def listener(self, slot: int) -> Listener:
        """Who wants to know of one hive."""
        return Listener(self._page, slot * _WIDTH)


class Listener:
    """What one reader of a hive has seen of its signal."""

    def __init__(self, page: mmap.mmap | None, at: int) -> None:
        self._page = page
        self._at = at
        self._end = at + _WIDTH
        self._seen = b""
        self._again = 0.0

    def has_news(self) -> bool:
        """Whether the hive is to be looked at: it may have changed since this was last asked."""
        page = self._page
        if page is None:
            return True
        moment = monotonic()
        seen = page[self._at : self._end]
        if seen == self._seen and moment < self._again:
            return False
        self._seen = seen
        self._again = moment + _MOMENT
        return True
