"""Differences: none between the same, both ways alike, and enough to make one of the other."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import given

import anyreg
from anyreg import Change, KeyState, Value, diff
from anyreg.names import fold
from conftest import CORPUS, MISSING
from formats.models import Model, models, opened

Values = dict[str, tuple[int, bytes]]
Plain = dict[tuple[str, ...], tuple[str, Values]]


def changes(a: Model, b: Model, *, times: bool = False) -> list[Change]:
    return list(diff(opened(a).root, opened(b).root, times=times))


def plain(top: Model) -> Plain:
    """The model as dicts of folded names."""
    return {
        tuple(map(fold, path)): (
            key.class_name,
            {fold(name): (type_, raw) for name, type_, raw in key.values},
        )
        for path, key in top.walk()
    }


def applied(plain: Plain, changes: list[Change]) -> Plain:
    """What the changes make of it."""
    for change in changes:
        path = tuple(map(fold, change.path.split("\\"))) if change.path else ()
        if change.name is None:
            apply_key(plain, path, change)
        elif isinstance(change.after, Value):
            plain[path][1][fold(change.name)] = change.after.type, change.after.raw
        elif path in plain:
            del plain[path][1][fold(change.name)]
    return plain


def apply_key(plain: Plain, path: tuple[str, ...], change: Change) -> None:
    if isinstance(change.after, KeyState):
        values = plain[path][1] if change.kind == "changed" else {}
        plain[path] = change.after.class_name, values
    else:
        del plain[path]


def swapped(change: Change) -> Change:
    kinds = {"added": "removed", "removed": "added", "changed": "changed"}
    return Change(kinds[change.kind], *change[1:3], change.after, change.before)  # type: ignore[arg-type]


def nameless(changes: list[Change]) -> list[tuple[object, ...]]:
    """The changes without the spelling of names, which is the second side's."""
    return [(c.kind, fold(c.path), c.name and fold(c.name), c.before, c.after) for c in changes]


@given(models())
def test_nothing_differs_from_itself(top: Model) -> None:
    assert changes(top, deepcopy(top), times=True) == []


@given(models(), models())
def test_the_changes_make_the_second_of_the_first(a: Model, b: Model) -> None:
    assert applied(plain(a), changes(a, b)) == plain(b)


@given(models(), models())
def test_both_ways_are_the_same_swapped(a: Model, b: Model) -> None:
    assert nameless(changes(b, a)) == nameless([swapped(change) for change in changes(a, b)])


def test_names_are_compared_as_windows_does() -> None:
    a = Model(values=[("ÿ", 1, b"x")], keys=[Model("Key", [("N", 3, b"")])])
    b = Model(values=[("Ÿ", 1, b"x")], keys=[Model("kEY", [("n", 3, b"1")])])
    assert changes(a, b) == [Change("changed", "kEY", "n", Value("N", 3, b""), Value("n", 3, b"1"))]


def test_a_type_alone_is_a_difference() -> None:
    a, b = Model(values=[("v", 3, b"")]), Model(values=[("v", 0, b"")])
    assert [change.kind for change in changes(a, b)] == ["changed"]


def test_what_is_below_a_new_key_is_told_in_full() -> None:
    sub = Model("a", [("", 4, b"")], [Model("b", class_name="c")])
    found = changes(Model(), Model(keys=[sub]))
    assert [(c.kind, c.path, c.name) for c in found] == [
        ("added", "a", None),
        ("added", "a", ""),
        ("added", "a\\b", None),
    ]
    assert found[2].after == KeyState("c", sub.written)


def test_siblings_come_sorted_whatever_their_stored_order() -> None:
    b = Model(values=[("y", 0, b""), ("X", 0, b"")], keys=[Model("z"), Model("W")])
    assert [change.name or change.path for change in changes(Model(), b)] == ["X", "y", "W", "z"]


def test_doubles_are_matched_one_by_one() -> None:
    one = Model(values=[("v", 3, b"1")], keys=[Model("k", [("x", 3, b"")])])
    two = Model(values=[("v", 3, b"1"), ("V", 3, b"2")], keys=[one.keys[0], Model("K")])
    assert [(c.kind, c.path, c.name) for c in changes(one, two)] == [
        ("added", "", "V"),
        ("added", "K", None),
    ]
    assert changes(two, two) == []


def test_a_class_name_is_a_difference_and_a_time_only_if_asked() -> None:
    a, b = Model(class_name="a", written=1), Model(class_name="b", written=1)
    assert changes(a, b) == [Change("changed", "", None, KeyState("a", 1), KeyState("b", 1))]
    later = Model(class_name="a", written=2)
    assert changes(a, later) == []
    assert changes(a, later, times=True) == [
        Change("changed", "", None, KeyState("a", 1), KeyState("a", 2))
    ]


def test_keys_that_differ_in_name_only_can_be_compared() -> None:
    registry = opened(Model(keys=[Model("a", [("v", 3, b"")]), Model("b", [("v", 3, b"")])]))
    assert list(diff(registry.open("a"), registry.open("b"))) == []


def test_depth_is_no_matter() -> None:
    top = Model("end")
    for _ in range(3000):
        top = Model("k", keys=[top])
    registry = opened(top)
    found = list(diff(registry.root, registry.open("k")))
    assert sorted(change.kind for change in found) == ["added", "removed", "removed"]


def test_an_infected_hive_differs_where_it_was_infected() -> None:
    if not CORPUS.is_dir():
        pytest.skip(MISSING)
    folder = CORPUS / "real/ntuser-win7"
    with (
        anyreg.open(folder / "NTUSER.DAT") as clean,
        anyreg.open(folder / "NTUSER_modified.DAT") as infected,
    ):
        added = [c for c in diff(clean.root, infected.root) if c.kind == "added"]
    assert [change.name for change in added] == [None, "totaly_not_malicious", "not_a_malware"]
