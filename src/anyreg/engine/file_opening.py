"""How a file is opened, and what it must be before anything is read or written.

Whoever may write into a folder may put there what is no file of ours under the name of one: a
pipe, at which opening waits for ever, a device, or another name of a file that means something
elsewhere.  So nothing is waited for, every file must be a regular one, and those that this package
makes for itself (logs, records, locks, histories) are opened by no link, have one name, and belong
to whom they should.

On Windows, whom a file belongs to is left to the rights of the folder that it is in; so is that a
new one is private, which it is in a user's profile.
"""

from __future__ import annotations

import os
import re
import stat
from errno import ELOOP
from typing import Final

from anyreg.engine.file_names import named
from anyreg.errors import NotSupportedError
from anyreg.file_systems import counts_short_names
from anyreg.system import WINDOWS

if WINDOWS:
    from anyreg.windows import files as windows_files

# Not each of them is known everywhere.
_AT_ONCE: Final = int(
    getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
)
_NO_LINK: Final = int(getattr(os, "O_NOFOLLOW", 0))
_PRIVATE: Final = 0o600
# What stands behind a file's name in those of its drafts, and in those it has when put aside.
_HALF_RENAMED: Final = re.compile(r"\.(?:[0-9a-f]{12}\.new|[0-9a-f]{8}\.aside)")
_AWAY: Final = "move it away"
_IS_FOLDER: Final = "this is no file but a folder"


def open_regular(path: str, flags: int) -> int:
    """Open a file; one that is created belongs to its owner alone.

    Raises:
        NotSupportedError: It is no regular file.
        OSError: What the system says.
    """
    number = _open(path, flags, True)
    try:
        _require_regular(os.fstat(number), path)
    except BaseException:
        os.close(number)
        raise
    return number


def open_own(path: str, flags: int, beside: str) -> int:
    """Open a file that this package has made, or one like it.

    Args:
        path: The file.
        flags: Those of os.open().
        beside: The file or folder that it belongs to: its owner may own this one too.

    Raises:
        NotSupportedError: It is a link or no regular file, has other names, or belongs to others.
        OSError: What the system says.
    """
    if not (_NO_LINK or WINDOWS) and os.path.islink(path):
        raise _link(path)
    try:
        number = _open(path, flags, False)
    except OSError as error:
        if error.errno == ELOOP and (WINDOWS or os.path.islink(path)):
            raise _link(path) from error
        raise
    try:
        found = os.fstat(number)
        _require_regular(found, path)
        if found.st_nlink > 1 and has_other_names(number, path):
            raise NotSupportedError(
                f"this file has other names too (hard links), so it is not used; {_AWAY}", path=path
            )
        if not WINDOWS and found.st_uid not in (os.geteuid(), 0, os.stat(beside).st_uid):
            raise NotSupportedError(
                f"this file belongs to another user, so it is not used; {_AWAY}", path=path
            )
    except BaseException:
        os.close(number)
        raise
    return number


def _open(path: str, flags: int, follow: bool) -> int:
    if not WINDOWS:
        return os.open(path, flags | _AT_ONCE | (0 if follow else _NO_LINK), _PRIVATE)
    try:
        return windows_files.open_file(path, flags, follow)
    except PermissionError:
        if os.path.isdir(path):
            raise NotSupportedError(_IS_FOLDER, path=path) from None
        raise


def has_other_names(number: int, path: str) -> bool:
    """Whether an open file has more than one name.

    One that Disk.rename_new() has left, as its process was killed halfway, does not count.

    Args:
        number: Its descriptor.
        path: The name it was opened by.
    """
    found = os.fstat(number)
    if found.st_nlink == 1 or counts_short_names(path):
        return False
    return found.st_nlink > 1 + _half_renamed(found, path)


def _half_renamed(found: os.stat_result, path: str) -> int:
    """How many names a file has beside its own that it should have had for a moment only."""
    folder, name = os.path.split(path)
    count = 0
    try:
        for other in os.listdir(named(folder or ".")):
            if other.startswith(name) and _HALF_RENAMED.fullmatch(other, len(name)):
                there = os.lstat(named(os.path.join(folder, other)))
                count += (there.st_dev, there.st_ino) == (found.st_dev, found.st_ino)
    except OSError:
        pass  # just gone, or a folder that cannot be listed: then it is refused
    return count


def is_file_at(number: int, path: str) -> bool:
    """Whether an open file is what stands at a path now: it may have been renamed or removed."""
    try:
        there = os.stat(named(path))
    except OSError:
        return False
    mine = os.fstat(number)
    if WINDOWS and mine.st_dev == 0:  # Wine forgets the volume of an open file that is renamed
        return mine.st_ino == there.st_ino
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)


def _require_regular(found: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise NotSupportedError(_IS_FOLDER, path=path)
    if not stat.S_ISREG(found.st_mode):
        raise NotSupportedError("this is no file but a pipe or a device", path=path)


def _link(path: str) -> NotSupportedError:
    return NotSupportedError(
        f"this is a symbolic link, which could lead anywhere, so it is not used; {_AWAY}", path=path
    )
