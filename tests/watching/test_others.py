"""What another one who has the hive open does is reported as what it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import Registry

SOON = 20.0


@pytest.fixture(params=[20, 2000])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Registry, Registry]]:
    """A small hive or a larger one, opened twice."""
    with anyreg.open(tmp_path / "hive", "x") as one, anyreg.open(tmp_path / "hive", "r+") as two:
        with one.transaction():
            for number in range(request.param):
                one.create(f"K{number}").values["v"] = bytes(100)
        yield one, two
        assert one.check() == []


def test_compaction_is_no_change(both: tuple[Registry, Registry]) -> None:
    """Though the keys stand elsewhere then; nor are handles of keys lost by it."""
    one, two = both
    key, gone = one.open("K7"), one.open("K3")
    with one.root.watch(timeout=SOON) as watch:
        two.delete("K3", recursive=True)
        two.compact()
        two.write("K7", "x", 1)
        assert [change.kind for change in next(watch)] == ["value deleted", "key deleted"]
        batch = next(watch)
        assert [change.path for change in batch] == ["K7"]
        assert not batch.resynchronised
    assert key.values["x"] == 1
    with pytest.raises(anyreg.KeyDeletedError):
        gone.children()


def test_renames_of_others_are_followed(both: tuple[Registry, Registry]) -> None:
    """As those of one's own."""
    one, two = both
    with one.open("K7").watch(timeout=SOON) as watch:
        two.root.rename("K7", "a name that fits into no old cell")
        two.write("a name that fits into no old cell", "x", 1)
        renamed, changed = next(watch), next(watch)
        assert [(change.kind, change.before) for change in renamed] == [("key renamed", "K7")]
        assert [change.path for change in changed] == ["a name that fits into no old cell"]
