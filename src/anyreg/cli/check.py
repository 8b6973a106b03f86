"""`anyreg check`: every problem of a hive."""

from __future__ import annotations

from collections.abc import Iterator

from anyreg import Problem
from anyreg.cli.many import AddressesArgument, Many
from anyreg.cli.output import emit, emit_json, printable
from anyreg.cli.places import JsonOption, Place, shown_target
from anyreg.cli.progress import followed


def check(addresses: AddressesArgument, json: JsonOption = False) -> int:
    """Look at the whole hive and list every problem, with its offset; nothing is changed."""
    many = Many(addresses)
    count = 0
    for place, problem in many.each(_problems, warn=False):
        count += problem is not None
        if problem is not None and json:
            emit_json(many.tagged(place, problem._asdict()))
        elif problem is not None:
            emit("  ".join((*many.column(place), printable(str(problem)))))
        elif not json:
            emit(f"no problems in {printable(shown_target(place.address))}")
    return max(many.status, 1 if count else 0)


def _problems(place: Place) -> Iterator[tuple[Place, Problem | None]]:
    """Every problem, None if there is none."""
    found = followed(_checked(place), "problems", size=place.size, printed=False)
    problems: list[Problem | None] = list(found)  # at most some thousands, however bad it is
    for problem in problems or [None]:
        yield place, problem


def _checked(place: Place) -> Iterator[Problem]:
    yield from place.registry.check()  # not before the bar is there
