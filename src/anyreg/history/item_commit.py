"""A commit of a hive that knows its changes as items, and has no image."""

from __future__ import annotations

from collections.abc import Iterator

from anyreg.engine.observer import Commit, PagesCommit
from anyreg.history.inverse import Inverse
from anyreg.history.item_step import ItemStep
from anyreg.history.items import Item


class ItemCommit(Commit):
    """Such a commit."""

    def __init__(self, hive: str, number: int, data: bytes, step: ItemStep) -> None:
        """Note it.

        Args:
            hive: What the observer calls the hive.
            number: A number that no commit of the hive has had.
            data: The file as it is going to be.
            step: What it changes.
        """
        super().__init__(hive, number, [(0, data)], number - 1)
        self.step = step


def items_of_commit(commit: Commit) -> Iterator[Item]:
    """What a commit changes, key by key.

    Args:
        commit: A commit that is about to be made.
    """
    if isinstance(commit, ItemCommit):
        return commit.step.items()
    assert isinstance(commit, PagesCommit)
    return Inverse(commit.image, commit.minor, commit.root, commit.editor).items()
