"""Chains of power cuts, kills and failing calls over real processes, and what must hold in all."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

from syscalls.images import Disk, Tree, in_memory, put, stripped
from syscalls.ledger import FaultError, Ledger, difference, require_allowed
from syscalls.record import Call, calls
from syscalls.worlds import Content, State
from syscalls.zygote import Faults, Zygote

DEPTH = 3
CHOICES = 6  # images drawn at one place of a record
DEEPER = 2  # images of a level that are opened, recorded and cut again
TOGETHER = 16  # images that one process opens, one after the other


class Plan(NamedTuple):
    """What one number does.

    Attributes:
        world: The kind of work.
        seed: The number.
        images: About how many images of its first level are opened; of each next level half.
        depth: How often what a power cut left is worked on and cut again.
    """

    world: str
    seed: int
    images: int = 60
    depth: int = DEPTH

    @property
    def command(self) -> str:
        """What runs it again, in the tests' folder."""
        return f"python -m syscalls {self.world!r} {' '.join(map(str, self[1:]))}"


class Image(NamedTuple):
    """What a disk may hold after a power cut.

    Attributes:
        tree: It.
        allowed: What its hives may hold then.
        at: The call behind which the power failed.
    """

    tree: Tree
    allowed: dict[str, list[Content]]
    at: int

    def digest(self) -> bytes:
        """What tells it from others."""
        digest = hashlib.blake2b(repr((sorted(self.tree), self.allowed)).encode())
        for _, content in sorted(self.tree.items()):
            digest.update(b"%d " % (-1 if content is None else len(content)))
            digest.update(stripped(content or b""))
        return digest.digest()


@dataclass
class Runner:
    """Two zygotes and a folder in memory for them.

    Attributes:
        images: How many were opened.
        deepest: How often what was left was cut again.
        failures: How many processes ended with an error that the recorder made.
        faults: What was wrong.
    """

    recorder: Path
    images: int = 0
    deepest: int = 0
    failures: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._folder = in_memory()
        # Always the same path: files may hold the paths of others.
        self._disk = os.path.join(self._folder, "disk")
        self._worker = Zygote(self.recorder)
        self._checker = Zygote()
        self._seen: set[bytes] = set()

    def close(self) -> None:
        """Leave nothing behind."""
        self._worker.close()
        self._checker.close()
        shutil.rmtree(self._folder)

    def run(self, plan: Plan) -> None:
        """Do all of a plan."""
        rnd = random.Random(repr(plan))
        self._seen.clear()
        os.mkdir(self._disk, 0o700)
        state = self._checker.call("make", plan.world, self._disk)
        start = next(Disk(self._disk).images(rnd, 0))
        shutil.rmtree(self._disk)
        self._level(plan, start, state, rnd, 1)

    def _level(self, plan: Plan, start: Tree, state: State, rnd: random.Random, depth: int) -> None:
        put(start, self._disk)
        disk, ledger = Disk(self._disk), Ledger.of(state)
        record = self._disk + ".record"
        ends = drawn_ends(rnd)
        where = f"{plan.command}  # depth {depth}"
        found: list[tuple[Tree, State]] = []
        self.deepest = max(self.deepest, depth)
        wanted = max(4, plan.images >> (depth - 1))
        try:
            for number, faults in enumerate(ends):
                seed = f"{plan} {depth} {number} {rnd.random()}"
                if self._worker.call("work", plan.world, self._disk, record, seed, faults):
                    self.failures += 1
            shutil.rmtree(self._disk)
            drawn = drawn_images(list(calls(record)), disk, ledger, rnd, wanted)
            while images := list(islice(drawn, TOGETHER)):
                found += self._checked(plan, images, where)
        except AssertionError as fault:
            ended = [str(faults) for faults in ends]
            self.faults.append(f"{where}: {brief(fault)} (ends {', '.join(ended)})")
        finally:
            shutil.rmtree(self._disk, ignore_errors=True)
            os.unlink(record)
        if depth < plan.depth:
            for tree, seen in rnd.sample(found, min(len(found), DEEPER)):
                self._level(plan, tree, seen, rnd, depth + 1)

    def _checked(self, plan: Plan, images: list[Image], where: str) -> Iterator[tuple[Tree, State]]:
        """Those that hold what they may, each once."""
        left = {image.digest(): image for image in reversed(images)}
        new = [left[key] for key in reversed(left) if key not in self._seen]
        self._seen.update(left)
        self.images += len(new)
        while new:
            for number, image in enumerate(new):
                put(image.tree, f"{self._disk}.{number}")
            try:
                done = self._checker.call("check", plan.world, self._disk, len(new))
            except AssertionError as fault:  # the process ended
                done = [brief(fault)]
            for image, what in zip(new, done, strict=False):
                try:
                    yield image.tree, agreed(what, image.allowed)
                except FaultError as fault:
                    self.faults.append(f"{where}, call {image.at}: {brief(fault)}")
            for path in [self._disk, *(f"{self._disk}.{n}" for n in range(len(new)))]:
                shutil.rmtree(path, ignore_errors=True)
            new = new[len(done) :]


def agreed(what: tuple[State, State] | str, allowed: dict[str, list[Content]]) -> State:
    """What an image holds, for one who reads and one who writes.

    Args:
        what: That, or why it could not be had.
        allowed: What it may be.
    """
    if isinstance(what, str):
        raise FaultError(brief(AssertionError(what)))
    read, written = what
    require_allowed(read, allowed)
    for hive in written:
        if read.get(hive) != written[hive]:
            other = difference(written[hive], [read.get(hive, {})])
            raise FaultError(f"{hive} is another for one who writes: {other}")
    return read


def brief(fault: AssertionError) -> str:
    """An error in one line: of a traceback what was raised, and where the package was."""
    lines = str(fault).strip().splitlines() or [repr(fault)]
    places = [line.split("/")[-1] for line in lines if "/anyreg/" in line and "line " in line]
    place = f" at {places[-1]}" if places else ""
    return f"{lines[-1][:600]}{place}"


def some(places: list[int], count: int, rnd: random.Random) -> list[int]:
    return rnd.sample(places, min(count, len(places)))


def drawn_ends(rnd: random.Random) -> list[Faults]:
    """How the processes of one level end, one after the other."""
    return [drawn_faults(rnd) for _ in range(rnd.choice((1, 2, 4, 6)))]


def drawn_faults(rnd: random.Random) -> Faults:
    """How a process ends: by itself, killed, with an error, or on a disk that is full."""
    chance = rnd.random()
    if chance < 0.4:
        return Faults(kill_sync=rnd.choice((1, 1, *range(1, 9), *range(10, 60, 10))))
    if chance < 0.5:
        return Faults(kill=rnd.randint(1, 30))
    if chance < 0.65:
        return Faults(fail_sync=rnd.randint(1, 8))
    if chance < 0.7:
        return Faults(fail=rnd.randint(1, 30))
    if chance < 0.78:
        return Faults(full=rnd.randint(1, 30))
    return Faults()


def drawn_images(
    record: list[Call], disk: Disk, ledger: Ledger, rnd: random.Random, wanted: int
) -> Iterator[Image]:
    """About so many images of a record."""
    syncs = [at for at, call in enumerate(record) if call.kind in "SEF"]  # most is under way there
    others = [at for at, call in enumerate(record) if call.kind not in "MSEF"]
    begun = next(
        (at for at, call in enumerate(record) if call.is_begin), 0
    )  # what was made is used
    few = max(4, wanted // CHOICES) // 4
    chosen = {*some(syncs, 2 * few, rnd), *some(others, few, rnd)}
    chosen.update(some([at for at in syncs if at > begun], few, rnd))
    for at, call in enumerate(record):
        if call.kind == "M":
            ledger.note(*call.told())
        else:
            disk.play(call)
        if at in chosen:
            for tree in disk.images(rnd, CHOICES - 3):
                yield Image(tree, ledger.allowed(), at)


def plans(kinds: list[str], seed: int, step: int) -> Iterator[Plan]:
    """Of all kinds of work, for ever.

    Args:
        kinds: They, each as often as it is to come.
        seed: The first number.
        step: How far the next one is.
    """
    for number in count(seed, step):
        yield Plan(random.Random(number).choice(kinds), number)
