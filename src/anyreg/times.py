"""FILETIME, the registry's clock: 100-nanosecond ticks since 1601-01-01 00:00 UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

_FILETIME_OF_1970 = 116_444_736_000_000_000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def now() -> int:
    """This moment as a FILETIME."""
    return time.time_ns() // 100 + _FILETIME_OF_1970


def to_datetime(filetime: int) -> datetime | None:
    """The time as an aware UTC datetime, cut to microseconds.

    Args:
        filetime: Ticks of 100 ns since 1601, as the hive holds them.

    Returns:
        The time, or None for a number that lies beyond what datetime can hold.

    >>> to_datetime(116444736000000000).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    try:
        return _EPOCH + timedelta(microseconds=filetime // 10)
    except OverflowError:
        return None


def iso_of(filetime: int) -> str | None:
    """The time in words of ISO 8601, UTC; None beyond what datetime can hold.

    Args:
        filetime: Ticks of 100 ns since 1601.

    >>> iso_of(116444736000000000)
    '1970-01-01T00:00:00Z'
    """
    moment = to_datetime(filetime)
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def from_datetime(moment: datetime) -> int:
    """The FILETIME of a datetime.

    Args:
        moment: An aware datetime; a naive one is taken as local time, as datetime does.

    Raises:
        ValueError: The moment lies before 1601.
    """
    ticks = (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1) * 10
    if ticks < 0:
        raise ValueError(f"a FILETIME starts in 1601, and this is {moment.isoformat()}")
    return ticks


def filetime_of(moment: datetime | int) -> int:
    """The FILETIME of a datetime, or a FILETIME as it is; see from_datetime."""
    return moment if isinstance(moment, int) else from_datetime(moment)
