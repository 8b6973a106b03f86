from __future__ import annotations

import pytest

from anyreg.fileevents.hub import Hub
from fileevents.watching import threads, until


@pytest.fixture(autouse=True)
def _no_other_hub() -> None:
    """Nobody waits for the thread of an earlier test that was busy when its last watch ended."""
    until(lambda: threads() == [] or Hub.current is not None)  # which a test that failed has left
