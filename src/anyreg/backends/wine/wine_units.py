"""The transactions of a prefix, as far as its hives ask for them."""

from __future__ import annotations

from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.joined_hives import JoinedHives
from anyreg.problems import Problem


class WineUnits(JoinedHives):
    """The transactions of a prefix, as its hives know them.

    Attributes:
        is_writable: Whether it may be changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_writable = False

    def watched(self, file: str) -> list[str]:
        """What others write when they change a file of the prefix.

        Args:
            file: Its name.
        """
        raise NotImplementedError

    def follow(self) -> None:
        """Take over what others have written, now or when a transaction here has ended."""
        raise NotImplementedError

    def problems_of(self, hive: Mountable) -> list[Problem]:
        """What is wrong with a file, if this is the first hive of it.

        Args:
            hive: A hive.
        """
        raise NotImplementedError
