"""Walking all keys below one, without recursion: hives are up to 512 levels deep.

A key that cannot be read is left out, and reported; the walk goes on.  What ends it is what it
could not go on from: the registry was closed, or its file was changed by another program, or the
very key where it begins cannot be read.

Each key comes once: of what a registry itself shows in two places, one is left out (see
Whole.below).  Other symbolic links are given as they are.  Where links are followed, none leads
into a key that the way to it has come through, and no key is entered twice through links, so every
walk ends, and none becomes much longer than the registry is large.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from anyreg.backends import ask
from anyreg.errors import ClosedError, HiveChangedError, RegistryError, fail
from anyreg.names import fold
from anyreg.registry.key_values import KeyValues
from anyreg.registry.results import WalkStep

_log: Final = logging.getLogger(__name__)

K = TypeVar("K", bound=KeyValues)

OnError = Callable[[RegistryError], None]


def walk(
    top: K,
    top_down: bool = True,
    max_depth: int | None = None,
    on_error: OnError | None = None,
    *,
    follow_links: bool = False,
    aliases: bool = False,
) -> Iterator[WalkStep[K]]:
    """See Key.walk."""
    entered: set[str] = set()
    within = None if follow_links or aliases else top
    # A step comes up a second time (done) once all below it has come.
    stack: list[tuple[K, int, WalkStep[K] | None]] = [(top, 0, None)]
    while stack:
        key, depth, done = stack.pop()
        if done is not None:
            yield done
            continue
        step = _read(key, within, fail if on_error is None and key is top else on_error)
        if step is None:
            continue
        if follow_links:
            step.subkeys[:] = [_followed(child, entered) for child in step.subkeys]
        if top_down:
            yield step
        else:
            stack.append((key, depth, step))
        if max_depth is None or depth < max_depth:
            stack.extend([(child, depth + 1, None) for child in reversed(step.subkeys)])


def _read(key: K, within: K | None, on_error: OnError | None) -> WalkStep[K] | None:
    try:
        subkeys, values = key.look(within)
        return WalkStep(key, subkeys, values)
    except RegistryError as error:
        leave_out(key, error, on_error)
        return None


def leave_out(key: KeyValues, error: RegistryError, on_error: OnError | None) -> None:
    """Report a key that cannot be read; what one could not go on from is raised.

    Args:
        key: The key.
        error: What is wrong.
        on_error: Is told; None: the log is.

    Raises:
        ClosedError: That is what is wrong.
        HiveChangedError: That is.
    """
    if isinstance(error, (ClosedError, HiveChangedError)):
        raise error
    if on_error is None:
        _log.warning("left out of a walk, as it cannot be read: %r (%r)", key.path, str(error))
    else:
        on_error(error)


def _followed(key: K, entered: set[str]) -> K:
    """A key; of a symbolic link what it leads to, if that may be entered."""
    try:
        target = key.link_target()
        if target is None:
            return key
        place = _place(target)
        above = target.parent
        while above is not None:
            if _place(above) == place:
                return key
            above = above.parent
    except RegistryError:  # a link that leads nowhere
        return key
    if place in entered:
        return key
    entered.add(place)
    return target


def _place(key: K) -> str:
    return fold(ask.nt_path(key._backend, key.node))
