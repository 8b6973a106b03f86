"""Threads that share a hive: each sees its own transaction, and no other's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.engine.create import create_hive
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.flusher import flusher
from anyreg.engine.writable import WritableHive
from anyreg.errors import TransactionError
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Value


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[anyreg.Registry]:
    with anyreg.open(tmp_path / "hive", "x") as opened:
        opened.write("Key", "number", 1)
        yield opened
        assert opened.check() == []


def in_thread(function: Callable[[], object]) -> object:
    result: list[object] = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join(20)
    assert not thread.is_alive(), "the thread waits for a writer"
    return result[0]


def test_a_reader_sees_nothing_of_a_transaction_under_way(registry: anyreg.Registry) -> None:
    """Neither through a key that it holds nor through one that it opens."""
    key = registry.open("Key")
    with registry.transaction():
        key.values["number"] = 2
        registry.create("New")
        assert in_thread(lambda: key.values["number"]) == 1
        assert in_thread(lambda: registry.open("Key").values["number"]) == 1
        assert in_thread(lambda: "New" in registry.root.subkeys) is False
        assert key.values["number"] == 2
    assert in_thread(lambda: key.values["number"]) == 2


def test_writers_wait_for_each_other(registry: anyreg.Registry) -> None:
    """A counter that eight threads raise loses nothing."""
    key = registry.open("Key")

    def count() -> None:
        for _ in range(50):
            with registry.transaction():
                key.values["number"] = key.get_int("number") + 1

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert key.values["number"] == 401


def two_handles(tmp_path: Path) -> tuple[WritableHive, WritableHive]:
    """Of one new hive."""
    disk, path = FileDisk(), str(tmp_path / "hive")
    create_hive(disk, path, 5, "ROOT", default_descriptor())
    return WritableHive(disk, path), WritableHive(disk, path)


def put(hive: WritableHive, number: int) -> None:
    with hive.transaction() as editor:
        editor.set_value(hive.root_cell, Value("n", 4, bytes([number, 0, 0, 0])))


def test_a_reload_keeps_the_writer_lock(tmp_path: Path) -> None:
    """Another handle has made whole periods meanwhile; the next transaction holds the lock."""
    first, second = two_handles(tmp_path)
    for number in range(3):
        put(second, number)
        second.checkpoint()
    with first.transaction() as editor:
        assert editor.tree.records(editor.tree.root())[0].raw == bytes([2, 0, 0, 0])
        log = FileDisk().open(first.path + ".LOG1", False)
        assert not log.lock(False, False)
        log.close()
    first.close()
    second.close()


def test_a_sync_that_fails_beside_a_reload_ends_all_work(tmp_path: Path) -> None:
    """The log that it belonged to is the one that is gone on with."""
    first, second = two_handles(tmp_path)
    before = first._opened.wal
    for number in range(3):
        put(second, number)
        second.checkpoint()
    first.follow()
    assert first._opened.wal is not before
    before.fail(KeyboardInterrupt())
    with pytest.raises(TransactionError, match="interrupted"):
        first.begin()
    first.close()
    second.close()


def test_a_closed_hive_is_not_written_out(tmp_path: Path) -> None:
    """The thread may come to it too late, when other files have the numbers of its files."""
    hive, other = two_handles(tmp_path)
    put(hive, 1)
    flusher.cancel(id(hive.durability))
    wal = hive._opened.wal
    wal.number += 1  # as if the last commit were not durable
    hive._opened.files.close()
    wal.write_out()
    assert not wal.is_broken
    other.close()
