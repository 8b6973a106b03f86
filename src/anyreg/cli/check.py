"""`anyreg check`: every problem of a hive."""

from __future__ import annotations

from collections.abc import Iterator

from anyreg import Problem
from anyreg.cli.output import emit, emit_json, printable
from anyreg.cli.places import AddressArgument, JsonOption, Place, opened, shown_target
from anyreg.cli.progress import followed


def check(address: AddressArgument, json: JsonOption = False) -> int:
    """Look at the whole hive and list every problem, with its offset; nothing is changed."""
    with opened(address, warn=False) as place:
        found = followed(_problems(place), "problems", size=place.size, printed=False)
        problems = list(found)  # at most some thousands, however bad it is
        for problem in problems:
            if json:
                emit_json(problem._asdict())
            else:
                emit(printable(str(problem)))
        if not problems and not json:
            emit(f"no problems in {printable(shown_target(place.address))}")
    return 1 if problems else 0


def _problems(place: Place) -> Iterator[Problem]:
    yield from place.registry.check()  # not before the bar is there
