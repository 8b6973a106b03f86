"""A time limit for what cannot be interrupted.

libkrb5 asks each KDC that it knows several times, and waits half a minute for one that is silent;
nothing ends that.  So whoever waits for it goes on alone, and leaves a thread behind that ends when
libkrb5 is done.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import Final, TypeVar

_GRACE: Final = 1.0  # seconds in which a thread ends whose connection was cut

T = TypeVar("T")


def in_time(action: Callable[[], T], limit: float, cut: Callable[[], None]) -> T:
    """Do something in a thread of its own, and wait for it no longer than is allowed.

    Args:
        action: Does it.
        limit: Seconds.
        cut: Cuts the connection that it uses, which ends it unless it waits for a KDC.

    Raises:
        TimeoutError: The time is over.
    """
    done: Future[T] = Future()

    def work() -> None:
        try:
            done.set_result(action())
        except BaseException as error:
            done.set_exception(error)

    Thread(target=work, name="anyreg-log-on", daemon=True).start()
    if not wait([done], limit).done:
        cut()
        is_left = not wait([done], _GRACE).done
        raise TimeoutError(late(limit) + (", and a KDC is still waited for" if is_left else ""))
    return done.result()


def late(seconds: float) -> str:
    """What is said when the time is over.

    Args:
        seconds: The limit.
    """
    return f"no answer within {seconds:g} seconds"
