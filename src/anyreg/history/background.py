"""Work in the background: what takes long and leaves Python's lock to others, in its own thread.

Hashing and writing of large pieces are such work.  Whoever begins it goes on meanwhile, and waits
before it needs the result.  What is small is done at once, since a thread costs more.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread
from typing import Final

WORTH_A_THREAD: Final = 1 << 20  # bytes to be hashed or written


class BackgroundWork:
    """One piece of work in the background."""

    def __init__(self, work: Callable[[], None], size: int) -> None:
        """Get ready for it.

        Args:
            work: What to do, which touches nothing that anybody else does meanwhile.
            size: Bytes that it goes through.
        """
        self._work = work
        self._size = size
        self._error: BaseException | None = None
        self._worker: Thread | None = None  # compiled, `_thread` is a word of C
        self._is_ended = False
        self._going = Lock()

    def begin(self) -> BackgroundWork:
        """Begin it.

        Whoever may have to end() it holds it in a variable first: also this can be interrupted.
        """
        if self._size < WORTH_A_THREAD:
            self._run()
            return self
        worker = Thread(target=self._run)
        try:
            worker.start()
        except RuntimeError:  # Python is about to end, or the system has no thread left
            self._run()
        else:
            self._worker = worker
        return self

    def _run(self) -> None:
        with self._going:
            if self._is_ended:
                return
            try:
                self._work()
            except BaseException as error:
                self._error = error

    def end(self) -> None:
        """Return when nothing of it is done any more: it is at its end, or never begins.

        An interrupt waits for that too: what the work touches is somebody else's from then on.
        """
        self._is_ended = True
        interrupt: BaseException | None = None
        is_free = False
        while not is_free:
            try:
                with self._going:
                    is_free = True
            except BaseException as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt

    def wait(self) -> None:
        """Return when it is done.

        Raises:
            BaseException: What it has raised.
        """
        if self._worker is not None:
            self._worker.join()
        if self._error is not None:
            raise self._error
