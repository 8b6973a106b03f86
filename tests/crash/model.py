"""A hive as a dict, and random work that is done to it and to a real one side by side.

After every commit the hive must hold what the model holds and pass the check; a fingerprint of
its bins is kept, which is what an image after a power cut is compared with.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256

from anyreg.engine.check import Checker
from anyreg.engine.create import create_hive
from anyreg.engine.editor import Editor
from anyreg.engine.flusher import flusher
from anyreg.engine.image import Image
from anyreg.engine.tree import Tree
from anyreg.engine.writable import WritableHive
from anyreg.names import fold
from anyreg.new_keys import NewKey
from anyreg.problems import Problems
from anyreg.regf.layout import PAGE
from anyreg.security.creation import ANYBODY
from anyreg.security.descriptor import allow, build_descriptor
from anyreg.security.entries import DENY, Ace
from anyreg.security.known import EVERYONE
from anyreg.values import Value
from crash.disk import KilledError, Medium, Process
from hives import sealed

HIVE = "folder/HIVE"
DESCRIPTOR = build_descriptor(  # new keys inherit it as it is
    "S-1-5-32-544", "S-1-5-18", [allow("S-1-5-32-544", 0xF003F)]
)
NAMES = ("a", "B", "Ärger", "日本", "key%d", "key%d", "long name " * 20)
SIZES = (0, 3, 4, 5, 20, 200, 3000)
LARGE_SIZES = (16344, 16345, 30000)
HUGE = 150_000  # two in one period, and the log outgrows what it was made with

Path_ = tuple[str, ...]


@dataclass(frozen=True)
class Key:
    class_name: str
    descriptor: bytes
    values: tuple[tuple[str, int, bytes], ...]


State = dict[Path_, Key]


def state_of(tree: Tree) -> State:
    """Everything that a tree holds, but times."""
    state: State = {}
    paths: list[tuple[Path_, int]] = [((), tree.root().cell)]
    while paths:
        path, cell = paths.pop()
        node = tree.key(cell)
        values = tuple((value.name, value.type, value.raw) for value in tree.records(node))
        state[path] = Key(tree.class_name(node), tree.descriptor(node), values)
        paths.extend([((*path, fold(child.name)), child.cell) for child in tree.children(node)])
    return state


def fingerprint(image: Image) -> bytes:
    """Equal for equal bins, to the last byte."""
    pages = [image.read(at, PAGE) for at in range(0, image.size, PAGE)]
    return sha256(b"".join(pages)).digest()  # processors have instructions for it


def problems_of(hive: WritableHive) -> list[str]:
    problems = Problems()
    Checker(hive.image, hive.minor, hive.root_cell, problems).run()
    return [str(problem) for problem in problems.found]


def with_old_log(files: dict[str, bytes]) -> dict[str, bytes]:
    """A hive with an empty log of the old type."""
    head = files[HIVE][:512]
    log = sealed(head[:28] + b"\1\0\0\0" + head[32:])
    return {**files, HIVE + ".LOG1": log}


@dataclass
class History:
    """What a hive held after each commit, and the fingerprint of its bins."""

    commits: list[bytes] = field(default_factory=list)
    states: list[State] = field(default_factory=list)

    def add(self, hive: WritableHive, state: State) -> None:
        self.commits.append(fingerprint(hive.image))
        self.states.append(state)

    @property
    def last(self) -> int:
        return len(self.commits) - 1


class Workload:
    """Random work by one or more programs on one hive.

    Attributes:
        medium: The disk, with the record of everything.
        start: The disk before the first event.
        history: What the hive held, from its first moment on.
    """

    def __init__(
        self,
        seed: int,
        *,
        programs: int = 1,
        huge: bool = False,
        wide: bool = False,
        old: bool = False,
    ) -> None:
        """Begin with a new hive.

        Args:
            seed: Of all that is drawn.
            programs: How many have it open at once.
            huge: With values that make the log grow.
            wide: With trees of many bins, which come and go.
            old: With a log of the old type beside it, which is then used.
        """
        self.random = random.Random(seed)
        self.huge = huge
        self.wide = wide
        self.medium = Medium()
        create_hive(Process(self.medium), HIVE, 3 if seed % 3 == 0 else 5, "ROOT", DESCRIPTOR)
        if old:
            self.medium = Medium.of(with_old_log(self.medium.files()))
        self.medium.record.clear()
        self.start = Medium.of(self.medium.files())
        self.history = History()
        self.durable = 0
        self.processes = [Process(self.medium) for _ in range(programs)]
        self.hives = [WritableHive(process, HIVE) for process in self.processes]
        self.history.add(self.hives[0], state_of(self.hives[0].tree))
        self.known = [0] * programs  # the last commit that each program made or knows
        self.pending: State | None = None  # what a commit under way would lead to
        self.away: set[int] = set()  # programs that have closed it, until it is their turn again

    @property
    def state(self) -> State:
        return self.history.states[-1]

    def run(self, steps: int) -> Workload:
        """So many steps, and a close."""
        verbs: tuple[tuple[float, Callable[[int], None]], ...] = (
            (0.70, self.transaction),
            (0.76, self.flush),
            (0.82, self.checkpoint),
            (0.87, self.reopen),
            (0.89, self.kill),
            (0.95, self.kill_inside),
            (0.97, self.compact),
            (1.00, self.follow),
        )
        for _ in range(steps):
            which = self.random.randrange(len(self.hives))
            chance = self.random.random()
            if which in self.away:
                self.away.discard(which)
                self._open(which)
            next(verb for most, verb in verbs if chance < most)(which)
            for hive in self.hives:  # a thread must not write into the record
                flusher.cancel(id(hive.durability))
        for hive in self.hives:
            hive.close()
        self._is_durable(self.history.last)
        return self

    def _is_durable(self, number: int) -> None:
        self.durable = max(self.durable, number)
        self.medium.mark(self.durable, self.history.last)

    # Steps

    def transaction(self, which: int) -> None:
        hive = self.hives[which]
        editor = hive.begin()
        state = Session(self.random, editor, dict(self.state), self.huge, self.wide).edits(hive)
        if self.random.random() < 0.15:
            hive.roll_back()
            self._agree(which)
            return
        durable = self.random.random() < 0.35
        self._begun(state)
        hive.commit(durable)
        self._committed(which, durable)

    def _begun(self, state: State) -> None:
        self.pending = state
        self.medium.mark(self.durable, self.history.last + 1)

    def _committed(self, which: int, durable: bool) -> None:
        assert self.pending is not None
        self.history.add(self.hives[which], self.pending)
        self.pending = None
        self.known[which] = self.history.last
        self._is_durable(self.known[which] if durable else 0)
        self._agree(which)

    def compact(self, which: int) -> None:
        self._begun(self.state)
        self.hives[which].compact(DESCRIPTOR)
        self._committed(which, True)

    def flush(self, which: int) -> None:
        self.hives[which].flush()
        self._is_durable(self.known[which])

    def checkpoint(self, which: int) -> None:
        self.hives[which].checkpoint()
        self._knows_all(which)
        self._is_durable(self.known[which])

    def follow(self, which: int) -> None:
        self.hives[which].follow()
        self._knows_all(which)

    def reopen(self, which: int) -> None:
        """Close and open again, now or later; what this program knew is durable then."""
        self.hives[which].close()
        self._is_durable(self.known[which])
        if self.random.random() < 0.5:
            self.away.add(which)
        else:
            self._open(which)

    def kill(self, which: int) -> None:
        """The program dies between two calls, and is started again."""
        self.processes[which].kill()
        self._open(which)

    def kill_inside(self, which: int) -> None:
        """The program dies somewhere inside a call, and is started again."""
        left = self.random.choice((1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50))
        verb = self.random.choice((self.transaction, self.checkpoint, self.reopen, self.compact))

        def fault(_verb: str, _path: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self.processes[which].kill()

        self.medium.fault = fault
        try:
            verb(which)
        except KilledError:
            self.medium.fault = None
            self._open(which)
        finally:
            self.medium.fault = None

    def _open(self, which: int) -> None:
        flusher.cancel(id(self.hives[which].durability))
        self.processes[which] = Process(self.medium)
        hive = self.hives[which] = WritableHive(self.processes[which], HIVE)
        if self.pending is not None and fingerprint(hive.image) != self.history.commits[-1]:
            self.history.add(hive, self.pending)
        self.pending = None
        self._knows_all(which)

    def _knows_all(self, which: int) -> None:
        self.known[which] = self.history.last
        self._agree(which)

    def _agree(self, which: int) -> None:
        hive = self.hives[which]
        assert state_of(hive.tree) == self.state
        assert problems_of(hive) == []
        assert fingerprint(hive.image) == self.history.commits[-1]


class Session:
    """The edits of one transaction, made to an editor and to a state alike."""

    def __init__(
        self,
        rnd: random.Random,
        editor: Editor,
        state: State,
        huge: bool = False,
        wide: bool = False,
    ) -> None:
        self.random = rnd
        self.editor = editor
        self.state = state
        self.huge = huge
        self.wide = wide

    def edits(self, hive: WritableHive) -> State:
        """A few edits, some of them inside savepoints; the state after them."""
        for _ in range(self.random.choice((1, 1, 2, 6))):
            if self.random.random() < 0.2:
                self._savepoint(hive)
            else:
                self.edit()
        return self.state

    def _savepoint(self, hive: WritableHive) -> None:
        before = dict(self.state)
        hive.begin()
        for _ in range(self.random.randrange(4)):
            self.edit()
        if self.random.random() < 0.5:
            hive.roll_back()
            self.state = before
        else:
            hive.commit()

    def edit(self) -> None:
        """One change, drawn by how often it occurs."""
        verbs = (
            [self.create] * (8 if len(self.state) < 60 else 1)
            + [self.bulk_insert] * (1 if len(self.state) < 60 else 0)
            + [self.set_value] * 7
            + [self.set_values] * 2
            + [self.remove_value] * 3
            + [self.delete] * 2
            + [self.rename] * 2
            + [self.set_security] * 2
            + [self.set_class]
        )
        path = self.random.choice(list(self.state))
        if self.wide and self.random.random() < 0.3:
            self.widen(path)
        else:
            self.random.choice(verbs)(path)

    def widen(self, path: Path_) -> None:
        """A tree of many bins, or the end of one of that name."""
        where = (*path, fold("wide"))
        if where in self.state:
            self.delete(where)
            return
        if len(where) > 6:
            return
        above = ANYBODY.inherited(self.state[path].descriptor)
        top = self.editor.create(self.cell(path), "wide")
        self.state[where] = Key("", above, ())
        above = ANYBODY.inherited(above)
        for number in range(self.random.choice((3, 9, 30))):
            value = Value("", 3, self.random.randbytes(self.random.choice((3000, 9000))))
            self.editor.set_value(self.editor.create(top, f"{number}"), value)
            self.state[*where, f"{number}"] = Key("", above, ((value.name, 3, value.raw),))

    def cell(self, path: Path_) -> int:
        tree = self.editor.tree
        node = tree.root()
        for name in path:
            found = tree.child(node, name)
            assert found is not None
            node = found
        return node.cell

    def create(self, path: Path_) -> None:
        name = self._new_name()
        where = (*path, fold(name))
        if where in self.state or len(where) > 6:
            return
        class_name = self.random.choice(("", "", "Class"))
        descriptor = self.random.choice((b"", b"", self._descriptor()))
        self.editor.create(self.cell(path), name, class_name, descriptor)
        inherited = ANYBODY.inherited(self.state[path].descriptor)
        self.state[where] = Key(class_name, descriptor or inherited, ())

    def bulk_insert(self, path: Path_) -> None:
        """A few keys at one go, some of them above each other."""
        if len(path) > 3:
            return
        tops: dict[str, NewKey] = {}
        for _ in range(self.random.choice((1, 2, 6))):
            where, name = path, self._new_name()
            above = tops
            while above and self.random.random() < 0.4 and len(where) < 5:
                folded = self.random.choice(list(above))
                where, above = (*where, folded), above[folded].subkeys
            if fold(name) in above or (*where, fold(name)) in self.state:
                continue
            new = NewKey(name)
            new.class_name = self.random.choice(("", "", "Class"))
            new.values = {fold(v.name): v for v in [self._value(), self._value()]}
            above[fold(name)] = new
            rows = tuple((v.name, v.type, v.raw) for v in new.values.values())
            inherited = ANYBODY.inherited(self.state[where].descriptor)
            self.state[*where, fold(name)] = Key(new.class_name, inherited, rows)
        if tops:
            self.editor.bulk_insert(self.cell(path), list(tops.values()))

    def _new_name(self) -> str:
        return self.random.choice(NAMES).replace("%d", str(self.random.randrange(300)))

    def _descriptor(self) -> bytes:
        """Other owners, other lists, and what neither changes: a few bytes behind the parts."""
        number, size = self.random.randrange(4), self.random.choice((4, 8))
        some = random.Random(f"{number} {size} {len(self.state)}").choice
        owner, who = f"S-1-5-21-1-2-3-{some((500, 1001, 1002))}", some(("S-1-1-0", "S-1-3-0"))
        first = some((allow("S-1-5-18", 0xF003F), Ace(DENY, 0, 0x10006, EVERYONE)))
        entries = [first, allow(who, some((0x20019, 0x80000000)), some((0, 2, 3, 6, 10)))]
        made = build_descriptor(owner, "S-1-5-18", entries[: some((1, 2))])
        return made + bytes([number]) * some((0, 0, size))

    def _value(self) -> Value:
        name = self.random.choice(("", "v1", "V1", "größe", "n%d")).replace(
            "%d", str(self.random.randrange(20))
        )
        size = self.random.choice(SIZES)
        if self.random.random() < 0.06:
            size = self.random.choice(LARGE_SIZES)
        if self.huge and self.random.random() < 0.1:
            size = HUGE
        return Value(name, self.random.randrange(12), self.random.randbytes(size))

    def set_value(self, path: Path_) -> None:
        value = self._value()
        self.editor.set_value(self.cell(path), value)
        self._put(path, [value])

    def set_values(self, path: Path_) -> None:
        values = [self._value() for _ in range(self.random.randrange(8))]
        self.editor.set_values(self.cell(path), values)
        self._put(path, values)

    def _put(self, path: Path_, values: list[Value]) -> None:
        rows = {fold(row[0]): row for row in self.state[path].values}
        for value in values:
            spelling = rows.get(fold(value.name), (value.name,))[0]
            rows[fold(value.name)] = (spelling, value.type, value.raw)
        self._change(path, values=tuple(rows.values()))

    def _change(self, path: Path_, **changes: object) -> None:
        self.state[path] = replace(self.state[path], **changes)  # type: ignore[arg-type]

    def remove_value(self, path: Path_) -> None:
        rows = self.state[path].values
        if not rows:
            assert not self.editor.remove_value(self.cell(path), "none")
            return
        gone = self.random.choice(rows)
        assert self.editor.remove_value(self.cell(path), fold(gone[0]))
        self._change(path, values=tuple(row for row in rows if row is not gone))

    def delete(self, path: Path_) -> None:
        if path:
            self.editor.delete(self.cell(path), True)
            for below in [at for at in self.state if at[: len(path)] == path]:
                del self.state[below]

    def rename(self, path: Path_) -> None:
        name = self.random.choice(("x%d", "renamed " * 9 + "%d", "y")).replace(
            "%d", str(self.random.randrange(50))
        )
        target = (*path[:-1], fold(name))
        if path and target not in self.state:
            self.editor.rename(self.cell(path), name)
            size = len(path)
            self.state = {
                (target + at[size:] if at[:size] == path else at): key
                for at, key in self.state.items()
            }

    def set_security(self, path: Path_) -> None:
        descriptor = self._descriptor()
        self.editor.set_security(self.cell(path), descriptor)
        self._change(path, descriptor=descriptor)

    def set_class(self, path: Path_) -> None:
        class_name = self.random.choice(("", "Shell", "K" * 30))
        self.editor.set_class(self.cell(path), class_name)
        self._change(path, class_name=class_name)
