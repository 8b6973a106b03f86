"""A world without transactions takes back what it has changed, and knows what was there before."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anyreg.backends import ask
from anyreg.backends.base import AllOrNone
from anyreg.backends.earlier import Earlier
from anyreg.backends.history_location import open_recorder, open_store
from anyreg.backends.trees import find, make
from anyreg.backends.undo import Undo, tree_items
from anyreg.errors import RegistryError, TransactionError
from anyreg.facts import Facts
from anyreg.history.items import ChangedKey
from anyreg.history.look_step import Look, differences
from anyreg.values import Node, Value
from backends.mortal import Died, MortalSteppedWorld
from backends.stepped import SteppedWorld

NAMES = st.sampled_from(["a", "A", "b", "c"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("\\".join)
VALUES = st.builds(Value, NAMES, st.just(3), st.binary(max_size=3))
Step = Callable[[SteppedWorld], object]


def at(path: str, do: Callable[[SteppedWorld, Node], object]) -> Step:
    """A step on the key at a path, if there is one."""

    def step(world: SteppedWorld) -> None:
        node = find(world, world.root(), path)
        if node is not None:
            do(world, node)

    return step


def write(path: str, value: Value) -> Step:
    return at(path, lambda world, node: world.write(node, [value]))


def remove(path: str, name: str) -> Step:
    return at(path, lambda world, node: world.remove(node, name))


def rename(path: str, name: str) -> Step:
    return at(path, lambda world, node: world.rename(node, name))


def came(path: str) -> Step:
    return lambda world: make(world, world.root(), path)


STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(came, PATHS),
    st.builds(write, PATHS, VALUES),
    st.builds(remove, PATHS, NAMES),
    st.builds(rename, PATHS, NAMES),
    st.builds(lambda path: at(path, lambda world, node: world.delete(node, True)), PATHS),
)


def do_all(world: SteppedWorld, steps: list[Step]) -> None:
    for step in steps:
        try:
            step(world)
        except RegistryError:
            pass  # as a name that is taken


def look(world: SteppedWorld) -> Look:
    return list(tree_items(world, world.root()))


def told(items: Look) -> list[tuple[int, str, str, list[str]]]:
    """Without times, which no world can set back."""
    return sorted(
        (key.depth, key.name, key.facts.class_name, sorted(map(repr, key.values))) for key in items
    )


@settings(max_examples=150)
@given(
    before=st.lists(STEPS, max_size=6),
    lost=st.lists(STEPS, max_size=8),
    kept=st.lists(STEPS, max_size=4),
)
def test_what_is_rolled_back_never_was(
    before: list[Step], lost: list[Step], kept: list[Step]
) -> None:
    """At each level, whatever was changed."""
    world = SteppedWorld()
    do_all(world, before)
    first = told(look(world))
    world.begin()
    do_all(world, kept)
    second = told(look(world))
    world.begin()
    do_all(world, lost)
    world.roll_back()
    assert told(look(world)) == second
    world.roll_back()
    assert told(look(world)) == first


@settings(max_examples=150)
@given(before=st.lists(STEPS, max_size=6), steps=st.lists(STEPS, max_size=8))
def test_what_is_told_of_a_change_takes_it_back(before: list[Step], steps: list[Step]) -> None:
    """The history of it is what leads from the one state to the other, and back."""
    world = SteppedWorld()
    do_all(world, before)
    first = told(look(world))
    world.begin()
    do_all(world, steps)
    entries = list(world.steps._entries)
    tops = Earlier(entries, world.steps._look).tops()
    items = [
        item
        for top in tops
        for item in differences(
            top.names, top.look(), world.steps._look(top.names, 512 if top.is_deep else 0)
        )
    ]
    world.commit(False)
    Undo(world, lambda: iter(items)).run()
    assert told(look(world)) == first


@settings(max_examples=200)
@example([came("a"), came("b")], [[rename("a", "b")]], 1, False)  # dead before it was refused
@given(
    before=st.lists(STEPS, max_size=6),
    steps=st.lists(st.lists(STEPS, max_size=4), max_size=3),
    left=st.integers(1, 12),
    is_behind=st.booleans(),
)
def test_what_a_dead_process_has_changed_can_be_taken_back(
    before: list[Step], steps: list[list[Step]], left: int, is_behind: bool
) -> None:
    """Wherever it has died: there is a record of all that it has done, or it has done nothing."""
    world = MortalSteppedWorld()
    do_all(world, before)
    first = told(look(world))
    with tempfile.TemporaryDirectory() as folder:
        lost = open_recorder(open_store(folder, 1 << 20, 1 << 60, False), "", "")
        world.keep_history(lost)
        world.left, world.is_behind = left, is_behind
        try:
            with AllOrNone(world):
                do_levels(world, steps)
                world.end()
                raise Died
        except (Died, TransactionError):
            pass
        lost.close()
        other = MortalSteppedWorld(world.inner)
        store = open_store(folder, 1 << 20, 1 << 60, False)
        other.keep_history(open_recorder(store, "", ""))
        other.steps.take_up()
        assert list(Path(folder).glob("*.notes")) == []
        with store:
            records = [record for record in store.backwards() if record.kind == "change"]
        for record in records:
            Undo(other, lambda known=record: store.items(known)).run()  # type: ignore[misc]
        assert told(look(other)) == first
        other.steps.close()
        store.close()


def do_levels(world: SteppedWorld, steps: list[list[Step]]) -> None:
    """Every other level is rolled back, which a process may die in too."""
    for index, level in enumerate(steps):
        world.begin()
        do_all(world, level)
        if index % 2:
            world.roll_back()
        else:
            world.commit(False)


def test_a_change_that_cannot_be_recorded_is_taken_back(tmp_path: Path) -> None:
    """Its history has no place, say."""
    (tmp_path / "file").touch()
    store = open_store(str(tmp_path / "file" / "history"), 1 << 20, 1 << 60, False)
    world = SteppedWorld()
    world.steps.keep_history(open_recorder(store, "", ""))
    with pytest.raises(RegistryError), AllOrNone(world):
        make(world, world.root(), "a")
    assert told(look(world)) == [(0, "ROOT", "", [])]


class StubbornWorld(SteppedWorld):
    """One in which no key gets its state back."""

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        raise RegistryError("not now")


def test_what_cannot_be_taken_back_is_in_the_history(tmp_path: Path) -> None:
    """With the next transaction; so it can be undone later."""
    store = open_store(str(tmp_path), 1 << 20, 1 << 60, False)
    world = StubbornWorld()
    key, _ = make(world, world.root(), "a")
    world.write(key, [Value("v", 3, b"old")])
    world.steps.keep_history(open_recorder(store, "", ""))
    world.begin()
    world.write(key, [Value("v", 3, b"new")])
    with pytest.raises(TransactionError):
        world.roll_back()
    world.begin()
    world.roll_back()
    with store:
        (record,) = [record for record in store.backwards() if record.kind == "change"]
    (item,) = [item for item in store.items(record) if isinstance(item, ChangedKey)]
    assert item.path_after == ["a"]
    (hunk,) = item.hunks
    assert [value.raw for value in (*hunk.before, *hunk.after)] == [b"old", b"new"]
    world.steps.close()
    store.close()


def test_others_wait_for_the_end() -> None:
    """Each change of another thread is made before or behind a transaction."""
    world = SteppedWorld()
    order: list[str] = []

    def other() -> None:
        make(world, world.root(), "other")
        order.append("other")

    thread = threading.Thread(target=other)
    world.begin()
    thread.start()
    make(world, world.root(), "own")
    thread.join(0.05)
    order.append("own")
    world.commit(False)
    thread.join()
    assert order == ["own", "other"]
    with pytest.raises(TransactionError):
        world.commit(False)


def test_what_cannot_be_taken_back_is_said() -> None:
    """And all else is."""
    world = SteppedWorld()
    make(world, world.root(), r"a\b")
    world.begin()
    for path in ("a", r"a\b"):
        world.write(find(world, world.root(), path), [Value("v", 3, b"1")])  # type: ignore[arg-type]
    inner = world._inner
    inner.delete(inner.open(inner.root(), ["a", "b"]), False)  # type: ignore[arg-type]
    with pytest.raises(TransactionError, match=r"a\\b: the key is gone"):
        world.roll_back()
    assert world.values(find(world, world.root(), "a")) == []  # type: ignore[arg-type]
    assert not ask.is_changing(world)
