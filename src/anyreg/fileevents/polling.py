"""Looking at files every so many seconds, where nothing reports their changes.

Looking may take long, as on a network, so it is done while nothing else waits for it: look() knows
nothing but a path, and what it gives is compared afterwards.
"""

from __future__ import annotations

import errno
import os
from typing import Final

from anyreg.errors import NotFoundError
from anyreg.fileevents.failures import lost_folder
from anyreg.fileevents.source import News
from anyreg.system import WINDOWS

Look = tuple[int | bytes, ...]
"""What is seen of a file: two that are equal show no change."""

_HEAD: Final = 64  # bytes: the numbers and the checksum of a log's or a hive's last period
_FLAGS: Final = int(
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_NO_FOLDER: Final[Look] = ()


def first_look(path: str) -> Look:
    """What is seen of a file that is to be watched.

    Args:
        path: The file; it need not be there.

    Raises:
        NotFoundError: Its folder is not there.
    """
    seen = look(path)
    if seen == _NO_FOLDER:
        folder = os.path.dirname(path)
        raise NotFoundError("there is no such folder, so nothing in it can be watched", path=folder)
    return seen


def look(path: str) -> Look:
    """What is seen of a file.

    Args:
        path: The file.
    """
    try:
        head = _head(path)
        seen = os.stat(path)
    except OSError as error:
        if error.errno == errno.ENOENT and not os.path.isdir(os.path.dirname(path)):
            return _NO_FOLDER
        return (error.errno or 0,)
    times = (seen.st_mtime_ns, seen.st_ctime_ns)
    return (*times, seen.st_size, seen.st_dev, seen.st_ino, head)


def _head(path: str) -> bytes:
    """The first bytes; to open a file also lets a network file system ask its server anew."""
    if WINDOWS:
        return b""  # while it is open nobody could rename the file
    try:
        number = os.open(path, _FLAGS)
    except PermissionError:
        return b""
    try:
        return os.pread(number, _HEAD, 0)
    except OSError:
        return b""  # a folder or a pipe
    finally:
        os.close(number)


class Polling:
    """Which files are looked at, how often, and what was seen last."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, float], Look] = {}
        self._next: dict[float, float] = {}  # of each number of seconds, when it is over

    def add(self, path: str, seconds: float, seen: Look, now: float) -> None:
        """Look at one more file.

        Args:
            path: The file.
            seconds: How often.
            seen: What first_look() gave.
            now: The time, as that of a monotonic clock.
        """
        self._seen[path, seconds] = seen
        self._next.setdefault(seconds, now + seconds)

    def remove(self, path: str, seconds: float) -> None:
        """Look at it no more."""
        self._seen.pop((path, seconds), None)
        if not any(each == seconds for _, each in self._seen):
            self._next.pop(seconds, None)

    def seconds_left(self, now: float) -> float | None:
        """How long nothing is due; None: for ever."""
        return max(0.0, min(self._next.values()) - now) if self._next else None

    def due(self, now: float) -> list[tuple[str, float]]:
        """What is to be looked at now: paths, and how often each; it is due again later."""
        over = {seconds for seconds, when in self._next.items() if when <= now}
        self._next.update({seconds: now + seconds for seconds in over})
        return [(path, seconds) for path, seconds in self._seen if seconds in over]

    def compare(self, seconds: float, found: dict[str, Look]) -> News:
        """What is different from what was seen before.

        Args:
            seconds: How often these files are looked at.
            found: What look() gave for each path.
        """
        news = News()
        for path, seen in found.items():
            before = self._seen.get((path, seconds))
            if before is None or before == seen:
                continue
            self._seen[path, seconds] = seen
            if seen == _NO_FOLDER:
                news.lost[path] = lost_folder("is gone", path)
            else:
                news.changed.add(path)
        return news
