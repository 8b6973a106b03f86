"""A forked child has none of its parent's hives."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

import anyreg
from anyreg.engine.file_disk import FileDisk
from anyreg.errors import ClosedError, TransactionError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def in_child(function: Callable[[], None]) -> int:
    """The exit status of a forked child: 0 if the function came to its end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside other threads
        child = os.fork()
    if child == 0:
        status = 1
        try:
            function()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_child_cannot_use_what_was_opened_before(tmp_path: Path) -> None:
    """Neither write nor read; closing is allowed and touches nothing."""
    with anyreg.open(tmp_path / "hive", "x") as registry:
        registry.write("Key", "n", 1)

        def child() -> None:
            for use in (lambda: registry.write("Key", "n", 2), lambda: registry.open("Key")):
                with pytest.raises(ClosedError, match="fork"):
                    use()
            registry.close()

        assert in_child(child) == 0
        registry.write("Key", "n", 3)
        assert registry.read("Key", "n") == 3
        assert registry.check() == []


def test_a_child_commits_nothing_of_a_transaction_that_it_was_forked_in(tmp_path: Path) -> None:
    """Neither to the hive nor to a file that has a descriptor's number by then."""
    path, victim = tmp_path / "hive", tmp_path / "victim"
    victim.write_bytes(b"untouched")
    with anyreg.open(path, "x") as registry:
        registry.write("Key", "n", 1)
        with registry.transaction(durable=True):
            registry.write("Key", "n", 2)

            def child() -> None:
                numbers = [os.open(victim, os.O_RDWR) for _ in range(16)]
                registry.root.open("Key").values["n"] = 3
                assert numbers

            assert in_child(child) != 0
        assert registry.read("Key", "n") == 2
        assert registry.check() == []
    assert victim.read_bytes() == b"untouched"
    with anyreg.open(path) as registry:
        assert registry.read("Key", "n") == 2


def test_a_child_that_lives_on_holds_no_lock_of_its_parent(tmp_path: Path) -> None:
    """A mapping has the file open as well, and so would hold the lock of the closed hive."""
    path = tmp_path / "hive"
    registry, other = anyreg.open(path, "x"), anyreg.open(path, "r+")
    for number in range(3):
        registry.write("Key", "n", number)
        assert other.read("Key", "n") == number
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(theirs)
        os.read(ours, 1)  # until the parent is done
        os._exit(0)
    try:
        other.close()
        registry.close()
        locked = [FileDisk().open(f"{path}.LOG{which}", True) for which in (1, 2)]
        assert [log.lock(False, False) for log in locked] == [True, True]
        for log in locked:
            log.close()
    finally:
        os.close(theirs)
        os.close(ours)
        os.waitpid(child, 0)


def test_a_child_leaves_the_locks_of_its_parent_alone(tmp_path: Path) -> None:
    """A fork inside a transaction: the parent still holds the writer lock afterwards."""
    path = tmp_path / "hive"
    with anyreg.open(path, "x") as registry, anyreg.open(path, "r+") as other:
        with registry.transaction():
            registry.create("Key")
            assert in_child(registry.close) == 0
            with pytest.raises(TransactionError), other.transaction(timeout=0.05):
                pass
        assert registry.check() == []


def test_a_child_opens_the_hive_for_itself(tmp_path: Path) -> None:
    """And its parent follows what it writes."""
    path = tmp_path / "hive"
    with anyreg.open(path, "x") as registry:
        registry.write("Key", "n", 1)

        def child() -> None:
            with anyreg.open(path, "r+") as mine:
                mine.write("Key", "n", 2)

        assert in_child(child) == 0
        assert registry.read("Key", "n") == 2
        assert registry.check() == []
