"""A copy to rehearse an undo in, of a Windows that runs: what its records name, and no more.

The whole registry is too much to read.  Each key that an undo looks at stands in a hive in memory,
at its path from the top and exactly as it is; of trees that may go, all below it too.
"""

from __future__ import annotations

from collections.abc import Iterator

from anyreg import Registry
from anyreg.backends.base import Backend, Lent
from anyreg.backends.undo import TreeBuilder, tree_items
from anyreg.cli.dry_run import rehearsed_new
from anyreg.names import fold
from anyreg.regf.layout import MAX_DEPTH
from anyreg.registry.current_registry import backend_of

_NEWEST = 5  # the format's version


def copies_for(
    registry: Registry, places: Iterator[tuple[list[str], bool]]
) -> tuple[Registry, Registry]:
    """Two copies, one to keep and one to change.

    Args:
        registry: What is copied.
        places: The names that lead to keys, and whether all below each is copied.
    """
    wanted: dict[tuple[str, ...], tuple[list[str], bool]] = {}
    for names, is_tree in places:
        folded = tuple(fold(name) for name in names)
        wanted[folded] = (names, is_tree or wanted.get(folded, (names, False))[1])
    kept = _Copy(backend_of(registry))
    changed = _Copy(backend_of(registry))
    for folded in sorted(wanted):
        names, is_tree = wanted[folded]
        kept.add(names, is_tree)
        changed.add(names, is_tree)
    return kept.registry, changed.registry


class _Copy:
    """A hive in memory that keys are copied into, from the top down."""

    def __init__(self, source: Backend) -> None:
        self.registry = rehearsed_new("copy", _NEWEST)
        self._source = source
        self._made = backend_of(self.registry)

    def add(self, names: list[str], is_tree: bool) -> None:
        """Copy a key if there is one, and what leads to it, unless a tree has brought them."""
        for count in range(1, len(names) + 1):
            if not self._has(names[:count]):
                self._add_one(names[:count], is_tree and count == len(names))

    def _has(self, names: list[str]) -> bool:
        made = self._made
        found = made.open(made.root(), names)
        if found is not None:
            made.release(found)
        return found is not None

    def _add_one(self, names: list[str], is_tree: bool) -> None:
        source, made = self._source, self._made
        found = source.open(source.root(), names)
        if found is None:
            return
        parent, _ = made.create(made.root(), names[:-1])
        with Lent(source, found) as top, Lent(made, parent) as above:
            builder = TreeBuilder(made, above)
            for item in tree_items(source, top, MAX_DEPTH if is_tree else 0):
                builder.add(item)
            builder.finish()
