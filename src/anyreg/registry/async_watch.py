r"""Watching a key from a task of an event loop; see Key.awatch().

It is a Watch that wakes a task instead of a thread: no thread is added to the one that waits for
changes of files, and nothing is looked at while nothing happens.  What is taken but not yet given
out is held on to, so that a task may be cancelled wherever it waits, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import monotonic
from typing import TYPE_CHECKING, Self, cast

from anyreg.errors import ClosedError
from anyreg.registry.watch import Batch, Watch
from anyreg.watching.waker import waiters_of

if TYPE_CHECKING:
    from anyreg.registry.loop_waker import LoopEvent, LoopWaker


class AsyncWatch(AsyncIterator[Batch]):
    """The changes of a key from now on, batch by batch, as `async for` takes them.

    It is an asynchronous context manager, to be used by one task at a time; close() may come from
    anywhere.

    Attributes:
        position: How far it has come with what was given out, for awatch(since=...).
    """

    def __init__(self, watch: Watch) -> None:
        """Begin.

        Args:
            watch: What is watched, and how; it is used here alone.

        Raises:
            TypeError: Its `stop` is no event that a task could be woken by.
        """
        self.position = watch.position
        self._watch = watch
        self._waker: LoopWaker | None = None
        self._held: Batch | None = None
        self._stop_waiters = waiters_of(watch.stop)
        self._stop: LoopEvent | None = None
        if watch.stop is not None and self._stop_waiters is None:
            from inspect import iscoroutinefunction  # which costs a program's start

            if not iscoroutinefunction(getattr(watch.stop, "wait", None)):
                watch.close()
                raise TypeError("stop must be a threading.Event, or an event of the loop")
            self._stop = cast("LoopEvent", watch.stop)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Batch:
        waker = self._waker or self._bound()
        timeout = self._watch.timeout
        end = None if timeout is None else monotonic() + timeout
        while self._is_going:
            if self._held is None:
                self._held = self._watch.take()
            if self._held is not None:
                return await self._gathered(waker)
            if not await self._wait(waker, end):
                break
        raise StopAsyncIteration

    async def _gathered(self, waker: LoopWaker) -> Batch:
        """The batch that is held, with all that comes within the time of `debounce`."""
        debounce = self._watch.debounce
        if debounce > 0:
            end = monotonic() + debounce
            while self._is_going and await self._wait(waker, end):
                pass
        else:
            await waker.pause()
        batch, self._held = self._held, None
        assert batch is not None
        if debounce > 0:
            batch = self._watch.with_waiting(batch)
        self.position = batch.position
        return batch

    @property
    def _is_going(self) -> bool:
        stop = self._watch.stop
        return self._watch.is_open and not (stop is not None and stop.is_set())

    async def _wait(self, waker: LoopWaker, end: float | None) -> bool:
        left = None if end is None else end - monotonic()
        waiters = self._stop_waiters
        if waiters is None:
            return await waker.wait(left, self._stop)
        waiters.append(waker)
        try:
            return not self._is_going or await waker.wait(left, None)
        finally:
            if waker in waiters:
                waiters.remove(waker)

    def _bound(self) -> LoopWaker:
        """A waker for the loop that is running."""
        from anyreg.registry.loop_waker import running_waker  # asyncio costs a program's start

        self._waker = waker = running_waker()
        self._watch.hand_over(waker.wake)
        return waker

    def close(self) -> None:
        """End the watch: the iteration ends too, in whatever task; further calls do nothing."""
        self._watch.close()

    async def __aenter__(self) -> Self:
        if not self._watch.is_open:
            raise ClosedError("the watch is closed")
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.close()
