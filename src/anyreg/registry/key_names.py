"""How the keys on the way to an opened key are called: as a path shows them.

A key that was opened by a path knows the names that it was asked for.  A path shows the stored
spelling of each; of what a symbolic link or another name of a root has led to, the name by which it
was reached; and of a key that was renamed since, the new name.  All three are found out when the
names are first asked for, and again after anything was renamed (`RENAMES`), mostly by one question:
the names that lead to where the key really stands end as the way does.
"""

from __future__ import annotations

from anyreg.backends import ask
from anyreg.backends.base import Backend, Lent
from anyreg.errors import RegistryError
from anyreg.names import fold
from anyreg.values import Node


def shown_names(backend: Backend, start: Node | None, node: Node, way: list[str]) -> list[str]:
    """The names of the keys on a way, as a path shows them.

    Args:
        backend: The registry.
        start: Where the way begins; None if that key is closed.
        node: Where it has led to.
        way: The names that were gone along.
    """
    try:
        real = backend.names(node)
    except RegistryError:  # it is gone, or the registry is closed
        return way
    same = _same_at_end(real, way)
    first = way[: len(way) - same]
    if first and start is not None:
        shown = _by_steps(backend, start, first)
        if not _leads_there(backend, start, way, shown, real):
            # Something was renamed: what leads there no more has its new name at the real place.
            del shown[len(first) - 1 :]
            shown += real[len(shown) - len(way) : len(real) - same]
        if len(shown) == len(first):
            first = shown
    return first + real[len(real) - same :]


def _same_at_end(real: list[str], way: list[str]) -> int:
    """How many names two lists have in common at their ends."""
    same = 0
    for one, other in zip(reversed(real), reversed(way), strict=False):
        if one != other and fold(one) != fold(other):
            break
        same += 1
    return same


def _by_steps(backend: Backend, start: Node, way: list[str]) -> list[str]:
    """The names of the keys on a way, as far as it leads."""
    shown: list[str] = []
    node = start
    for name in way:
        child = _opened(backend, node, [name])
        if child is None:
            break
        is_other = child.name != name and fold(child.name) != fold(name)
        shown.append(name if is_other and not ask.has_roots(backend, node) else child.name)
        if node is not start:
            backend.release(node)
        node = child
    if node is not start:
        backend.release(node)
    return shown


def _leads_there(
    backend: Backend, start: Node, way: list[str], shown: list[str], real: list[str]
) -> bool:
    """Whether a way, the first names of which were found, still leads to the key."""
    if len(shown) == 1 and ask.has_roots(backend, start):
        return True  # nobody renames a root
    node = _opened(backend, start, way)
    if node is None:
        return False
    with Lent(backend, node):
        return backend.names(node) == real


def _opened(backend: Backend, node: Node, names: list[str]) -> Node | None:
    try:
        return backend.open(node, names)
    except RegistryError:
        return None
