"""The seam between the engine and the world: everything that touches a disk goes through here.

The engine sees files through a Storage, and folders through a Disk.  file_disk has those of the
operating system, memory_disk those in memory.  Tests put others in their place and inject every
disaster there: torn writes, lost syncs, full disks.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.errors import AccessDeniedError, NotFoundError, RegistryError

LOG_SUFFIXES: Final = (".log", ".log1", ".log2")


@mypyc_attr(allow_interpreted_subclasses=True)
class Storage:
    """One file: the verbs that the engine needs of it.

    Every verb raises an error of this package that names the file where the system fails.
    """

    def size(self) -> int:
        """Bytes of the file now."""
        raise NotImplementedError

    def has_other_names(self) -> bool:
        """Whether the file has more than one name (hard links)."""
        return False

    def is_at(self, path: str) -> bool:
        """Whether this is the file that stands at a path now: it may have been renamed."""
        return True

    def read(self, at: int, size: int) -> bytes:
        """The bytes from this offset on, fewer only where the file ends."""
        raise NotImplementedError

    def peek(self, at: int, size: int) -> bytes:
        """As read(), for a place that is looked at again and again: cheap where it can be."""
        return self.read(at, size)

    def write(self, at: int, data: bytes) -> None:
        """Put all of the bytes at this offset; beyond the end the file grows."""
        raise NotImplementedError

    def clear(self, start: int, end: int) -> None:
        """Put zeros from one offset to another; beyond the end the file grows."""
        if start < end:
            self.write(start, bytes(end - start))

    def truncate(self, size: int) -> None:
        """Cut the file to this many bytes."""
        raise NotImplementedError

    def sync(self) -> None:
        """Return when the file's bytes and size would survive a power cut."""
        raise NotImplementedError

    def write_anew(self, at: int, data: bytes) -> None:
        """As write(), of what an earlier write may have failed to bring to the disk.

        After such an error a file system may count the blocks as never written, write to them what
        its cache has, and show zeros after a power cut all the same: ext4 does so with blocks that
        were new.  So it is written past the cache, where that can be done.
        """
        self.write(at, data)

    def write_durably(self, at: int, data: bytes) -> None:
        """As write() and then sync(), of a file in which nothing else is left to sync."""
        self.write(at, data)
        self.sync()

    def lock(self, shared: bool, wait: bool) -> bool:
        """Lock the file against other handles of it, in this process and in others.

        A lock that is held already becomes the one that is asked for.  Locks are advisory, and
        die with their process.

        Args:
            shared: Several may hold it, but none while one holds it alone.
            wait: Wait until it can be had.

        Returns:
            Whether it is held now; after False none is.
        """
        raise NotImplementedError

    def lock_for(self, seconds: float) -> bool | None:
        """Lock the file alone, and wait so long at most; None where no call of the system does so.

        Args:
            seconds: How long.

        Returns:
            Whether it is held now.
        """
        return None

    def unlock(self) -> None:
        """Give a lock back; nothing happens where none is held."""
        raise NotImplementedError

    def close(self) -> None:
        """Give the file back; further calls do nothing."""
        raise NotImplementedError


@mypyc_attr(allow_interpreted_subclasses=True)
class Disk:
    """Where files are found.

    Attributes:
        is_shared: Whether other processes see these files.
    """

    is_shared: bool = True

    def open(self, path: str, writable: bool) -> Storage:
        """An existing file.

        Raises:
            NotFoundError: There is no such file.
            AccessDeniedError: It may not be opened so.
        """
        raise NotImplementedError

    def open_own(self, path: str, writable: bool, beside: str) -> Storage:
        """An existing file that this package has made for itself, or one like it.

        Args:
            path: The file.
            writable: Whether it is to be written to.
            beside: The file or folder that it belongs to.

        Raises:
            NotFoundError: There is no such file.
            AccessDeniedError: It may not be opened so.
            NotSupportedError: It is a link or no regular file, has other names, or belongs to a
                user who owns nothing else here: to write it could harm what is none of ours.
        """
        return self.open(path, writable)

    def real_path(self, path: str) -> str:
        """The path of a file without links: one file has one, but for hard links."""
        return path

    def create(self, path: str) -> Storage:
        """A new, empty file, open for writing; only its owner may read it.

        Raises:
            RegistryError: There is a file of that name already.
        """
        raise NotImplementedError

    def open_or_create(self, path: str) -> Storage:
        """A file of our own to read and write, made where it is missing, perhaps by others.

        Raises:
            NotSupportedError: As open_own().
            RegistryError: It can neither be made nor opened.
        """
        try:
            return self.create(path)
        except RegistryError as error:
            try:
                return self.open_own(path, True, os.path.dirname(path) or ".")  # noqa: PTH120
            except NotFoundError:
                raise error from None

    def remove(self, path: str) -> None:
        """Take a file away; that there is none is no error."""
        raise NotImplementedError

    def rename_new(self, path: str, new: str) -> None:
        """Give a file a name that no other has.

        Raises:
            RegistryError: There is a file of that name already.
        """
        raise NotImplementedError

    def rename(self, path: str, new: str) -> None:
        """Give a file another name, in the place of the file that has it, if there is one."""
        raise NotImplementedError

    def take_rights(self, path: str, other: str) -> None:
        """Let whoever may read or write another file, or use a folder, do so with this file."""

    def exists(self, path: str) -> bool:
        """Whether something has this name, be it a link that leads nowhere."""
        raise NotImplementedError

    def sync_file(self, path: str) -> None:
        """Return when a file that others have made would survive a power cut, but for its name."""
        file = self.open(path, False)
        try:
            file.sync()
        finally:
            file.close()

    def sync_directory(self, path: str) -> None:
        """Return when the names of the files in this file's folder would survive a power cut."""
        raise NotImplementedError

    def require_sharing(self, path: str) -> None:
        """Refuse a place where locks and mappings do not hold between machines.

        Raises:
            NotSupportedError: It is such a place.
        """

    def make_folder(self, path: str) -> None:
        """Make a folder, and those above it; only its owner may look into it.

        What it makes would survive a power cut.  That it is there is no error.
        """
        raise NotImplementedError

    def remove_folder(self, path: str) -> None:
        """Take an empty folder away; one that holds anything stays, and is no error."""
        raise NotImplementedError

    def names(self, folder: str) -> list[str]:
        """The names in a folder, in any order; none where there is no such folder."""
        raise NotImplementedError

    def find_logs(self, path: str) -> list[str]:
        """The log files beside a hive: its name and .LOG, .LOG1 or .LOG2, in any case.

        They stand beside the file itself.  Where there are none, those count that stand beside the
        link by which it is named: files that were collected may be links, logs and all.

        Args:
            path: The hive's file.

        Returns:
            Their paths, sorted by suffix.
        """
        raise NotImplementedError


def logs_among(names: list[str], hive: str) -> list[str]:
    """Which names in a folder are those of a hive's logs: in any case, in one order for everybody.

    Where names of two cases are two files, the logs of another hive are none of this one's.

    Args:
        names: All names there.
        hive: The hive's.
    """
    wanted = {hive.casefold() + suffix for suffix in LOG_SUFFIXES}
    others = set(names) - {hive} if hive in names else set()
    found = [name for name in names if name.casefold() in wanted]
    mine = [name for name in found if os.path.splitext(name)[0] not in others]  # noqa: PTH122
    return sorted(mine, key=_by_suffix)


def files_of(disk: Disk, path: str) -> list[str]:
    """The files that others write when they change a hive; none where nobody else sees them.

    Args:
        disk: Where they are.
        path: The hive's file; where it is a link, that can come to lead to another file.
    """
    if not disk.is_shared:
        return []
    real = disk.real_path(path)
    logs = disk.find_logs(real) or [real + suffix.upper() for suffix in LOG_SUFFIXES]
    return list(dict.fromkeys([path, real, *logs]))


def _by_suffix(name: str) -> tuple[str, str]:
    return name.casefold(), name


def sync_names_above(disk: Disk, path: str) -> None:
    """Return when a folder, and those above it, would survive a power cut.

    Whoever has made them may have died before it synced them.  Above a folder that this user may
    not look into, others have made what there is.

    Raises:
        RegistryError: The system failed to write.
    """
    while True:
        above = os.path.dirname(path)  # noqa: PTH120
        if above == path or not path:
            return
        try:
            disk.sync_directory(path)
        except AccessDeniedError:
            return
        path = above


def write_new(disk: Disk, path: str, data: bytes, over: bool = False) -> None:
    """Make a new file that is whole, and synced, or not there at all.

    Args:
        disk: Where to.
        path: The file.
        data: What is in it.
        over: Put it in the place of the file of that name, if there is one.

    Raises:
        RegistryError: There is a file of that name, or the system failed to write.
    """
    _put_new(disk, path, data, over)
    try:
        disk.sync_directory(path)
    except RegistryError:
        with suppress(RegistryError):  # the first error counts
            if over:  # without a moment in which nothing has the name
                _put_new(disk, path, data, over)
            else:
                name_again(disk, path)  # it may be used all the same
        raise


def _put_new(disk: Disk, path: str, data: bytes, over: bool) -> None:
    draft = _draft_of(path)
    try:
        storage = disk.create(draft)
    except NotFoundError as error:
        raise NotFoundError("no such folder", path=os.path.dirname(path)) from error  # noqa: PTH120
    except RegistryError as error:
        error.path = path  # nobody knows the draft
        raise
    try:
        try:
            storage.write(0, data)
            storage.sync()
        finally:
            storage.close()
        if over:
            disk.rename(draft, path)
        else:
            disk.rename_new(draft, path)
    except BaseException:  # also where a user interrupts it
        disk.remove(draft)
        raise


def name_again(disk: Disk, path: str) -> None:
    """Give a file its name once more, so that the next sync of its folder makes that durable.

    After a sync that failed, no later one may do so for a name that stood there before.

    Args:
        disk: Where it is.
        path: The file.

    Raises:
        RegistryError: The system failed, or somebody has made another file of that name meanwhile.
    """
    draft = _draft_of(path)
    disk.rename_new(path, draft)
    disk.rename_new(draft, path)


def _draft_of(path: str) -> str:
    """A name that nobody else's file has."""
    return f"{path}.{os.urandom(6).hex()}.new"
