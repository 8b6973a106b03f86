"""That a key of the live registry, or something below it, has changed: said to who asks for it.

The key's parent is waited for too: there it shows that the key was deleted, renamed or made again,
of which the key's own handle may say nothing, or nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import RLock
from typing import Final

from anyreg.backends.live.declarations import NOTIFY_NAME, OPTION_OPEN_LINK
from anyreg.backends.live.mounting import LiveRegistry
from anyreg.backends.live.waiting import EVERYTHING, WatchedKey
from anyreg.backends.system_abilities import Signal, Signalling
from anyreg.errors import NotSupportedError, RegistryError
from anyreg.values import Node

_NOTIFY: Final = 0x20019  # KEY_READ, which has it


class LiveSignal(Signal):
    """A key that is watched by its names, until close()."""

    def __init__(
        self,
        world: SignallingRegistry,
        names: list[str],
        subtree: bool,
        changed: Callable[[], None],
    ) -> None:
        """Begin.

        Args:
            world: The registry.
            names: The names that lead to the key.
            subtree: Whether the keys below it count.
            changed: Called after each change.
        """
        self._world = world
        self._names = names
        self._subtree = subtree
        self._changed = changed
        self._lock = RLock()
        self._is_closed = False
        self._own: WatchedKey | None = None
        self._above: WatchedKey | None = None
        self._own = self._watched(names, subtree, EVERYTHING, self._fired)
        try:
            if len(names) > 1:
                self._above = self._watched(names[:-1], False, NOTIFY_NAME, self._moved)
        except BaseException:
            self.close()
            raise

    def _watched(
        self, names: list[str], subtree: bool, kinds: int, changed: Callable[[], None]
    ) -> WatchedKey:
        handle = self._world.handle_to_watch(names)
        return WatchedKey(self._world.calls, handle, subtree, kinds, changed)

    def _fired(self) -> None:
        if not self._is_closed:
            self._changed()

    def _moved(self) -> None:
        """A key has come, gone or got another name beside it: it may be another key now."""
        with self._lock:
            if self._is_closed:
                return
            old, self._own = self._own, None
            if old is not None:
                old.close()
            with suppress(RegistryError):  # there is none now
                self._own = self._watched(self._names, self._subtree, EVERYTHING, self._fired)
        self._changed()

    def close(self) -> None:
        """Watch no more."""
        with self._lock:
            self._is_closed = True
            watched = [one for one in (self._own, self._above) if one is not None]
            self._own = self._above = None
        for one in watched:
            one.close()


class SignallingRegistry(LiveRegistry, Signalling):
    """The live registry, with what can be waited for."""

    def signal(self, node: Node, subtree: bool, changed: Callable[[], None]) -> Signal:
        """Say from now on that a key has changed."""
        names = self.names(node)
        if not names:
            words = "the roots as a whole are not watched: watch HKEY_LOCAL_MACHINE or HKEY_USERS"
            raise NotSupportedError(words)
        return LiveSignal(self, names, subtree, changed)

    def handle_to_watch(self, names: list[str]) -> int:
        """A handle of its own for a key, to be closed by who takes it.

        Raises:
            KeyNotFoundError: There is no such key.
        """
        start, rest = self.begun(self._top, names)
        assert start is not None
        path = "\\".join(rest)
        handle, code = self.calls.open(self.handle(start), path, OPTION_OPEN_LINK, _NOTIFY)
        if code:
            raise self.calls.failed(code, path)
        return handle
