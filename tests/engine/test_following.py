"""Taking over what others have committed, at once or for sure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

import anyreg
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.writable import WritableHive
from anyreg.errors import TransactionError

SHORT, LONG = 0.05, 30.0


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[WritableHive, WritableHive]]:
    """A hive that two have open, as two processes would."""
    path = str(tmp_path / "hive")
    anyreg.open(path, "x").close()
    hives = WritableHive(FileDisk(), path), WritableHive(FileDisk(), path)
    yield hives
    for hive in hives:
        hive.close()


def commit(hive: WritableHive, name: str) -> None:
    with hive.transaction() as editor:
        editor.create(editor.tree.root().cell, name)


def seen(hive: WritableHive) -> list[str]:
    return [key.name for key in hive.reading.children(hive.reading.root())]


def lay_far_behind(hive: WritableHive) -> None:
    """Change a hive so that whoever follows must read it anew."""
    for name in ("a", "b", "c"):
        commit(hive, name)
        hive.checkpoint()
    commit(hive, "last")


def test_reading_waits_for_nobody(both: tuple[WritableHive, WritableHive]) -> None:
    """Where another thread is at the hive, it shows what was there a moment ago."""
    mine, other = both
    commit(other, "new")
    assert mine._turn.take_briefly()
    assert not mine.follow()
    assert seen(mine) == []
    mine._turn.give_briefly()
    assert mine.follow()
    assert seen(mine) == ["new"]


def test_a_sure_look_waits_for_another_thread(both: tuple[WritableHive, WritableHive]) -> None:
    """It may have looked before the last commit, and have the turn all the same."""
    mine, other = both
    commit(other, "new")
    assert mine._turn.take_briefly()
    with pytest.raises(TransactionError):
        mine.follow_surely(SHORT)
    Timer(SHORT, mine._turn.give_briefly).start()
    mine.follow_surely(LONG)
    assert seen(mine) == ["new"]


def test_a_sure_look_waits_for_who_opens_it(both: tuple[WritableHive, WritableHive]) -> None:
    """What is to be read anew needs the writer lock, which another one has just then."""
    mine, other = both
    lay_far_behind(other)
    other._opened.files.hold()
    assert not mine.follow()
    assert mine._opened.is_behind
    with pytest.raises(TransactionError):
        mine.follow_surely(SHORT)
    assert seen(mine) == []
    Timer(SHORT, other._opened.files.release).start()
    mine.follow_surely(LONG)
    assert seen(mine) == ["a", "b", "c", "last"]
    assert not mine._opened.is_behind


def test_a_transaction_has_followed_already(both: tuple[WritableHive, WritableHive]) -> None:
    """So inside of it there is nothing to wait for."""
    mine, _ = both
    with mine.transaction() as editor:
        mine.follow_surely(SHORT)
        editor.create(editor.tree.root().cell, "k")
    assert seen(mine) == ["k"]
