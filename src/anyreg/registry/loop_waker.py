"""Waking a task of an event loop from any thread.

asyncio has all it takes; other loops (trio's) are reached through anyio, which is an extra.
Whoever commits only leaves a call for the loop, one at most until the task has taken notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from anyreg.errors import NotSupportedError


class LoopEvent(Protocol):
    """An event that a task can wait for, of whatever loop."""

    def is_set(self) -> bool:
        """Whether it is set."""

    async def wait(self) -> Any:
        """Wait until it is."""


class LoopWaker:
    """One task waits here; any thread can wake it."""

    def __init__(self) -> None:
        self._is_called = False

    def wake(self) -> None:
        """Wake whoever waits, or will next wait."""
        if self._is_called:
            return
        self._is_called = True
        try:
            self._call_soon()
        except RuntimeError:
            pass  # the loop has ended, so nobody waits

    def release(self) -> None:
        """As wake(), under the name by which an event of threading does it."""
        self.wake()

    def _call_soon(self) -> None:
        raise NotImplementedError

    async def pause(self) -> None:
        """Let other tasks come to their turn."""
        raise NotImplementedError

    async def wait(self, seconds: float | None, stop: LoopEvent | None) -> bool:
        """Wait until woken.

        Args:
            seconds: How long at most; None: for ever.
            stop: Wakes it too, when it is set.

        Returns:
            False: the time is over.
        """
        raise NotImplementedError


class AsyncioWaker(LoopWaker):
    """Wakes a task of the loop of asyncio that is running."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._event = asyncio.Event()

    def _call_soon(self) -> None:
        self._loop.call_soon_threadsafe(self._event.set)

    async def pause(self) -> None:
        """Let other tasks come to their turn."""
        await asyncio.sleep(0)

    async def wait(self, seconds: float | None, stop: LoopEvent | None) -> bool:
        """Wait until woken."""
        task = self._loop.create_task(self._wait_for(stop)) if stop is not None else None
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        finally:
            if task is not None:
                task.cancel()
        self._is_called = False
        self._event.clear()
        return True

    async def _wait_for(self, stop: LoopEvent) -> None:
        await stop.wait()
        self._event.set()


class AnyioWaker(LoopWaker):
    """Wakes a task of any loop that anyio knows."""

    def __init__(self, call_soon: Callable[[Callable[[], None]], None]) -> None:
        super().__init__()
        from anyio import Event

        self._call = call_soon
        self._event = Event()

    def _call_soon(self) -> None:
        self._call(self._set)

    def _set(self) -> None:
        self._event.set()

    async def pause(self) -> None:
        """Let other tasks come to their turn."""
        from anyio import sleep

        await sleep(0)

    async def wait(self, seconds: float | None, stop: LoopEvent | None) -> bool:
        """Wait until woken."""
        from anyio import Event, create_task_group, move_on_after

        with move_on_after(seconds) as scope:
            async with create_task_group() as group:
                if stop is not None:
                    group.start_soon(self._wait_for, stop)
                await self._event.wait()
                group.cancel_scope.cancel()
        if scope.cancelled_caught:
            return False
        self._event = Event()
        self._is_called = False
        return True

    async def _wait_for(self, stop: LoopEvent) -> None:
        await stop.wait()
        self._event.set()


def running_waker() -> LoopWaker:
    """A waker for the task that calls this.

    Raises:
        NotSupportedError: Its loop is not one of asyncio, and anyio is missing.
        RuntimeError: There is no loop.
    """
    try:
        return AsyncioWaker(asyncio.get_running_loop())
    except RuntimeError:
        pass
    try:
        from anyio.lowlevel import current_token
    except ImportError as error:
        words = 'an event loop other than that of asyncio needs anyio: pip install "anyreg[async]"'
        raise NotSupportedError(words) from error
    token: Any = current_token().native_token
    return AnyioWaker(token.run_sync_soon)
