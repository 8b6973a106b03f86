"""`anyreg check`: every problem of a hive."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from anyreg import Problem
from anyreg.cli.address_arguments import JsonOption, Place, shown_target
from anyreg.cli.address_list import AddressesArgument, AddressList
from anyreg.cli.output import emit, emit_json, printable
from anyreg.cli.progress import counting


def check(addresses: AddressesArgument, json: JsonOption = False) -> int:
    """Look at the whole hive and list every problem, with its offset; nothing is changed."""
    many = AddressList(addresses)
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
    with counting("keys", size=place.size, printed=False, total=place.total(whole=True)) as step:
        problems = place.registry.check(partial(step, None))
    if not problems:
        yield place, None
    for problem in problems:
        yield place, problem
