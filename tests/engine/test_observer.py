"""Somebody takes part in the commits of a hive, or of a group of hives."""

from __future__ import annotations

import pytest

from anyreg.engine.create import create_hive
from anyreg.engine.group import HiveGroup
from anyreg.engine.observer import Commit, CommitObserver
from anyreg.engine.writable import WritableHive
from anyreg.values import Value
from crash.disk import Medium, Process
from crash.made import Made, got, put
from crash.model import DESCRIPTOR, problems_of


class Watcher(CommitObserver):
    """Writes down what it is called for; refuses commits if asked to."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.refuses = False

    def begin(self, commits: list[Commit], secured: bool) -> None:
        names = " ".join(f"{commit.hive}:{commit.number}" for commit in commits)
        self.calls.append(f"begin {names} {secured}")
        if self.refuses:
            raise OSError("refused")

    def finish(self, synced: dict[str, int]) -> None:
        self.calls.append(f"finish {synced}")

    def failed(self) -> None:
        self.calls.append("failed")

    def secure(self) -> None:
        self.calls.append("secure")

    def now_durable(self, synced: dict[str, int]) -> None:
        self.calls.append(f"durable {synced}")


def observed() -> tuple[WritableHive, Watcher]:
    hive = Made().hive()
    watcher = Watcher()
    hive.observe(watcher, "it")
    return hive, watcher


def test_it_is_asked_before_the_end_of_a_process_makes_commits_durable() -> None:
    """The checkpoint of a hive that is left idle syncs the log, too."""
    hive, watcher = observed()
    put(hive, b"1")
    with hive.transaction() as editor:
        editor.set_value(hive.root_cell, Value("v", 3, b"2"))
    watcher.is_secured = False
    watcher.calls.clear()
    hive.durability._idle_task(True)
    assert not hive.is_dirty
    assert watcher.calls[0] == "secure"


def test_it_is_called_before_a_commit_and_behind_it() -> None:
    """The first commit begins a period of the log, which is durable; the second is not."""
    hive, watcher = observed()
    put(hive, b"1")
    with hive.transaction() as editor:
        editor.set_value(hive.root_cell, Value("v", 3, b"2"))
    first = hive.durability.durable_entries["it"]
    assert watcher.calls == [
        f"begin it:{first} True",
        f"finish {{'it': {first}}}",
        f"begin it:{first + 1} False",
        f"finish {{'it': {first}}}",
    ]
    watcher.calls.clear()
    hive.flush()
    assert watcher.calls == ["secure", f"durable {{'it': {first + 1}}}"]
    assert problems_of(hive) == []


def test_a_commit_that_changes_nothing_is_none() -> None:
    """Nobody is asked about it."""
    hive, watcher = observed()
    with hive.transaction():
        pass
    assert watcher.calls == []


def test_who_refuses_stops_the_commit() -> None:
    """The hive is as it was, and goes on."""
    hive, watcher = observed()
    put(hive, b"1")
    watcher.refuses = True
    with pytest.raises(OSError, match="refused"):
        put(hive, b"2")
    assert got(hive) == b"1"
    watcher.refuses = False
    put(hive, b"3")
    assert got(hive) == b"3"
    assert "failed" not in watcher.calls
    assert problems_of(hive) == []


def test_the_hives_of_a_group_have_one() -> None:
    """It is called once for a transaction over both."""
    process = Process(Medium())
    for name in "AB":
        create_hive(process, name, 5, "ROOT", DESCRIPTOR)
    group = HiveGroup(process, "record", {"A": "A", "B": "B"})
    watcher = Watcher()
    group.observe(watcher)
    group.begin()
    for name in "AB":
        group.editor(name).set_value(group.hive(name).root_cell, Value("x", 3, b"x"))
    group.commit()
    assert [call for call in watcher.calls if call.startswith("begin")] == ["begin A:2 B:2 True"]
    assert watcher.calls[-1] == "finish {'A': 2, 'B': 2}"
    assert [problem for name in "AB" for problem in problems_of(group.hive(name))] == []
