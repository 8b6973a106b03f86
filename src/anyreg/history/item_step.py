"""A step of a hive that knows its changes as items, not as two images."""

from __future__ import annotations

from collections.abc import Iterator

from mypy_extensions import mypyc_attr

from anyreg.engine.feed import Step
from anyreg.history.items import Item


@mypyc_attr(allow_interpreted_subclasses=True)
class ItemStep(Step):
    """A step of a hive that has no image."""

    def items(self) -> Iterator[Item]:
        """What has changed, key by key, those above before those below."""
        raise NotImplementedError

    def tree(self, names: list[str]) -> Iterator[Item]:
        """A key that has got its path by a rename, and all below it, as a tree that has come.

        Args:
            names: The names that lead to it.
        """
        raise NotImplementedError
