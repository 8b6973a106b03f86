"""A world that reports no changes, looked at: when it says that something has changed, or at times.

Each look takes all that is watched into memory, and is compared with the one before: so it costs
what a walk through the tree costs, and what is undone between two looks goes unseen.  Keys that may
not be read are left out.
"""

from __future__ import annotations

import os
from itertools import count
from math import inf
from threading import Event, RLock, Thread, current_thread
from typing import Final

from anyreg.backends.base import Backend, Lent
from anyreg.backends.places import Place
from anyreg.backends.system_abilities import Signal, Signalling
from anyreg.backends.undo import tree_items
from anyreg.engine.feed import Feed
from anyreg.errors import KeyDeletedError, LimitError, RegistryError
from anyreg.history.look_step import Look, LookStep
from anyreg.regf.layout import MAX_DEPTH
from anyreg.values import Node

_SHALLOW: Final = 1


class Looks:
    """Looks at a key until it is closed.

    Attributes:
        place: Where what they find is reported.
    """

    def __init__(
        self, backend: Backend, node: Node, subtree: bool, seconds: float | None = None
    ) -> None:
        """Look for the first time.

        Args:
            backend: The registry.
            node: The key.
            subtree: Whether all keys below it count.
            seconds: How long to wait between two looks; None: until the registry, which is one
                that can say so, says that something has changed.

        Raises:
            LimitError: That is no time to wait.
        """
        if seconds is not None and not 0 < seconds < inf:
            raise LimitError(f"poll must be a number of seconds above 0, not {seconds}")
        self._backend = backend
        self._names = backend.names(node)
        self._deepest = MAX_DEPTH if subtree else _SHALLOW
        self._numbers = count(1)
        life = int.from_bytes(os.urandom(4))  # nobody else goes on with these numbers
        feed = Feed(lambda: (0, life))
        self.place = Place("", feed, self._names, [], [], lambda: None)
        self._is_over = Event()
        self._turn = RLock()
        self._signal: Signal | None = None
        self._worker: Thread | None = None
        self._seen: Look = []
        self._has_begun = False
        if seconds is None:
            assert isinstance(backend, Signalling)
            self._signal = backend.signal(node, subtree, self._look_again)
        try:
            with self._turn:  # what is signalled from here on waits for the first look
                self._has_begun = True
                self._seen = self._look()
        except BaseException:
            self.close()
            raise
        if seconds is not None:
            wait = seconds
            name = "anyreg looks"
            self._worker = Thread(target=lambda: self._run(wait), name=name, daemon=True)
            self._worker.start()

    def close(self) -> None:
        """Look no more; further calls do nothing."""
        self._is_over.set()
        if self._signal is not None:
            self._signal.close()
        if self._worker is not None and current_thread() is not self._worker:
            self._worker.join()

    def _run(self, seconds: float) -> None:
        while not self._is_over.wait(seconds):
            self._look_again()

    def _look_again(self) -> None:
        """Report what is different from the last look."""
        feed = self.place.feed
        with self._turn:
            if self._is_over.is_set() or not self._has_begun:
                return
            try:
                self._backend.refresh()
                found = self._look()
            except KeyDeletedError:
                return  # while it was looked at
            except RegistryError as error:
                self._is_over.set()
                feed.fail(error)
                return
            step = LookStep(feed, next(self._numbers), self._names, self._seen, found)
            self._seen = found
            if any(True for _ in step.items()):
                feed.report(step)

    def _look(self) -> Look:
        backend = self._backend
        with Lent(backend, backend.root()) as root:
            node = backend.open(root, self._names, link=True)
            if node is None:
                return []
            with Lent(backend, node):
                return list(tree_items(backend, node, self._deepest, denied_ok=True))
