"""Threads that share a hive: each sees its own transaction, and no other's."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import anyreg


@pytest.fixture
def registry(tmp_path: Path) -> anyreg.Registry:
    with anyreg.open(tmp_path / "hive", "x") as opened:
        opened.write("Key", "number", 1)
        yield opened
        assert opened.check() == []


def in_thread(function: object) -> object:
    result: list[object] = []
    thread = threading.Thread(target=lambda: result.append(function()))  # type: ignore[operator]
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


def test_a_reload_keeps_the_writer_lock(tmp_path: Path) -> None:
    """Another handle has made whole periods meanwhile; the next transaction holds the lock."""
    with anyreg.open(tmp_path / "h", "x") as first, anyreg.open(tmp_path / "h", "r+") as second:
        first.write("Key", "a", 1)
        for number in range(3):
            second.write("Key", "b", number)
            second._backend.hive.checkpoint()  # type: ignore[attr-defined]
        with first.transaction():
            logs = anyreg.open(tmp_path / "h", "r").about()
            assert logs["version"] == "1.5"
            assert not anyreg.engine.storage.FileStorage(  # type: ignore[attr-defined]
                str(tmp_path / "h.LOG1")
            ).lock(False, False)
        assert first.open("Key").values["b"] == 2
