"""What stops a log's work, and that its syncs exclude each other."""

from __future__ import annotations

import threading

import pytest

from anyreg.engine.sync_guard import SyncGuard
from anyreg.errors import RegistryError, TransactionError


@pytest.mark.parametrize(
    ("error", "told"), [(RegistryError("no disk"), "no disk"), (KeyboardInterrupt(), "interrupted")]
)
def test_what_failed_first_is_told_from_then_on(error: BaseException, told: str) -> None:
    guard = SyncGuard()
    guard.require_whole("h")
    guard.fail(error)
    guard.fail(RegistryError("something else"))
    guard.interrupted()
    with pytest.raises(TransactionError, match=told) as caught:
        guard.require_whole("h")
    assert caught.value.path == "h"


def test_the_end_waits_for_a_sync() -> None:
    guard = SyncGuard()
    thread = threading.Thread(target=guard.close)
    with guard.syncing:
        thread.start()
        thread.join(0.05)
        assert thread.is_alive()
        assert not guard.is_closed
    thread.join(20)
    assert guard.is_closed
