"""The names of files, as the system gives and takes them: renamed, replaced, removed, synced.

Errors are the system's.  What Windows does otherwise is in windows/files.py.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import Final

from anyreg.system import WINDOWS

if WINDOWS:
    from anyreg.windows import files as windows_files

_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_NO_SYNC_OF_FOLDERS: Final = (errno.EINVAL, errno.ENOTSUP)  # of a file system that has no such call


def named(path: str) -> str:
    """A path as the system takes it, however long it is."""
    return windows_files.long_path(path) if WINDOWS else path


def remove(path: str) -> None:
    """Take a file away; its name is free then."""
    if WINDOWS:
        windows_files.remove(path)
    else:
        os.unlink(path)


def rename(path: str, new: str) -> None:
    """Give a file another name, in the place of the file that has it."""
    if WINDOWS:
        windows_files.replace(path, new)
    else:
        os.replace(path, new)


def rename_new(path: str, new: str) -> None:
    """Give a file a name that no other has: POSIX' own rename() would replace a file of that name.

    Args:
        path: The file.
        new: The name.

    Raises:
        OSError: EEXIST: there is such a file.
    """
    if WINDOWS:
        windows_files.rename_new(path, new)
        return
    try:
        os.link(path, new)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # FAT has one name for a file: an empty one is made, which nobody else can, and replaced.
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.rename(path, new)
    else:
        os.unlink(path)


def make_folder(path: str) -> None:
    """Make a folder for its owner alone, which would survive a power cut; or none.

    Args:
        path: The folder.

    Raises:
        OSError: The system failed.
    """
    os.mkdir(named(path), 0o700)
    try:
        sync_folder(os.path.dirname(path) or ".")
    except PermissionError:
        pass  # the folder above may not be looked into, so it cannot be synced
    except OSError:
        with suppress(OSError):  # the first error counts
            os.rmdir(named(path))  # no later sync need make this name durable
        raise


def sync_folder(folder: str) -> None:
    """Return when the names in a folder would survive a power cut, where the system has that."""
    if WINDOWS:
        windows_files.flush_folder(folder)
        return
    try:
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
    except OSError as error:
        if error.errno not in _NO_SYNC_OF_FOLDERS:
            raise
