"""What is wrong with a hive: found while reading it, or by check().

Reading never stops at damage: it notes a problem and goes on with what can be read.  The same
problem is noted once, and a hive with millions of them fills no memory.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from anyreg.errors import CorruptHiveError

MOST: Final = 10_000


class Problem(NamedTuple):
    """One thing that is not as the format asks for.

    Attributes:
        offset: Byte offset in the hive file, negative where it is about the whole.
        what: What is wrong, in a few words.
        expected: What should be there; "" where the words say it all.
        actual: What is there.
        path: The key it belongs to, where that is known.
    """

    offset: int
    what: str
    expected: str = ""
    actual: str = ""
    path: str = ""

    def __str__(self) -> str:
        facts = f": expected {self.expected}, found {self.actual}" if self.expected else ""
        place = f" (key {self.path})" if self.path else ""
        at = f"0x{self.offset:08x}" if self.offset >= 0 else "-"
        return f"{at}  {self.what}{facts}{place}"


class Problems:
    """The problems met so far, each once, at most MOST of them.

    Attributes:
        found: The problems, in the order they were met.
        dropped: How many more there were.
    """

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.dropped = 0
        self._seen: set[tuple[int, str]] = set()

    def note(
        self, offset: int, what: str, expected: str = "", actual: str = "", path: str = ""
    ) -> None:
        """Keep one problem, unless it is known already."""
        if (offset, what) in self._seen:
            return
        if len(self.found) >= MOST:
            self.dropped += 1
            return
        self._seen.add((offset, what))
        self.found.append(Problem(offset, what, expected, actual, path))
        if len(self.found) == MOST:
            self.found.append(Problem(offset, f"more than {MOST} problems: the rest is not told"))

    def note_error(self, error: CorruptHiveError) -> None:
        """Keep the problem that an error tells of."""
        self.note(error.offset, error.message, error.expected, error.actual)
