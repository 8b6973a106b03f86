"""Mutants of the corpus, as many as there is time for: `python campaign.py CORPUS SEED COUNT`.

Each is read in every way there is; with a fourth argument, `change`, one thing is changed in it.

It ends at the first mutant that does harm, says which, and leaves it under the folder that
ANYREG_FUZZ_KEEP names.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.changing import change_one
from fuzz.explore import TooLongError, alarm, explore
from fuzz.mutations import mutate, mutate_log
from hives import family

SECONDS = 5.0
MEMORY = 500 << 20
LARGEST = 300_000


class Seed:
    """A hive to start from, and its logs."""

    def __init__(self, name: str, data: bytes, logs: dict[str, bytes]) -> None:
        self.name = name
        self.data = data
        self.logs = logs


def seeds(corpus: Path | None, largest: int = LARGEST) -> list[Seed]:
    """The hives of a corpus that are small enough, and one that needs none."""
    found = [Seed("made", family()[0].build(), {})]
    if corpus is None or not corpus.is_dir():
        return found
    for path in sorted(corpus.rglob("*")):
        if not path.is_file() or path.stat().st_size > largest or ".LOG" in path.name:
            continue
        data = path.read_bytes()
        if data[:4] == b"regf":
            logs = {
                log.name: log.read_bytes() for log in sorted(path.parent.glob(path.name + ".LOG*"))
            }
            found.append(Seed(str(path.relative_to(corpus)), data, logs))
    return found


def mutant(all_seeds: list[Seed], number: int) -> tuple[str, bytes, dict[str, bytes]]:
    """The mutant of this number: the name of what it was made of, hive and logs."""
    random = Random(number)
    seed = random.choice(all_seeds)
    logs = seed.logs
    data = seed.data
    if logs and random.random() < 0.5:
        logs = {name: mutate_log(log, random) for name, log in logs.items()}
        if random.random() < 0.5:
            return seed.name, data, logs
    return seed.name, mutate(data, random), logs


def change(data: bytes, logs: dict[str, bytes], number: int) -> bool:
    """Change one thing in a mutant and nothing else; whether it could be changed."""
    wrong, made = change_one(data, logs, Random(number))
    assert not wrong, wrong
    return made


def run(all_seeds: list[Seed], start: int, count: int, changing: bool = False) -> str:
    """Explore or change mutants; what the first bad one did, "" if all went well."""
    for number in range(start, start + count):
        name, data, logs = mutant(all_seeds, number)
        try:
            with alarm(SECONDS):
                if changing:
                    change(data, logs, number)
                else:
                    explore(data, logs)
        except (Exception, TooLongError):
            keep(number, data, logs)
            return f"mutant {number} of {name}:\n{traceback.format_exc(limit=-6)}"
    return ""


def keep(number: int, data: bytes, logs: dict[str, bytes]) -> None:
    """Leave a bad mutant where somebody can look at it."""
    folder = os.environ.get("ANYREG_FUZZ_KEEP")
    if folder:
        Path(folder, f"{number}").write_bytes(data)
        for suffix, log in enumerate(logs.values(), 1):
            Path(folder, f"{number}.LOG{suffix}").write_bytes(log)


def limit_memory() -> None:
    """Let this process grow by MEMORY and no more."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main(corpus: str, start: str, count: str, what: str = "") -> str:
    all_seeds = seeds(Path(corpus))
    limit_memory()
    return run(all_seeds, int(start), int(count), what == "change")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or None)
