r"""Keys that stand twice in a document: a damaged hive has them, and no import makes one.

In pre-order two keys of one name are siblings, so the names of the siblings of each key on the way
down are all that has to be kept.  A document in another order is not watched so closely: there a
key may come again, and what it holds is added.

Where doubles are left out, the first of a name is taken, and what comes behind a second one at or
below its path belongs to that one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from anyreg.errors import RegFileError
from anyreg.formats.instructions import left_out
from anyreg.names import fold
from anyreg.paths import split_path

ONCE: Final = "each {} once: `anyreg repair` numbers doubles"


class Duplicates:
    """The keys that were seen, as far as that matters, and what is done about doubles."""

    def __init__(self, on_duplicate: Callable[[RegFileError], None] | None) -> None:
        """Have seen none.

        Args:
            on_duplicate: See Wanted.
        """
        self._on_duplicate = on_duplicate
        self._has_top = False
        self._levels: list[tuple[list[str], set[str]]] = [([], set())]  # a key, the names below it
        self._left_out: list[str] | None = None  # the last double

    def meet(
        self, path: str, names: list[str] | None = None
    ) -> Literal["new", "duplicate", "below"]:
        """Note a key.

        Args:
            path: Its path.
            names: Its names, where the path does not tell them.

        Returns:
            "duplicate": it was there already below the same parent; "below": it stands below one.
        """
        steps = _folded(path, names)
        if self._left_out is not None:
            if len(steps) > len(self._left_out) and _is_at_or_below(steps, self._left_out):
                return "below"
            self._left_out = None
        if self._is_new(steps):
            return "new"
        self._left_out = steps
        return "duplicate"

    def is_left_out(self, path: str, names: list[str] | None = None) -> bool:
        """Whether a path is now that of a double, or below it."""
        left_out = self._left_out
        return left_out is not None and _is_at_or_below(_folded(path, names), left_out)

    def report(self, error: RegFileError) -> None:
        """What stands there twice, a key or a value: an error, or left out and reported.

        Args:
            error: What to raise, or to tell.
        """
        if self._on_duplicate is None:
            raise error
        self._on_duplicate(left_out(error))

    def _is_new(self, steps: list[str]) -> bool:
        if not steps:
            was_there, self._has_top = self._has_top, True
            return not was_there
        parent, name = steps[:-1], steps[-1]
        levels = self._levels
        while len(levels) > 1 and not _is_at_or_below(parent, levels[-1][0]):
            levels.pop()
        if levels[-1][0] != parent:
            levels.append((parent, set()))
        names = levels[-1][1]
        if name in names:
            return False
        names.add(name)
        return True


def _folded(path: str, names: list[str] | None) -> list[str]:
    return split_path(fold(path)) if names is None else [fold(name) for name in names]


def _is_at_or_below(path: list[str], top: list[str]) -> bool:
    return path[: len(top)] == top
