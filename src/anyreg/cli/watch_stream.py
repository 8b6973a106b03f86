"""Several watches as one stream, which ends by a signal as well as by itself.

A signal only sets a mark and wakes whoever waits: so what is being put out is put out whole.  The
second one finds Python's own handlers again, and ends the program wherever it is.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import NamedTuple

from anyreg import Batch, RegistryError, Watch
from anyreg.cli.address_arguments import Place
from anyreg.cli.address_list import AddressList
from anyreg.cli.signals import ENDED_BY_SIGNAL, handled, noticed
from anyreg.watching.waker import Waker


class Source(NamedTuple):
    """Something that is watched.

    Attributes:
        place: Where it is.
        watch: Its changes.
    """

    place: Place
    watch: Watch


class Stream:
    """The batches of several watches, as they come.

    Attributes:
        number: The signal that has ended it, 0 for none.
    """

    def __init__(
        self, sources: list[Source], many: AddressList, on_idle: Callable[[], None]
    ) -> None:
        """Get ready.

        Args:
            sources: What is watched, at least one.
            many: Takes note of those whose watch ends with an error.
            on_idle: Called before it waits, when all that was there is put out.
        """
        self._on_idle = on_idle
        self._sources = list(sources)
        self._many = many
        self._waker = Waker()
        self.number = 0
        for _, watch in sources:
            watch.hand_over(self._waker.wake)

    @property
    def status(self) -> int:
        """The exit status of what was ended by a signal; 0 where none came."""
        return ENDED_BY_SIGNAL + self.number if self.number else 0

    @contextmanager
    def ended_by_signals(self) -> Iterator[None]:
        """A block in which Ctrl-C and SIGTERM end the stream."""
        ending = handled({signal.SIGINT: self._signalled, signal.SIGTERM: self._signalled})
        with ending, noticed(self._waker.wake):
            yield

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._waker.wake()

    def batches(self, debounce: float, timeout: float | None) -> Iterator[tuple[Source, Batch]]:
        """Each batch as it comes, with where it is from.

        Args:
            debounce: Seconds in which changes of one source are gathered.
            timeout: Seconds without any after which it ends; None: never.
        """
        end = _from_now(timeout)
        while self._sources and not self.number:
            found = list(self._waiting())
            if found and debounce > 0:
                self._pause(debounce)
            for source, batch in found:
                yield source, (source.watch.with_waiting(batch) if debounce > 0 else batch)
                end = _from_now(timeout)
            if not found:
                self._on_idle()
                if not self._waker.wait(end):
                    return

    def _waiting(self) -> Iterator[tuple[Source, Batch]]:
        """One batch of each source that has one."""
        for source in list(self._sources):
            try:
                batch = source.watch.take()
            except RegistryError as error:
                if not self._many.is_many:
                    raise
                self._sources.remove(source)
                self._many.fail(source.place.address, error)
            else:
                if batch is not None:
                    yield source, batch

    def _pause(self, seconds: float) -> None:
        end = monotonic() + seconds
        while not self.number and self._waker.wait(end):
            pass


def _from_now(seconds: float | None) -> float | None:
    return None if seconds is None else monotonic() + seconds
