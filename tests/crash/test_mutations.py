"""Deliberately broken forms of the engine: each is seen by one of the ways to look.

Else these would prove little of the engine as it is.
"""

from __future__ import annotations

import gc

import pytest

from anyreg.engine import COMPILED
from anyreg.errors import RegistryError
from crash.broken_locks import LOCKS
from crash.broken_writes import WRITES
from crash.mutations import Broken, break_it

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(COMPILED, reason="the source of a compiled engine cannot be replaced"),
]


def test_each_breaks_a_piece_of_the_engine_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """No function has another name by now, or other source."""
    for broken in WRITES + LOCKS:
        with monkeypatch.context() as patched:
            break_it(broken, patched)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # files left open
@pytest.mark.parametrize("broken", WRITES + LOCKS, ids=lambda broken: broken.what)
def test_a_broken_engine_is_seen(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image holds what it must not, a program meets it, or the disk refuses the call."""
    break_it(broken, monkeypatch)
    with pytest.raises((AssertionError, RegistryError)):
        broken.eye()
    gc.collect()
