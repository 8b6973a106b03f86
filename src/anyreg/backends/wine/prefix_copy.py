"""A prefix of Wine as it is now, to be changed in copies of its files alone.

What happens is what would happen to the files, errors included: a prefix for which Wine runs is
refused.
"""

from __future__ import annotations

from anyreg.backends.namespace.namespace import Namespace
from anyreg.backends.wine.prefix_files import PrefixFiles
from anyreg.backends.wine.prefix_hives import PrefixHives, PrefixUnits, Stamp
from anyreg.backends.wine.server import TEMPORARY
from anyreg.backends.wine.wine_prefix import WinePrefix
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.memory_disk import MemoryDisk, MemoryStorage


def open_prefix_copy(prefix: WinePrefix, temporary: str = TEMPORARY) -> Namespace:
    """A copy of a prefix, in memory.

    Args:
        prefix: From read_prefix().
        temporary: The folder that the folders of Wine's servers are in.

    Raises:
        AccessDeniedError: Wine runs for it.
        RegFileError: A file is none of Wine's.
    """
    units = CopiedUnits(prefix, temporary)
    units.open_files(False)
    return Namespace(PrefixHives(units, False))


class CopiedUnits(PrefixUnits):
    """The transactions of a copy, which nobody else sees."""

    def __init__(self, prefix: WinePrefix, temporary: str) -> None:
        """Copy the files."""
        copies = MemoryDisk()
        files = PrefixFiles(FileDisk(), prefix.folder)
        there = PrefixFiles(copies, prefix.folder)
        for name, data in files.read().items():
            copies.files[there.path(name)] = MemoryStorage(data)
        super().__init__(copies, prefix, temporary)

    def hold(self, timeout: float) -> None:
        """Refuse what would be refused, if Wine runs."""
        self.server.require_none()

    def stamps_now(self) -> dict[str, Stamp]:
        """Nobody else writes the copies."""
        return {}
