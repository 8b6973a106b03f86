"""What one hive contributes to a commit, between the laying of its cells and its log."""

from __future__ import annotations

from anyreg.engine.image import Stretch


class PreparedCommit:
    """A commit that is laid out, and the state that it is made over.

    Attributes:
        number: Number of the commit before it.
        hash: Hash 1 of that commit's entry, 0 where the hive was clean.
        was_clean: Whether the hive was clean.
        bins_size: Bytes of the bins after it.
        pages: The pages that differ, one or several at a time, ascending.
        stretches: The new bytes of all bins that change.
    """

    def __init__(
        self,
        number: int,
        hash: int,
        was_clean: bool,
        bins_size: int,
        pages: list[tuple[int, bytes]],
        stretches: list[Stretch],
    ) -> None:
        self.number = number
        self.hash = hash
        self.was_clean = was_clean
        self.bins_size = bins_size
        self.pages = pages
        self.stretches = stretches
