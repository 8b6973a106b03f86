"""When an open hive takes over what other processes have committed, and what that waits for.

Reading waits for nobody: where another thread of this process has the turn, or another process the
writer lock, it shows the state of a moment ago.  That is not enough inside a transaction over
several hives, which decides by what it reads in one hive what it writes into another.
"""

from __future__ import annotations

from anyreg.engine.context_lock import ContextLock, Deadline
from anyreg.engine.opened import OpenedHive
from anyreg.errors import RegistryError


def follow(hive: OpenedHive, turn: ContextLock) -> bool:
    """Take over what other processes have committed; whether there was anything.

    Costs next to nothing where nothing has happened, and waits for nobody.

    Args:
        hive: The hive.
        turn: Whose turn it is to change it.
    """
    if not turn.take_briefly():
        return False  # a transaction is under way, or another thread is following just now
    try:
        return hive.follow()
    finally:
        turn.give_briefly()


def follow_surely(hive: OpenedHive, turn: ContextLock, timeout: float) -> None:
    """Take over all that other processes have committed up to now.

    Others must be kept from committing by other means, or more may follow at once.

    Args:
        hive: The hive.
        turn: Whose turn it is to change it; a transaction that has the turn has followed already.
        timeout: Seconds to wait at most for whoever keeps the hive; negative: for ever.

    Raises:
        TransactionError: The hive is still kept after that time.
        ClosedError: It is closed.
    """
    if turn.is_mine():
        return
    deadline = Deadline(timeout)
    turn.wait_briefly(timeout)
    try:
        hive.require_open()
        hive.complete(deadline.left)
        hive.follow()
        if hive.is_behind:
            hive.files.hold(deadline.left)
            try:
                hive.follow()
            finally:
                hive.files.release()
    finally:
        turn.give_briefly()


def follow_soon(hive: OpenedHive, turn: ContextLock) -> None:
    """As follow(); where somebody has the turn, as soon as it is given back.

    What fails is reported to the feed.

    Args:
        hive: The hive.
        turn: Whose turn it is to change it.
    """
    if not turn.take_briefly():
        turn.when_free = lambda: follow_soon(hive, turn)
        if not turn.take_briefly():  # whoever has it now does it
            return
        turn.when_free = None
    try:
        hive.follow()
    except RegistryError as error:
        if hive.state.feed is not None:
            hive.state.feed.fail(error)
    finally:
        turn.give_briefly()
