"""macOS and the BSDs: kqueue, which watches what is open.

A watched file is open, and so is its folder: of the file each write is reported, of the folder that
its list of names was changed, and not which name.  So each file of that folder is looked at then,
whether the one that is open still has its name; another one that has it is opened, and watched,
before that is reported.  While a file is open no other gets its number, so none is mistaken for it.

Where the name is a link, the folder of each file that it leads through is watched too.  macOS opens
files for events alone, which does not hold up the end of a mount; elsewhere it does.
"""

from __future__ import annotations

import os
import select
from dataclasses import dataclass, field
from typing import Any, Final

from anyreg.errors import NotFoundError, NotSupportedError, RegistryError
from anyreg.fileevents.failures import lost_folder, translated
from anyreg.fileevents.pipe import PipeSource
from anyreg.fileevents.source import News

_select: Final[Any] = select  # its names for kqueue are not there elsewhere
_EVENTS_ONLY: Final = int(getattr(os, "O_EVTONLY", os.O_RDONLY))
_MOST_LINKS: Final = 40
_MANY: Final = 256  # events at once
_PIPE: Final = 0


@dataclass
class _Opened:
    """A file or a folder that is open to be watched.

    Attributes:
        number: Its descriptor.
        users: The paths that it is watched for.
        where: The folder's path; "" for a file.
    """

    number: int
    where: str = ""
    users: set[str] = field(default_factory=set)

    def is_at(self, path: str) -> bool:
        """Whether it is what has this name now."""
        try:
            there = os.stat(path)
        except OSError:
            return False
        mine = os.fstat(self.number)
        return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)


class KqueueSource(PipeSource):
    """One queue of the kernel's, with a pipe to wake it."""

    def __init__(self) -> None:
        super().__init__()
        try:
            self._queue = _select.kqueue()
        except OSError:
            super().close()
            raise
        self._events: list[Any] = []
        self._last = _PIPE
        self._opened: dict[int, _Opened] = {}  # by what their events carry
        self._folders: dict[str, int] = {}
        self._files: dict[str, int] = {}
        self._register(self.descriptors[0], _select.KQ_FILTER_READ, 0, _PIPE)

    def _register(self, number: int, kind: int, notes: int, data: int) -> None:
        flags = _select.KQ_EV_ADD | _select.KQ_EV_CLEAR
        event = _select.kevent(number, filter=kind, flags=flags, fflags=notes, udata=data)
        self._queue.control([event], 0)

    def add(self, path: str) -> None:
        """Open the file and its folder."""
        if os.path.isdir(path):
            raise NotSupportedError("this is a folder; only files are watched", path=path)
        try:
            self._look_up(path)
        except BaseException:
            self.remove(path)
            raise

    def _look_up(self, path: str) -> bool:
        """Watch whatever the path leads to now; whether that is another file than before."""
        self._open_folders(path)
        before = self._files.get(path)
        if before is not None and self._opened[before].is_at(path):
            return False
        now = self._open_file(path)
        if before is not None:
            self._close_for(path, before)
        return now != before

    def _open_file(self, path: str) -> int | None:
        self._files.pop(path, None)
        try:
            if os.path.isdir(path):
                return None
            self._open(path, _file_notes()).users.add(path)
        except (FileNotFoundError, NotADirectoryError):
            return None  # its folder will report when it appears
        except OSError as error:
            raise translated(error, path) from error
        self._files[path] = self._last
        return self._last

    def _open_folders(self, path: str) -> None:
        """Open the folder first, then see where its entry leads."""
        needed: set[int] = set()
        at = path
        for _ in range(_MOST_LINKS):
            needed.add(self._open_folder(os.path.dirname(at), path))
            try:
                at = os.path.join(os.path.dirname(at), os.readlink(at))
            except OSError:
                break  # it is no link
        for number in set(self._folders.values()) - needed:
            if path in self._opened[number].users:
                self._close_for(path, number)

    def _open_folder(self, where: str, path: str) -> int:
        number = self._folders.get(where)
        if number is None:
            try:
                self._open(where, _folder_notes()).where = where
            except OSError as error:
                raise translated(error, where) from error
            number = self._folders[where] = self._last
        self._opened[number].users.add(path)
        return number

    def _open(self, where: str, notes: int) -> _Opened:
        number = os.open(where, _EVENTS_ONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            self._register(number, _select.KQ_FILTER_VNODE, notes, self._last + 1)
        except BaseException:
            os.close(number)
            raise
        self._last += 1
        opened = self._opened[self._last] = _Opened(number)
        return opened

    def _close_for(self, path: str, number: int) -> None:
        opened = self._opened[number]
        opened.users.discard(path)
        if not opened.users:
            del self._opened[number]
            self._folders.pop(opened.where, None)
            os.close(opened.number)  # the kernel watches it no more

    def remove(self, path: str) -> None:
        """Close what nobody else needs."""
        self._files.pop(path, None)
        for number in [number for number, each in self._opened.items() if path in each.users]:
            self._close_for(path, number)

    def wait(self, seconds: float | None) -> None:
        """Wait at the queue."""
        self._events += self._queue.control(None, _MANY, seconds)

    def take(self) -> News:
        """What the events are about, as far as that is still watched."""
        super().take()
        news = News()
        stale: set[str] = set()
        events, self._events = self._events, []
        for event in events:
            opened = self._opened.get(event.udata)
            if opened is None:
                continue
            if not opened.where:
                news.changed |= opened.users
                stale |= opened.users
            elif event.fflags & _gone_notes():
                for path in opened.users:
                    news.lost[path] = lost_folder("was deleted, renamed or unmounted", path)
            else:
                stale |= opened.users
        for path in stale - news.lost.keys():
            try:
                if self._look_up(path):
                    news.changed.add(path)
            except NotFoundError:
                news.lost[path] = lost_folder("is gone", path)
            except RegistryError as error:
                news.lost[path] = error
        return news

    def close(self) -> None:
        """Close all that is open; a forked child has no queue."""
        if not self.descriptors:
            return
        super().close()
        for opened in self._opened.values():
            os.close(opened.number)
        self._opened.clear()
        try:
            self._queue.close()
        except OSError:
            pass


def _gone_notes() -> int:
    notes: int = _select.KQ_NOTE_DELETE | _select.KQ_NOTE_RENAME | _select.KQ_NOTE_REVOKE
    return notes


def _folder_notes() -> int:
    """That the list of names was changed, which is a write, or the folder's own name."""
    notes: int = _select.KQ_NOTE_WRITE | _gone_notes()
    return notes


def _file_notes() -> int:
    notes: int = _folder_notes() | _select.KQ_NOTE_EXTEND | _select.KQ_NOTE_ATTRIB
    return notes
