"""What is done, undone and next, held to an editor's two stacks."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from anyreg.errors import NotFoundError
from anyreg.history.records import CHANGE, DROPPED, REDO, THERE, UNDO, Record
from anyreg.history.undo_order import DONE, UNDONE, committed, planned, states


class History:
    """Records as a journal writes them, and the stacks of what they do."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.done: list[int] = []
        self.undone: list[int] = []

    def newest_first(self) -> list[Record]:
        return self.records[::-1]

    def add(self, kind: str, ids: list[int] | None = None) -> Record:
        record = Record(kind, len(self.records) + 1)
        record.ids = ids or []
        record.keys = 1 if kind == CHANGE else 0
        self.records.append(record)
        return record

    def change(self) -> None:
        self.done.append(self.add(CHANGE).id)
        self.undone.clear()

    def move(self, kind: str, n: int) -> list[int]:
        """Undo or redo; what was moved, in this order."""
        source, target = (self.done, self.undone) if kind == UNDO else (self.undone, self.done)
        moved = [source.pop() for _ in range(n)]
        target.extend(moved)
        self.add(kind, moved)
        return moved


@given(st.lists(st.tuples(st.sampled_from([CHANGE, UNDO, REDO]), st.integers(1, 3)), max_size=20))
def test_it_is_what_two_stacks_say(steps: list[tuple[str, int]]) -> None:
    """Whatever was done: the next to undo, the next to redo, and the state of each change."""
    history = History()
    for kind, n in steps:
        if kind == CHANGE:
            history.change()
            continue
        stack = history.done if kind == UNDO else history.undone
        if len(stack) < n:
            with pytest.raises(NotFoundError):
                planned(iter(history.newest_first()), kind, n)
            continue
        plan = planned(iter(history.newest_first()), kind, n)
        assert [record.id for record in plan] == history.move(kind, n)
    told = {record.id: state for record, state in states(iter(history.newest_first()))}
    assert [known for known, state in sorted(told.items()) if state == DONE] == history.done
    assert set(told.values()) <= {DONE, UNDONE}


def test_commits_that_never_came_to_be_are_left_out() -> None:
    """Those that a record drops, and those that are only known to be missing."""
    history = History()
    first, dropped, missing = (history.add(CHANGE) for _ in range(3))
    history.add(THERE, [first.id])
    history.add(DROPPED, [dropped.id])
    assert list(committed(iter(history.newest_first()), [missing.id])) == [first]


def test_a_commit_that_changed_no_key_is_none_that_can_be_undone() -> None:
    """Such as one that compacts; one that is too large to be kept is told nevertheless."""
    history = History()
    empty, lost = history.add(CHANGE), history.add(CHANGE)
    empty.keys = lost.keys = 0
    lost.is_lost = True
    assert list(committed(iter(history.newest_first()), [])) == [lost]


def test_no_more_records_are_read_than_are_needed() -> None:
    """To undo one change of a long history is to look at its last record."""
    history = History()
    for _ in range(10):
        history.change()
    left = iter(history.newest_first())
    assert [record.id for record in planned(left, UNDO, 1)] == [10]
    assert len(list(left)) == 9


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "0 changes are none"),
        (2, "2 changes cannot be undone: only 1 can be"),
    ],
)
def test_too_many_are_refused_with_how_many_there_are(n: int, words: str) -> None:
    """The error says how far one could go."""
    history = History()
    history.change()
    with pytest.raises(NotFoundError, match=words):
        planned(iter(history.newest_first()), UNDO, n)
    with pytest.raises(NotFoundError, match="1 change cannot be redone: none can be"):
        planned(iter(history.newest_first()), REDO, 1)
