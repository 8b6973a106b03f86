"""The observer of a hive's commits, such as a history: all that the engine knows of one.

A hive has one observer or none, which is usual and costs nothing; the hives of a group share one.
For each commit that changes something, under the writer lock of every hive in it:

1. begin(), while the state before and the transaction can still be read: what raises here stops
   the commit.
2. The commit is made.
3. finish() or failed().

secure() comes before entries of the log become durable in any other way, now_durable() behind it,
and settle() before the log loses entries, or a commit comes that begin() is not called for.
"""

from __future__ import annotations

from mypy_extensions import mypyc_attr

from anyreg.engine.editor import Editor
from anyreg.engine.image import Image


class Commit:
    """What one hive has to do with a commit that is about to be made.

    Attributes:
        hive: What the observer calls the hive.
        number: The number that its entry is going to have.
        pages: The bytes that it is known by, each with its place: the pages of the entry.
        synced: The number up to which its entries are durable.
    """

    def __init__(self, hive: str, number: int, pages: list[tuple[int, bytes]], synced: int) -> None:
        self.hive = hive
        self.number = number
        self.pages = pages
        self.synced = synced


class PagesCommit(Commit):
    """A commit of a hive that has an image: what it changes is found in its pages."""

    def __init__(
        self,
        hive: str,
        number: int,
        pages: list[tuple[int, bytes]],
        synced: int,
        image: Image,
        minor: int,
        root: int,
        editor: Editor,
    ) -> None:
        """Note it.

        Args:
            hive: What the observer calls the hive.
            number: The number that its entry is going to have.
            pages: The pages of that.
            synced: The number up to which its entries are durable.
            image: Its bins before.
            minor: Its version.
            root: Its root key's cell.
            editor: The transaction.
        """
        super().__init__(hive, number, pages, synced)
        self.image = image
        self.minor = minor
        self.root = root
        self.editor = editor


@mypyc_attr(allow_interpreted_subclasses=True)
class CommitObserver:
    """Takes part in every commit; of itself it does nothing.

    Attributes:
        is_secured: Whether nothing is left to do before entries of this process become durable.
    """

    is_secured: bool = True

    def begin(self, commits: list[Commit], secured: bool) -> None:
        """A commit is about to be made; finish() or failed() follows unless this raises.

        Args:
            commits: What each hive has to do with it.
            secured: Whether it may be durable as soon as it is made: as secure(), at once.
        """

    def finish(self, synced: dict[str, int]) -> None:
        """The commit was made.

        Args:
            synced: The number up to which each hive's entries are durable.
        """

    def failed(self) -> None:
        """The commit has failed, and may be on the disk or not."""

    def hold(self) -> None:
        """Let no commit begin, of whatever process, until release()."""

    def release(self) -> None:
        """Let commits begin again."""

    def secure(self) -> None:
        """All entries so far are about to become durable."""

    def now_durable(self, synced: dict[str, int]) -> None:
        """Entries have become durable; this raises no error of the system.

        Args:
            synced: The number up to which each hive's entries are.
        """

    def settle(self, synced: dict[str, int]) -> None:
        """The log is asked for the last time what it has: it loses entries, or goes on unobserved.

        Args:
            synced: The number up to which each hive's entries are durable.
        """
