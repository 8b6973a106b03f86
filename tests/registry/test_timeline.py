"""Timelines: every key once, in the order of its last change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

import anyreg
from agree.test_real_hives import REFUSED, quick
from anyreg import Dated, Key, KeyDeletedError, RegistryError
from conftest import Expected, each_expected
from formats.models import Model, opened
from oracles import tree_with_hivex
from registry.trees import TREES

TICKS = st.sampled_from([0, 1, 116444736000000000, (1 << 64) - 1]) | st.integers(0, (1 << 64) - 1)


@st.composite
def dated(draw: st.DrawFn) -> Model:
    """A tree with any times."""
    top = draw(TREES)
    for _, key in top.walk():
        key.written = draw(TICKS)
    return top


@given(dated(), TICKS, TICKS)
def test_every_key_of_the_time_stands_once_in_order(top: Model, newer: int, older: int) -> None:
    """By time, then by path; `newer` is included, `older` is not."""
    rows = sorted((key.written, "\\".join(path)) for path, key in top.walk())
    root = opened(top).root
    assert root.timeline() == rows
    assert root.timeline(newer=newer, older=older) == [r for r in rows if newer <= r[0] < older]


def test_times_may_be_datetimes() -> None:
    """And come as such."""
    day = datetime(2026, 1, 1, tzinfo=UTC)
    top = opened(Model(written=1, keys=[Model("k", written=134116992000000000)])).root
    found = top.timeline(newer=day, older=day + timedelta(microseconds=1))
    assert found == [Dated(134116992000000000, "k")]
    assert found[0].time == day
    assert Dated((1 << 64) - 1, "").time is None


def test_it_starts_at_the_key_with_paths_from_the_root() -> None:
    """As everywhere."""
    root = opened(Model(keys=[Model("a", keys=[Model("b")]), Model("c")])).root
    assert [path for _, path in (root / "a").timeline()] == ["a", r"a\b"]


def test_progress_and_errors_are_told() -> None:
    """A key whose subkeys cannot be read stands there all the same."""
    with anyreg.open("memory:") as registry:
        top = registry.create(r"HKCU\Software\T")
        top.create(r"a\below")
        top.create("b")
        errors: list[RegistryError] = []
        seen: list[str] = []

        def delete(key: Key) -> None:
            seen.append(key.name)
            if key.name == "b":
                top.delete("a", recursive=True)

        found = top.timeline(on_key=delete, on_error=errors.append)
        assert seen == ["T", "b", "a"]
        assert [type(error) for error in errors] == [KeyDeletedError]
        assert {path.rpartition("\\")[2] for _, path in found} == {"T", "a", "b"}


@each_expected(lambda hive: hive.clean and quick(hive) and hive.path not in REFUSED)
def test_real_hives_have_the_times_that_hivex_reads(hive: Expected) -> None:
    """All of them, in order."""
    tree = tree_with_hivex(hive.file)
    with anyreg.open(hive.file) as registry:
        found = registry.root.timeline()
    assert [written for written, _ in found] == sorted(row[0] or 0 for row in tree.values())
    assert len({path for _, path in found}) == len(tree)
