"""Several programs on one disk, step by step in a drawn order: none overlooks another's commit.

Each commit holds the number of the last one, plus one.  So what two programs have made of the same
state, what one has not seen, and what was written over shows in the next number.  Programs are
killed between two steps, and inside of commits; a hive may have two names, as on another mount.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from anyreg.engine.create import create_hive
from anyreg.engine.flusher import flusher
from anyreg.engine.group import HiveGroup
from anyreg.engine.writable import WritableHive
from anyreg.errors import DirtyHiveError, NotSupportedError, TransactionError
from anyreg.regf.reads import dword
from anyreg.values import Value
from crash.disk import KilledError, Medium, Process, WaitsError
from crash.groups import RECORD
from crash.model import DESCRIPTOR, HIVE, problems_of

OTHER = "mount/HIVE"  # the same file, seen from elsewhere
FOUR = {name: f"folder/{name}" for name in ("one", "two", "three", "four")}
_SIZES = (10, 300, 9000, 150_000)  # of the filling; two of the last in one period: a long log


def number_of(hive: WritableHive) -> int:
    """The last commit that a hive holds, as its program sees it."""
    tree = hive.reading
    values = {value.name: value.raw for value in tree.records(tree.root())}
    return int.from_bytes(values.get("number", b""), "little")


def put(hive: WritableHive, number: int, rnd: random.Random) -> None:
    editor = hive.current.editing
    root = editor.tree.root().cell
    editor.set_value(root, Value("number", 4, dword(number)))
    editor.set_value(root, Value("filling", 3, rnd.randbytes(rnd.choice(_SIZES))))


def kill_after(process: Process, calls: int) -> None:
    """Let a program die at this one of its calls from now on."""
    left = [calls]

    def fault(_verb: str, _path: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            process.kill()

    process.medium.fault = fault


@dataclass
class Member:
    """One program.

    Attributes:
        name: By which it has the hive open.
        hive: None while it has not.
        writes: It is in a transaction.
    """

    process: Process
    name: str = HIVE
    hive: WritableHive | None = None
    writes: bool = False


@dataclass
class Company:
    """Programs that have one hive open."""

    seed: int
    aliases: bool = False
    medium: Medium = field(default_factory=Medium)
    last: int = 0
    may_be: bool = False  # a program died inside of a commit, which nobody has seen yet
    used: str = ""  # by which name it was opened last, so whose logs count

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        create_hive(Process(self.medium), HIVE, 5, "ROOT", DESCRIPTOR)
        if self.aliases:
            self.medium.names[OTHER] = self.medium.names[HIVE]
        self.members = [Member(Process(self.medium)) for _ in range(3)]

    @property
    def somebody_writes(self) -> bool:
        return any(member.writes for member in self.members)

    def run(self, steps: int) -> None:
        for _ in range(steps):
            member = self.random.choice(self.members)
            if member.hive is None:
                self.open(member)
            elif member.writes:
                self.end(member, member.hive)
            else:
                self.step(member, member.hive)
            self.medium.record.clear()
        for member in self.members:
            if member.writes:
                assert member.hive is not None
                member.hive.roll_back()
                member.writes = False
        for member in self.members:
            if member.hive is not None:
                member.hive.close()
        hive = WritableHive(Process(self.medium), self.used or HIVE)
        self.sees(hive)
        assert problems_of(hive) == []
        hive.close()

    def sees(self, hive: WritableHive) -> None:
        """A program that has just looked knows the last commit."""
        found = number_of(hive)
        if self.may_be and found == self.last + 1:
            self.last = found
        self.may_be = False
        assert found == self.last, f"commit {self.last} is overlooked: {found}"

    def open(self, member: Member) -> None:
        if self.aliases:
            member.name = self.random.choice((HIVE, OTHER))
        others = {other.name for other in self.members if other.hive is not None}
        try:
            member.hive = WritableHive(member.process, member.name)
        except WaitsError:
            assert self.somebody_writes
            return
        except NotSupportedError:
            assert others - {member.name}, "refused, though nobody has it open"
            return
        except DirtyHiveError:
            assert self.used not in ("", member.name), "its logs are not found"
            return
        self.used = member.name
        flusher.cancel(id(member.hive.durability))
        self.sees(member.hive)

    def step(self, member: Member, hive: WritableHive) -> None:
        chance = self.random.random()
        if chance < 0.6:
            self.begin(member, hive)
        elif chance < 0.7:
            hive.follow()
            if not self.somebody_writes:
                self.sees(hive)
        elif self.somebody_writes:
            pass  # the rest would wait
        elif chance < 0.78:
            hive.checkpoint()
        elif chance < 0.82:
            hive.flush()
        elif chance < 0.95:
            hive.close()
            member.hive = None
        else:
            self.kill(member)

    def begin(self, member: Member, hive: WritableHive) -> None:
        try:
            hive.begin(0)
        except TransactionError:
            assert self.somebody_writes
            return
        member.writes = True
        self.sees(hive)
        put(hive, self.last + 1, self.random)

    def end(self, member: Member, hive: WritableHive) -> None:
        chance = self.random.random()
        if chance < 0.1:
            hive.roll_back()
        elif chance < 0.2:
            self.die_inside(member, hive)
        else:
            made = number_of(hive)
            hive.commit(self.random.random() < 0.5)
            assert made == self.last + 1, "two commits are made of one state"
            self.last = made
            self.sees(hive)
        flusher.cancel(id(hive.durability))
        member.writes = False

    def die_inside(self, member: Member, hive: WritableHive) -> None:
        kill_after(member.process, self.random.randrange(1, 12))
        self.may_be = True
        try:
            hive.commit(self.random.random() < 0.5)
            self.medium.fault = None
            self.sees(hive)
        except KilledError:
            pass
        finally:
            self.medium.fault = None
        self.kill(member)

    def kill(self, member: Member) -> None:
        if member.hive is not None:
            flusher.cancel(id(member.hive.durability))
        member.process.kill()
        member.process = Process(self.medium)
        member.hive = None
        member.writes = False


@dataclass
class GroupMember:
    """One program with several hives: those that it changes just now."""

    process: Process
    group: HiveGroup
    hives: tuple[str, ...] = ()


@dataclass
class GroupCompany:
    """Programs that have the same hives open, and change two at a time."""

    seed: int
    medium: Medium = field(default_factory=Medium)
    made: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        for path in FOUR.values():
            create_hive(Process(self.medium), path, 5, "ROOT", DESCRIPTOR)
        self.pairs: dict[int, tuple[str, ...]] = {}
        self.members = [self.member() for _ in range(2)]

    def member(self) -> GroupMember:
        process = Process(self.medium)
        return GroupMember(process, HiveGroup(process, RECORD, FOUR))

    def run(self, steps: int) -> None:
        for _ in range(steps):
            member = self.random.choice(self.members)
            if member.hives:
                self.end(member)
            else:
                self.begin(member)
            self.quiet()
            self.medium.record.clear()
        for member in self.members:
            if member.hives:
                member.group.roll_back()
                member.hives = ()
        for member in self.members:
            member.group.close()
        self.look()

    def quiet(self) -> None:
        for member in self.members:
            for name in FOUR:
                flusher.cancel(id(member.group.hive(name).durability))

    def begin(self, member: GroupMember) -> None:
        """Its number is told by the hives' own, which is the higher the later."""
        group = member.group
        try:
            group.begin(0)
        except TransactionError:
            assert any(other.hives for other in self.members)
            return
        hives = tuple(self.random.sample(list(FOUR), 2))
        try:
            for name in hives:
                group.editor(name)
        except TransactionError:
            group.roll_back()
            raise AssertionError("one has a hive, and another the group") from None
        self.made += 1
        self.pairs[self.made] = hives
        for name in hives:
            put(group.hive(name), self.made, self.random)
        member.hives = hives

    def end(self, member: GroupMember) -> None:
        chance = self.random.random()
        if chance < 0.3:
            kill_after(member.process, self.random.randrange(1, 40))
        try:
            if chance > 0.9:
                member.group.roll_back()
            else:
                member.group.commit()
            member.hives = ()
        except KilledError:
            pass
        finally:
            self.medium.fault = None
        if chance < 0.3:
            self.kill(member)

    def kill(self, member: GroupMember) -> None:
        self.quiet()
        member.process.kill()
        self.members.remove(member)
        try:
            self.members.append(self.member())
        except WaitsError:  # the other is in a transaction, and finishes it
            other = self.members[0]
            other.group.commit()
            other.hives = ()
            self.members.append(self.member())
        self.look()

    def look(self) -> None:
        """Of each transaction all of it is there, or nothing, wherever no later one hides it."""
        if any(member.hives for member in self.members):
            return
        group = self.member().group
        numbers = {name: number_of(group.hive(name)) for name in FOUR}
        for name in FOUR:
            flusher.cancel(id(group.hive(name).durability))
        for number in {*numbers.values()} - {0}:
            hives = self.pairs[number]
            assert all(numbers[name] >= number for name in hives), f"half of {number}: {numbers}"
        group.close()


def check_company(seed: int, steps: int, aliases: bool = False) -> None:
    """Programs that share a hive."""
    Company(seed, aliases).run(steps)


def check_groups(seed: int, steps: int) -> None:
    """Programs that share several hives."""
    GroupCompany(seed).run(steps)
