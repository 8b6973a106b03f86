"""The records of a history: which of them are in doubt, as whoever opens it anew finds out."""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from anyreg.engine.file_disk import FileDisk
from anyreg.errors import RegistryError
from anyreg.facts import Facts
from anyreg.history.items import Item, TreeKey, TreeTop
from anyreg.history.packing import pack_item
from anyreg.history.records import CHANGE, DROPPED, THERE, UNDO, Part, TooLargeError
from anyreg.history.store import Store
from anyreg.values import Value
from crash.cuts import Cut
from crash.disk import Create, KilledError, Medium, Process, Sync, failed


def opened(folder: Path) -> Store:
    return Store(FileDisk(), str(folder), 1 << 20, 1 << 60, False)


def add(store: Store, kind: str, ids: list[int], number: int) -> int:
    """Append the record of a commit, or one that tells of such; its number."""
    record = store.begin(kind)
    record.ids = ids
    if number:
        record.parts.append(Part("", number, f"{number:024x}"))
    store.append(record)
    return record.id


def doubtful(folder: Path) -> list[int]:
    """What a process that opens the history takes for commits that may not have come to be."""
    store = opened(folder)
    with store:
        found = list(store.unresolved)
    store.close()
    return found


@pytest.mark.parametrize("is_synced", [False, True])
def test_a_change_that_is_undone_while_in_doubt_stays_in_doubt(
    tmp_path: Path, is_synced: bool
) -> None:
    """The undo names it, which says nothing of whether either of them came to be."""
    store = opened(tmp_path)
    with store:
        first = add(store, CHANGE, [], 7)
        add(store, THERE, [first], 0)
        change = add(store, CHANGE, [], 8)
        if is_synced:
            store.sync()
        undo = add(store, UNDO, [change], 9)
    store.close()
    assert doubtful(tmp_path) == [change, undo]


@pytest.mark.parametrize("kind", [THERE, DROPPED])
def test_what_is_told_of_a_commit_ends_the_doubt(tmp_path: Path, kind: str) -> None:
    """That it is there, or that it never came to be."""
    store = opened(tmp_path)
    with store:
        commits = [add(store, CHANGE, [], 7), add(store, CHANGE, [], 8)]
        add(store, kind, commits[:1], 0)
    store.close()
    assert doubtful(tmp_path) == commits[1:]


@pytest.mark.parametrize("torn", [CHANGE, THERE])
@pytest.mark.parametrize("is_synced", [False, True])
def test_only_records_that_were_not_durable_are_looked_at_whole(
    tmp_path: Path, torn: str, is_synced: bool
) -> None:
    """A change that was synced before the last record was written is taken as it stands."""
    store = opened(tmp_path)
    with store:
        change = add(store, CHANGE, [], 7)
        if is_synced:
            store.sync()
        add(store, THERE, [change], 0)
    store.close()
    (file,) = tmp_path.glob("*.history")
    data = bytearray(file.read_bytes())
    digit = data.index(b'07"') + 1 if torn == CHANGE else data.rindex(b'"ids":[') + 7
    data[digit] ^= 1  # what stands there can still be read
    file.write_bytes(data)
    found = doubtful(tmp_path)
    assert found == ([change] if torn == THERE else [])
    store = opened(tmp_path)
    with store:
        assert store.last_id == (change if torn == THERE or is_synced else 0)
    store.close()


def test_a_file_that_a_killed_program_had_just_ended_is_synced() -> None:
    """Records of others stand in it, who count on syncing the last file alone."""
    medium = Medium()
    dying = Process(medium)
    store = Store(dying, "h", 1 << 16, 1 << 60, False)

    def die(verb: str, path: str) -> None:
        if verb == "sync" and path.endswith("1.history"):
            dying.kill()

    def fill() -> None:
        with store:
            while True:
                store.append(store.begin(CHANGE))

    medium.fault = die
    with pytest.raises(KilledError):
        fill()
    medium.fault = None
    first = medium.names["h/00000001.history"]
    medium.record.clear()
    with Store(Process(medium), "h", 1 << 16, 1 << 60, False):
        assert "h/00000002.history" in medium.names
    events = [event for event in medium.record if isinstance(event, Create | Sync)]
    assert events[0] == Sync(first)


@pytest.mark.parametrize("field", [b"sound", b"floor"])
def test_the_last_record_cannot_vouch_for_itself(tmp_path: Path, field: bytes) -> None:
    """Whatever it says of what is durable, its digest is looked at."""
    store = opened(tmp_path)
    with store:
        for number in range(1, 4):
            add(store, CHANGE, [], number)
            store.sync()
        assert store.last_id == 3
    store.close()
    (file,) = tmp_path.glob("*.history")
    data = bytearray(file.read_bytes())
    data[data.rindex(b'"%s":' % field) + len(field) + 3] = ord("9")
    file.write_bytes(data)
    store = opened(tmp_path)
    with store:
        assert store.last_id == 2
    store.close()


def test_numbers_go_on_after_a_power_cut_behind_forgetting() -> None:
    """The file that has the last number is durable before those before it go."""
    medium = Medium()
    cut = Cut.of(Medium())
    store = Store(Process(medium), "h", 1 << 16, 1 << 60, False)
    with store:
        for number in range(1, 4):
            add(store, CHANGE, [], number)
        store.sync()
        store.clear()
    for event in medium.record:
        cut.pass_over(event)
    found: set[int] = set()
    for choice in cut.choices(random.Random(1), 50):
        after = Store(Process(Medium.of(cut.files(choice))), "h", 1 << 16, 1 << 60, False)
        with after:
            found.add(after.last_id)
    assert found == {3}


def test_nothing_is_written_after_a_sync_that_failed() -> None:
    """The system may have dropped the bytes, and say that all is well the next time."""
    medium = Medium()
    store = Store(Process(medium), "h", 1 << 16, 1 << 60, False)

    def fault(verb: str, path: str) -> None:
        if verb == "sync":
            raise failed(errno.EIO, path)

    with store:
        add(store, CHANGE, [], 1)
        medium.fault = fault
        with pytest.raises(RegistryError, match="EIO"):
            store.sync()
        medium.fault = None
    with pytest.raises(RegistryError, match="open the hive again"):
        store.take()
    anew = Store(Process(medium), "h", 1 << 16, 1 << 60, False)
    with anew:
        assert anew.last_id == 1


def tree_of(keys: int) -> Iterator[Item]:
    """The items of so many keys, with ten kilobytes of values each."""
    yield TreeTop(False, [], [])
    for number in range(keys):
        value = Value(f"value {number}", 3, bytes([number % 251]) * 10_000)
        yield TreeKey(number > 0, f"key {number}", Facts("", b"", 0, number), [value])


def packed(items: Iterator[Item]) -> list[bytes]:
    return [pack_item(item) for item in items]


def test_a_large_record_is_written_in_pieces_and_is_whole(tmp_path: Path) -> None:
    """Others read it, also those that go through all of it."""
    store = Store(FileDisk(), str(tmp_path), 1 << 30, 1 << 60, False)
    with store:
        add(store, CHANGE, [], 7)
        record = store.begin(CHANGE)
        store.append(record, tree_of(500))
        add(store, CHANGE, [], 8)
    other = Store(FileDisk(), str(tmp_path), 1 << 30, 1 << 60, False)
    with other:
        assert other.last_id == record.id + 1
        found = [known for known in other.backwards() if known.id == record.id]
        assert packed(other.items(found[0])) == packed(tree_of(500))
    store.close()
    other.close()


def test_a_disk_that_is_full_under_a_large_record_leaves_the_history_as_it_was() -> None:
    """Wherever it is full; the next record takes its place."""
    for allowed in range(6):
        medium = Medium()
        store = Store(Process(medium), "h", 1 << 30, 1 << 60, False)
        writes = count()

        def fault(
            verb: str, path: str, writes: Iterator[int] = writes, most: int = allowed
        ) -> None:
            if verb == "write" and next(writes) >= most:
                raise failed(errno.ENOSPC, path)

        with store:
            first = add(store, CHANGE, [], 7)
            medium.fault = fault
            with pytest.raises(RegistryError, match="ENOSPC"):
                store.append(store.begin(CHANGE), tree_of(500))
            medium.fault = None
            assert add(store, CHANGE, [], 8) == first + 1
        with Store(Process(medium), "h", 1 << 30, 1 << 60, False) as anew:
            assert anew.last_id == first + 1


def test_nothing_of_a_record_that_was_given_up_is_written_later() -> None:
    """Whether it is too large, or its items cannot be read; the next one takes its place."""
    medium = Medium()
    store = Store(Process(medium), "h", 8 << 20, 1 << 60, False)

    def broken() -> Iterator[Item]:
        yield from tree_of(150)
        raise KeyboardInterrupt

    def slow(verb: str, path: str) -> None:
        if verb == "write":
            time.sleep(0.2)

    with store:
        first = add(store, CHANGE, [], 7)
        medium.fault = slow
        for items, error in ((tree_of(1000), TooLargeError), (broken(), KeyboardInterrupt)):
            with pytest.raises(error):
                store.append(store.begin(CHANGE), items)
            written = len(medium.record)
            time.sleep(0.4)
            assert len(medium.record) == written
        medium.fault = None
        assert add(store, CHANGE, [], 8) == first + 1
    with Store(Process(medium), "h", 8 << 20, 1 << 60, False) as anew:
        assert anew.last_id == first + 1
