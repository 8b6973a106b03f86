"""Genuine winreg on Wine, and ours: the same calls, the same outcomes.

Where they differ, Windows is right, and DIFFERENCES says what it does, and how we know.
"""

from __future__ import annotations

import pytest

from differential.differences import DIFFERENCES, UNSTEADY
from differential.runner import load

pytestmark = pytest.mark.live
CASES = load()


@pytest.mark.parametrize("name", CASES)
def test_outcome_is_that_of_windows(
    name: str, theirs: dict[str, str], ours: dict[str, str]
) -> None:
    difference = DIFFERENCES.get(name)
    assert ours[name] == (difference.windows if difference else theirs[name])


@pytest.mark.parametrize("name", [name for name in DIFFERENCES if name not in UNSTEADY])
def test_difference_is_one(name: str, theirs: dict[str, str]) -> None:
    """What Wine does as Windows needs no entry."""
    assert theirs[name] != DIFFERENCES[name].windows


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference_has_a_reason(name: str) -> None:
    assert name in CASES
    assert len(DIFFERENCES[name].why) > 20


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 500


def test_both_sides_ran_every_case(theirs: dict[str, str], ours: dict[str, str]) -> None:
    assert theirs.keys() == ours.keys() == CASES.keys()


def test_a_registry_in_memory_does_the_same(
    ours: dict[str, str], ours_in_memory: dict[str, str]
) -> None:
    assert ours_in_memory == ours
