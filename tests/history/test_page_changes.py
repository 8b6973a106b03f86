"""What the pages of a commit say has changed, against what the editor knew of it, and the names."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
import share
from agree.edits import Edits, Taste
from agree.model import model_of
from anyreg import Registry
from anyreg.backends.places import Place
from anyreg.backends.writable_hive import WritableHiveBackend
from anyreg.engine.feed import HiveStep, Listener, Step
from anyreg.engine.observer import Commit, CommitObserver
from anyreg.engine.tree import Tree
from anyreg.errors import RegistryError
from anyreg.history.item_commit import items_of_commit
from anyreg.history.items import Item
from anyreg.history.name_changes import NameChanges
from anyreg.history.packing import pack_item
from anyreg.history.page_changes import PageChanges
from anyreg.history.unpacking import read_items
from anyreg.problems import Problems
from anyreg.watching.changes import KeyChange, Reporter, in_order
from history.given import Given
from watching.model import snapshot


class Known(CommitObserver):
    """Keeps what the editor knows of each commit."""

    def __init__(self) -> None:
        self.records: list[bytes] = []

    def begin(self, commits: list[Commit], secured: bool) -> None:
        """As the recorder does."""
        (commit,) = commits
        items = items_of_commit(commit)
        self.records.append(b"".join(map(pack_item, items)))


class Steps(Listener):
    """Keeps the steps."""

    def __init__(self) -> None:
        self.steps: list[HiveStep] = []

    def stepped(self, steps: list[Step]) -> None:
        """One transaction."""
        self.steps += [step for step in steps if isinstance(step, HiveStep)]

    def failed(self, error: RegistryError) -> None:
        raise error


class Case:
    """A hive whose commits are looked at."""

    def __init__(self, registry: Registry) -> None:
        backend = registry.root._backend
        assert isinstance(backend, WritableHiveBackend)
        self.registry = registry
        self.known, self.listener = Known(), Steps()
        backend.hive.observe(self.known, "")
        self.feed = backend.feed()
        self.feed.add(self.listener)

    def said(self, items: Iterator[Item]) -> list[KeyChange]:
        """Items as changes of the root."""
        reporter = Reporter(Place("", self.feed, [], [], [], lambda: None), True, "")
        reporter.read(items)
        return in_order([reporter])

    def commits(self, by_name: bool = True) -> Iterator[list[list[KeyChange]]]:
        """Of each commit since the last look: by the editor, the pages and perhaps the names."""
        steps, records = self.listener.steps, self.known.records
        assert len(steps) == len(records)
        for step, record in zip(steps, records, strict=True):
            old = Tree(step.before, step.minor, step.roots[0], Problems())
            new = Tree(step.after, step.minor, step.roots[1], Problems())
            assert step.runs is not None
            found = [read_items(Given(record)), PageChanges(old, new, step.runs).items()]
            found += [NameChanges(old, new).items()] if by_name else []
            yield [self.said(items) for items in found]
        steps.clear()
        records.clear()


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    """A new hive."""
    with anyreg.open(tmp_path / "hive", "x") as registry:
        yield Case(registry)
        assert registry.check() == []


def ordered(changes: list[KeyChange]) -> list[str]:
    return sorted(map(repr, changes))


def run(case: Case, seed: int, transactions: int) -> int:
    """Random transactions; how many renames the pages did not show as such."""
    edits = Edits(random.Random(seed), model_of(case.registry.root), Taste(most=60))
    unseen = 0
    edits.some(case.registry, 60)
    list(case.commits())
    for _ in range(transactions):
        before = snapshot(case.registry.root)
        edits.transaction(case.registry)
        for known, pages, names in case.commits():
            after = snapshot(case.registry.root)
            for changes in (known, pages, names):
                mirror = before.copied()
                mirror.apply(changes)
                mirror.expect(after)
            renamed = [
                {(change.path, change.before) for change in changes if change.kind == "key renamed"}
                for changes in (known, pages)
            ]
            if renamed[0] == renamed[1]:
                assert ordered(pages) == ordered(known)
            unseen += len(renamed[0] ^ renamed[1])
    return unseen


def test_they_agree_on_random_commits(case: Case) -> None:
    """And with a model; a rename may look like a deletion where hardly anything was there."""
    assert run(case, 5, 40) <= 4


def test_each_of_many_keys_is_found(case: Case) -> None:
    """Also one whose node begins on one page and ends on the next, only one of which differs."""
    names = [f"{number:03}{'x' * (number % 7)}" for number in range(400)]
    with case.registry.transaction():
        for name in names:
            case.registry.create(name).values["v"] = 1
    list(case.commits())
    for name in names:
        case.registry.write(name, "v", 2)
        ((known, pages),) = case.commits(by_name=False)
        assert ordered(pages) == ordered(known)
        assert [(change.kind, change.path) for change in pages] == [("value set", name)]


@pytest.mark.long
def test_they_agree_on_many_commits(tmp_path: Path) -> None:
    """The same for long."""
    first = share.first(500)
    for seed in range(first, first + share.times(300)):
        with anyreg.open(tmp_path / str(seed), "x") as registry:
            assert run(Case(registry), seed, 40) <= 8
