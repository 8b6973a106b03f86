"""Transactions over several hives: each joins when it is first changed.

Here every hive commits alone, one after the other: enough where a crash loses all of them, as in
memory, or where they are not of one registry.  The embedded registry puts a group in its place,
with which they commit all or none (anyreg.backends.embedded).
"""

from __future__ import annotations

from threading import get_ident

from mypy_extensions import mypyc_attr

from anyreg.backends.base import Backend
from anyreg.backends.namespace.places import Mount


@mypyc_attr(allow_interpreted_subclasses=True)
class Units:
    """The hives that take part in the transaction under way.

    Attributes:
        depth: How many levels are open.
    """

    def __init__(self) -> None:
        self.depth = 0
        self._owner = 0
        self._joined: dict[str, Backend] = {}

    def begin(self) -> None:
        """Begin a transaction, or a savepoint in it."""
        for backend in self._joined.values():
            backend.begin()
        self.depth += 1
        self._owner = get_ident()

    @property
    def is_ours(self) -> bool:
        """Whether a transaction of this very thread is under way."""
        return self.depth > 0 and self._owner == get_ident()

    def join(self, mount: Mount) -> None:
        """Make a hive a part of the transaction, if it is none yet."""
        if mount.unit not in self._joined:
            backend = mount.backend
            for _ in range(self.depth):
                backend.begin()
            self._joined[mount.unit] = backend

    def commit(self, durable: bool) -> None:
        """End the innermost level for good.

        Raises:
            RegistryError: A hive could not be written; those after it are undone.
        """
        waiting = list(self._joined.values())
        try:
            while waiting:
                waiting.pop(0).commit(durable)
        except BaseException:
            for backend in waiting:
                backend.roll_back()
            raise
        finally:
            self._leave()

    def roll_back(self) -> None:
        """Undo the innermost level."""
        for backend in self._joined.values():
            backend.roll_back()
        self._leave()

    def _leave(self) -> None:
        self.depth -= 1
        if self.depth == 0:
            self._joined = {}
