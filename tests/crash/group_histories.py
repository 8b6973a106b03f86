"""The work of groups.py with a history kept: what it says after a cut, and what undoing gives."""

from __future__ import annotations

import random

from anyreg.backends.abilities import Journaled
from anyreg.backends.base import Backend
from anyreg.backends.writable_hive import WritableHiveBackend
from anyreg.engine.flusher import flusher
from anyreg.engine.group import HiveGroup
from anyreg.history.recorder import Recorder
from anyreg.history.store import Store
from anyreg.history.undo_order import DONE
from anyreg.registry.journal import Journal
from crash.disk import Medium, Process
from crash.groups import HIVES, RECORD, GroupWork, number_in
from crash.histories import AGE, FOLDER, MOST, Exact, Looked, exact
from crash.power import each_image


class GroupBackend(Backend, Journaled):
    """A group of hives, as far as a journal needs one."""

    def __init__(self, group: HiveGroup) -> None:
        self.group = group

    def is_changing(self) -> bool:
        return False

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        for name, path in HIVES.items():
            recorder.register(name, path)
        self.group.observe(recorder)

    def history_hive(self, hive: str) -> Backend:
        self.group.editor(hive)
        return WritableHiveBackend(self.group.hive(hive))

    def begin(self, timeout: float = -1.0) -> None:
        self.group.begin(timeout)

    def commit(self, durable: bool) -> None:
        self.group.commit(durable)

    def roll_back(self) -> None:
        self.group.roll_back()


def kept(process: Process, group: HiveGroup) -> Journal:
    """The journal of a group, as a program keeps it."""
    recorder = Recorder(process, Store(process, FOLDER, MOST, AGE, False), "", "")
    backend = GroupBackend(group)
    backend.keep_history(recorder)
    return Journal(backend, recorder, False)


class GroupHistoryWork(GroupWork):
    """Work on a group of hives with a history.

    Attributes:
        moments: What each hive held after each commit.
        promised: The event from which on the history must have a commit.
    """

    def open(self) -> None:
        super().open()
        self.journal = kept(self.process, self.group)
        if not hasattr(self, "moments"):
            self.promised: dict[int, int] = {}
            self.moments: list[dict[str, list[Exact]]] = []
            self.seen()

    def seen(self) -> None:
        """Remember what the hives hold now."""
        self.moments.append({name: exact(self.group.hive(name).tree) for name in HIVES})

    def commit(self) -> None:
        number = len(self.commits) + 1
        self.journal._recorder.label = str(number)
        super().commit()
        if len(self.commits) == number:
            self.seen()
            if self.commits[-1].durable <= self.here:
                self.promised[number] = self.here

    def settle(self, before: int) -> None:
        super().settle(before)
        if len(self.moments) == len(self.commits):
            self.seen()
        done = [int(entry.label) for entry in self.journal.entries()]
        assert done == list(range(len(self.commits), 0, -1))


def check_group_history(seed: int, steps: int, few: int) -> Looked:
    """Cut a workload everywhere, and look at the history in each image."""
    work = GroupHistoryWork(seed)
    work.run(steps)
    rnd = random.Random(seed)
    looked = Looked()
    for files, cut in each_image(work.start, work.medium.record, rnd, few):
        look(work, files, cut.passed, looked)
    return looked


def look(work: GroupHistoryWork, files: dict[str, bytes], point: int, looked: Looked) -> None:
    """Whether an image's history is of the commits that are there, and takes the last back."""
    looked.images += 1
    process = Process(Medium.of(files))
    group = HiveGroup(process, RECORD, HIVES)
    journal = kept(process, group)
    numbers = {name: number_in(group.hive(name)) for name in HIVES}
    done = [int(entry.label) for entry in journal.entries() if entry.state == DONE]
    for number in done:
        hives = work.commits[number - 1].hives
        assert all(numbers[name] >= number for name in hives), f"{number} never came to be"
    for number, event in work.promised.items():
        assert event > point or number in done, f"{number} is not in the history"
    if done and all(numbers[name] == done[0] for name in work.commits[done[0] - 1].hives):
        journal.undo()
        looked.undone += 1
        for name in work.commits[done[0] - 1].hives:
            assert exact(group.hive(name).tree) == work.moments[done[0] - 1][name]
    for name in HIVES:
        flusher.cancel(id(group.hive(name).durability))
