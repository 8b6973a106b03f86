"""Times on the command line: a date of ISO 8601, or an age."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from anyreg.times import from_datetime

_AGE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def parse_moment(text: str) -> int:
    """The FILETIME of a date such as 2026-01-15, 2026-01-15T09:30:00+01:00, or an age: 2d, 3h.

    A date without a zone is UTC, like all times that are shown; an age counts back from now.

    Raises:
        typer.BadParameter: It is neither, or lies before 1601.
    """
    try:
        return from_datetime(_datetime(text))
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"{text!r} is no time: a date such as 2026-01-15 or 2026-01-15T09:30:00Z, or an age "
            "such as 90s, 30m, 3h, 2d or 1w"
        ) from error


def _datetime(text: str) -> datetime:
    age = _AGE.fullmatch(text)
    if age:
        return datetime.now(UTC) - timedelta(seconds=float(age[1]) * _SECONDS[age[2]])
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


NewerOption = Annotated[
    int | None,
    typer.Option(
        parser=parse_moment,
        metavar="WHEN",
        help="Keys last written then or later: a date (UTC, if it names no zone), or an age such "
        "as 3h or 2d.",
        show_default=False,
    ),
]
OlderOption = Annotated[
    int | None,
    typer.Option(
        parser=parse_moment,
        metavar="WHEN",
        help="Keys last written before then.",
        show_default=False,
    ),
]
