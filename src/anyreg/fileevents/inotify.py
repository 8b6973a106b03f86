"""Linux: inotify, called by ctypes.

A file is watched twice.  A watch of the file itself reports writes; one of its folder reports that
another file takes its name, or none has it any more, but no writes, so that a busy neighbour wakes
nobody.  Where the name is a link, the folder of each file that it leads through is watched too.

After whatever happened to the name, everything is looked up anew, first the folder, then what
stands there: so no change falls between the old watch and the new one.  What is reported after that
was watched before it was reported.

The kernel has one watch for an inode, however often it is asked for, and numbers it; the paths that
need each number are kept here.  A write through a mapping is not reported.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from typing import Any, Final

from anyreg.errors import NotFoundError, NotSupportedError, RegistryError
from anyreg.fileevents.failures import lost_folder, system_failure, translated
from anyreg.fileevents.pipe import PipeSource
from anyreg.fileevents.source import News
from anyreg.system import WINDOWS

# include/uapi/linux/inotify.h
_MODIFY: Final = 0x2
_ATTRIB: Final = 0x4
_MOVED_FROM: Final = 0x40
_MOVED_TO: Final = 0x80
_CREATE: Final = 0x100
_DELETE: Final = 0x200
_DELETE_SELF: Final = 0x400
_MOVE_SELF: Final = 0x800
_UNMOUNT: Final = 0x2000
_Q_OVERFLOW: Final = 0x4000
_IGNORED: Final = 0x8000
_ONLYDIR: Final = 0x01000000
_MASK_ADD: Final = 0x20000000

_OWN: Final = _DELETE_SELF | _MOVE_SELF
_OF_FILE: Final = _MODIFY | _ATTRIB | _OWN | _MASK_ADD
_OF_FOLDER: Final = _CREATE | _MOVED_TO | _DELETE | _MOVED_FROM | _OWN | _ONLYDIR | _MASK_ADD
_HOW_LOST: Final = {
    _UNMOUNT: "is on a file system that was unmounted",
    _DELETE_SELF: "was deleted",
    _MOVE_SELF: "was renamed",
    _IGNORED: "was lost by the system",
}
_GONE: Final = sum(_HOW_LOST)
_HEAD: Final = struct.Struct("iIII")  # the number, what happened, a cookie, the size of the name
_AT_ONCE: Final = 64 * 1024
_MOST_LINKS: Final = 40  # as many as the kernel follows

_INSTANCES: Final = "fs.inotify.max_user_instances"
_WATCHES: Final = "fs.inotify.max_user_watches"


def has_inotify() -> bool:
    """Whether the system's library has it."""
    return not WINDOWS and hasattr(ctypes.CDLL(None), "inotify_init1")


class _Places:
    """Where a path is watched: the number of the file, and of folders with names in them."""

    def __init__(self) -> None:
        self.file = -1
        self.folders: dict[int, set[str]] = {}

    def numbers(self) -> set[int]:
        return {self.file, *self.folders} - {-1}


class InotifySource(PipeSource):
    """One inotify descriptor, opened with the first file."""

    def __init__(self) -> None:
        super().__init__()
        self._library: Any = ctypes.CDLL(None, use_errno=True)
        self._number = -1
        self._places: dict[str, _Places] = {}
        self._users: dict[int, set[str]] = {}  # the paths that need a watch

    def add(self, path: str) -> None:
        """Watch the file and its folder."""
        if self._number < 0:
            self._open(path)
        if os.path.isdir(path):
            raise NotSupportedError("this is a folder; only files are watched", path=path)
        try:
            self._look_up(path)
        except BaseException:
            self.remove(path)
            raise

    def _open(self, path: str) -> None:
        number = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if number < 0:
            raise self._no_instance(ctypes.get_errno(), path)
        self._number = number
        self.descriptors.append(number)
        self.wake()  # who waits already must wait at this one too

    def _no_instance(self, number: int, path: str) -> RegistryError:
        if number != errno.EMFILE or not _has_descriptors_left(self.descriptors[0]):
            return translated(OSError(number, os.strerror(number)), path)
        return system_failure(_limit("inotify instances", _INSTANCES), number, path)

    def remove(self, path: str) -> None:
        """Give up the watches that nobody else needs."""
        places = self._places.pop(path, None)
        if places is not None:
            self._release(path, places.numbers())

    def _release(self, path: str, numbers: set[int]) -> None:
        for number in numbers:
            users = self._users[number]
            users.discard(path)
            if not users:
                del self._users[number]
                # It fails where the kernel has removed the watch with the inode.
                self._library.inotify_rm_watch(self._number, number)

    def _look_up(self, path: str) -> None:
        """Watch whatever the path leads to now, and nothing else for it."""
        before = self._places.get(path)
        now = self._places[path] = _Places()
        try:
            self._watch_names(path, now)
            self._watch_file(path, now)
            if now.file < 0 and before is not None:
                self._watch_above(path, now)
        finally:
            if before is not None:
                self._release(path, before.numbers() - now.numbers())

    def _watch_names(self, path: str, places: _Places) -> None:
        """Watch the folder first, then see where its entry leads."""
        at = path
        for _ in range(_MOST_LINKS):
            folder, name = os.path.split(at)
            try:
                number = self._watch(path, folder, _OF_FOLDER)
            except OSError as error:
                raise self._failure(error, folder) from error
            places.folders.setdefault(number, set()).add(name.casefold())
            try:
                at = os.path.join(folder, os.readlink(at))
            except OSError:
                return  # it is no link

    def _watch_file(self, path: str, places: _Places) -> None:
        try:
            if not os.path.isdir(path):
                places.file = self._watch(path, path, _OF_FILE)
        except (FileNotFoundError, NotADirectoryError):
            pass  # its folder will report when it appears
        except OSError as error:
            raise self._failure(error, path) from error

    def _watch_above(self, path: str, places: _Places) -> None:
        """The file has gone: its folder may be next, and who has files of it open hears no more."""
        folder = os.path.dirname(path)
        above, name = os.path.split(folder)
        try:
            number = self._watch(path, above, _OF_FOLDER)
        except OSError:
            return  # it may not be read: the folder's own end must do
        places.folders.setdefault(number, set()).add(name.casefold())
        if not os.path.isdir(folder):
            raise translated(FileNotFoundError(errno.ENOENT, ""), folder)

    def _watch(self, path: str, where: str, mask: int) -> int:
        number: int = self._library.inotify_add_watch(self._number, os.fsencode(where), mask)
        if number < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        self._users.setdefault(number, set()).add(path)
        return number

    def _failure(self, error: OSError, path: str) -> RegistryError:
        if error.errno == errno.ENOSPC:
            return system_failure(_limit("inotify watches", _WATCHES), error.errno, path)
        return translated(error, path)

    def take(self) -> News:
        """Read what the kernel has reported, and watch anew what has another file by now."""
        super().take()
        news = News()
        stale: set[str] = set()
        for number, mask, name in self._events():
            if mask & _Q_OVERFLOW:
                stale.update(self._places)
            for path in self._users.get(number, ()):
                places = self._places[path]
                is_folder = number in places.folders
                if mask & _UNMOUNT or (is_folder and mask & _GONE):
                    news.lost.setdefault(path, lost_folder(_how_lost(mask), path))
                elif not is_folder:
                    news.changed.add(path)
                    if mask & _GONE:
                        stale.add(path)
                elif name.casefold() in places.folders[number]:
                    stale.add(path)
        for path in stale - news.lost.keys():
            try:
                self._look_up(path)
                news.changed.add(path)
            except NotFoundError:
                news.lost[path] = lost_folder("is gone", path)
            except RegistryError as error:
                news.lost[path] = error
        return news

    def _events(self) -> Iterator[tuple[int, int, str]]:
        """The number of a watch, what happened, and the name in the folder or ""."""
        try:
            data = os.read(self._number, _AT_ONCE) if self._number >= 0 else b""
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            number, mask, _, size = _HEAD.unpack_from(data, at)
            at += _HEAD.size
            yield number, mask, os.fsdecode(data[at : at + size].rstrip(b"\0"))
            at += size

    def close(self) -> None:
        """Close the descriptor: the kernel gives up all its watches."""
        self._number = -1
        self._places.clear()
        self._users.clear()
        super().close()


def _how_lost(mask: int) -> str:
    return next(how for bit, how in _HOW_LOST.items() if mask & bit)


def _has_descriptors_left(number: int) -> bool:
    try:
        os.close(os.dup(number))
    except OSError:
        return False
    return True


def _limit(what: str, name: str) -> str:
    """Say which limit of the user is reached, and what to do."""
    try:
        with open("/proc/sys/" + name.replace(".", "/"), encoding="ascii") as file:
            now = f", now {file.read().strip()}"
    except OSError:
        now = ""
    return (
        f"the limit of this user's {what} ({name}{now}) is reached by all programs together: "
        f"raise it (sysctl {name}=NUMBER), or look at the files by poll=seconds"
    )
