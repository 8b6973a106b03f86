"""A registry of one's own where nothing can be written, not even its locks: copies in memory.

Such is one on a read-only file system, or in a folder that may only be read.  The copies are opened
as the hives would be: a dirty one is recovered, and what a transaction over several of them has
promised is made up for, all in memory.  Volatile keys are those that a registry has at first.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from anyreg.backends.abilities import About
from anyreg.backends.control_sets import current_control_set
from anyreg.backends.grouped_hives import OrderedHive
from anyreg.backends.hive import open_read_only
from anyreg.backends.home import first_master, hive_files, read_mark, record_file
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.hive_set import HiveSet
from anyreg.backends.namespace.mounts import Mount, mount_for, place_of
from anyreg.backends.namespace.namespace import Namespace
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.group import HiveGroup
from anyreg.engine.memory_disk import MemoryDisk, MemoryStorage
from anyreg.errors import NotFoundError

_READ_ONLY: Final = int(getattr(os, "ST_RDONLY", 1))


def is_on_read_only(folder: str) -> bool:
    """Whether a folder lies on a file system that nobody can write to."""
    try:
        return hasattr(os, "statvfs") and os.statvfs(folder).f_flag & _READ_ONLY != 0
    except OSError:
        return False


def open_unwritable(folder: str) -> Namespace:
    """A registry of one's own that is only read, as it was when it was opened.

    Args:
        folder: Where it is.

    Raises:
        NotFoundError: There is none.
        RegistryError: As Home.
    """
    return Namespace(UnwritableHives(os.path.realpath(folder)))


class UnwritableHives(HiveSet):
    """Copies of the hives of a registry of one's own, as they were at one moment."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        disk = FileDisk()
        user = read_mark(disk, folder)
        record = record_file(folder)
        mounts = [
            mount_for(name, self._opener(name), file)
            for name, file in hive_files(folder, user).items()
        ]
        units = {mount.unit: mount.file for mount in mounts}
        self._group = HiveGroup(_copies(disk, [*units.values(), record]), record, units)
        master = Mount([], lambda: self._master(user))
        super().__init__(mounts, master, user, open_read_only, is_read_only=True)

    def _opener(self, name: str) -> Callable[[], Mountable]:
        unit = "\\".join(place_of(name))
        return lambda: OrderedHive(self._group.hive(unit))

    def _master(self, user: str) -> Mountable:
        system = OrderedHive(self._group.hive("\\".join(place_of("SYSTEM"))))
        return first_master(self._folder, user, current_control_set(system))

    def about(self) -> About:
        """Where it is."""
        return {"kind": "own registry", "folder": self._folder}


def _copies(disk: FileDisk, files: list[str]) -> MemoryDisk:
    """Copies of files that are there, and of the logs beside them."""
    copies = MemoryDisk()
    for file in files:
        for path in (file, *disk.find_logs(file)):  # beside the file itself, wherever a link leads
            name = file if path == file else file + os.path.splitext(path)[1]
            try:
                storage = disk.open(path, False)
            except NotFoundError:
                continue  # the group's own file: what is missing else the group says
            try:
                copies.files[name] = MemoryStorage(storage.read(0, storage.size()))
            finally:
                storage.close()
    return copies
