"""No background flush in tests that record, or kill, what a hive does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from anyreg.engine.flusher import flusher


@pytest.fixture(autouse=True)
def _no_late_flush() -> Iterator[None]:
    """What a test leaves to be flushed is not flushed during the next one."""
    yield
    for owner, _ in flusher.pending():
        flusher.cancel(owner)
