"""Chains of deaths: each program runs on what the one before it left in the system's cache.

A program dies before one of its writes or syncs, or one of its syncs fails, after which the cache
shows what the disk does not have and no later sync writes it.  The next opens what the cache shows,
and what was not synced stays so: only a power cut drops it.  The last program of a chain is cut at
every point.  An image must hold the last commit that was promised, or a later one that was seen.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from anyreg.engine.create import create_hive
from anyreg.engine.flusher import flusher
from anyreg.engine.hive import Hive
from anyreg.engine.memory_disk import MemoryStorage
from anyreg.engine.tree import Tree
from anyreg.engine.writable import WritableHive
from anyreg.errors import RegistryError
from anyreg.regf.reads import dword
from anyreg.values import Value
from crash.cuts import Cut
from crash.disk import FailedSync, KilledError, Medium, Process, failed
from crash.model import DESCRIPTOR, HIVE, problems_of, with_old_log
from crash.power import logs_in

ERRANDS = (*("dx", "dx", "dx", "ldx", "x", "lpdx", "d", "ldld") * 3, "Dx")
_CHANGING = ("write", "truncate", "sync", "sync_directory", "create", "remove")
_PLACES = 3  # keys on pages of their own, of which every commit changes two
_LARGE = 400_000  # makes a log long


@dataclass
class Link:
    """One program: what it does, and what ends it.

    Attributes:
        errand: d a durable commit, D a large one, l a lazy one, p a checkpoint, x the close.
        at: It ends at this one of its syncs; 0: it does all.
        fails: The sync fails, rather than that the program dies before it.
        anywhere: It dies at this one of all its calls that change something.
        dies: Right behind the sync that fails.
    """

    errand: str
    at: int = 0
    fails: bool = False
    anywhere: bool = False
    dies: bool = False


@dataclass
class Chain:
    """A disk, its cache, and what was promised.

    Attributes:
        medium: What programs see; its record is of the last one.
        cut: What the disk has for certain before the last program.
        durable: The last commit that a power cut must leave.
        begun: The last one that was tried.
        dead: Those that nobody saw after their program had died.
    """

    medium: Medium
    cut: Cut
    durable: int = 0
    begun: int = 0
    dead: set[int] = field(default_factory=set)
    calls: int = 0

    @staticmethod
    def new(old: bool = False, fresh: bool = False) -> Chain:
        """A hive both of whose logs were used, or a new one, closed and on the disk."""
        medium = Medium.of(fresh_files() if fresh else used(old))
        number = 0 if fresh else 2
        return Chain(medium, Cut.of(medium), number, number)

    def run(self, link: Link) -> None:
        """Run the next program to its end."""
        for event in self.medium.record:
            self.cut.pass_over(event)
        self.medium.record.clear()
        process = Process(self.medium)
        self.calls = 0

        def fault(verb: str, path: str) -> None:
            if verb not in (_CHANGING if link.anywhere else ("sync",)):
                return
            self.calls += 1
            if self.calls != link.at:
                return
            if not link.fails:
                process.kill()
            else:
                self.medium.record.append(FailedSync(self.medium.names[path], self.calls))
                if link.dies:
                    process.kill()
                raise failed(errno.EIO, path)

        self.medium.fault = fault
        self._mark()
        try:
            self._do(process, link.errand)
        except (KilledError, RegistryError):
            assert link.at
        finally:
            self.medium.fault = None
            process.kill()

    def _do(self, process: Process, errand: str) -> None:
        hive = WritableHive(process, HIVE)
        try:
            self.go_on(hive, errand)
        finally:
            flusher.cancel(id(hive.durability))

    def go_on(self, hive: WritableHive, errand: str) -> None:
        """What a program does that sees all which the dead have left."""
        seen = number_in(hive)
        assert seen >= self.durable, f"commit {self.durable} is lost: {seen}"
        assert seen <= self.begun
        assert seen not in self.dead, f"commit {seen} was not there before"
        self.dead.update(range(seen + 1, self.begun + 1))
        for letter in errand:
            seen = self.step(hive, letter, seen)

    def step(self, hive: WritableHive, letter: str, seen: int) -> int:
        """Do one letter of an errand; the commit that the hive then holds."""
        if letter in "dDl":
            self.begun += 1
            self._mark()
            commit(hive, self.begun, letter)
            seen = self.begun
        elif letter == "p":
            hive.checkpoint()
        else:
            hive.close()
        if letter != "l":
            self.durable = seen
            self._mark()
        return seen

    def _mark(self) -> None:
        self.medium.mark(self.durable, self.begun)

    def images(self, rnd: random.Random, few: int) -> Iterator[tuple[dict[str, bytes], Cut]]:
        """What a power cut in the last program can leave."""
        cut = self.cut.copy()
        for event in self.medium.record:
            cut.pass_over(event)
            for choice in cut.choices(rnd, few):
                yield cut.files(choice), cut


@cache
def fresh_files() -> dict[str, bytes]:
    """A hive that was never opened, which has no logs."""
    medium = Medium()
    create_hive(Process(medium), HIVE, 5, "ROOT", DESCRIPTOR)
    return medium.files()


@cache
def used(old: bool) -> dict[str, bytes]:
    """The files of a hive that holds the commit of number 2."""
    medium = Medium()
    create_hive(Process(medium), HIVE, 5, "ROOT", DESCRIPTOR)
    if old:
        medium = Medium.of(with_old_log(medium.files()))
    for number in (1, 2):
        hive = WritableHive(Process(medium), HIVE)
        commit(hive, number, "d")
        hive.close()
    return medium.files()


def commit(hive: WritableHive, number: int, letter: str) -> None:
    """A commit of this number.

    It changes the first place, which tells the numbers of all, and another one: so what a commit
    has changed is not always written over by the one before it.
    """
    with hive.transaction(durable=letter != "l") as editor:
        numbers = _numbers(editor.tree) or [number] * _PLACES
        numbers[0] = numbers[1 + number % (_PLACES - 1)] = number
        root = editor.tree.root()
        for place, of_place in enumerate(numbers):
            found = editor.tree.child(root, f"place {place}")
            if found is not None and of_place != number:
                continue
            cell = editor.create(root.cell, f"place {place}") if found is None else found.cell
            filled = dword(of_place) + bytes([place]) * 5000
            editor.set_value(cell, Value("number", 3, filled))
            if place == 0:
                editor.set_value(cell, Value("all", 3, bytes(numbers)))
        if letter == "D":
            large = Value("large", 3, bytes([number & 255]) * _LARGE)
            editor.set_value(editor.tree.root().cell, large)


def _numbers(tree: Tree) -> list[int]:
    """The last commit that has changed each place; none where there are no places."""
    numbers: list[int] = []
    for child in tree.children(tree.root()):
        values = {value.name: value.raw for value in tree.records(child)}
        numbers.append(int.from_bytes(values["number"][:4], "little"))
    return numbers


def number_in(hive: WritableHive | Hive) -> int:
    """The commit that a hive holds, all of it and nothing else."""
    tree = hive.tree
    numbers = _numbers(tree)
    if not numbers:
        return 0
    first = tree.child(tree.root(), "place 0")
    assert first is not None
    told = [value.raw for value in tree.records(first) if value.name == "all"]
    assert told == [bytes(numbers)], "a mixture of commits"
    return numbers[0]


def look(chain: Chain, files: dict[str, bytes], cut: Cut, deep: bool) -> None:
    """Whether an image holds what it must, and takes another commit."""
    hive = Hive(MemoryStorage(files[HIVE]), HIVE, logs_in(files))
    assert not hive.problems, [str(problem) for problem in hive.problems]
    number = number_in(hive)
    assert number >= cut.mark.durable, f"commit {cut.mark.durable} is lost: {number}"
    assert number <= cut.mark.begun, f"commit {number} is early"
    assert number not in chain.dead, f"commit {number} was not there before"
    if deep:
        after = WritableHive(Process(Medium.of(files)), HIVE)
        assert number_in(after) == number
        commit(after, number + 1, "d")
        flusher.cancel(id(after.durability))
        assert problems_of(after) == []


def random_links(rnd: random.Random) -> list[Link]:
    """One program to three, which die anywhere."""
    links: list[Link] = []
    for _ in range(rnd.randrange(3)):
        if rnd.random() < 0.35:
            links.append(Link(rnd.choice(ERRANDS), rnd.randrange(1, 8), fails=True))
        else:
            links.append(Link(rnd.choice(ERRANDS), rnd.randrange(1, 18), anywhere=True))
    return [*links, Link(rnd.choice(ERRANDS))]


def every_link() -> list[list[Link]]:
    """Two programs that end at a sync, each of them once, in each way, and a third."""
    first = [Link("dx", at, fails) for at in range(1, 6) for fails in (False, True)]
    second = [*first, *[Link("x", at, fails) for at in range(1, 5) for fails in (False, True)]]
    return [[one, two, Link(last)] for last in ("dx", "x") for one in first for two in second]


def check_chain(
    links: list[Link], seed: int, old: bool = False, few: int = 1, fresh: bool = False
) -> int:
    """Run a chain, and cut it in its last program; how many images were opened.

    Those of a new hive are all opened for writing: its logs may be torn.
    """
    rnd = random.Random(seed)
    chain = Chain.new(old, fresh)
    for link in links:
        chain.run(link)
    seen: set[int] = set()
    for files, cut in chain.images(rnd, few):
        key = hash((tuple(files.items()), cut.mark))
        if key not in seen:
            seen.add(key)
            look(chain, files, cut, fresh or rnd.random() < 0.1)
    return len(seen)


def check_some(first: int, step: int, old: bool = False) -> int:
    """Every one of so many of the chains whose programs end at a sync, and a random one each."""
    images = 0
    for seed, links in enumerate(every_link()):
        if seed % step == first:
            images += check_chain(links, seed, old)
            images += check_chain(random_links(random.Random(seed)), seed, old)
            if not old and seed % 4 == 0:
                images += check_chain(links, seed, fresh=True)
    return images
