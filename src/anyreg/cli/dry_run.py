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

from anyreg import KeyNotFoundError, NotSupportedError, Registry
from anyreg.backends.base import Backend
from anyreg.backends.disk_hives import open_disk
from anyreg.backends.hive import alone
from anyreg.backends.home import default_home, is_home
from anyreg.backends.memory_registry import empty_memory, open_memory
from anyreg.backends.own_hives import open_rehearsal
from anyreg.backends.windows_disk import WindowsDisk, find_windows, require_settled
from anyreg.backends.wine.prefix_copy import open_prefix_copy
from anyreg.backends.wine.wine_prefix import find_prefix, read_prefix
from anyreg.backends.writable_hive import WritableHiveBackend
from anyreg.cli.address_arguments import is_elsewhere, open_target
from anyreg.cli.common_options import asked
from anyreg.engine.create import create_hive
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.memory_disk import MemoryDisk, MemoryStorage
from anyreg.engine.writable import WritableHive
from anyreg.paths import host_of, split_path
from anyreg.registry.opening import is_live_default
from anyreg.security.descriptor import default_descriptor

_LEAST_NAMES = 2  # of a key that is copied from a Windows that runs


def rehearsed(target: str, path: str = "", *, force: bool = False) -> Registry:
    """A registry in memory that is as a hive file, a disk, a prefix or one's own is now.

    Args:
        target: As in an address: "" for one's own.
        path: The key that it is about.  Of a Windows that runs, this one or another machine's,
            that key alone is copied, with all below it.
        force: Change a disk or a hive also where that is refused otherwise, see anyreg.open().
    """
    place = os.path.expanduser(target)  # noqa: PTH111 - as anyreg.open does it
    if is_running(target):
        return _copied_key(target, path)
    if not target:
        return Registry(_own(default_home()))
    if not os.path.isdir(place):  # noqa: PTH112
        if not force:
            require_settled(place)
        return Registry(alone(_copied(place)))
    prefix = "" if is_home(place) else find_prefix(place)
    if prefix:
        return Registry(open_prefix_copy(read_prefix(prefix)))
    windows = find_windows(place)
    if not windows or is_home(place):
        return Registry(_own(place))
    disk = WindowsDisk(place, windows)
    world = open_disk(disk, is_read_only=False, user=asked.user, force=force, open_copy=_copied)
    return Registry(world)


def state_before(target: str, path: str) -> Registry:
    """What is compared with a rehearsed registry: the same before anything was changed in it.

    Args:
        target: As in an address.
        path: See rehearsed().
    """
    return _copied_key(target, path) if is_running(target) else open_target(target)


def is_running(target: str) -> bool:
    """Whether a target is a Windows that runs, whose hives nobody else can read.

    Args:
        target: As in an address.
    """
    return bool(host_of(target)) if target else is_elsewhere() or is_live_default()


def _copied_key(target: str, path: str) -> Registry:
    """A registry in memory with a key of a Windows that runs, and all below it."""
    if len(split_path(path)) < _LEAST_NAMES:
        words = "this would read the whole registry of a Windows that runs: name a key below a root"
        raise NotSupportedError(words, path=path)
    copy = Registry(empty_memory())
    with open_target(target, "r") as live:
        above = path
        while True:
            try:
                key = live.open(above)
                break
            except KeyNotFoundError:
                above = above.rpartition("\\")[0]
        made = copy.create(above)
        if above == path:
            key.copy_to(made)
        names = split_path(above)
        for count in range(_LEAST_NAMES, len(names) + 1):
            way = "\\".join(names[:count])
            copy.open(way).descriptor = live.open(way).descriptor
    return copy


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
