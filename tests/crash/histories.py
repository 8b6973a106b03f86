"""The work of model.py with a history kept, undone and redone, and the power cuts in it.

Every change has the number of its commit as its label, so what a history says after a cut can be
compared with the commits that are there.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from anyreg.backends.writable_hive import WritableHiveBackend
from anyreg.engine.flusher import flusher
from anyreg.engine.tree import Tree
from anyreg.engine.writable import WritableHive
from anyreg.history.recorder import Recorder
from anyreg.history.store import Store
from anyreg.history.undo_order import DONE
from anyreg.regf.layout import KEY_COMPRESSED
from anyreg.registry.journal import Journal
from crash.disk import Medium, Process
from crash.model import HIVE, Workload, problems_of
from crash.power import Plan, each_image, thinned

FOLDER = "state/history"
MOST = 1 << 40  # nothing is trimmed, however large the values
AGE = 1 << 60
_STEPS = 4  # undone, one by one, in each image

Exact = tuple[object, ...]


def exact(tree: Tree) -> list[Exact]:
    """All that a hive holds, times, flags and descriptors included, in stored order."""
    found: list[Exact] = []
    stack: list[tuple[tuple[str, ...], int]] = [((), tree.root().cell)]
    while stack:
        path, cell = stack.pop()
        node = tree.key(cell)
        values = tuple((value.name, value.type, value.raw) for value in tree.records(node))
        flags = tree.flags(node) & ~KEY_COMPRESSED
        own = (node.last_written, tree.class_name(node), flags, tree.descriptor(node), values)
        found.append((path, *own))
        below = [((*path, child.name), child.cell) for child in tree.children(node)]
        stack.extend(reversed(below))
    return found


def kept(process: Process, hive: WritableHive, label: str = "") -> Journal:
    """The journal of a hive, as a program keeps it."""
    recorder = Recorder(process, Store(process, FOLDER, MOST, AGE, False), label, "")
    backend = WritableHiveBackend(hive)
    backend.keep_history(recorder)
    return Journal(backend, recorder, False)


class HistoryWork(Workload):
    """Random work with a history.

    Attributes:
        moments: What the hive held after each commit, to the last bit.
        done: The changes that were done and not undone after each commit, oldest first.
        required: From which event on the history must have which commits.
    """

    def __init__(
        self, seed: int, *, programs: int = 1, old: bool = False, huge: bool = False
    ) -> None:
        self.journals: list[Journal] = []
        self.moments: list[list[Exact]] = []
        self.done: list[tuple[int, ...]] = []
        self.required: list[tuple[int, int]] = [(0, 0)]
        self.undone: list[int] = []
        self.next_done: tuple[int, ...] = ()
        super().__init__(seed, programs=programs, old=old, huge=huge)
        for process, hive in zip(self.processes, self.hives, strict=True):
            self.journals.append(kept(process, hive))
        self._moment(self.hives[0], ())

    def _moment(self, hive: WritableHive, done: tuple[int, ...]) -> None:
        self.moments.append(exact(hive.tree))
        self.done.append(done)

    def _agree(self, which: int) -> None:
        """A commit is known now: what it left, and what the history says of it."""
        super()._agree(which)
        if len(self.moments) < len(self.history.commits):
            self._moment(self.hives[which], self.next_done)
        if which < len(self.journals):
            entries = self.journals[which].entries()
            labels = [int(entry.label) for entry in entries if entry.state == DONE]
            assert labels == self._changing(self.done[-1]), (
                entries,
                self.done[-1],
                self._changing(self.done[-1]),
            )

    def _changing(self, done: tuple[int, ...]) -> list[int]:
        """Those of the commits that changed anything, the newest first."""
        return [n for n in reversed(done) if self.moments[n] != self.moments[n - 1]]

    def _begun(self, state: object) -> None:
        super()._begun(state)  # type: ignore[arg-type]
        number = self.history.last + 1
        self.next_done = (*self.done[-1], number)
        for journal in self.journals:
            journal._recorder.label = str(number)

    def _committed(self, which: int, durable: bool) -> None:
        super()._committed(which, durable)
        if durable:
            self.required.append((len(self.medium.record), self.history.last))

    def _open(self, which: int) -> None:
        number = len(self.history.commits)
        journals, self.journals = self.journals, []
        try:
            super()._open(which)
        finally:
            self.journals = journals
        self.journals[which] = kept(self.processes[which], self.hives[which])
        if number < len(self.history.commits):
            self.undone = []
        self._agree(which)

    def transaction(self, which: int) -> None:
        if self.random.random() < 0.3:
            self.undo(which)
        else:
            super().transaction(which)
            self.undone = []

    def undo(self, which: int) -> None:
        """Undo a change or two."""
        changes = self._changing(self.done[-1])
        count = self.random.choice((1, 1, 2))
        if len(changes) < count:
            return
        oldest = changes[count - 1]
        self._begun(self.history.states[oldest - 1])
        self.next_done = tuple(n for n in self.done[-1] if n < oldest)
        self.journals[which].undo(count)
        self._committed(which, True)
        assert self.moments[-1] == self.moments[oldest - 1]
        if self.random.random() < 0.5:
            self._redo(which, changes[:count])

    def _redo(self, which: int, changes: list[int]) -> None:
        for number in reversed(changes):
            self._begun(self.history.states[number])
            self.next_done = (*[n for n in self.done[-1] if n < number], number)
            self.journals[which].redo()
            self._committed(which, True)
            assert self.moments[-1] == self.moments[number]

    def run(self, steps: int) -> HistoryWork:
        super().run(steps)
        return self


@dataclass
class Looked:
    """How many images were opened, and how many changes were undone in them."""

    images: int = 0
    undone: int = 0


def check_history(plan: Plan) -> Looked:
    """Cut a workload everywhere, and look at the history in each image."""
    work = HistoryWork(plan.seed, programs=plan.programs, old=plan.old, huge=plan.huge)
    work.run(plan.steps)
    rnd = random.Random(plan.seed)
    looked = Looked()
    images = each_image(work.start, work.medium.record, rnd, plan.few)
    for files, cut in thinned(images, work.medium.record, plan.most, rnd):
        required = max(number for at, number in work.required if at <= cut.passed)
        look(work, files, required, looked)
    return looked


def look(work: HistoryWork, files: dict[str, bytes], required: int, looked: Looked) -> None:
    """Whether an image's history is of the commits that are there, and takes them back."""
    looked.images += 1
    process = Process(Medium.of(files))
    hive = WritableHive(process, HIVE)
    journal = kept(process, hive)
    here = exact(hive.tree)
    numbers = [n for n in range(required, len(work.moments)) if work.moments[n] == here]
    assert numbers
    entries = journal.entries()
    done = [int(entry.label) for entry in entries if entry.state == DONE]
    fits = [n for n in numbers if _fits(done, work._changing(work.done[n]), required)]
    assert fits, (done, [work._changing(work.done[n]) for n in numbers], required, numbers)
    expected = work._changing(work.done[fits[0]])
    for number in expected[:_STEPS]:
        if not done or done.pop(0) != number:
            break  # a change that was not durable has lost its record
        journal.undo()
        looked.undone += 1
        assert exact(hive.tree) == work.moments[number - 1]
        assert problems_of(hive) == []
    flusher.cancel(id(hive.durability))


def _fits(found: list[int], expected: list[int], required: int) -> bool:
    """Whether a history has these changes, but for some that nobody was promised."""
    there = set(found)
    if found != [number for number in expected if number in there]:
        return False
    return all(number > required for number in expected if number not in there)
