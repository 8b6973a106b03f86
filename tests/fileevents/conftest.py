from __future__ import annotations

import pytest

from fileevents.watching import threads, until


@pytest.fixture(autouse=True)
def _no_other_hub() -> None:
    """Nobody waits for the thread of an earlier test that was busy when its last watch ended."""
    until(lambda: threads() == [])
