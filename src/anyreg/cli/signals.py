"""What Ctrl-C and SIGTERM do for the length of a block."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import current_thread, main_thread
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
