"""What the end of an object leads to, outside of the moment in which it ends.

The garbage collector ends objects in the middle of whatever a thread does, also where it has just
taken a lock.  A finalizer that took the same lock would wait for ever for its own thread.  So what
needs locks is done by a thread that has none.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable
from threading import Lock, Thread
from typing import Final

_left: Final[deque[Callable[[], object]]] = deque()
_going = Lock()  # held while a thread does what is left; nobody waits for it


def soon(call: Callable[[], object]) -> None:
    """Run a function in another thread; for finalizers, where it must not run at once.

    At the interpreter's end it does not run: no thread begins any more, and the process ends what
    its objects held.

    Args:
        call: The function.
    """
    _left.append(call)
    _go_on()


def _go_on() -> None:
    """Have one thread for all that is left, if there is none."""
    if sys.is_finalizing():
        return  # a thread would never begin, and whoever starts one waits until it has begun
    if not _going.acquire(blocking=False):
        return  # it looks again before it ends
    try:
        Thread(target=_run_all, name="anyreg ends", daemon=True).start()
    except RuntimeError:  # there are too many now: the next one does this too
        _going.release()


def _run_all() -> None:
    try:
        while _left:
            _left.popleft()()
    finally:
        _going.release()
        if _left:
            _go_on()


def _begin_anew() -> None:
    """In the child of a fork: there is no such thread."""
    global _going  # noqa: PLW0603 - a lock that a thread of the parent holds stays held
    _going = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
