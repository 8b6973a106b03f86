"""A watch whose batches go to a function, in a thread of its own; see Key.on_change().

The thread is a daemon, as a program must be able to end without stopping each of them.  So that
none is cut off in the middle, all are stopped before the interpreter ends, and waited for briefly.
"""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable
from threading import Thread, get_ident
from time import monotonic
from typing import Final, Self

from anyreg.errors import ClosedError, RegistryError
from anyreg.registry.watch import Batch, Watch

_log: Final = logging.getLogger(__name__)
_running: Final[set[WatchThread]] = set()
_AT_MOST: Final = 1.0  # seconds to wait for callbacks when the interpreter ends

OnChange = Callable[[Batch], object]
OnError = Callable[[RegistryError], object]


class WatchThread:
    """Calls a function with each batch, until stop(); a context manager that stops.

    Attributes:
        error: What has ended the watch, if something has.
    """

    def __init__(self, watch: Watch, callback: OnChange, on_error: OnError | None) -> None:
        """Begin to call.

        Args:
            watch: The watch, which is closed in the end.
            callback: Takes a batch.
            on_error: Takes what has ended the watch; None: it is logged, as information if the
                registry was closed.

        Raises:
            RegistryError: There can be no more threads.
        """
        self.error: RegistryError | None = None
        self._watch = watch
        self._callback = callback
        self._on_error = on_error
        self._worker = Thread(target=self._run, name=f"anyreg watch {watch.path}", daemon=True)
        _running.add(self)
        try:
            self._worker.start()
        except RuntimeError as error:
            _running.discard(self)
            watch.close()
            raise RegistryError(f"the key cannot be watched: {error}", path=watch.path) from error

    @property
    def is_alive(self) -> bool:
        """Whether there may be further calls."""
        return self._worker.is_alive()

    def stop(self) -> None:
        """End the watch: after this no call begins, and none is under way.

        Called by the callback itself, it waits for nothing.  Further calls do nothing.
        """
        self._watch.close()
        self.join(None)

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end of the watch, which something else brings about.

        Args:
            timeout: Seconds to wait at most; None: as long as it takes.
        """
        if self._worker.ident != get_ident():
            self._worker.join(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<WatchThread {self._watch.path!r}{'' if self.is_alive else ', ended'}>"

    # The thread

    def _run(self) -> None:
        try:
            for batch in self._watch:
                self._call(self._callback, batch)
        except RegistryError as error:
            self._ended(error)
        finally:
            self._watch.close()
            _running.discard(self)

    def _ended(self, error: RegistryError) -> None:
        self.error = error
        if self._on_error is not None:
            self._call(self._on_error, error)
        elif isinstance(error, ClosedError):
            _log.info("the watch of %r has ended: %s", self._watch.path, error)
        else:
            _log.error("the watch of %r has ended: %s", self._watch.path, error)

    def _call(self, function: Callable[..., object], argument: object) -> None:
        try:
            function(argument)
        except Exception:
            _log.exception("a function that was called by the watch of %r failed", self._watch.path)


def _finish() -> None:
    """Let no call fall into the end of the interpreter."""
    end = monotonic() + _AT_MOST
    running = list(_running)
    for one in running:
        one._watch.close()
    for one in running:
        one.join(max(0.0, end - monotonic()))


atexit.register(_finish)
