r"""Keys as reg.exe names them: [\\MACHINE\]ROOT\PATH, and in front of it any target with `::`.

A name is shown with its root written out, and the rest as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import anyreg
from anyreg.backends.base import Backend
from anyreg.cli.keeping import current_kept, history_settings
from anyreg.cli.reg.options import RegError
from anyreg.names import fold
from anyreg.paths import ROOTS, SHORT_ROOTS, join_path
from anyreg.registry.current import current
from anyreg.registry.key import Key
from anyreg.values import Node
from anyreg.winapi.hosts import is_local

MISSING = "The system was unable to find the specified registry key or value."
_NUMBERS = ROOTS | SHORT_ROOTS
_LONG = {number: name for name, number in ROOTS.items()}


class Place(NamedTuple):
    """A key that may be there or not.

    Attributes:
        backend: The registry.
        number: Its root's number.
        path: The path below the root.
        view: 0x100 or 0x200 for a view of WOW64, else 0.
    """

    backend: Backend
    number: int
    path: str
    view: int

    @property
    def name(self) -> str:
        """The name that is shown."""
        root = _LONG[self.number]
        return join_path(root, self.path) if self.path else root

    def find(self) -> Node:
        """The key.

        Raises:
            RegError: There is none.
        """
        found = self.look()
        if found is None:
            raise RegError(MISSING)
        return found

    def look(self) -> Node | None:
        """The key, or None."""
        top = self.backend.predefined(self.number)
        return self.backend.find(top, self.path, self.view) if self.path else top

    def make(self) -> Node:
        """The key, made where it is missing."""
        top = self.backend.predefined(self.number)
        return self.backend.make(top, self.path, self.view)[0] if self.path else top

    def key(self) -> Key:
        """The key with all comfort."""
        return Key(self.backend, self.find(), None)


@contextmanager
def placed(text: str, view: int = 0, *, writing: bool = False) -> Iterator[Place]:
    """The place of a name; a target is closed at the end of the block.

    Raises:
        RegError: The name is none of a key.
    """
    target, colons, rest = text.partition("::")
    number, path = _split(rest if colons else _without_machine(text))
    if not colons:
        registry = current_kept() if writing else current()
        yield Place(registry._backend, number, path, view)
        return
    keep = writing and history_settings()
    with anyreg.open(target, "r+" if writing else "r", journal=keep) as registry:
        yield Place(registry._backend, number, path, view)


def _split(name: str) -> tuple[int, str]:
    root, _, path = name.partition("\\")
    number = _NUMBERS.get(fold(root))
    if number is None or "\\\\" in path:
        raise RegError("Invalid key name.", hint=True)
    return number, path.rstrip("\\")


def _without_machine(name: str) -> str:
    if not name.startswith("\\\\"):
        return name
    machine, _, rest = name[2:].partition("\\")
    if not is_local(machine):
        raise RegError("The network path was not found.")
    return rest
