"""The one thread that waits for changes of files, and calls whoever watches them.

It begins with the first watch, and is over with the last: so are its descriptors.  A hub that is
over is never used again; the next watch begins a new one.

One lock of the process guards everything but two things that may take long: the calls of watchers,
and looks at files.  While the hub is `busy` with these nobody waits for it.  A fork waits for the
lock, so that the child finds everything in order; there the hub is over, and its descriptors are
closed, which leaves the parent's alone.
"""

from __future__ import annotations

import atexit
import logging
import math
import os
import select
from collections.abc import Callable, Sequence
from threading import RLock, Thread, get_ident
from time import monotonic, sleep
from typing import ClassVar, Final

from anyreg.errors import LimitError, NotSupportedError, RegistryError
from anyreg.file_systems import silent_kind
from anyreg.fileevents.failures import system_failure
from anyreg.fileevents.pipe import PipeSource
from anyreg.fileevents.polling import Look, Polling, first_look, look
from anyreg.fileevents.source import EventSource, News
from anyreg.system import WINDOWS

Changed = Callable[[RegistryError | None], None]
"""Called after a change with None, and with an error when the watch is over."""

Key = tuple[str, float | None]
"""A path, and how often it is looked at; None: the system reports its changes."""

_log: Final = logging.getLogger("anyreg")
_lock: Final = RLock()  # one that a signal's handler, or a fork in one, can take once more
_BREATH: Final = 0.001  # seconds after a call in which more can happen: a busy writer is one call
_AT_MOST: Final = 1.0  # seconds to wait for a thread that has nothing left to do


class FileWatch:
    """Some files that are watched, until it is closed; made by watch_files()."""

    def __init__(self, keys: list[Key], changed: Changed) -> None:
        self.keys = keys
        self.changed = changed
        self.hub: Hub | None = None
        self.is_closed = False

    def close(self) -> None:
        """Watch no more; further calls do nothing.

        A call of `changed` that is under way, or just begins, in the hub's thread is not waited
        for; so this can be called from anywhere, `changed` itself included.
        """
        with _lock:
            self.is_closed = True
            hub, self.hub = self.hub, None
            thread = hub.remove(self) if hub is not None else None
        if thread is not None:
            thread.join(_AT_MOST)


def watch_files(paths: Sequence[str], changed: Changed, poll: float | None = None) -> FileWatch:
    """Have a function called soon after any of these files was changed.

    That is: written, cut, replaced, made, removed, or given other attributes.  It is called by one
    thread for all watches of the process, one call after the other; what happens before that thread
    comes to it is one call.  The first may come before this returns.  Errors that it raises are
    logged, and end nothing.

    A write through a mapping is not noticed, nor is another name of a folder further up; a folder
    that is deleted while a process works in it is noticed when that one leaves it.

    With `poll`, the files are looked at every so often: their times, size, identity and first 64
    bytes (on Windows, the times and the size).  What is missed then is a write that changes none of
    these, which needs a clock of the file system that is too coarse: two writes within one of its
    steps, some milliseconds on older kernels of Linux and two seconds on FAT, with a look between.

    Args:
        paths: The files, which need not be there yet, unlike their folders.
        changed: Takes None after a change.  Takes an error, once, when the files can no more be
            watched, as when their folder is gone: the watch is over then.
        poll: Seconds; None: the operating system reports changes, and nothing is looked at.

    Returns:
        What ends it.  In a forked child it is over, and new watches can be made.

    Raises:
        NotFoundError: The folder of a file is not there.
        AccessDeniedError: A file or its folder may not be read.
        NotSupportedError: No changes are reported for a file, as on a network: use `poll`.
        LimitError: `poll` is no time to wait.
        RegistryError: Anything else that the system says, such as a limit that is reached.
    """
    whole = [os.path.abspath(path) for path in dict.fromkeys(paths)]
    seen: dict[str, Look] = {}
    if poll is None:
        for folder in {os.path.dirname(os.path.realpath(path)) for path in whole}:
            _require_reports(folder)
    elif not 0 < poll < math.inf:
        raise LimitError(f"poll must be a number of seconds above 0, not {poll}")
    else:
        seen = {path: first_look(path) for path in whole}
    watch = FileWatch([(path, poll) for path in dict.fromkeys(whole)], changed)
    try:
        with _lock:
            watch.hub = Hub.current or Hub()
            watch.hub.add(watch, seen)
    except BaseException:
        watch.close()
        raise
    return watch


def _require_reports(folder: str) -> None:
    kind = silent_kind(folder)
    if kind:
        raise NotSupportedError(
            f"this file system ({kind}) reports no changes that other machines make: "
            "poll=seconds looks at the files instead",
            path=folder,
        )


class Hub:
    """A thread, what it waits at, and who is to be called.

    Attributes:
        current: The hub of the process; None while nothing is watched.
        running: Those that have descriptors: this one, and any that is about to end.
    """

    current: ClassVar[Hub | None] = None
    running: ClassVar[set[Hub]] = set()

    def __init__(self) -> None:
        self._polling = Polling()
        self._watches: set[FileWatch] = set()
        self._users: dict[Key, list[FileWatch]] = {}
        self._is_over = False
        self._is_busy = False
        try:
            self._source = _system_source()
        except OSError as error:
            reason = f"no file can be watched: {error.strerror}"
            raise system_failure(reason, error.errno, "") from error
        self._worker = Thread(target=self._run, name="anyreg files", daemon=True)
        try:
            self._worker.start()
        except RuntimeError as error:
            self._source.close()
            raise RegistryError(f"no file can be watched: {error}") from error
        Hub.current = self
        Hub.running.add(self)

    # Called under the lock

    def add(self, watch: FileWatch, seen: dict[str, Look]) -> None:
        """Call this one too; where that fails, it is to be removed."""
        self._watches.add(watch)
        for key in watch.keys:
            if key not in self._users:
                self._begin(key, seen)
            self._users.setdefault(key, []).append(watch)

    def _begin(self, key: Key, seen: dict[str, Look]) -> None:
        path, poll = key
        if poll is None:
            self._source.add(path)
        else:
            self._polling.add(path, poll, seen[path], monotonic())
            self._source.wake()  # to wait no longer than that

    def remove(self, watch: FileWatch) -> Thread | None:
        """Call it no more; a thread that is at its end now, if it can be waited for."""
        if watch not in self._watches:
            return None
        self._watches.remove(watch)
        for key in watch.keys:
            users = self._users.get(key, [])
            if watch in users:
                users.remove(watch)
                if not users:
                    self._end(key)
        return None if self._watches else self.stop()

    def _end(self, key: Key) -> None:
        del self._users[key]
        path, poll = key
        if poll is None:
            self._source.remove(path)
        else:
            self._polling.remove(path, poll)

    def stop(self) -> Thread | None:
        """Let the thread end; what remove() returns."""
        self._is_over = True
        if Hub.current is self:
            Hub.current = None
        self._source.wake()
        is_own = get_ident() == self._worker.ident
        return None if self._is_busy or is_own else self._worker

    def abandon(self) -> None:
        """Nothing of it is left: this is a forked child, which has no such thread."""
        self._is_over = True
        Hub.current = None
        for watch in self._watches:
            watch.is_closed = True
            watch.hub = None
        self._watches.clear()
        self._source.close()

    # The thread

    def _run(self) -> None:
        try:
            while not self._is_over:
                self._serve()
        except Exception as error:
            _log.exception("the thread that watches files failed")
            failed = RegistryError(f"files are no more watched: {error!r}")
            with _lock:
                lost = self._lose(dict.fromkeys(self._users, failed))
                self.stop()
            for watch, _ in lost:
                self._call(watch, failed)
        finally:
            with _lock:
                Hub.running.discard(self)
                self._source.close()

    def _serve(self) -> None:
        """Wait for something to happen, and call whom it concerns."""
        with _lock:
            left = self._polling.seconds_left(monotonic())
        self._source.wait(left)
        with _lock:
            if self._is_over:
                return
            calls = self._calls_for(None, self._source.take())
            due = self._polling.due(monotonic())
            self._is_busy = bool(calls or due)
        try:
            for seconds in {seconds for _, seconds in due}:
                found = {path: look(path) for path, each in due if each == seconds}
                with _lock:
                    calls |= self._calls_for(seconds, self._polling.compare(seconds, found))
            for watch, error in calls.items():
                self._call(watch, error)
        finally:
            self._is_busy = False
        if calls:
            sleep(_BREATH)

    def _calls_for(self, poll: float | None, news: News) -> dict[FileWatch, RegistryError | None]:
        lost = {(path, poll): error for path, error in news.lost.items()}
        changed = [watch for path in news.changed for watch in self._users.get((path, poll), ())]
        return dict.fromkeys(changed) | dict(self._lose(lost))

    def _lose(self, lost: dict[Key, RegistryError]) -> list[tuple[FileWatch, RegistryError]]:
        """Remove the watches of what is lost, and say why to each."""
        found = {watch: lost[key] for key in lost for watch in self._users.get(key, ())}
        for watch in found:
            watch.hub = None
            self.remove(watch)
        return list(found.items())

    def _call(self, watch: FileWatch, error: RegistryError | None) -> None:
        if watch.is_closed:
            return
        try:
            watch.changed(error)
        except BaseException:
            _log.exception("a function that was called after a change of files failed")


def _system_source() -> EventSource:
    if WINDOWS:
        from anyreg.fileevents.windows import WindowsSource

        return WindowsSource()
    if hasattr(select, "kqueue"):
        from anyreg.fileevents.kqueue import KqueueSource

        return KqueueSource()
    from anyreg.fileevents.inotify import InotifySource, has_inotify

    return InotifySource() if has_inotify() else PipeSource()


# Forks, and the end of the process


def _forked() -> None:
    try:
        for hub in Hub.running:
            hub.abandon()
        Hub.running.clear()
    finally:
        _lock.release()


def _finish() -> None:
    """Let no call fall into the end of the interpreter."""
    with _lock:
        thread = Hub.current.stop() if Hub.current is not None else None
    if thread is not None:
        thread.join(_AT_MOST)


atexit.register(_finish)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_forked)
