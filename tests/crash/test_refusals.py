"""An opening that is refused changes nothing; ours is never put aside, nor somebody's file lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crash import refusals
from crash.disk import Medium, Process
from crash.model import HIVE

pytestmark = pytest.mark.crash

WAYS = [
    refusals.refused,
    refusals.failing_openings,
    refusals.dying_openings,
    refusals.cut_openings,
    refusals.torn_logs,
    refusals.torn_old_logs,
    refusals.emptied_logs,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way.__name__))
def test_an_opening_looks_first(way: Callable[[], None]) -> None:
    """Refused, failed, killed, or cut."""
    way()


def test_a_hive_that_is_open_by_another_name_is_left_alone() -> None:
    """With what stands beside that name."""
    refusals.by_another_name()


def test_the_disk_notices_a_log_of_ours_that_is_put_aside() -> None:
    """Or the ways above would say nothing of that."""
    medium = Medium.of({HIVE + ".LOG1": bytes(512)})
    with pytest.raises(AssertionError, match="is ours"):
        Process(medium).rename_new(HIVE + ".LOG1", HIVE + ".LOG1.1.aside")
