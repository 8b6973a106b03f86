"""Hive files as wholes: recover a dirty one, repair a damaged one, make one dense."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive import Hive, open_hive
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.missing_header import with_header
from anyreg.engine.rebuild import rebuild
from anyreg.engine.salvage import Salvage
from anyreg.engine.storage import write_new
from anyreg.engine.writable import WritableHive
from anyreg.errors import CorruptHiveError, HiveVersionError, NotSupportedError, RegistryError
from anyreg.problems import Problem
from anyreg.security.descriptor import default_descriptor

Path = str | os.PathLike[str]

_NAMES: Final = (".LOG1", ".LOG2")


def recover(path: Path, logs: Sequence[Path] = ()) -> None:
    """Bring a dirty hive's file up to date with its logs, in place, as Windows does at loading.

    A clean hive stays as it is, byte for byte.

    Args:
        path: The hive.
        logs: Its logs, where they are not those of its name beside it: they are copied there.

    Raises:
        DirtyHiveError: It is dirty, and no log applies.
        CorruptHiveError: Its bins are damaged: repair() reads what is left into a new file.
        RegistryError: As for open(), or the system failed to write.
    """
    given = [os.fspath(log) for log in logs]
    hive = open_hive(os.fspath(path), given)
    was_dirty = hive.was_dirty
    hive.close()
    if given:
        _put_beside(os.fspath(path), given)
    if was_dirty:
        WritableHive(FileDisk(), os.fspath(path)).close()


def _put_beside(path: str, logs: list[str]) -> None:
    """Copy logs to where they are looked for."""
    disk = FileDisk()
    place = disk.real_path(path)
    found = disk.find_logs(place)
    if found:
        raise RegistryError("the hive has a log of its own already: move it away", path=found[0])
    if len(logs) > len(_NAMES):
        raise NotSupportedError("a hive has two logs at most", path=path)
    for ending, log in zip(_NAMES, logs, strict=False):
        storage = disk.open(log, False)
        try:
            data = storage.read(0, storage.size())
        finally:
            storage.close()
        write_new(disk, place + ending, data)


@dataclass(frozen=True)
class Repaired:
    """What came of repairing a hive.

    Attributes:
        keys: How many keys of the old hive the new one has.
        returned: How many of them no list named, or none that could be read, and that are back
            in their place all the same.
        lost: How many are below the key `Lost+Found`, as their place is not known; those that
            had one parent stand together, below a key named by the offset where that was.
        has_new_header: Whether the header or the root was made from what the rest says.
        problems: What reading met: what they name may be missing in the new hive.
    """

    keys: int
    returned: int
    lost: int
    has_new_header: bool
    problems: list[Problem]


def repair(source: Path, target: Path, on_key: Callable[[], None] | None = None) -> Repaired:
    """Write everything that can be read of a hive into a new, sound one.

    A dirty hive is recovered in memory first.  Keys that no list names come back where their
    parents are there, and below `Lost+Found` where not.  A header or a root key that is lost is
    made from what the rest says.  Keys and values that stand twice under one name get a number
    behind it.  The source is not touched.

    Args:
        source: The damaged hive.
        target: The new file, which must not exist.
        on_key: Called for each key, to show progress.

    Returns:
        What came of it.

    Raises:
        RegistryError: The target exists, the source is no hive, or the system failed to write.
    """
    keys = 0

    def count() -> None:
        nonlocal keys
        keys += 1
        if on_key is not None:
            on_key()

    hive, has_new_header = _opened(os.fspath(source))
    try:
        salvage = Salvage(hive.tree)
        data = rebuild(hive.tree, hive.base, default_descriptor(), on_key=count, salvage=salvage)
        write_new(FileDisk(), os.fspath(target), data)
        problems = list(hive.problems)
        return Repaired(keys, salvage.returned, salvage.lost, has_new_header, problems)
    finally:
        hive.close()


def _opened(path: str) -> tuple[Hive, bool]:
    """A hive, and whether it needed a header or a root that it does not have."""
    try:
        return open_hive(path), False
    except HiveVersionError:
        raise
    except CorruptHiveError:
        storage = FileDisk().open(path, False)
        try:
            data = storage.read(0, storage.size())
        finally:
            storage.close()
        return Hive(MemoryStorage(with_header(data, path)), path, []), True


def compact(source: Path, target: Path, on_key: Callable[[], None] | None = None) -> None:
    """Write a sound hive into a new file without its free space.

    Args:
        source: The hive; it is not touched.
        target: The new file, which must not exist.
        on_key: Called for each key, to show progress.

    Raises:
        CorruptHiveError: The source is damaged; repair() is for such.
        RegistryError: The target exists, the source is no hive, or the system failed to write.
    """
    hive = open_hive(os.fspath(source))
    try:
        data = rebuild(hive.tree, hive.base, default_descriptor(), on_key=on_key)
        if hive.problems:
            raise CorruptHiveError(
                f"the hive is damaged ({hive.problems[0]}); repair it instead",
                path=os.fspath(source),
            )
        write_new(FileDisk(), os.fspath(target), data)
    finally:
        hive.close()
