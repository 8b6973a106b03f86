"""The journal: undoing any change restores every byte, redoing makes it again."""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import anyreg
from agree.edits import Edits, Taste
from agree.model import Node
from anyreg import (
    ConflictError,
    JournalSettings,
    NotFoundError,
    NotSupportedError,
    Raw,
    Registry,
    TransactionError,
    diff,
)
from anyreg.formats import dump
from anyreg.regf.layout import KEY_COMPRESSED
from anyreg.registry.rows import rows_of
from registry.disks import small_disk


@pytest.fixture(autouse=True)
def histories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the histories of a test are."""
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path / "histories"))
    return tmp_path / "histories"


def state(registry: Registry) -> list[object]:
    """The dump, and what it leaves out: descriptors and flags."""
    rows: list[object] = list(dump.write(rows_of(registry.root)))
    for key, _, _ in registry.root.walk():
        rows.append((key.descriptor, key.info().flags & ~KEY_COMPRESSED))
    return rows


@pytest.fixture
def hive(tmp_path: Path) -> Iterator[Registry]:
    """A new hive with a journal; it must be sound in the end."""
    with anyreg.open(tmp_path / "HIVE", "x", journal=True) as registry:
        yield registry
        assert registry.check() == []


def worked(folder: Path, seed: int) -> tuple[Registry, list[list[object]]]:
    """A hive after random transactions, and what it held after each that changed anything."""
    rnd = random.Random(seed)
    settings_ = JournalSettings(str(folder / f"history {seed}"))
    path = folder / f"HIVE {seed}"
    registry = anyreg.open(path, "x", minor=rnd.choice((3, 5)), journal=settings_)
    edits = Edits(rnd, Node(registry.root.name, registry.root.descriptor), Taste(most=60))
    states = [state(registry)]
    for _ in range(8):
        edits.transaction(registry)
        if state(registry) != states[-1]:
            states.append(state(registry))
    return registry, states


@given(seed=st.integers(0, 10**9), together=st.integers(1, 4))
@settings(max_examples=25)
def test_undo_after_any_transaction_restores_the_dump(
    tmp_path_factory: pytest.TempPathFactory, seed: int, together: int
) -> None:
    """One by one or several at once, and redo makes each again, to the last byte."""
    registry, states = worked(tmp_path_factory.mktemp("worked"), seed)
    with registry:
        journal = registry.journal
        last = len(states) - 1
        assert [entry.state for entry in journal] == ["done"] * last
        at = last
        while at:
            count = min(together, at)
            journal.undo(count)
            at -= count
            assert state(registry) == states[at]
            assert registry.check() == []
        while at < last:
            count = min(together, last - at)
            journal.redo(count)
            at += count
            assert state(registry) == states[at]
            assert registry.check() == []


@given(seed=st.integers(0, 10**9))
@settings(max_examples=10)
def test_changes_are_what_differs(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """The changes of an entry name what `anyreg.diff` finds between the two states."""
    folder = tmp_path_factory.mktemp("changes")
    registry, states = worked(folder, seed)
    with registry:
        entries = registry.journal.entries()
        for entry in entries[: len(states) - 1]:
            after = Path(folder / f"after {entry.id}")
            registry.root.save(after)
            told = {(c.path.casefold(), c.name) for c in registry.journal.changes(entry)}
            registry.journal.undo()
            with anyreg.open(after) as then:
                found = list(diff(registry.root, then.root))
            renamed = {c[0] for c in told if c[1] is None}
            for change in found:
                place = (change.path.casefold(), change.name)
                within = any(change.path.casefold().startswith(path) for path in renamed)
                assert place in told or within


def test_a_hive_remembers_what_earlier_processes_did(tmp_path: Path) -> None:
    """Another process changes it, this one undoes and redoes that."""
    path = tmp_path / "HIVE"
    anyreg.open(path, "x").close()
    script = (
        "import sys, anyreg\n"
        "settings = anyreg.JournalSettings(label='a program')\n"
        "with anyreg.open(sys.argv[1], 'r+', journal=settings) as registry:\n"
        "    registry.write('A', 'x', 1)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    with anyreg.open(path, "r+", journal=True) as registry:
        (entry,) = registry.journal.undo()
        assert entry.label == "a program"
        assert entry.pid != os.getpid()
        assert (entry.keys, entry.values) == (2, 1)
        assert registry.root.children() == []
        registry.journal.redo()
        assert registry.read("A", "x") == 1


def test_a_process_that_died_has_its_commits_in_the_history(tmp_path: Path) -> None:
    """Also those that were not durable."""
    path = tmp_path / "HIVE"
    anyreg.open(path, "x").close()
    script = (
        "import os, sys, anyreg\n"
        "registry = anyreg.open(sys.argv[1], 'r+', journal=True)\n"
        "for number in range(5):\n"
        "    registry.write('A', 'x', number)\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    with anyreg.open(path, "r+", journal=True) as registry:
        assert len(registry.journal.entries()) == 5
        registry.journal.undo(3)
        assert registry.read("A", "x") == 1


def test_a_new_change_ends_what_can_be_redone(hive: Registry) -> None:
    """What is undone stays in the list, and cannot be made again."""
    hive.write("A", "x", 1)
    hive.write("A", "x", 2)
    hive.journal.undo(2)
    hive.journal.redo()
    hive.write("B", "y", 1)
    with pytest.raises(NotFoundError, match="1 change cannot be redone: none can be"):
        hive.journal.redo()
    assert [entry.state for entry in hive.journal] == ["done", "undone", "done"]
    hive.journal.undo(2)
    assert hive.root.children() == []
    with pytest.raises(NotFoundError, match="2 changes cannot be undone: none can be"):
        hive.journal.undo(2)


def test_names_that_were_swapped_are_swapped_back(hive: Registry) -> None:
    """In one transaction, with what is below them."""
    hive.write(r"A\under a", "x", 1)
    hive.write(r"B\under b", "y", 1)
    before = state(hive)
    with hive.transaction():
        hive.root.rename("A", "C")
        hive.root.rename("B", "A")
        hive.root.rename("C", "B" * 100)
        hive.root.rename("B" * 100, "B")
    after = state(hive)
    hive.journal.undo()
    assert state(hive) == before
    hive.journal.redo()
    assert state(hive) == after


def test_one_value_of_many_makes_a_small_record(hive: Registry) -> None:
    """Of 20,000 values one is told, and its place comes back."""
    with hive.transaction():
        hive.create("Many").set_values({f"value {n}": n for n in range(20_000)})
    before = state(hive)
    size = sum(path.stat().st_size for path in Path(hive.journal.folder).iterdir())
    with hive.transaction():
        hive.open("Many").delete_value("value 77")
        hive.write("Many", "value 9999", 5)
    grown = sum(path.stat().st_size for path in Path(hive.journal.folder).iterdir()) - size
    assert grown < 4096
    hive.journal.undo()
    assert state(hive) == before


# Conflicts


def without_journal(path: Path, work: object) -> None:
    """Change a hive with no history kept."""
    with anyreg.open(path, "r+") as registry:
        work(registry)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "work"),
    [
        ("A", lambda r: r.write("A", "x", 3)),
        ("A", lambda r: r.write("A", "", 3)),
        ("A", lambda r: setattr(r.open("A"), "class_name", "C")),
        ("A", lambda r: r.root.delete("A", recursive=True)),
        ("Tree", lambda r: r.write(r"Tree\New", "x", 1)),
        ("Tree", lambda r: r.root.open("Tree").delete("Below")),
        ("Old", lambda r: r.create("Old")),
        ("New name", lambda r: r.root.rename("New name", "Another")),
        ("Before", lambda r: r.create("Before")),
    ],
)
def test_what_else_has_changed_is_a_conflict(tmp_path: Path, name: str, work: object) -> None:
    """It names the key, changes nothing, and force overrides it."""
    path = tmp_path / "HIVE"
    with anyreg.open(path, "x", journal=True) as registry:
        with registry.transaction():
            registry.write("A", "x", 1)
            registry.write("Old", "y", 1)
            registry.create("Before")
        with registry.transaction():
            registry.write("A", "x", 2)
            registry.create(r"Tree\Below")
            registry.root.delete("Old")
            registry.root.rename("Before", "New name")
    without_journal(path, work)
    with anyreg.open(path, "r+", journal=True) as registry:
        here = state(registry)
        with pytest.raises(ConflictError) as caught:
            registry.journal.undo()
        assert caught.value.path.startswith(name)
        assert state(registry) == here
        registry.journal.undo(force=True)
        assert registry.read("A", "x") == 1
        assert registry.read("Old", "y") == 1
        assert "Before" in registry.root.subkeys
        assert "Tree" not in registry.root.subkeys
        assert registry.check() == []


def test_changes_beside_are_no_conflict(tmp_path: Path) -> None:
    """Other keys, subkeys that came beside, and values that the change did not touch."""
    path = tmp_path / "HIVE"
    with anyreg.open(path, "x", journal=True) as registry:
        registry.write("A", "other", 1)
        registry.write("A", "x", 1)
        registry.create(r"Top\One")

    def work(registry: Registry) -> None:
        registry.create(r"Top\Two")
        registry.write("A", "other", 2)

    without_journal(path, work)
    registry = anyreg.open(path, "r+", journal=True)
    with registry, pytest.raises(ConflictError):  # "Two" would go with "Top"
        registry.journal.undo()
    without_journal(path, lambda registry: registry.open("Top").delete("Two"))
    with anyreg.open(path, "r+", journal=True) as registry:
        written = registry.open("A").last_written
        registry.journal.undo(2)
        assert registry.read("A", "x") is None
        assert registry.read("A", "other") == 2
        assert registry.open("A").last_written == written
        assert registry.check() == []


def test_a_failed_undo_changes_nothing(hive: Registry) -> None:
    """Of two changes the older one is in conflict: neither is undone."""
    hive.write("A", "x", 1)
    hive.write("B", "x", 1)
    journal, hive._backend.hive.durability.observer = hive._backend.hive.durability.observer, None  # type: ignore[attr-defined]
    hive.write("A", "x", 2)
    hive._backend.hive.durability.observer = journal  # type: ignore[attr-defined]
    before = state(hive)
    with pytest.raises(ConflictError, match="A"):
        hive.journal.undo(2)
    assert state(hive) == before
    assert [entry.state for entry in hive.journal] == ["done", "done"]


def test_nothing_is_undone_inside_a_transaction(hive: Registry) -> None:
    """It would be a part of what is not committed."""
    hive.write("A", "x", 1)
    with hive.transaction(), pytest.raises(TransactionError):
        hive.journal.undo()


# Whole registries


def test_a_registry_of_ones_own_undoes_all_its_hives_at_once(tmp_path: Path) -> None:
    """A transaction over two hives is one entry; links, views and volatile keys do not matter."""
    with anyreg.open(f"{tmp_path}/home/", "x", journal=True) as registry:
        before = state(registry)
        with registry.transaction():
            registry.write(r"HKCU\Software\Test", "a", 1)
            registry.write(r"HKLM\SYSTEM\CurrentControlSet\Test", "a", 1)
        registry.write(r"HKLM\SOFTWARE\Test", "b", 2)
        after = state(registry)
        entries = registry.journal.entries()
        assert [len(entry.hives) for entry in entries] == [1, 2]
        paths = [change.path for change in registry.journal.changes(entries[0])]
        assert r"HKEY_LOCAL_MACHINE\SOFTWARE\Test" in paths
        registry.journal.undo(2)
        assert state(registry) == before
        registry.journal.redo(2)
        assert state(registry) == after
        assert registry.check() == []


@pytest.mark.posix("permissions as bits of a mode")
def test_the_history_of_a_registry_is_inside_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And private, unless ANYREG_HISTORY says otherwise."""
    monkeypatch.delenv("ANYREG_HISTORY")
    with anyreg.open(f"{tmp_path}/home/", "x", journal=True) as registry:
        registry.write(r"HKCU\Software\Test", "a", 1)
        folder = Path(registry.journal.folder)
    assert folder == tmp_path / "home" / "history"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    with anyreg.open(f"{tmp_path}/home", journal=True) as registry:
        registry.journal.undo()


@pytest.mark.posix("permissions as bits of a mode")
def test_a_single_hive_gets_no_files_beside_it(hive: Registry, histories: Path) -> None:
    """Its history is in the folder that ANYREG_HISTORY names, private."""
    hive.write("A", "x", 1)
    assert Path(hive.journal.folder).parent == histories
    assert stat.S_IMODE(histories.stat().st_mode) == 0o700


# Reading, limits, refusals


def test_a_read_only_registry_shows_its_journal(tmp_path: Path) -> None:
    """And makes no file; undoing is refused."""
    path = tmp_path / "HIVE"
    with anyreg.open(path, "x", journal=True) as registry:
        registry.write("A", "x", 1)
    with anyreg.open(path, journal=True) as registry:
        (entry,) = registry.journal
        assert [change.kind for change in registry.journal.changes(entry.id)] == ["added"] * 2
        with pytest.raises(NotSupportedError, match="reading only"):
            registry.journal.undo()
        with pytest.raises(NotFoundError):
            registry.journal.entry(9)


def test_what_keeps_no_journal_says_so(tmp_path: Path) -> None:
    """A registry in memory, and one that was opened without."""
    with pytest.raises(NotSupportedError, match="memory"):
        anyreg.open("memory:", journal=True)
    registry = anyreg.open(tmp_path / "HIVE", "x")
    with registry, pytest.raises(NotSupportedError, match="journal=True"):
        _ = registry.journal


def test_the_oldest_files_go_when_there_is_too_much(tmp_path: Path) -> None:
    """All files stay below the limit, and the newest changes can still be undone."""
    most = 200_000
    keep = JournalSettings(most=most)
    with anyreg.open(tmp_path / "HIVE", "x", journal=keep) as registry:
        for number in range(60):
            registry.write("A", "x", Raw(3, bytes([number]) * 5000))
        folder = Path(registry.journal.folder)
        assert sum(file.stat().st_size for file in folder.iterdir()) <= most
        assert len(list(folder.iterdir())) > 3
        left = registry.journal.entries()
        assert 5 < len(left) < 60
        assert left[0].id == 60
        registry.journal.undo(5)
        assert registry.read("A", "x") == bytes([54]) * 5000


def test_a_change_that_is_too_large_is_told_as_lost(tmp_path: Path) -> None:
    """It is committed, and cannot be undone; nothing before it either."""
    keep = JournalSettings(most=100_000)
    with anyreg.open(tmp_path / "HIVE", "x", journal=keep) as registry:
        registry.write("A", "x", 1)
        registry.write("A", "y", Raw(3, bytes(200_000)))
        assert [entry.is_kept for entry in registry.journal] == [False, True]
        with pytest.raises(ConflictError, match="too large"):
            registry.journal.undo()


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    """With the next change that is made by a process."""
    path = tmp_path / "HIVE"
    with anyreg.open(path, "x", journal=True) as registry:
        registry.write("A", "x", 1)
    with anyreg.open(path, "r+", journal=JournalSettings(days=-1.0)) as registry:
        registry.write("A", "x", 2)
        assert [entry.id for entry in registry.journal] == [2]


def test_a_cleared_journal_goes_on_counting(hive: Registry, tmp_path: Path) -> None:
    """For others that have it open too."""
    hive.write("A", "x", 1)
    with anyreg.open(tmp_path / "HIVE", "r+", journal=True) as other:
        other.write("A", "x", 2)
        hive.journal.clear()
        assert other.journal.entries() == []
        other.write("A", "x", 3)
        assert [entry.id for entry in hive.journal] == [3]
        hive.journal.undo()
        assert other.read("A", "x") == 2


def test_two_that_write_at_once_have_one_journal(hive: Registry, tmp_path: Path) -> None:
    """In turns, each undoing what the other did."""
    with anyreg.open(tmp_path / "HIVE", "r+", journal=True) as other:
        for number in range(4):
            (hive, other)[number % 2].write("A", "x", number)
        assert len(hive.journal.entries()) == len(other.journal.entries()) == 4
        hive.journal.undo()
        other.journal.undo()
        assert hive.read("A", "x") == 1
        hive.journal.redo(2)
        assert other.read("A", "x") == 3


def test_a_torn_end_is_overwritten(tmp_path: Path) -> None:
    """Half a record, as a process that died leaves it."""
    path = tmp_path / "HIVE"
    with anyreg.open(path, "x", journal=True) as registry:
        registry.write("A", "x", 1)
        (file,) = Path(registry.journal.folder).glob("*.history")
    whole = file.read_bytes()
    file.write_bytes(whole + whole[-300:-50])
    with anyreg.open(path, "r+", journal=True) as registry:
        registry.write("A", "x", 2)
        registry.journal.undo(2)
        assert registry.root.children() == []


def test_a_large_tree_comes_back(hive: Registry) -> None:
    """Five thousand keys, deleted as a whole."""
    with hive.transaction():
        key = hive.create("Large")
        for number in range(5000):
            key.create(f"{number}")
    before = state(hive)
    hive.root.delete("Large", recursive=True)
    hive.journal.undo()
    assert state(hive) == before


def test_a_disk_has_an_entry_for_each_hive(tmp_path: Path) -> None:
    """They commit one after the other; all are undone in one call."""
    disk = small_disk(tmp_path / "disk")
    with anyreg.open(disk, "r+", journal=True) as registry:
        before = state(registry)
        with registry.transaction():
            registry.write(r"HKLM\SOFTWARE\Test", "a", 1)
            registry.write(r"HKLM\SYSTEM\Test", "a", 1)
        entries = registry.journal.entries()
        assert [len(entry.hives) for entry in entries] == [1, 1]
        registry.journal.undo(2)
        assert state(registry) == before
        registry.journal.redo(2)
        assert registry.read(r"HKLM\SYSTEM\Test", "a") == 1
        assert registry.check() == []
