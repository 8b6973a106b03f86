"""The two lock files of a registry of one's own: who opens it, and who has it open.

They are made with the folder, and show later that it is one's own.  So before anything else is
made there, their names are made durable.  Where that fails no later sync need do it, and they are
taken away again; who waits for a lock finds that, and begins anew.
"""

from __future__ import annotations

from contextlib import suppress

from anyreg.engine.storage import Disk, Storage, sync_names_above
from anyreg.errors import RegistryError


class HomeLocks:
    """They, open, and that of who opens the registry held.

    Attributes:
        opening: Held by whoever opens or closes the registry, for that moment.
        in_use: Shared by all who have it open.
    """

    def __init__(self, disk: Disk, opening: str, in_use: str) -> None:
        """Make them where they are missing, and wait for the first.

        Args:
            disk: Where they are.
            opening: The path of the first.
            in_use: And of the other.

        Raises:
            RegistryError: They can neither be made nor opened.
        """
        self._disk = disk
        self._paths = opening, in_use
        self.opening: Storage
        self.in_use: Storage
        while not self._open():
            self.close()

    def _open(self) -> bool:
        """Whether they are those of their names still, once the lock was had."""
        opening, in_use = self._paths
        self.opening = self._disk.open_or_create(opening)
        try:
            self.in_use = self._disk.open_or_create(in_use)
        except BaseException:
            self.opening.close()
            raise
        try:
            self.opening.lock(False, True)
            return self.opening.is_at(opening) and self.in_use.is_at(in_use)
        except BaseException:
            self.close()
            raise

    def secure(self, folder: str) -> None:
        """Make them durable, with their folder and those above it; or take them away.

        Args:
            folder: It.

        Raises:
            RegistryError: The system failed to write.
        """
        try:
            self._disk.sync_directory(self._paths[0])
            sync_names_above(self._disk, folder)
        except RegistryError:
            with suppress(RegistryError):  # the first error counts
                self._take_away(folder)
            raise

    def _take_away(self, folder: str) -> None:
        """Remove them, unless there is more: who has made that has made them durable."""
        if len(self._disk.names(folder)) > len(self._paths):
            return
        for path in reversed(self._paths):
            self._disk.remove(path)

    def close(self) -> None:
        """Give both back, with their locks."""
        self.in_use.close()
        self.opening.close()
