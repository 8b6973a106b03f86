"""Programs, threads and processes that share a hive, several hives, or a registry of one's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import share
from crash import bystanders, crowds, openings
from crash.chains import Link
from crash.interleaved import check_company, check_groups

pytestmark = [
    pytest.mark.crash,
    pytest.mark.posix("forks"),
]

OPENINGS = [
    openings.logs_taken_away,
    openings.another_file,
    openings.somebody_s_file,
    openings.a_record_is_forgotten,
    openings.closing,
]
CROWDS = [
    crowds.threads,
    crowds.processes,
    crowds.homes,
    crowds.one_home,
    crowds.journals,
    crowds.fork_in_a_transaction,
    crowds.failing_syncs,
]
STAYING = [("l", 2), ("lp", 5), ("dp", 4)]


@pytest.mark.parametrize("seed", range(2))
def test_none_overlooks_another_s_commit(seed: int) -> None:
    """One step of each after the other, in a drawn order."""
    check_company(seed, 40)
    check_groups(seed, 25)


@pytest.mark.parametrize("seed", range(2))
def test_none_overlooks_what_was_committed_by_another_name(seed: int) -> None:
    """As on another mount: it is refused as long as the hive is open by its first name."""
    check_company(seed, 30, aliases=True)


@pytest.mark.long
def test_a_long_time_together() -> None:
    """The same, from many more seeds."""
    for seed in range(share.times(200)):
        check_company(share.first(100) + seed, 60, aliases=seed % 4 == 0)
        check_groups(share.first(100) + seed, 40)


@pytest.mark.parametrize(("dying", "at"), STAYING)
def test_who_stays_writes_again_what_the_dead_have_left(dying: str, at: int) -> None:
    """Before anything that the disk may still need is written over."""
    for staying in ("x", "ldx"):
        assert bystanders.check_bystander(Link(dying, at), staying, at) > 2


@pytest.mark.long
def test_who_stays_behind_all_that_may_die() -> None:
    """At each sync, and whatever comes next."""
    assert bystanders.check_bystanders("l", "lp", "dp", "Dp") > 500


def test_what_is_left_of_an_entry_is_not_taken_for_the_next() -> None:
    """Of a dead writer, or of a period that never came to count."""
    bystanders.torn_entry()
    bystanders.stale_entries()


@pytest.mark.parametrize("what", OPENINGS, ids=lambda what: str(what.__name__))
def test_what_happens_while_one_opens_or_closes_a_hive(what: Callable[[], None]) -> None:
    """Nothing is lost, and nobody is refused for nothing."""
    what()


@pytest.mark.parametrize("crowd", CROWDS, ids=lambda crowd: str(crowd.__name__))
def test_all_at_once(crowd: Callable[[], None]) -> None:
    """Threads and processes that get in each other's way for certain."""
    crowd()
