r"""Keys that stand twice in a document: a damaged hive has them, and no registry can hold them.

In pre-order two keys of one name are siblings, so the names of the siblings of each key on the way
down are all that has to be kept.  A document in another order is not watched so closely: there a
key may come again, and what it holds is added.
"""

from __future__ import annotations

from anyreg.names import fold


class Doubles:
    """The keys that were seen, as far as that matters."""

    def __init__(self) -> None:
        self._levels: list[tuple[str, set[str]]] = [("", set())]  # a path, the names below it

    def is_double(self, path: str) -> bool:
        """Note a key; whether it was there already below the same parent."""
        parent, _, name = fold(path).rpartition("\\")
        levels = self._levels
        while len(levels) > 1 and not _is_at_or_below(parent, levels[-1][0]):
            levels.pop()
        if levels[-1][0] != parent:
            levels.append((parent, set()))
        names = levels[-1][1]
        if name in names:
            return True
        names.add(name)
        return False


def _is_at_or_below(path: str, top: str) -> bool:
    return not top or path == top or path.startswith(top + "\\")
