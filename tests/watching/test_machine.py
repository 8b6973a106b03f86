"""Whatever is done to a hive, in and out of transactions, every watch reports it exactly."""

from __future__ import annotations

import tempfile

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import anyreg
import share
from agree.edits import descriptor
from anyreg import Key, Raw, RegistryError
from anyreg.registry.transaction import Transaction
from anyreg.registry.watch import Watch
from watching.model import Mirror, snapshot

NAMES = st.sampled_from(["a", "A", "b", "ß", "_", "Key with a longer name", "\U0001f600"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("\\".join)
DATA = st.one_of(st.binary(max_size=8), st.sampled_from([100, 16_344, 16_345, 40_000]).map(bytes))


class Watching(RuleBasedStateMachine):
    """A hive, and watches that begin and end at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.registry = anyreg.open(self.folder.name + "/hive", "x")
        self.root = self.registry.root
        self.depth: list[Transaction] = []
        self.watches: list[tuple[Watch, Mirror]] = []
        self.is_lazy = False

    def key(self, path: str) -> Key | None:
        found: Key | None = self.root
        for name in path.split("\\"):
            found = found.find_child(name) if found is not None else None
        return found

    @rule(path=PATHS, name=st.sampled_from(["", "class"]))
    def make(self, path: str, name: str) -> None:
        self.root.create(path, class_name=name)

    @rule(path=PATHS, recursive=st.booleans())
    def delete(self, path: str, recursive: bool) -> None:
        above, _, name = path.rpartition("\\")
        parent = self.key(above) if above else self.root
        if parent is not None:
            try:
                parent.delete(name, recursive=recursive, missing_ok=True)
            except anyreg.HasSubkeysError:
                assert not recursive

    @rule(path=PATHS, name=NAMES)
    def rename(self, path: str, name: str) -> None:
        above, _, old = path.rpartition("\\")
        parent = self.key(above) if above else self.root
        if parent is not None:
            try:
                parent.rename(old, name)
            except RegistryError:
                assert self.key(path) is None or parent.find_child(name) is not None

    @rule(path=PATHS, names=st.lists(NAMES, max_size=3, unique_by=str.upper), data=DATA)
    def write(self, path: str, names: list[str], data: bytes) -> None:
        key = self.key(path)
        if key is not None:
            key.values.update({name: Raw(3, data) for name in names})

    @rule(path=PATHS, name=NAMES)
    def remove(self, path: str, name: str) -> None:
        key = self.key(path)
        if key is not None:
            key.delete_value(name, missing_ok=True)

    @rule(path=PATHS, name=st.text("cls", max_size=5), number=st.integers(0, 3))
    def set_facts(self, path: str, name: str, number: int) -> None:
        key = self.key(path)
        if key is not None:
            key.class_name = name
            key.descriptor = descriptor(number)

    @rule()
    def begin(self) -> None:
        transaction = self.registry.transaction()
        transaction.__enter__()
        self.depth.append(transaction)

    @precondition(lambda self: self.depth)
    @rule(keep=st.booleans())
    def end(self, keep: bool) -> None:
        error = None if keep else KeyError("undone")
        self.depth.pop().__exit__(error and type(error), error, None)

    @precondition(lambda self: not self.depth)
    @rule()
    def compact(self) -> None:
        self.registry.compact()

    @precondition(lambda self: not self.depth)
    @rule(limit=st.sampled_from([1, 3, 1000]))
    def watch(self, limit: int) -> None:
        if len(self.watches) < 4:
            watch = self.root.watch(timeout=0, limit=limit)
            self.watches.append((watch, snapshot(self.root)))

    @rule()
    def end_watch(self) -> None:
        if self.watches:
            self.watches.pop(0)[0].close()

    @rule(is_lazy=st.booleans())
    def let_wait(self, is_lazy: bool) -> None:
        """Nothing is taken any more until it is told so."""
        self.is_lazy = is_lazy

    @invariant()
    def all_is_reported(self) -> None:
        if self.is_lazy:
            return
        last = None if self.depth else snapshot(self.root)
        for watch, mirror in self.watches:
            for batch in watch:
                mirror.apply(batch)
            if last is not None:
                mirror.expect(last)

    def teardown(self) -> None:
        while self.depth:
            self.end(True)
        self.is_lazy = False
        self.all_is_reported()
        assert self.registry.check() == []
        for watch, _ in self.watches:
            watch.close()
        self.registry.close()
        self.folder.cleanup()


@pytest.mark.property
def test_a_few_steps() -> None:
    """Every watch reports what was committed, and nothing else."""
    run_state_machine_as_test(Watching, settings=settings(max_examples=15))


@pytest.mark.long
@pytest.mark.property
def test_many_steps() -> None:
    """The same for long."""
    many = settings(max_examples=share.times(600), stateful_step_count=60)
    run_state_machine_as_test(Watching, settings=many)
