"""Random work on several hives at once, and the power cuts in it.

A commit of several hives is there in all of them or in none; one of a single hive is as free as
ever.  Each hive is a row of numbers here: the last commit that it took part in.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from anyreg.engine.create import create_hive
from anyreg.engine.flusher import flusher
from anyreg.engine.group import HiveGroup
from anyreg.engine.writable import WritableHive
from anyreg.regf.reads import dword
from anyreg.values import Value
from crash.disk import KilledError, Medium, Process
from crash.model import DESCRIPTOR, problems_of
from crash.power import each_image

RECORD = "folder/commits"
ROWS = [("one",), ("one",), ("one", "two"), ("two", "three"), ("two",), ("one", "three")]
HIVES = {"one": "folder/ONE", "two": "folder/TWO", "three": "folder/THREE"}


def number_in(hive: WritableHive) -> int:
    """The last commit that a hive took part in; the hive is in order."""
    assert problems_of(hive) == []
    records = hive.tree.records(hive.tree.root())
    return int.from_bytes(records[0].raw, "little") if records else 0


@dataclass
class Done:
    """A commit: the hives it changed, and whether it must survive from which event on."""

    hives: tuple[str, ...]
    begun: int
    durable: int = 1 << 60


@dataclass
class GroupWork:
    """Work on a group of hives, by one program that now and then dies."""

    seed: int
    medium: Medium = field(default_factory=Medium)
    commits: list[Done] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        for path in HIVES.values():
            create_hive(Process(self.medium), path, 5, "ROOT", DESCRIPTOR)
        self.medium.record.clear()
        self.start = Medium.of(self.medium.files())
        self.open()

    @property
    def here(self) -> int:
        return len(self.medium.record)

    def open(self) -> None:
        self.process = Process(self.medium)
        self.group = HiveGroup(self.process, RECORD, HIVES)
        assert self.group.left_alone == []

    def run(self, steps: int) -> GroupWork:
        for _ in range(steps):
            chance = self.random.random()
            if chance < 0.7:
                self.commit()
            elif chance < 0.76:
                self.group.flush()
                self.all_durable()
            elif chance < 0.82:
                self.group.hive(self.random.choice(list(HIVES))).checkpoint()
            elif chance < 0.87:
                self.group.close()
                self.all_durable()
                self.open()
            else:
                self.kill_inside()
            for name in HIVES:
                flusher.cancel(id(self.group.hive(name).durability))
        self.agree()
        return self

    def all_durable(self) -> None:
        for done in self.commits:
            done.durable = min(done.durable, self.here)

    def commit(self) -> None:
        """A transaction over some of the hives, which may be undone."""
        names = tuple(self.random.sample(list(HIVES), self.random.choice((1, 1, 2, 2, 3))))
        self.commit_of(names, self.random.random() < 0.2, self.random.random() < 0.1)

    def commit_of(
        self, names: tuple[str, ...], durable: bool = False, undone: bool = False
    ) -> None:
        """A transaction over these hives."""
        number = len(self.commits) + 1
        self.group.begin()
        for name in names:
            editor = self.group.editor(name)
            root = editor.tree.root().cell
            editor.set_value(root, Value("number", 4, dword(number)))
            filling = self.random.randbytes(self.random.choice((10, 300, 9000)))
            editor.set_value(root, Value("filling", 3, filling))
        if undone:
            self.group.roll_back()
            return
        self.commits.append(Done(names, self.here))
        self.group.commit(durable)
        if len(names) > 1 or durable:
            self.commits[-1].durable = self.here

    def kill_inside(self) -> None:
        """The program dies inside a commit; the next to open finishes or forgets it."""
        left = self.random.randrange(1, 60)

        def fault(_verb: str, _path: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self.process.kill()

        before = len(self.commits)
        self.medium.fault = fault
        try:
            self.commit()
        except KilledError:
            self.medium.fault = None
            for name in HIVES:
                flusher.cancel(id(self.group.hive(name).durability))
            self.open()
            self.settle(before)
        finally:
            self.medium.fault = None

    def settle(self, before: int) -> None:
        """Whether the commit that was cut short is there: in all of its hives or in none."""
        if len(self.commits) == before:
            return
        number, names = len(self.commits), self.commits[-1].hives
        there = [number_in(self.group.hive(name)) == number for name in names]
        assert len(set(there)) == 1
        if not there[0]:
            self.commits.pop()

    def expected(self, name: str) -> int:
        mine = [n for n, done in enumerate(self.commits, 1) if name in done.hives]
        return mine[-1] if mine else 0

    def agree(self) -> None:
        for name in HIVES:
            assert number_in(self.group.hive(name)) == self.expected(name)


def check_group(seed: int, steps: int, few: int) -> int:
    """Cut a workload everywhere; how many images were opened."""
    return look_everywhere(GroupWork(seed).run(steps), few)


def check_rows(seed: int, few: int) -> int:
    """The same of transactions over other hives each time, the last of which meets a death."""
    work = GroupWork(seed)
    for names in ROWS:
        work.commit_of(names)

    written: list[str] = []

    def die(verb: str, path: str) -> None:
        """Behind the record, before its sync."""
        if (verb, path) == ("write", RECORD):
            written.append(path)
        elif written:
            work.process.kill()

    work.medium.fault = die
    try:
        work.commit_of(("one", "two"))
    except KilledError:
        work.medium.fault = None
        for name in HIVES:
            flusher.cancel(id(work.group.hive(name).durability))
        work.open()
        work.settle(len(ROWS))
    work.medium.fault = None
    for name in HIVES:
        flusher.cancel(id(work.group.hive(name).durability))
    return look_everywhere(work, few)


def look_everywhere(work: GroupWork, few: int) -> int:
    """Cut what was done everywhere; how many images were opened."""
    rnd = random.Random(work.seed)
    images = 0
    for files, cut in each_image(work.start, work.medium.record, rnd, few):
        group = HiveGroup(Process(Medium.of(files)), RECORD, HIVES)
        assert group.left_alone == []
        numbers = {name: number_in(group.hive(name)) for name in HIVES}
        judge(work.commits, numbers, cut.passed)
        images += 1
    return images


def judge(commits: list[Done], numbers: dict[str, int], point: int) -> None:
    """Whether hives may be at these commits after a power cut at this point of the record."""
    for number, done in enumerate(commits, 1):
        if done.durable <= point:
            assert all(numbers[name] >= number for name in done.hives), f"commit {number} is lost"
        if done.begun > point:
            assert all(numbers[name] < number for name in done.hives), f"commit {number} is early"
        there = [numbers[name] >= number for name in done.hives]
        assert len(set(there)) == 1, f"half of commit {number}"
