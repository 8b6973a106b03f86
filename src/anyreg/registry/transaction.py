"""A block of changes: what Registry.transaction() gives to a `with` statement."""

from __future__ import annotations

import logging
from typing import Final

from anyreg.backends.base import AllOrNone
from anyreg.registry.description import described

_log: Final = logging.getLogger(__name__)


class Transaction(AllOrNone):
    """A transaction, or a savepoint inside one, as a context manager.

    Changes of the block become visible to others at its end, all at once; an exception undoes
    them.  It belongs to the context that began it: one thread or task, and what that starts.
    Other threads and processes that want to write wait; readers do not.
    """

    def __repr__(self) -> str:
        durable = "durable " if self.durable else ""
        return f"<{durable}Transaction of {described(self._backend)}>"

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        super().__exit__(kind, error, trace)
        if kind is not None:
            _log.info("rolled back a transaction: what was changed in it is undone")
        elif _log.isEnabledFor(logging.DEBUG):
            _log.debug("committed a transaction")
