"""RegNotifyChangeKeyValue: an event is set when a key changes, once, until it is asked for again.

What is committed, here or by other processes, comes from a subscription (anyreg.watching), so
nothing is looked at while nothing happens.  A commit of this process looks by itself whether it is
one that somebody waits for, and sets the events before it returns, as a change on Windows does.

The rules are Windows': what the first call on a handle asks for, keys below and kinds of changes,
holds for all later ones.  Each call resets its event, and adds it to those that the next change
sets.  A deleted key, a closed handle and the end of the thread that has asked set them as well.
What happens between a change and the next call is not reported.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import get_ident
from time import monotonic
from typing import Final, Protocol
from weakref import WeakSet

from anyreg.backends import ask
from anyreg.errors import ClosedError, KeyDeletedError, NotSupportedError, RegistryError
from anyreg.watching import open_subscriptions
from anyreg.watching.changes import KeyChange
from anyreg.watching.subscription import Report, Subscription
from anyreg.watching.waker import Waker
from anyreg.winapi.constants import (
    KEY_NOTIFY,
    REG_LEGAL_CHANGE_FILTER,
    REG_NOTIFY_CHANGE_ATTRIBUTES,
    REG_NOTIFY_CHANGE_LAST_SET,
    REG_NOTIFY_CHANGE_NAME,
    REG_NOTIFY_CHANGE_SECURITY,
    REG_NOTIFY_THREAD_AGNOSTIC,
)
from anyreg.winapi.errors import INVALID_HANDLE, INVALID_PARAMETER, windows_error
from anyreg.winapi.events import Event
from anyreg.winapi.handles import Handle, is_predefined, resolve, when_closed

_FILTERS: Final = {
    "key created": REG_NOTIFY_CHANGE_NAME,
    "key deleted": REG_NOTIFY_CHANGE_NAME,
    "key renamed": REG_NOTIFY_CHANGE_NAME,
    "value set": REG_NOTIFY_CHANGE_LAST_SET,
    "value deleted": REG_NOTIFY_CHANGE_LAST_SET,
    "class changed": REG_NOTIFY_CHANGE_ATTRIBUTES,
    "flags changed": REG_NOTIFY_CHANGE_ATTRIBUTES,
    "security changed": REG_NOTIFY_CHANGE_SECURITY,
}


class Settable(Protocol):
    """An event that can be given: an Event, or what has these two."""

    def set(self) -> None:
        """Something has happened."""

    def reset(self) -> None:
        """Nothing has happened yet."""


class Notification:
    """What is to be reported of a key, and the events that wait for it.

    Attributes:
        handle: The handle that it was asked of.
        error: Why nothing is reported any more, if that is so.
    """

    def __init__(self, handle: Handle, subtree: bool, filter: int, poll: float | None) -> None:
        self.handle = handle
        # That there was a change is reported, and not what it was: this right is enough for it.
        self._watched = handle.unguarded(KEY_NOTIFY)
        self.error: RegistryError | None = None
        self._subtree = subtree
        self._filter = filter
        self._poll = poll
        self._lock = threading.Lock()  # taken while others commit: nothing waits while it is held
        self._asking = threading.Lock()  # one call at a time
        self._is_over = False
        self._waiting: list[tuple[Settable, int]] = []  # and the thread whose end sets it, or 0
        self._subscription: Subscription | None = None
        self._unseen = 0  # transactions since the events were set
        self._is_stale = False  # whether the subscription is over

    def add(self, event: Settable, thread: int = 0) -> None:
        """Set an event at the next change.

        Args:
            event: The event; it is reset first.
            thread: The thread whose end sets it too; 0 for none.

        Raises:
            KeyDeletedError: The key is gone.
            NotSupportedError: Its registry reports no changes.
        """
        watched = self._watched
        if not ask.is_alive(watched.backend, watched.node):
            raise KeyDeletedError("the key was deleted", path=watched.node.name)
        event.reset()
        with self._asking:
            with self._lock:
                if self._waiting:  # nothing was missed since the first of them
                    self._waiting.append((event, thread))
                    return
            before = self._subscription
            current = self._begin(event, thread)
        if before is not None and before is not current:
            self._close(before)
        if current.error is not None:
            self._look()
        if self._is_over:
            self.end()

    def _begin(self, event: Settable, thread: int) -> Subscription:
        """The subscription that is to set the first event that waits."""
        while True:
            # Without the lock: whoever commits right now may wait for it, and we for him.
            current = self._current()
            with self._lock:
                if current is self._subscription and self._is_stale:
                    continue  # it has ended just now
                self._subscription = current
                if self._forget_all(current):
                    self._waiting.append((event, thread))
                    return current

    def _current(self) -> Subscription:
        """A subscription that has taken over what others have committed."""
        self.error = None
        known = self._subscription
        if known is not None and not self._is_stale:
            known.follow()
            return known
        watched = self._watched
        found = Subscription(
            watched.backend, watched.node, self._subtree, self._look, poll=self._poll
        )
        open_subscriptions.note(self.handle.backend, found)
        return found

    def _close(self, subscription: Subscription) -> None:
        open_subscriptions.forget(self.handle.backend, subscription)
        subscription.close()

    def _forget_all(self, subscription: Subscription) -> bool:
        """What was committed before somebody asks does not count, but where the key is does.

        Returns:
            False: the subscription is one of before a fork.
        """
        self._unseen = 0
        self._is_stale = False
        try:
            while subscription.take_quietly() is not None:
                pass
        except ClosedError:
            self._is_stale = True
        return not self._is_stale

    def remove(self, event: Settable) -> None:
        """Set an event no more."""
        with self._lock:
            self._waiting = [each for each in self._waiting if each[0] is not event]

    def _look(self) -> None:
        """Something was committed: set the events if it counts."""
        with self._lock:
            subscription = self._subscription
            if subscription is None:
                return
            if self._waiting:
                if self._has_changed(subscription):
                    self._set(0)
            else:
                self._unseen += 1
            self._is_stale = self._unseen > _MOST_UNSEEN or subscription.error is not None
        if self._is_stale:
            self._close(subscription)

    def _has_changed(self, subscription: Subscription) -> bool:
        try:
            while (report := subscription.take()) is not None:
                if self._counts(report):
                    return True
        except RegistryError as error:  # nothing will be reported any more: who waits must know
            self.error = error
            return True
        return False

    def _counts(self, report: Report) -> bool:
        """Whether a transaction is one that was asked for; one that is not known may be."""
        if not report.is_known:
            return True
        gone = {change.path for change in report.changes if change.kind == "key deleted"}
        return any(self._is_wanted(change, gone) for change in report.changes)

    def _is_wanted(self, change: KeyChange, gone: set[str]) -> bool:
        if not change.path and change.kind == "key deleted":
            return True
        if change.path in gone and change.kind != "key deleted":
            return False  # values go with their key
        return bool(_FILTERS[change.kind] & self._filter)

    def _set(self, thread: int) -> None:
        """Set the events that wait; of a thread that has ended its own only."""
        ready = [event for event, owner in self._waiting if not thread or owner == thread]
        self._waiting = [each for each in self._waiting if thread and each[1] != thread]
        for event in ready:
            event.set()

    def thread_ended(self, thread: int) -> None:
        """A thread has ended: set what it has asked for."""
        with self._lock:
            self._set(thread)

    def end(self) -> None:
        """The handle was closed: set the events."""
        with self._lock:
            self._is_over = True
            self._set(0)
            subscription, self._subscription = self._subscription, None
        if subscription is not None:
            self._close(subscription)


class _Asked(threading.local):
    """What the current thread has asked for; it goes with the thread, which ends what waits."""

    def __init__(self) -> None:
        self.of_thread = _OfThread()


class _OfThread:
    def __init__(self) -> None:
        self.thread = get_ident()
        self.notifications: WeakSet[Notification] = WeakSet()

    def __del__(self) -> None:  # at the thread's end, which holds no lock any more
        for notification in self.notifications:
            notification.thread_ended(self.thread)


# So many states of the hive are kept for whoever may ask again; beyond, it is subscribed anew.
_MOST_UNSEEN: Final = 16
_LOW: Final = 0xFFFF_FFFF
_asked: Final = _Asked()
_by_handle: Final[dict[int, Notification]] = {}
_lock: Final = threading.Lock()


def notify_change_key_value(
    key: int,
    subtree: bool,
    filter: int,
    event: Settable | None,
    asynchronous: bool,
    *,
    poll: float | None = None,
) -> None:
    """RegNotifyChangeKeyValue.

    Args:
        key: A handle with KEY_NOTIFY.
        subtree: Also report changes of keys below; of later calls on a handle that of the first.
        filter: REG_NOTIFY_CHANGE_...: what counts as a change; as for `subtree`.
        event: What is set at the next change.
        asynchronous: Return at once; else when there was a change, without an event.
        poll: Look every so many seconds, where the registry or its file system reports no changes.

    Raises:
        OSError: There is no event to set, or no such filter (87).
        PermissionError: The handle lacks the right (5).
        KeyDeletedError: The key is gone.
        NotSupportedError: Its registry reports no changes; OSError where it is another computer's
            (6).
    """
    if filter & ~REG_LEGAL_CHANGE_FILTER or (asynchronous and event is None):
        raise windows_error(INVALID_PARAMETER)
    notification = _of_handle(key, subtree, filter, poll)
    try:
        _wait(notification, filter, event, asynchronous)
    except NotSupportedError as error:
        _forget(key)  # the next call may say how often to look
        if "host" in ask.about(notification.handle.backend):  # Windows takes none of such handles
            raise windows_error(INVALID_HANDLE) from error
        raise


def _wait(
    notification: Notification, filter: int, event: Settable | None, asynchronous: bool
) -> None:
    """Have an event set, or wait."""
    if asynchronous and event is not None:
        is_agnostic = filter & REG_NOTIFY_THREAD_AGNOSTIC
        if not is_agnostic:
            _asked.of_thread.notifications.add(notification)
        notification.add(event, 0 if is_agnostic else get_ident())
        return
    changed = Event()
    notification.add(changed)
    try:
        changed.wait()
        if notification.error is not None:
            raise notification.error
    finally:
        notification.remove(changed)


def _of_handle(key: int, subtree: bool, filter: int, poll: float | None) -> Notification:
    """What was first asked of a handle; of a predefined one, in the registry that is current."""
    handle = _notifiable(key)
    key = key & _LOW if is_predefined(key) else key
    with _lock:
        found = _by_handle.get(key)
        if found is None or found.handle.backend is not handle.backend:
            found = _by_handle[key] = Notification(handle, subtree, filter, poll)
            when_closed(key, lambda: _forget(key))
        return found


def _notifiable(key: int) -> Handle:
    handle = resolve(key)
    handle.need(KEY_NOTIFY)
    return handle


def _forget(key: int) -> None:
    with _lock:
        notification = _by_handle.pop(key & _LOW if is_predefined(key) else key, None)
    if notification is not None:
        notification.end()


class _Waking:
    """An event that wakes a thread."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.is_set = False
        self._wake = wake

    def set(self) -> None:
        self.is_set = True
        self._wake()

    def reset(self) -> None:
        self.is_set = False


def wait_for_change(
    key: int,
    subtree: bool = False,
    filter: int = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET,
    timeout: float | None = None,
    stop: threading.Event | None = None,
    *,
    poll: float | None = None,
) -> bool:
    """RegNotifyChangeKeyValue, not asynchronous, with an end: wait until something changes.

    Args:
        key: A handle with KEY_NOTIFY.
        subtree: Also look at all keys below.
        filter: REG_NOTIFY_CHANGE_...: what counts as a change.
        timeout: Seconds to wait at most; None for ever.
        stop: Ends the waiting when it is set.
        poll: Look every so many seconds, where the registry or its file system reports no changes.

    Returns:
        Whether something changed; False when the time was over, or `stop` set.

    Raises:
        KeyDeletedError: The key is gone already.
    """
    if filter & ~REG_LEGAL_CHANGE_FILTER:
        raise windows_error(INVALID_PARAMETER)
    waker = Waker(stop)
    changed = _Waking(waker.wake)
    notification = Notification(_notifiable(key), subtree, filter, poll)
    try:
        notification.add(changed)
        end = None if timeout is None else monotonic() + timeout
        while not changed.is_set and not waker.is_stopped and waker.wait(end):
            pass
        if notification.error is not None:
            raise notification.error
        return changed.is_set
    finally:
        waker.close()
        notification.end()
