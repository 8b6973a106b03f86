"""FILETIME and datetime."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.times import from_datetime, to_datetime

UNIX = 116_444_736_000_000_000
LAST = 2_650_467_743_999_999_999  # the last tick of the year 9999
MOMENTS = st.datetimes(datetime(1601, 1, 1), timezones=st.just(UTC))


def test_the_clock_starts_in_1601() -> None:
    """And Unix's 369 years later."""
    assert to_datetime(0) == datetime(1601, 1, 1, tzinfo=UTC)
    assert to_datetime(UNIX) == datetime(1970, 1, 1, tzinfo=UTC)
    assert from_datetime(datetime(1970, 1, 1, tzinfo=UTC)) == UNIX


def test_ticks_are_cut_to_microseconds() -> None:
    """Never rounded up."""
    found = to_datetime(UNIX + 19)
    assert found is not None
    assert found.microsecond == 1


@pytest.mark.parametrize("number", [LAST + 1, 2**63, 2**64 - 1])
def test_numbers_beyond_the_year_9999_are_no_time(number: int) -> None:
    """The number itself is kept elsewhere."""
    assert to_datetime(LAST) is not None
    assert to_datetime(number) is None


def test_other_zones_are_converted() -> None:
    """A moment is a moment."""
    there = datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert from_datetime(there) == UNIX


def test_times_before_1601_are_refused() -> None:
    """A FILETIME cannot tell them."""
    with pytest.raises(ValueError, match="1601"):
        from_datetime(datetime(1600, 12, 31, tzinfo=UTC))


def test_a_naive_time_is_local() -> None:
    """As everywhere in datetime."""
    naive = datetime(2020, 5, 17, 12)
    assert from_datetime(naive) == from_datetime(naive.astimezone())


@given(MOMENTS)
def test_any_moment_comes_back(moment: datetime) -> None:
    """To the microsecond."""
    assert to_datetime(from_datetime(moment)) == moment


@given(st.integers(0, LAST))
def test_any_time_comes_back(filetime: int) -> None:
    """But for the last digit."""
    moment = to_datetime(filetime)
    assert moment is not None
    assert from_datetime(moment) == filetime // 10 * 10
