"""One registry that is worked on, and somebody who ends it at that very moment."""

from __future__ import annotations

import threading

import anyreg
from anyreg.fleet.visit import Visit

WAIT = 60.0  # seconds, for what comes at once as a rule
MOMENT = 0.2  # seconds in which another thread would have gone on


class Watched(Visit):
    """Stands still after the first look whether there is a registry."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.looked = threading.Event()
        self.goes_on = threading.Event()

    def __getattribute__(self, name: str) -> object:
        found: object = super().__getattribute__(name)
        if name == "_registry" and not self.looked.is_set():
            self.looked.set()
            self.goes_on.wait(MOMENT)
        return found


def test_who_ends_it_as_it_is_done_gets_no_error() -> None:
    """The registry that he has found stays until he has ended it."""
    visit = Watched("memory")
    errors: list[BaseException] = []

    def end() -> None:
        try:
            visit.end("nobody waits")
        except BaseException as error:
            errors.append(error)

    ending = threading.Thread(target=end)

    def work(_: Visit) -> None:
        with anyreg.open("memory:") as registry:
            visit.enter(registry)
            ending.start()
            assert visit.looked.wait(WAIT)

    visit.value(work, None)
    visit.goes_on.set()
    ending.join(WAIT)
    assert errors == []
