"""Who has a hive open for writing, whatever name each has opened it by.

Each of them holds two locks shared, from its opening to its end: the one of the primary file,
which belongs to the file and not to its name, and the one of LOG2.  All of them must write the same
logs.  These stand beside the file, so whoever comes by another name (a mount of the file alone, a
file that was renamed while it is open) would find others; and a file that was put in the place of
one that is open would have the logs of the old one.  So both locks are held by others, or neither
is: whoever finds anything else is refused.  All but the end happens under the writer lock.

A lock that was had alone becomes a shared one in one step, on Linux, the BSDs, macOS and Windows
alike.
"""

from __future__ import annotations

import time
from typing import Final

from anyreg.engine.storage import Storage
from anyreg.errors import NotSupportedError

_TRIES: Final = 25
_PAUSE: Final = 0.02  # seconds


class Writers:
    """That this process has a hive open, and whether others have."""

    def __init__(self, primary: Storage, log: Storage) -> None:
        """Take no lock yet.

        Args:
            primary: The primary file.
            log: LOG2.
        """
        self._primary = primary
        self._log = log

    def enter(self, path: str) -> None:
        """Be one of those who have the hive open; under the writer lock.

        Args:
            path: The hive, for the message.

        Raises:
            NotSupportedError: Others have it open by another name, or another file with its logs.
        """
        nobody = self._primary.lock(False, False)
        if not nobody:
            self._primary.lock(True, True)
        # Who is there by these logs is so since before the primary's lock was had.
        by_these_logs = not self._log.lock(False, False)
        if nobody and by_these_logs and not _comes_free(self._log):
            raise NotSupportedError(
                "another file of this name is open for writing; close it there first", path=path
            )
        if not nobody and not by_these_logs and not _comes_free(self._primary):
            raise NotSupportedError(
                "the hive is open for writing under another name; use that name, or close it there",
                path=path,
            )
        self._log.lock(True, True)
        self._primary.lock(True, True)

    def is_alone(self) -> bool:
        """Whether it is sure that nobody else has the hive open; asked under the writer lock."""
        try:
            return self.keep_others_out()
        finally:
            self._log.lock(True, True)

    def keep_others_out(self) -> bool:
        """Whether nobody else has the hive open; nobody can open it then until it is closed."""
        return self._log.lock(False, False)


def _comes_free(storage: Storage) -> bool:
    """Whether a lock can be had alone after all: whoever has died gives back one by one."""
    for _ in range(_TRIES):
        if storage.lock(False, False):
            return True
        time.sleep(_PAUSE)
    return False
