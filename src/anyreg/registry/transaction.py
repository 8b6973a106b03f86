"""A block of changes: what Registry.transaction() gives to a `with` statement."""

from __future__ import annotations

import logging
from typing import Final

from anyreg.backends.base import Backend
from anyreg.registry.shown import described

_log: Final = logging.getLogger(__name__)


class Transaction:
    """A transaction, or a savepoint inside one, as a context manager.

    Changes of the block become visible to others at its end, all at once; an exception undoes
    them.  It belongs to the context that began it: one thread or task, and what that starts.
    Other threads and processes that want to write wait; readers do not.
    """

    def __init__(self, backend: Backend, durable: bool = False, timeout: float = -1.0) -> None:
        self._backend = backend
        self._durable = durable
        self._timeout = timeout

    def __repr__(self) -> str:
        durable = "durable " if self._durable else ""
        return f"<{durable}Transaction of {described(self._backend)}>"

    def __enter__(self) -> None:
        self._backend.begin(self._timeout)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._backend.commit(self._durable)
            if _log.isEnabledFor(logging.DEBUG):
                _log.debug("committed a transaction")
        else:
            self._backend.roll_back()
            _log.info("rolled back a transaction: what was changed in it is undone")
