"""Trying a change out: a hive and its logs are read into memory, and changed there alone.

Of a registry each hive is read so when something in it is asked for.

What happens is what would happen on the disk, errors included: a dirty hive is recovered first, a
damaged one refused.  It works where nothing may be written, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyreg import Registry
from anyreg.backends.base import Backend
from anyreg.backends.disk_hives import open_disk
from anyreg.backends.hive import alone
from anyreg.backends.home import default_home, is_home
from anyreg.backends.memory_registry import open_memory
from anyreg.backends.own_hives import open_rehearsal
from anyreg.backends.windows_disk import WindowsDisk, find_windows, require_settled
from anyreg.backends.writable_hive import WritableHiveBackend
from anyreg.cli.common_options import asked
from anyreg.engine.create import create_hive
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.memory_disk import MemoryDisk, MemoryStorage
from anyreg.engine.writable import WritableHive
from anyreg.security.descriptor import default_descriptor


def rehearsed(target: str, *, force: bool = False) -> Registry:
    """A registry in memory that is as a hive file, a disk or one's own registry is now.

    Args:
        target: As in an address: "" for one's own.
        force: Change a disk or a hive also where that is refused otherwise, see anyreg.open().
    """
    path = os.path.expanduser(target)  # noqa: PTH111 - as anyreg.open does it
    if not target:
        return Registry(_own(default_home()))
    if not os.path.isdir(path):  # noqa: PTH112
        if not force:
            require_settled(path)
        return Registry(alone(_copied(path)))
    windows = find_windows(path)
    if not windows or is_home(path):
        return Registry(_own(path))
    disk = WindowsDisk(path, windows)
    world = open_disk(disk, is_read_only=False, user=asked.user, force=force, open_copy=_copied)
    return Registry(world)


def _own(folder: str) -> Backend:
    return open_rehearsal(folder, _copied) if is_home(folder) else open_memory()


def _copied(path: str) -> WritableHiveBackend:
    """A hive as it is now, in memory."""
    disk = MemoryDisk()
    with _between_commits(path):
        disk.files[path] = MemoryStorage(_contents(path))
        for log in FileDisk().find_logs(path):  # beside the file itself, wherever a link leads
            disk.files[path + Path(log).suffix] = MemoryStorage(_contents(log))
    return WritableHiveBackend(WritableHive(disk, path))


def rehearsed_new(target: str, minor: int) -> Registry:
    """A registry in memory that is as a new hive file would be."""
    disk = MemoryDisk()
    create_hive(disk, target, minor, "ROOT", default_descriptor())
    return Registry(alone(WritableHiveBackend(WritableHive(disk, target))))


@contextmanager
def _between_commits(path: str) -> Iterator[None]:
    """A time in which nobody changes the hive: whoever does holds the first log alone."""
    logs = [log for log in FileDisk().find_logs(path) if log.upper().endswith(".LOG1")]
    if not logs:
        yield
        return
    storage = FileDisk().open(logs[0], False)
    try:
        storage.lock(True, True)
        yield
    finally:
        storage.close()


def _contents(file: str) -> bytes:
    storage = FileDisk().open(file, False)
    try:
        return storage.read(0, storage.size())
    finally:
        storage.close()
