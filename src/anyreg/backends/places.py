"""Where the changes of a watched key come from: the hives that hold it and what is below it."""

from __future__ import annotations

from collections.abc import Callable

from anyreg.engine.feed import Feed, HiveStep


class Place:
    """One hive that a watched key has a part of.

    Attributes:
        unit: What the hive is called in positions; "" where there is one alone.
        feed: Reports its states.
        names: The names that lead in it from its root to the watched key; none where its root is
            the key, or stands below it.
        above: The names that lead from the watched key to its root, where that stands below it.
        files: The files that other processes write when they change it.
        follow: Takes over what they have committed, or does so as soon as that can be done.
        only_volatile: Keys that are not volatile only hold the place of others in it.
        way: Which of the ways to the key it lies on, where several keys are seen as one.
        loaded_at: The names below which its hive was loaded, from the top; none of other hives.
        mounted: Of the hive that holds the places of loaded ones: gives the place of the one that
            is loaded below these names, as the key stands there; None where there is none.
        state: Of a loaded hive, the step that was reported last.
    """

    def __init__(
        self,
        unit: str,
        feed: Feed,
        names: list[str],
        above: list[str],
        files: list[str],
        follow: Callable[[], None],
        only_volatile: bool = False,
        way: int = 0,
    ) -> None:
        self.unit = unit
        self.feed = feed
        self.names = names
        self.above = above
        self.files = files
        self.follow = follow
        self.only_volatile = only_volatile
        self.way = way
        self.loaded_at: list[str] = []
        self.mounted: Callable[[list[str]], Place | None] | None = None
        self.state: HiveStep | None = None

    @property
    def has_position(self) -> bool:
        """Whether it can be gone on with later: volatile keys in memory end with their process."""
        return bool(self.files) or not self.only_volatile
