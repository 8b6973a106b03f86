"""What one of many processes does to a hive and to a registry of one's own, until it is to end.

    python soaking.py FOLDER NUMBER SEED

It opens both by any of their names.  Two threads of it raise numbers in transactions, and one
reads; now and then it forks.  A number of its own and a common one are raised together,
so the common one is the sum of all.  Each line of its log, NUMBER.log, is written before or behind
what it says:

    start WHAT N     opened; its own number is N there
    done WHAT N      a commit that made it N has returned
    late WHAT S      a transaction gave up, S seconds after its time was over
    wrong WORDS      what must not be
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from threading import Lock, Thread
from traceback import format_exc

import anyreg
from anyreg import ClosedError, Registry, TransactionError

HIVE, OWN = "hive", "own"
ALIASES = {
    HIVE: ["real/HIVE", "link.hiv", "linked/HIVE", "real/../linked/HIVE"],
    OWN: ["home", "home link", "real/../home"],
}
PLACES = {HIVE: ("Common", "Own"), OWN: (r"HKLM\SOFTWARE\Common", r"HKCU\Own")}
SLACK = 20.0  # seconds that load, or a stop, may take beyond a time that was given
PROCESSES = 6


def number_in(registry: Registry, key: str, name: str) -> int:
    """A number, 0 where there is none."""
    found = registry.read(key, name, 0)
    assert isinstance(found, int)
    return found


def numbers_in(registry: Registry, key: str) -> list[int]:
    """Those of all processes."""
    return [number_in(registry, key, f"n{number}") for number in range(PROCESSES)]


class Worker:
    """One process."""

    def __init__(self, folder: Path, number: int, seed: int) -> None:
        self.folder = folder
        self.name = f"n{number}"
        self.random = random.Random(seed)
        self.log = os.open(folder / f"{number}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.telling = Lock()

    def tell(self, *words: object) -> None:
        with self.telling:
            os.write(self.log, (" ".join(str(word) for word in words) + "\n").encode())

    @property
    def goes_on(self) -> bool:
        return not (self.folder / "stop").exists()

    def run(self) -> None:
        while self.goes_on:
            what = self.random.choice((HIVE, HIVE, OWN))
            path = self.folder / self.random.choice(ALIASES[what])
            began = time.monotonic()
            with anyreg.open(path, "r+") as registry:
                self.session(registry, what)
            if time.monotonic() - began > 6 * SLACK:
                self.tell("wrong", f"a session took {time.monotonic() - began:.0f} s")

    def session(self, registry: Registry, what: str) -> None:
        with registry.transaction(timeout=SLACK):
            self.tell("start", what, number_in(registry, PLACES[what][1], self.name))
        seeds = [self.random.random() for _ in range(3)]
        works = [self.write, self.write, self.watch]
        threads = [
            Thread(target=self.guarded, args=(work, registry, what, random.Random(seed)))
            for work, seed in zip(works, seeds, strict=True)
        ]
        for thread in threads:
            thread.start()
        if self.random.random() < 0.4:
            self.fork(registry, what)
        for thread in threads:
            thread.join()

    def guarded(self, work: object, registry: Registry, what: str, rnd: random.Random) -> None:
        try:
            for _ in range(rnd.randrange(1, 12)):
                work(registry, what, rnd)  # type: ignore[operator]
        except BaseException:
            self.tell("wrong", repr(format_exc()))

    def write(self, registry: Registry, what: str, rnd: random.Random) -> None:
        common, own = PLACES[what]
        timeout = rnd.choice((0.0, 0.05, 0.5, 5.0))
        began = time.monotonic()
        made = 0
        try:
            with registry.transaction(durable=rnd.random() < 0.3, timeout=timeout):
                made = number_in(registry, own, self.name) + 1
                total = number_in(registry, common, "sum") + 1
                registry.write(own, self.name, made)
                registry.write(common, "sum", total)
                registry.write(common, "filling", rnd.randbytes(rnd.choice((10, 3000, 60_000))))
        except TransactionError:
            late = time.monotonic() - began - timeout
            self.tell("late", what, f"{late:.3f}")
            if late > SLACK:
                self.tell("wrong", f"{late:.1f} s too late")
            return
        self.tell("done", what, made)

    def watch(self, registry: Registry, what: str, rnd: random.Random) -> None:
        """A number never goes back, and whoever has a transaction sees one moment of all."""
        common, own = PLACES[what]
        before = number_in(registry, common, "sum")
        after = number_in(registry, common, "sum")
        if not 0 <= before <= after:
            self.tell("wrong", f"went back from {before} to {after}")
        if rnd.random() < 0.3:
            try:
                with registry.transaction(timeout=1.0):
                    numbers = numbers_in(registry, own)
                    total = number_in(registry, common, "sum")
            except TransactionError:
                return
            if sum(numbers) != total:
                self.tell("wrong", f"{what}: {numbers} are not {total}")

    def fork(self, registry: Registry, what: str) -> None:
        """The child has none of what was open, and may open it for itself."""
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            return
        status = 1
        try:
            common, own = PLACES[what]
            try:
                registry.write(own, "x", 1)
            except ClosedError:
                with anyreg.open(self.folder / ALIASES[what][0]) as mine:
                    mine.read(common, "sum", 0)
                status = 0
        finally:
            if status:
                self.tell("wrong", "the child of a fork:", repr(format_exc()))
            os._exit(status)


if __name__ == "__main__":
    worker = Worker(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    try:
        worker.run()
    except BaseException:
        worker.tell("wrong", repr(format_exc()))
