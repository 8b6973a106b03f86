"""The subscriptions of each registry that is open, so that its end can be theirs."""

from __future__ import annotations

from typing import Final

from anyreg.backends.base import Backend
from anyreg.errors import ClosedError
from anyreg.watching.subscription import Subscription

_open: Final[dict[Backend, list[Subscription]]] = {}


def note(backend: Backend, subscription: Subscription) -> None:
    """Let a subscription end with its registry.

    Args:
        backend: The registry.
        subscription: The subscription.
    """
    _open.setdefault(backend, []).append(subscription)


def forget(backend: Backend, subscription: Subscription) -> None:
    """It has ended by itself; further calls do nothing.

    Args:
        backend: The registry.
        subscription: The subscription.
    """
    there = _open.get(backend, [])
    if subscription in there:
        there.remove(subscription)
        if not there:
            del _open[backend]


def end_watches(backend: Backend) -> None:
    """Let the watches of a registry end that is being closed, once all was taken that is there.

    Args:
        backend: The registry.
    """
    for subscription in _open.pop(backend, []):
        subscription.failed(ClosedError("the registry was closed, so nothing of it is watched"))
