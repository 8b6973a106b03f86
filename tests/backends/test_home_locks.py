"""The locks of a registry of one's own, where the disk fails to keep their names."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from anyreg.backends.home_locks import HomeLocks
from anyreg.errors import RegistryError
from crash.disk import Medium, Process, failed

OPENING, IN_USE = "home/opening.lock", "home/in-use.lock"


def fail_to_sync(verb: str, path: str) -> None:
    """No folder can be synced."""
    if verb == "sync_directory":
        raise failed(errno.EIO, path)


@pytest.fixture
def medium() -> Medium:
    return Medium()


@pytest.fixture
def opened(medium: Medium) -> Callable[[], HomeLocks]:
    """Of one program after the other."""
    return lambda: HomeLocks(Process(medium), OPENING, IN_USE)


def test_locks_that_cannot_be_made_durable_are_made_anew(
    medium: Medium, opened: Callable[[], HomeLocks]
) -> None:
    """Else a cut could leave what is made behind them, and nothing to know it by."""
    locks = opened()
    medium.fault = fail_to_sync
    with pytest.raises(RegistryError, match="EIO"):
        locks.secure("home")
    assert medium.names == {}
    medium.fault = None
    locks.close()
    again = opened()
    again.secure("home")
    again.close()
    assert set(medium.names) == {OPENING, IN_USE}


def test_locks_of_a_folder_that_holds_more_stay(
    medium: Medium, opened: Callable[[], HomeLocks]
) -> None:
    """They are durable since before that was made, and show whose it is."""
    medium.names["home/SYSTEM"] = 0
    medium.contents[0] = bytearray(b"what a dead process has made")
    locks = opened()
    medium.fault = fail_to_sync
    with pytest.raises(RegistryError, match="EIO"):
        locks.secure("home")
    assert set(medium.names) == {OPENING, IN_USE, "home/SYSTEM"}
    locks.close()


def test_who_waits_for_a_lock_that_is_taken_away_begins_anew(
    medium: Medium, opened: Callable[[], HomeLocks]
) -> None:
    """And has the one that others see."""
    taken = False

    def take_away(verb: str, path: str) -> None:
        nonlocal taken
        if verb == "lock" and not taken:
            taken = True
            medium.names.clear()

    medium.fault = take_away
    locks = opened()
    assert locks.opening.is_at(OPENING)
    assert locks.in_use.is_at(IN_USE)
    assert len(medium.contents) == 4
    locks.close()
