"""Merging: each thing by itself, deletions as a whole, and no side favoured unless asked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

import anyreg
from agree.edits import Taste, descriptor
from agree.model import model_of
from agree.test_real_hives import FewEdits, chosen, copied, quick
from anyreg import (
    Conflict,
    Key,
    KeyState,
    Merged,
    NotSupportedError,
    Registry,
    Value,
    diff,
    merge,
    patch,
)
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.trees import make
from anyreg.names import fold
from anyreg.registry.merge import Prefer
from conftest import Expected, each_expected
from formats.models import Model
from formats.models import opened as modelled
from registry.test_patch import folder
from registry.trees import TREES, Held, fill, held


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    """A place for many trees."""
    with Registry(MemoryBackend()) as made:
        yield made
        assert made.check() == []


def filled(registry: Registry, model: Model) -> Key:
    """A new key of that content."""
    key = registry.create(f"k{len(registry.root.subkeys)}")
    fill(key, model)
    return key


def merged(base: Model, ours: Model, theirs: Model, prefer: Prefer | None = None) -> Merged:
    keys = [modelled(side).root for side in (base, ours, theirs)]
    return merge(*keys, prefer=prefer)


def done(registry: Registry, ours: Model, result: Merged) -> Held:
    """What ours is after the changes of a merge."""
    key = filled(registry, ours)
    patch(key, result.changes)
    return held(key)


def turned(conflict: Conflict) -> Conflict:
    return conflict._replace(ours=conflict.theirs, theirs=conflict.ours)


def unspelled(conflicts: list[Conflict]) -> list[Conflict]:
    """The conflicts without the spelling of names."""
    return [c._replace(path=fold(c.path), name=c.name and fold(c.name)) for c in conflicts]


@given(TREES, TREES)
def test_where_one_side_has_changed_nothing_it_is_the_other(
    registry: Registry, base: Model, side: Model
) -> None:
    """And where both have made the same, that is it."""
    assert merged(base, side, base) == Merged([], [])
    assert merged(base, side, side) == Merged([], [])
    result = merged(base, base, side)
    assert result.conflicts == []
    assert done(registry, base, result) == held(filled(registry, side))


@given(TREES, TREES, TREES)
def test_both_sides_are_the_same_to_it(
    registry: Registry, base: Model, ours: Model, theirs: Model
) -> None:
    """The conflicts are those of the other way, and so is the result where there are none."""
    here, there = merged(base, ours, theirs), merged(base, theirs, ours)
    assert unspelled(here.conflicts) == unspelled(list(map(turned, there.conflicts)))
    if not here.conflicts:
        assert done(registry, ours, here) == done(registry, theirs, there)


@given(TREES, TREES, TREES)
def test_a_preferred_side_settles_all(
    registry: Registry, base: Model, ours: Model, theirs: Model
) -> None:
    """From either side the same comes out, and conflicts are told all the same."""
    for prefer, other in (("ours", "theirs"), ("theirs", "ours")):
        here = merged(base, ours, theirs, prefer)  # type: ignore[arg-type]
        there = merged(base, theirs, ours, other)  # type: ignore[arg-type]
        assert here.conflicts == merged(base, ours, theirs).conflicts
        assert done(registry, ours, here) == done(registry, theirs, there)
    assert merged(base, ours, theirs, "ours") == merged(base, ours, theirs)


@given(TREES, TREES, TREES)
def test_every_thing_is_what_the_three_states_say(
    registry: Registry, base: Model, ours: Model, theirs: Model
) -> None:
    """Worked out from plain dicts, wherever both sides have the key; conflicts stay ours."""
    b, o, t = (held(filled(registry, side)) for side in (base, ours, theirs))
    result = merged(base, ours, theirs)
    found = done(registry, ours, result)
    conflicts = {(fold(c.path), c.name and fold(c.name)) for c in result.conflicts}
    for path in o.keys() & t.keys():
        states = [side.get(path) for side in (b, o, t)]
        for name in {name for state in states if state for name in state[3]}:
            first, mine, other = [state and state[3].get(name) for state in states]
            expected = other if mine == first else mine
            assert found[path][3].get(name) == expected
            is_conflict = first != mine != other != first
            assert (("\\".join(path), name) in conflicts) == is_conflict
        was, ours_now, theirs_now = [state and state[0] for state in states]
        assert found[path][0] == (theirs_now if ours_now == was else ours_now)


# Deletions


DEEP = Model("Deep", [("d", 3, b"1")])
KEY = Model("Key", [("v", 3, b"1")], [DEEP])
BASE = Model(keys=[KEY])


def with_deep(raw: bytes) -> Model:
    return Model(keys=[Model("Key", KEY.values, [Model("Deep", [("d", 3, raw)])])])


def test_what_one_side_deletes_and_the_other_leaves_goes(registry: Registry) -> None:
    """With all below it."""
    result = merged(BASE, BASE, Model())
    assert [change.kind for change in result.changes] == ["removed"] * 4
    assert len(done(registry, BASE, result)) == 1
    assert merged(BASE, Model(), BASE) == Merged([], [])


@pytest.mark.parametrize("swap", [False, True])
def test_a_change_below_what_the_other_side_deletes_is_one_conflict(
    registry: Registry, swap: bool
) -> None:
    """However deep; a preferred side has its way with the whole tree."""
    changed, gone = with_deep(b"2"), Model()
    ours, theirs = (gone, changed) if swap else (changed, gone)
    result = merged(BASE, ours, theirs)
    state = KeyState("", KEY.written)
    conflict = Conflict("Key", None, state, state, None, is_tree=True)
    assert result == Merged([], [turned(conflict) if swap else conflict])
    for prefer, side in (("ours", ours), ("theirs", theirs)):
        result = merged(BASE, ours, theirs, prefer)  # type: ignore[arg-type]
        assert done(registry, ours, result) == held(filled(registry, side))


def test_both_may_delete(registry: Registry) -> None:
    """Then there is nothing to do."""
    assert merged(BASE, Model(), Model()) == Merged([], [])


def test_what_both_have_made_is_merged(registry: Registry) -> None:
    """Values of the same name and another content are conflicts."""
    ours = Model(keys=[Model("New", [("a", 3, b"1"), ("x", 3, b"1")])])
    theirs = Model(keys=[Model("nEW", [("b", 3, b"2"), ("X", 3, b"2")], [Model("Sub")])])
    result = merged(Model(), ours, theirs)
    assert [(c.kind, c.path, c.name) for c in result.changes] == [
        ("added", "nEW", "b"),
        ("added", r"nEW\Sub", None),
    ]
    values = Value("x", 3, b"1"), Value("X", 3, b"2")
    assert result.conflicts == [Conflict("nEW", "X", None, *values)]


def test_a_value_that_one_side_deletes_and_the_other_changes_is_a_conflict() -> None:
    """Whichever side does which."""
    one, two = Value("v", 3, b"1"), Value("v", 3, b"2")
    base, changed = Model(values=[("v", 3, b"1")]), Model(values=[("v", 3, b"2")])
    assert merged(base, changed, Model()).conflicts == [Conflict("", "v", one, two, None)]
    assert merged(base, Model(), changed).conflicts == [Conflict("", "v", one, None, two)]


def test_class_names_are_merged() -> None:
    """Each side's change counts, and two are a conflict."""
    base, ours, theirs = (Model(class_name=name) for name in ("", "o", "t"))
    states = tuple(KeyState(name, base.written) for name in ("", "o", "t"))
    assert [c.after for c in merged(base, base, theirs).changes] == [states[2]]
    assert merged(base, ours, base).changes == []
    assert merged(base, ours, theirs).conflicts == [
        Conflict("", None, states[0], states[1], states[2])
    ]
    assert [c.after for c in merged(base, ours, theirs, "theirs").changes] == [states[2]]


def test_descriptors_are_merged_if_asked_for(registry: Registry) -> None:
    """Apart from class names."""
    base, ours, theirs = (filled(registry, Model()) for _ in range(3))
    ours.class_name = "ours"
    theirs.descriptor = descriptor(1)
    assert merge(base, ours, theirs).changes == []
    result = merge(base, ours, theirs, security=True)
    assert result.conflicts == []
    patch(ours, result.changes)
    assert (ours.class_name, ours.descriptor) == ("ours", descriptor(1))
    theirs.descriptor = descriptor(2)
    assert len(merge(base, ours, theirs, security=True).conflicts) == 1


def test_a_link_in_the_place_of_a_key_is_a_tree_of_its_own(registry: Registry) -> None:
    """It comes where the other side has left the key alone, and is a conflict where not."""
    base, ours, theirs = (filled(registry, BASE) for _ in range(3))
    theirs.delete("Key", recursive=True)
    backend = theirs._backend
    node, _ = make(backend, theirs.node, "Key", link=True)
    backend.write(node, [Value("SymbolicLinkValue", 6, b"x\0")])
    result = merge(base, ours, theirs)
    assert result.conflicts == []
    ours.create(r"Key\Deep").values["d"] = b"2"
    assert [c.is_tree for c in merge(base, ours, theirs).conflicts] == [True]
    ours.create(r"Key\Deep").set_records([Value("d", 3, b"1")])
    patch(ours, result.changes)
    assert held(ours) == held(theirs)
    assert merge(base, ours, theirs) == Merged([], [])
    (link,) = theirs.children()
    with pytest.raises(NotSupportedError, match="cannot be merged"):
        merge(base, base, link)


def test_names_that_stand_twice_are_never_patched_by_guessing(registry: Registry) -> None:
    """Changes of theirs to them are told as odd ones."""
    base = Model(values=[("v", 3, b"1"), ("V", 3, b"2")])
    theirs = Model(values=[("v", 3, b"1"), ("V", 3, b"3")])
    assert [change.is_odd for change in merged(base, base, theirs).changes] == [True]


def test_only_sides_can_be_preferred(registry: Registry) -> None:
    """Not base."""
    with pytest.raises(ValueError, match="not 'base'"):
        merged(BASE, BASE, BASE, "base")  # type: ignore[arg-type]


@each_expected(lambda hive: chosen(hive) and quick(hive))
def test_edits_of_two_copies_of_a_real_hive_are_merged(hive: Expected, tmp_path: Path) -> None:
    """With theirs preferred in one copy and ours in the other, both come to the same."""
    files = [copied(hive, folder(tmp_path, name)) for name in ("base", "ours", "theirs")]
    with (
        anyreg.open(files[0]) as base,
        anyreg.open(files[1], "r+") as ours,
        anyreg.open(files[2], "r+") as theirs,
    ):
        faults = len(base.check())
        for seed, registry in enumerate((ours, theirs)):
            rnd = random.Random(f"{hive.path} {seed}")
            edits = FewEdits(rnd, model_of(registry.root), Taste())
            while edits.done < 30:
                edits.transaction(registry)
        roots = base.root, ours.root, theirs.root
        here = merge(*roots, prefer="theirs", security=True)
        there = merge(base.root, theirs.root, ours.root, prefer="ours", security=True)
        assert len(here.conflicts) == len(there.conflicts)
        patch(ours.root, here.changes)
        patch(theirs.root, there.changes)
        assert list(diff(ours.root, theirs.root, security=True)) == []
        assert max(len(ours.check()), len(theirs.check())) <= faults
