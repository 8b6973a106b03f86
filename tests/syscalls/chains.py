"""Chains of power cuts, kills and failing calls over real processes, and what must hold in all."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from syscalls.images import Disk, Tree, put
from syscalls.record import Call, calls
from syscalls.worlds import GROUP, Content, State
from syscalls.zygote import Faults, Zygote

DEPTH = 3
CHOICES = 6  # images drawn at one place of a record
DEEPER = 2  # images of a level that are opened, recorded and cut again


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


class FaultError(AssertionError):
    """An image that is none of what it may be."""


@dataclass
class Ledger:
    """What the hives may hold, from what the program has told.

    Attributes:
        held: For each hive what it held, one moment after the other.
        low: For each hive the last moment that was promised to survive a power cut.
        done: For each hive the last moment that must survive the death of the process.
    """

    held: dict[str, list[Content]]
    low: dict[str, int]
    done: dict[str, int]

    @classmethod
    def of(cls, state: State) -> Ledger:
        """All that is there is durable."""
        zeros = dict.fromkeys(state, 0)
        return cls({hive: [content] for hive, content in state.items()}, zeros, dict(zeros))

    def note(self, kind: str, what: Any) -> None:
        """Take over a mark."""
        if kind == "begin":
            for hive, content in what.items():
                self.held[hive].append(content)
        elif kind == "done":
            self.done = {hive: len(held) - 1 for hive, held in self.held.items()}
        elif kind == "promise":
            for hive in what:
                self.low[hive] = self.done[hive]
        elif kind == "seen":
            self._see(what)

    def _see(self, state: State) -> None:
        """What comes after the moment that a later process has found will never be."""
        require_whole(state)
        for hive, content in state.items():
            held = self.held[hive]
            fitting = [n for n in range(self.done[hive], len(held)) if held[n] == content]
            if not fitting:
                raise FaultError(f"{hive} has lost commits of a process that died: {content}")
            del held[fitting[-1] + 1 :]
            self.done[hive] = fitting[-1]

    def allowed(self) -> dict[str, list[Content]]:
        """What a power cut may leave now."""
        return {hive: held[self.low[hive] :] for hive, held in self.held.items()}


def require_whole(state: State) -> None:
    """A transaction over several hives is in all of them, or in none."""
    numbers = {content.get(GROUP, {}).get("number", "none") for content in state.values()}
    if len(numbers) > 1:
        raise FaultError(f"a transaction is there in part: {state}")


def require_allowed(state: State, allowed: dict[str, list[Content]]) -> None:
    """Each hive is at a moment that was, and at none before the last one that was promised."""
    require_whole(state)
    for hive, content in state.items():
        if content not in allowed[hive]:
            raise FaultError(f"{hive} holds {content}, which is none of {allowed[hive]}")


@dataclass
class Runner:
    """Two zygotes and a folder in memory for them.

    Attributes:
        images: How many were opened.
        faults: What was wrong.
    """

    recorder: Path
    images: int = 0
    deepest: int = 0
    failures: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self._folder = os.path.realpath(tempfile.mkdtemp(prefix="anyreg-syscalls-", dir=memory))
        self._worker = Zygote(self.recorder)
        self._checker = Zygote()
        self._seen: set[bytes] = set()

    def close(self) -> None:
        """Leave nothing behind."""
        self._worker.close()
        self._checker.close()
        shutil.rmtree(self._folder)

    def _new(self) -> str:
        """An empty folder, always of the same path: files may hold the paths of others."""
        path = os.path.join(self._folder, "disk")
        os.mkdir(path, 0o700)
        return path

    def run(self, plan: Plan) -> None:
        """Do all of a plan."""
        rnd = random.Random(repr(plan))
        folder = self._new()
        state = self._checker.call("make", plan.world, folder)
        start = next(Disk(folder).images(rnd, 0))
        shutil.rmtree(folder)
        self._level(plan, start, state, rnd, 1)

    def _level(self, plan: Plan, start: Tree, state: State, rnd: random.Random, depth: int) -> None:
        folder = self._new()
        put(start, folder)
        disk, ledger = Disk(folder), Ledger.of(state)
        record = folder + ".record"
        ends = [drawn_faults(rnd) for _ in range(rnd.choice((1, 2, 4, 6)))]
        where = f"{plan}, depth {depth}, ends {[tuple(faults) for faults in ends]}"
        found = []
        self.deepest = max(self.deepest, depth)
        wanted = max(4, plan.images >> (depth - 1))
        try:
            for number, faults in enumerate(ends):
                seed = f"{plan} {depth} {number} {rnd.random()}"
                if self._worker.call("work", plan.world, folder, record, seed, faults):
                    self.failures += 1
            shutil.rmtree(folder)
            for tree, allowed, at in drawn_images(list(calls(record)), disk, ledger, rnd, wanted):
                seen = self._check(plan, tree, allowed, f"{where}, call {at}")
                if seen is not None:
                    found.append((tree, seen))
        except AssertionError as fault:
            self.faults.append(f"{where}: {fault}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.unlink(record)
        if depth < plan.depth:
            for tree, seen in rnd.sample(found, min(len(found), DEEPER)):
                self._level(plan, tree, seen, rnd, depth + 1)

    def _check(
        self, plan: Plan, tree: Tree, allowed: dict[str, list[Content]], where: str
    ) -> State | None:
        key = digest_of(tree, allowed)
        if key in self._seen:
            return None
        self._seen.add(key)
        self.images += 1
        folder = self._new()
        try:
            read, written = self._checker.call("check", plan.world, folder, tree)
            require_allowed(read, allowed)
            if read != written:
                raise FaultError(f"one who writes finds {written}, one who reads {read}")
        except AssertionError as fault:
            self.faults.append(f"{where}: {fault}")
            return None
        finally:
            shutil.rmtree(folder)
        found: State = read
        return found


def some(places: list[int], count: int, rnd: random.Random) -> list[int]:
    return rnd.sample(places, min(count, len(places)))


def digest_of(tree: Tree, allowed: dict[str, list[Content]]) -> bytes:
    """What tells one image, and what it may hold, from another."""
    digest = hashlib.blake2b(repr((sorted(tree), allowed)).encode())
    for _, content in sorted(tree.items()):
        digest.update(b"%d " % (-1 if content is None else len(content)))
        digest.update((content or b"").rstrip(b"\0"))
    return digest.digest()


def drawn_faults(rnd: random.Random) -> Faults:
    """How a process ends: by itself, killed, or with an error."""
    chance = rnd.random()
    if chance < 0.45:
        return Faults(kill_sync=rnd.choice((1, 1, *range(1, 9), *range(10, 60, 10))))
    if chance < 0.55:
        return Faults(kill=rnd.randint(1, 30))
    if chance < 0.7:
        return Faults(fail_sync=rnd.randint(1, 8))
    if chance < 0.75:
        return Faults(fail=rnd.randint(1, 30))
    return Faults()


def drawn_images(
    record: list[Call], disk: Disk, ledger: Ledger, rnd: random.Random, wanted: int
) -> Iterator[tuple[Tree, dict[str, list[Content]], int]]:
    """About so many images of a record, what each may hold, and at which call it was."""
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
                yield tree, ledger.allowed(), at
