"""A forked child has none of its parent's hives."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

import anyreg
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
