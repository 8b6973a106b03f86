"""When a hive's log is trusted no more, and that its syncs exclude each other.

The system tells of a failed sync once, to whoever syncs first, and may say "fine" to the next.  So
one sync is made at a time, what failed is put down before the next begins, and from then on
nothing is done or promised.  A hive whose files stay open keeps its guard, also when all of it is
read anew.
"""

from __future__ import annotations

from threading import Lock

from anyreg.errors import OutcomeUnknownError, RegistryError, TransactionError


class SyncGuard:
    """Stands before the logs of one open hive.

    Attributes:
        syncing: Held for the length of each sync.
        broken: What failed; "" while nothing did.
        is_in_doubt: Whether a commit was made when it failed is unknown.
        is_closed: The files are closed.
    """

    def __init__(self) -> None:
        self.syncing = Lock()
        self.broken = ""
        self.is_in_doubt = False
        self.is_closed = False
        self._has_unwritten = False

    def fail(self, error: BaseException, is_in_doubt: bool = True) -> None:
        """A write or a sync has ended so; it is in doubt where it could have made a commit."""
        self.is_in_doubt = self.is_in_doubt or is_in_doubt
        self._has_unwritten = True
        if isinstance(error, RegistryError):
            self.broken = self.broken or str(error)
        else:
            self.interrupted()

    def interrupted(self) -> None:
        """Something ended in its middle: what the files say may not be what is known here."""
        self.broken = self.broken or "it was interrupted"

    def take_unwritten(self) -> bool:
        """Whether something has failed since this was last asked."""
        found = self._has_unwritten
        self._has_unwritten = False
        return found

    def require_whole(self, path: str) -> None:
        """Refuse to go on after a write that failed.

        Args:
            path: The hive, for the message.

        Raises:
            TransactionError: One did.
        """
        if self.broken:
            raise TransactionError(
                f"an earlier write failed ({self.broken}); open the hive again", path=path
            )

    def close(self) -> None:
        """Wait for a sync that goes on; none begins any more."""
        with self.syncing:
            self.is_closed = True


def unknown_outcome(error: RegistryError, path: str) -> OutcomeUnknownError:
    """What to raise after a commit that has ended so: nobody can tell whether it was made."""
    words = f"whether the commit was made is unknown ({error}); open the registry again"
    unknown = OutcomeUnknownError(words, path=path)
    unknown.errno = error.errno
    return unknown
