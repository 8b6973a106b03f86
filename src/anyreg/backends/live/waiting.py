"""Threads that wait for Windows to say that a key has changed: one for up to 63 keys.

RegNotifyChangeKeyValue says once that something has changed, and not what.  It is asked again
before anybody looks at the key, so nothing falls between.  What a thread has asked for is over with
that thread, so the one that waits is the one that asks; whoever begins to watch waits until it has.

A thread begins with the first key that is given to it, and ends with the last.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from ctypes import c_void_p
from threading import Event, RLock, Thread, current_thread
from typing import Final

from anyreg.backends.live.calls import Calls
from anyreg.backends.live.declarations import (
    FOR_EVER,
    MOST_WAITS,
    NOTIFY_ATTRIBUTES,
    NOTIFY_LAST_SET,
    NOTIFY_NAME,
    NOTIFY_SECURITY,
)
from anyreg.errors import RegistryError

EVERYTHING: Final = NOTIFY_NAME | NOTIFY_ATTRIBUTES | NOTIFY_LAST_SET | NOTIFY_SECURITY
_log: Final = logging.getLogger("anyreg")
_lock: Final = RLock()
_waiters: Final[list[Waiter]] = []


class WatchedKey:
    """A key that is waited for, until close().

    Attributes:
        is_lost: Whether Windows says nothing more of it, as the key was deleted.
    """

    def __init__(
        self, calls: Calls, handle: int, subtree: bool, kinds: int, changed: Callable[[], None]
    ) -> None:
        """Take a handle over, and return when nothing is missed any more.

        Args:
            calls: Windows' functions.
            handle: The key, opened for KEY_NOTIFY; it is closed with this.
            subtree: Whether the keys below it count.
            kinds: What counts, as RegNotifyChangeKeyValue has it.
            changed: Called by the thread that waits, after each change.

        Raises:
            RegistryError: Windows does not watch it.
        """
        self.calls = calls
        self.changed = changed
        self.is_lost = False
        self.event = new_event(calls)
        self.is_closed = False
        self._handle = handle
        self._asked = subtree, kinds
        self._is_settled = Event()
        self._code = 0
        with _lock:
            rooms = [one for one in _waiters if one.is_here] or [
                one for one in _waiters if one.has_room
            ]
            waiter = rooms[0] if rooms else None
            if waiter is None:
                waiter = Waiter(calls, self)
                _waiters.append(waiter)
            else:
                waiter.add(self)
            self._waiter = waiter
        if waiter.is_here:
            waiter.take_in()
        self._is_settled.wait()
        if self._code:
            self.close()
            raise calls.failed(self._code)

    def ask(self) -> None:
        """Let Windows set the event after the next change; by the thread that waits."""
        notify = self.calls.windows.notify
        code = notify(self._handle, *self._asked, self.event, True)
        if not self._is_settled.is_set():
            self._code = code
            self._is_settled.set()
        self.is_lost = code != 0

    def close(self) -> None:
        """Wait for it no more; further calls do nothing."""
        with _lock:
            if self.is_closed:
                return
            self.is_closed = True
            self._waiter.wake()
        if not self._waiter.is_here:
            self._waiter.let_go(self)

    def give_back(self) -> None:
        """Close both handles; by the thread that waits, or behind its end."""
        self.calls.windows.close_handle(self.event)
        self.calls.close(self._handle)


class Waiter:
    """One thread, and the keys that it waits for.

    Attributes:
        thread: The thread.
    """

    def __init__(self, calls: Calls, first: WatchedKey) -> None:
        self._calls = calls
        self._new = [first]
        self._keys: list[WatchedKey] = []
        self._count = 1
        self._gone = {first: Event()}
        self._wake = new_event(calls)
        self._never = new_event(calls)  # is never set: keeps the place of the other
        self.thread = Thread(target=self._run, name="anyreg waits", daemon=True)
        self.thread.start()

    @property
    def has_room(self) -> bool:
        """Whether it can wait for another key."""
        return self._count < MOST_WAITS - 1

    @property
    def is_here(self) -> bool:
        """Whether this is its thread, which waits for no other one: a key takes another's place."""
        return self.thread is current_thread()

    def add(self, key: WatchedKey) -> None:
        """Wait for another key; under the lock."""
        self._count += 1
        self._new.append(key)
        self._gone[key] = Event()
        self.wake()

    def wake(self) -> None:
        """Let the thread look what is new."""
        self._calls.windows.set_event(self._wake)

    def let_go(self, key: WatchedKey) -> None:
        """Return when the handles of a key are closed."""
        gone = self._gone.get(key)
        if gone is not None:
            gone.wait()

    def take_in(self) -> None:
        """Ask for the keys that are new; by the thread itself."""
        with _lock:
            new, self._new = self._new, []
        for key in new:
            key.ask()
            self._keys.append(key)

    def _run(self) -> None:
        while self._is_needed():
            self.take_in()
            waiting = [key for key in self._keys if not key.is_lost]
            for key in self._signalled(waiting):
                key.ask()
                if not key.is_closed:
                    self._call(key)
        for event in (self._wake, self._never):
            self._calls.windows.close_handle(event)

    def _is_needed(self) -> bool:
        """Give closed keys back; whether any are left, or the thread is over."""
        with _lock:
            for key in [key for key in self._keys if key.is_closed]:
                self._keys.remove(key)
                self._count -= 1
                key.give_back()
                self._gone.pop(key).set()
            if self._count == 0:
                _waiters.remove(self)
                return False
            return True

    def _signalled(self, keys: list[WatchedKey]) -> list[WatchedKey]:
        """Wait; all keys that have changed, as Windows reports the first alone."""
        first = self._wait([self._wake, *[key.event for key in keys]], FOR_EVER)
        found: list[WatchedKey] = []
        while first:
            found.append(keys[first - 1])
            keys = keys[first:]
            first = self._wait([self._never, *[key.event for key in keys]], 0)
        return found

    def _wait(self, events: list[int], limit: int) -> int | None:
        """The index of the first of some events that is set, None if none is in time."""
        array = (c_void_p * len(events))(*events)
        index = self._calls.windows.wait_many(len(events), array, False, limit)
        return index if index < len(events) else None

    def _call(self, key: WatchedKey) -> None:
        try:
            key.changed()
        except RegistryError:
            _log.exception("a change of a key could not be looked at")


def new_event(calls: Calls) -> int:
    """An event that is reset by whoever has waited for it."""
    event = calls.windows.create_event(None, False, False, None)
    if not event:
        raise calls.last_failure()
    return event
