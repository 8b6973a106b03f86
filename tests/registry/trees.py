"""Small trees for comparing: models put into any registry, and what is in one as plain dicts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from hypothesis import assume
from hypothesis import strategies as st

from anyreg import Key, Registry, Value
from anyreg.names import fold
from anyreg.regf.layout import KEY_LINK
from conformance.worlds import fresh_key, opened
from formats.models import NAMES, Model, models

Held = dict[tuple[str, ...], tuple[str, int, bytes, dict[str, tuple[int, bytes]]]]
"""Keys by folded names: class name, KEY_LINK or 0, descriptor, and values by folded name."""

# Few names, so that trees have much in common.
FEW = st.sampled_from(["a", "A", "b", "ÿ", "Ÿ", "c d", "e]", '"q"', "-f", "@"]) | NAMES
TREES = models(FEW)


def fill(key: Key, model: Model, with_classes: bool = True) -> None:
    """Let a key hold what a model holds; its own name stays."""
    for path, part in model.walk():
        at = key
        for name in path:
            at = at.find_child(name) or at.create(name)
        if with_classes and part.class_name != at.class_name:
            at.class_name = part.class_name
        at.set_records([Value(*row) for row in part.values])


def held(top: Key) -> Held:
    """All that is at and below a key."""
    found: Held = {}
    stack: list[tuple[tuple[str, ...], Key]] = [((), top)]
    while stack:
        path, key = stack.pop()
        values = {fold(value.name): (value.type, value.raw) for value in key.records()}
        found[path] = key.class_name, key.info().flags & KEY_LINK, key.descriptor, values
        stack.extend([((*path, fold(child.name)), child) for child in key.children()])
    return found


class World:
    """A registry that gives out one fresh key after the other.

    Of the live one, keys have no classes: Windows gives none to a key that is there.
    """

    def __init__(self, registry: Registry, top: Key, is_live: bool) -> None:
        self.registry = registry
        self._is_live = is_live
        self._top = top
        self._numbers = count()

    def fresh(self) -> Key:
        """A key that holds nothing."""
        return self._top.create(str(next(self._numbers)))

    def filled(self, model: Model) -> Key:
        """A fresh key that holds what a model holds."""
        if self._is_live:  # Windows makes no such key
            assume(not any("\0" in name for path, _ in model.walk() for name in path))
        key = self.fresh()
        with self.registry.transaction():
            fill(key, model, not self._is_live)
        return key


@contextmanager
def world(name: str, folder: Path) -> Iterator[World]:
    """One of the worlds of the conformance tests, checked at the end."""
    with opened(name, folder) as backend:
        registry = Registry(backend)
        top = Key(backend, fresh_key(backend), None)
        yield World(registry, top, name.startswith("live"))
