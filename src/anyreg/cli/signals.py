"""What Ctrl-C and SIGTERM do for the length of a block.

Python calls the function of a signal between two of its own steps.  One that comes just before a
wait begins is noticed by nothing in it, so a thread of its own wakes whoever waits: it reads from a
pipe into which the system's part of the handler writes at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import Final

Handler = Callable[[int, FrameType | None], object]

ENDED_BY_SIGNAL: Final = 128
"""What a shell adds to the number of the signal that has ended a program."""


@contextmanager
def handled(handlers: Mapping[int, Handler]) -> Iterator[None]:
    """A block in which signals call other functions; in the main thread, as no other can.

    Args:
        handlers: A function for each number of a signal.
    """
    if current_thread() is not main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def noticed(wake: Callable[[], None]) -> Iterator[None]:
    """A block in which every signal also wakes whoever waits in the main thread.

    Args:
        wake: Does that; called by a thread of its own.
    """
    if os.name == "nt" or current_thread() is not main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    noticing = Thread(target=_notice, args=(reading, wake), name="anyreg signals", daemon=True)
    noticing.start()
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writing)
        noticing.join()
        os.close(reading)


def _notice(reading: int, wake: Callable[[], None]) -> None:
    while os.read(reading, 1):
        wake()
