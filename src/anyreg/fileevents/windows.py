"""Windows: changes in folders, read by ReadDirectoryChangesW, called by ctypes.

A folder that holds watched files is open, and a read of its changes is under way all the time; the
system keeps what happens between two reads.  All reads end at one completion port, at which the hub
waits, so there is no limit of 64 folders, and a packet of no folder wakes it.

A read's memory is the system's until the read has ended, so a folder that is given up is kept until
its last packet has come.

A write into a file that stays open is reported when the system gets to know its new time: at the
latest when its writer flushes or closes it.  A folder that is renamed is not noticed.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from ctypes import byref, c_size_t, c_uint32, c_void_p
from typing import Final

from anyreg.errors import NotSupportedError
from anyreg.fileevents.failures import lost_folder, translated
from anyreg.fileevents.source import EventSource, News
from anyreg.windows import calls
from anyreg.windows.calls import Overlapped

_LIST_DIRECTORY: Final = 0x1

_NAMES_AND_WRITES: Final = 0x1 | 0x8 | 0x10 | 0x4  # names of files, sizes, last writes, attributes
_ROOM: Final = 32 * 1024  # below the 64 KiB that a read over a network may have
_ENTRY: Final = struct.Struct("<III")  # where the next is, what happened, the size of the name
_NOBODY: Final = 0  # whose packet wakes
_LAST_PACKETS: Final = 1000  # milliseconds to wait for those of folders that were given up


class _Folder:
    """An open folder, and the read that is under way."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.overlapped = Overlapped()
        self.room = (c_uint32 * (_ROOM // 4))()  # which stands at a multiple of four
        self.names: dict[str, set[str]] = {}  # of files, and the paths that mean them
        self.place = ""


class WindowsSource(EventSource):
    """One completion port, and an open folder for each that holds watched files."""

    def __init__(self) -> None:
        self._kernel = calls.kernel()
        port = self._kernel.CreateIoCompletionPort(calls.NO_HANDLE, None, 0, 0)
        if not port:
            raise calls.last_error()
        self._port: int | None = port
        self._numbers: dict[str, int] = {}  # of each folder that is watched
        self._folders: dict[int, _Folder] = {}  # those that were given up too
        self._last = _NOBODY
        self._packets: list[tuple[int, int, int]] = []

    def add(self, path: str) -> None:
        """Watch the file's folder, and the one that a link leads to."""
        if os.path.isdir(path):
            raise NotSupportedError("this is a folder; only files are watched", path=path)
        try:
            for each in {path, os.path.realpath(path)}:
                place, name = os.path.split(each)
                self._watched(place).names.setdefault(name.casefold(), set()).add(path)
        except OSError as error:
            self.remove(path)
            if getattr(error, "winerror", 0) == calls.INVALID_FUNCTION:
                raise NotSupportedError(
                    "this file system reports no changes: poll=seconds looks at the files instead",
                    path=place,
                ) from error
            raise translated(error, place) from error

    def _watched(self, place: str) -> _Folder:
        key = place.casefold()
        if key in self._numbers:
            return self._folders[self._numbers[key]]
        folder = _Folder(self._open(place))
        folder.place = key
        self._last += 1
        if not self._kernel.CreateIoCompletionPort(folder.handle, self._port, self._last, 0):
            error = calls.last_error()
            self._kernel.CloseHandle(folder.handle)
            raise error
        self._folders[self._last] = folder
        self._numbers[key] = self._last
        self._read(self._last)
        return folder

    def _open(self, place: str) -> int:
        handle: int = self._kernel.CreateFileW(
            place,
            _LIST_DIRECTORY,
            calls.SHARE_ALL,
            None,
            calls.OPEN_EXISTING,
            calls.BACKUP_SEMANTICS | calls.OVERLAPPED,
            None,
        )
        if handle == calls.NO_HANDLE:
            raise calls.last_error()
        return handle

    def _read(self, number: int) -> None:
        """Begin a read; where that fails the folder is given up."""
        folder = self._folders[number]
        room = (folder.room, ctypes.sizeof(folder.room))
        if not self._kernel.ReadDirectoryChangesW(
            folder.handle, *room, 0, _NAMES_AND_WRITES, None, byref(folder.overlapped), None
        ):
            error = calls.last_error()
            self._give_up(folder)
            del self._folders[number]  # no read is under way
            raise error

    def _give_up(self, folder: _Folder) -> None:
        """End the read under way, and close the folder."""
        self._numbers.pop(folder.place, None)
        self._kernel.CancelIoEx(folder.handle, byref(folder.overlapped))
        self._kernel.CloseHandle(folder.handle)

    def remove(self, path: str) -> None:
        """Close each folder in which nothing is watched any more."""
        for number in list(self._numbers.values()):
            folder = self._folders[number]
            for name, paths in list(folder.names.items()):
                paths.discard(path)
                if not paths:
                    del folder.names[name]
            if not folder.names:
                self._give_up(folder)

    def wait(self, seconds: float | None) -> None:
        """Wait for a packet."""
        limit = (
            calls.FOR_EVER if seconds is None else min(int(seconds * 1000) + 1, calls.FOR_EVER - 1)
        )
        packet = self._next_packet(limit)
        if packet is not None:
            self._packets.append(packet)

    def _next_packet(self, limit: int) -> tuple[int, int, int] | None:
        """The number of a folder, how many bytes were read, and the error or 0."""
        size, number, overlapped = c_uint32(), c_size_t(), c_void_p()
        done = self._kernel.GetQueuedCompletionStatus(
            self._port, byref(size), byref(number), byref(overlapped), limit
        )
        if done or overlapped.value is not None:
            return number.value, size.value, 0 if done else calls.last_code()
        return None

    def wake(self) -> None:
        """Post a packet of no folder."""
        if self._port is not None:
            self._kernel.PostQueuedCompletionStatus(self._port, 0, _NOBODY, None)

    def take(self) -> News:
        """All packets that have come, and a new read for each folder."""
        news = News()
        while True:
            packet = self._packets.pop() if self._packets else self._next_packet(0)
            if packet is None:
                return news
            if packet[0] != _NOBODY:
                self._take_packet(*packet, news)

    def _take_packet(self, number: int, size: int, code: int, news: News) -> None:
        folder = self._folders[number]
        if self._numbers.get(folder.place) != number:  # the last one of a folder given up
            del self._folders[number]
            return
        news.changed.update(folder_changes(folder.names, bytes(folder.room)[:size]))
        try:
            if code:
                raise calls.error_of(code)
            self._read(number)
        except OSError:
            if number in self._folders:
                self._give_up(self._folders.pop(number))
            for path in set().union(*folder.names.values()):
                news.lost[path] = lost_folder("is gone", path)

    def close(self) -> None:
        """Close all folders, wait for the end of their reads, and close the port."""
        if self._port is None:
            return
        for number in list(self._numbers.values()):
            self._give_up(self._folders[number])
        while self._folders:
            packet = self._packets.pop() if self._packets else self._next_packet(_LAST_PACKETS)
            if packet is None:
                _kept.extend(self._folders.values())  # the system may still write there
                break
            self._folders.pop(packet[0], None)
        self._kernel.CloseHandle(self._port)
        self._port = None


_kept: Final[list[_Folder]] = []


def folder_changes(names: dict[str, set[str]], data: bytes) -> set[str]:
    """The paths that a read of a folder's changes concerns.

    Args:
        names: Of files in the folder, in lower case, with the paths that mean them.
        data: FILE_NOTIFY_INFORMATION, one behind the other; b"": more than the system could keep.
    """
    changed: set[str] = set()
    for name in _names_in(data) if data else names:
        if "~" in name and name not in names:  # it may be the short name of any
            return set().union(*names.values())
        changed |= names.get(name, set())
    return changed


def _names_in(data: bytes) -> Iterator[str]:
    at = 0
    while True:
        after, _, size = _ENTRY.unpack_from(data, at)
        start = at + _ENTRY.size
        yield data[start : start + size].decode("utf-16-le", "surrogatepass").casefold()
        if not after:
            return
        at += after
