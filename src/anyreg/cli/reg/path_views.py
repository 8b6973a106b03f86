r"""The paths of a .reg file as 32-bit programs see them, for `IMPORT FILE /reg:32`.

    HKEY_LOCAL_MACHINE\SOFTWARE\Vendor  ->  HKEY_LOCAL_MACHINE\SOFTWARE\Wow6432Node\Vendor

Which keys stand in two places the registry alone knows: so each key is made as such a program would
make it, and its own path taken instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from anyreg import Registry
from anyreg.backends import ask, trees
from anyreg.backends.base import Backend
from anyreg.formats.instructions import DeleteKey, Instruction, SetKey
from anyreg.names import fold
from anyreg.paths import ROOTS, join_path
from anyreg.registry.current_registry import backend_of
from anyreg.values import Node

_TOPS = {"MACHINE": "HKEY_LOCAL_MACHINE", "USER": "HKEY_USERS"}  # what the kernel calls them


def steps_in_view(
    registry: Registry, steps: Iterable[Instruction], view: int
) -> Iterator[Instruction]:
    """Instructions with the paths that keys have without a view; the keys are made.

    Args:
        registry: Where; inside a transaction.
        steps: What a reader gives for a whole registry.
        view: As for trees.find().

    Yields:
        The instructions, but for deletions of keys that are not there.
    """
    backend = backend_of(registry)
    for step in steps:
        if isinstance(step, SetKey):
            top, path = _split(backend, step.path)
            made = trees.make(backend, top, path, view)[0] if path else top
            yield step._replace(path=_own_path(backend, made))
        elif isinstance(step, DeleteKey):
            found = trees.find(backend, *_split(backend, step.path), view)
            if found is not None:
                yield step._replace(path=_own_path(backend, found))
        else:
            yield step


def _split(backend: Backend, path: str) -> tuple[Node, str]:
    root, _, rest = path.partition("\\")
    return ask.predefined(backend, ROOTS[fold(root)]), rest


def _own_path(backend: Backend, node: Node) -> str:
    top, *names = backend.names(node)
    path = _TOPS[fold(top)]
    for name in names:
        path = join_path(path, name)
    return path
