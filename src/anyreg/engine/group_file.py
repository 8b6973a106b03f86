"""The file of a group's records: it is opened with its lock, and with a name that lasts.

What a record promises is gone with the name of its file.  An empty file is new, or its maker died
before it synced the folder: whoever gets its lock does so.  Where that fails no later sync need
make the name durable, so the file is taken away, empty as it is, and the next one makes another.
Who had opened it before finds that it is not the one of that name any more.
"""

from __future__ import annotations

from contextlib import suppress

from anyreg.engine.group_record import RECORD_HEAD, is_record
from anyreg.engine.storage import Disk, Storage
from anyreg.engine.timed_lock import TimedLock
from anyreg.errors import NotSupportedError, RegistryError


def open_group_file(disk: Disk, path: str, timeout: float) -> tuple[Storage, TimedLock, bool]:
    """Open the file of a group's records, made where it is missing, and take its lock.

    Args:
        disk: Where it is.
        path: The file.
        timeout: Seconds to wait for the lock at most; negative: for ever.

    Returns:
        The file, its lock, and whether that is held.

    Raises:
        NotSupportedError: It is no such file.
        RegistryError: It can neither be made nor opened.
    """
    while True:
        file = disk.open_or_create(path)
        lock = TimedLock(file)
        try:
            _expect_record(file, path)
            is_held = lock.take(timeout)
            if not is_held or file.is_at(path):
                return file, lock, is_held
        except BaseException:
            _close(file, lock)
            raise
        _close(file, lock)  # others have taken it away meanwhile


def secure_name(disk: Disk, path: str) -> None:
    """Make the name of an empty file durable, under its lock; or take it away.

    Args:
        disk: Where it is.
        path: The file.

    Raises:
        RegistryError: The system failed to write.
    """
    try:
        disk.sync_directory(path)
    except RegistryError:
        with suppress(RegistryError):  # the first error counts
            disk.remove(path)
        raise


def is_emptied(file: Storage) -> bool:
    """Whether nothing is left for sure of a record that could not be written.

    Args:
        file: The group's.
    """
    try:
        file.truncate(0)
        file.sync()
    except RegistryError:
        return False
    return True


def erase(file: Storage) -> None:
    """Empty the file for good.

    One that is empty may have a record on the disk all the same, as the sync behind that has failed
    or was never made: so it is written over.

    Args:
        file: The group's.

    Raises:
        RegistryError: The system failed to write.
    """
    file.write(0, bytes(RECORD_HEAD))
    file.sync()
    file.truncate(0)


def _expect_record(file: Storage, path: str) -> None:
    if not is_record(file.read(0, RECORD_HEAD)):
        raise NotSupportedError(
            "this is no record of transactions, so it is not used; move it away", path=path
        )


def _close(file: Storage, lock: TimedLock) -> None:
    lock.close()
    file.close()
