"""One registry, from opening it to closing it, which another thread can end.

A thread of Python cannot be ended from outside.  What can be ended is the conversation with another
machine: whoever waits for its answer gets an error then, and so does every later call.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Timer
from typing import TypeVar

from anyreg.backends.ask import interrupt
from anyreg.errors import RemoteError
from anyreg.registry.current_registry import backend_of
from anyreg.registry.registry import Registry

T = TypeVar("T")


class Visit:
    """One registry that is worked on.

    Attributes:
        target: Which one.
    """

    def __init__(self, target: str) -> None:
        """Begin.

        Args:
            target: What is visited.
        """
        self.target = target
        self._lock = Lock()
        self._registry: Registry | None = None
        self._reason = ""

    def value(self, work: Callable[[Visit], T], limit: float | None) -> T:
        """What some work gives.

        Args:
            work: Opens the registry, calls enter() with it, and closes it in the end.
            limit: Seconds that it may take.

        Raises:
            RemoteError: It was ended from outside.
            Exception: Whatever the work raises.
        """
        timer = None if limit is None else Timer(limit, self.end, [f"not done after {limit:g} s"])
        try:
            if timer is not None:
                timer.daemon = True
                timer.start()
            return work(self)
        except Exception as error:
            if self._reason:
                raise RemoteError(self._reason, path=self.target) from error
            raise
        finally:
            with self._lock:  # end() may just have found it
                self._registry = None
            if timer is not None:
                timer.cancel()

    def enter(self, registry: Registry) -> Registry:
        """From now on it is this registry that end() ends.

        Args:
            registry: The registry, just opened.

        Returns:
            The same.

        Raises:
            RemoteError: It was opened too late; it is closed.
        """
        with self._lock:
            self._registry = registry
        if self._reason:
            registry.close()
            raise RemoteError(self._reason, path=self.target)
        return registry

    def end(self, reason: str) -> None:
        """Let it end soon, from any thread.

        Args:
            reason: Why, for the error.
        """
        with self._lock:
            self._reason = self._reason or reason
            if self._registry is not None:
                interrupt(backend_of(self._registry))
