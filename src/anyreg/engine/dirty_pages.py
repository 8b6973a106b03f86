"""The pages that a dirty period has changed, and how a checkpoint writes them to the file."""

from __future__ import annotations

from mypy_extensions import i64

from anyreg.engine.image import STRETCH, Image
from anyreg.engine.storage import Storage
from anyreg.regf.layout import BINS_START, PAGE


class DirtyPages:
    """Which pages of the bins the file does not have yet."""

    def __init__(self) -> None:
        """None yet."""
        self._offsets: set[int] = set()

    def note(self, pages: list[tuple[int, bytes]]) -> None:
        """These were logged, one or several at a time."""
        for start, data in pages:
            end: i64 = start + len(data)
            at: i64 = start & -PAGE
            while at < end:
                self._offsets.add(at)
                at += PAGE

    def clear(self) -> None:
        """The file has them all."""
        self._offsets.clear()

    def runs(self, size: i64) -> list[tuple[int, int]]:
        """Start and end of each run of them that is left in bins of this size."""
        runs: list[tuple[int, int]] = []
        first: i64 = 0
        end: i64 = 0
        for page in sorted(self._offsets):
            if page >= size:
                break
            if page != end:
                if end > first:
                    runs.append((first, end))
                first = page
            end = page + PAGE
        if end > first:
            runs.append((first, end))
        return runs

    def write(self, image: Image, primary: Storage, anew: bool = False) -> None:
        """Write them as they are in an image.

        Small stretches are joined, with one that is large behind them; others are not copied.

        Args:
            image: The bins.
            primary: The hive's file.
            anew: Another process may have failed to write them.

        Raises:
            RegistryError: The system failed to write.
        """
        for start, end in self.runs(image.size):
            at = start
            parts: list[bytes] = []
            size: i64 = 0
            for data in image.pieces(start, end):
                parts.append(data)
                size += len(data)
                if size >= STRETCH or at + size == end:
                    joined = b"".join(parts)
                    if anew:
                        primary.write_anew(BINS_START + at, joined)
                    else:
                        primary.write(BINS_START + at, joined)
                    at += size
                    parts = []
                    size = 0
