"""Walking all keys below one, without recursion: hives are up to 512 levels deep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from anyreg.errors import RegistryError
from anyreg.registry.steps import WalkStep

if TYPE_CHECKING:
    from anyreg.registry.key import Key


def walk(
    top: Key,
    top_down: bool = True,
    max_depth: int | None = None,
    on_error: Callable[[RegistryError], None] | None = None,
) -> Iterator[WalkStep]:
    """See Key.walk."""
    # A step comes up a second time (done) once all below it has come.
    stack: list[tuple[Key, int, WalkStep | None]] = [(top, 0, None)]
    while stack:
        key, depth, done = stack.pop()
        if done is not None:
            yield done
            continue
        step = _read(key, on_error)
        if step is None:
            continue
        if top_down:
            yield step
        else:
            stack.append((key, depth, step))
        if max_depth is None or depth < max_depth:
            stack.extend([(child, depth + 1, None) for child in reversed(step.subkeys)])


def _read(key: Key, on_error: Callable[[RegistryError], None] | None) -> WalkStep | None:
    try:
        return WalkStep(key, key.children(), key.records())
    except RegistryError as error:
        if on_error is None:
            raise
        on_error(error)
        return None
