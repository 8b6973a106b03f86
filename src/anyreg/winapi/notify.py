"""RegNotifyChangeKeyValue as a call that waits: what has changed is found by looking.

The backends tell nobody of a change, so the key is looked at every few milliseconds, after what
other processes have committed is taken over.  What is compared is what the filter asks for: names
of subkeys, values, descriptors; with `subtree`, of all keys below.  So a change that is undone
between two looks goes unseen, and watching a large tree costs a walk through it each time.
"""

from __future__ import annotations

import threading
from time import monotonic
from typing import Final

from anyreg.backends.base import Backend, release_all, subkey_names
from anyreg.errors import KeyDeletedError
from anyreg.values import Node
from anyreg.winapi.constants import (
    KEY_NOTIFY,
    REG_LEGAL_CHANGE_FILTER,
    REG_NOTIFY_CHANGE_LAST_SET,
    REG_NOTIFY_CHANGE_NAME,
    REG_NOTIFY_CHANGE_SECURITY,
)
from anyreg.winapi.errors import INVALID_PARAMETER, windows_error
from anyreg.winapi.handles import Handle, resolve

_PAUSE: Final = 0.005


def wait_for_change(
    key: int,
    subtree: bool = False,
    filter: int = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET,
    timeout: float | None = None,
    stop: threading.Event | None = None,
) -> bool:
    """RegNotifyChangeKeyValue, not asynchronous: wait until something changes.

    Args:
        key: A handle with KEY_NOTIFY.
        subtree: Also look at all keys below.
        filter: REG_NOTIFY_CHANGE_...: what counts as a change.
        timeout: Seconds to wait at most; None for ever.
        stop: Ends the waiting when it is set.

    Returns:
        Whether something changed; False when the time was over, or `stop` set.

    Raises:
        KeyDeletedError: The key is gone already.
    """
    if filter & ~REG_LEGAL_CHANGE_FILTER:
        raise windows_error(INVALID_PARAMETER)
    handle = resolve(key)
    handle.need(KEY_NOTIFY)
    end = None if timeout is None else monotonic() + timeout
    stop = stop or threading.Event()
    # What changes is compared, and not reported: the right to wait is enough for all of it.
    handle = handle.unguarded(KEY_NOTIFY)
    before = _look(handle, subtree, filter)
    if before is None:
        raise KeyDeletedError("the key was deleted", path=handle.node.name)
    while not stop.wait(_pause(end)):
        if _look(handle, subtree, filter) != before:
            return True
        if end is not None and monotonic() >= end:
            return False
    return False


def _pause(end: float | None) -> float:
    return _PAUSE if end is None else max(0.0, min(_PAUSE, end - monotonic()))


def _look(handle: Handle, subtree: bool, filter: int) -> object:
    """What would be different after a change; a key that is gone is one too."""
    backend = handle.backend
    backend.refresh()
    nodes: list[Node] = []
    try:
        seen = [_facts(backend, handle.node, filter)]
        stack = [handle.node] if subtree else []
        while stack:
            for child in backend.subkeys(stack.pop()):
                nodes.append(child)
                seen.append((child.name, *_facts(backend, child, filter)))
                stack.append(child)
    except KeyDeletedError:
        return None
    finally:
        release_all(backend, nodes)
    return seen


def _facts(backend: Backend, node: Node, filter: int) -> tuple[object, ...]:
    return (
        subkey_names(backend, node) if filter & REG_NOTIFY_CHANGE_NAME else None,
        backend.values(node) if filter & REG_NOTIFY_CHANGE_LAST_SET else None,
        backend.security(node) if filter & REG_NOTIFY_CHANGE_SECURITY else None,
    )
