"""Ctrl-C at many lines of a commit: the hive stays whole, and nothing is built on half a commit.

The lines are met by tracing, so this is for the plain form; compiled code is interrupted in the
system's calls alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import anyreg.engine
from anyreg.engine.flusher import flusher
from anyreg.engine.writable import WritableHive
from anyreg.errors import RegistryError
from anyreg.values import Value
from crash.disk import Process
from crash.made import Made
from crash.model import HIVE, problems_of

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(anyreg.engine.COMPILED, reason="compiled code has no lines to trace"),
]

ENGINE = str(Path(anyreg.engine.__file__).parent)
PLACES = ("a", "b")  # values that every commit changes together
WAIT = 0.2  # seconds for a lock that an interrupt may have left held
SIZES = {1: 20, 2: 20, 3: 9000}


class Interrupts:
    """Raises at a line of the engine that is counted to.

    Attributes:
        left: How many lines there are still to go.
    """

    def __init__(self, line: int) -> None:
        self.left = line

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Count the lines of a block."""
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)

    def _called(self, frame: FrameType, event: str, found: Any) -> Any:
        if not frame.f_code.co_filename.startswith(ENGINE):
            return None
        return self._passed

    def _passed(self, frame: FrameType, event: str, found: Any) -> Any:
        if event == "line" and self.left > 0:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self._passed


def commit(hive: WritableHive, number: int) -> None:
    with hive.transaction(durable=True, timeout=WAIT) as editor:
        root = editor.tree.root().cell
        for name in PLACES:
            editor.set_value(root, Value(name, 3, bytes([number]) * SIZES[number]))


def number_in(hive: WritableHive) -> int:
    """The commit that a hive holds, all of it and nothing else."""
    assert problems_of(hive) == []
    numbers = {value.raw for value in hive.tree.records(hive.tree.root())}
    assert len(numbers) == 1
    raw = numbers.pop()
    assert raw == raw[:1] * SIZES[raw[0]]
    return raw[0]


def interrupted(line: int, first: int) -> bool:
    """Whether commits have so many lines, of which this one was interrupted."""
    made = Made()
    process, hive = made.open()
    commit(hive, first)
    interrupts = Interrupts(line)
    try:
        with interrupts.armed():
            commit(hive, 2)
    except KeyboardInterrupt:
        pass
    here = {value.raw[0] for value in hive.tree.records(hive.tree.root())}
    assert here <= {first, 2}
    possible = {first, 2} if interrupts.left == 0 else {2}
    try:
        while hive.is_changing:
            hive.roll_back()
        commit(hive, 3)
    except RegistryError:
        pass  # it refuses
    else:
        possible = {3}
        assert number_in(hive) == 3
    flusher.cancel(id(hive.durability))
    process.kill()
    reopened = WritableHive(Process(made.medium), HIVE)
    assert number_in(reopened) in possible
    commit(reopened, 3)
    assert number_in(reopened) == 3
    flusher.cancel(id(reopened.durability))
    return interrupts.left == 0


@pytest.mark.parametrize("first", [1, 3], ids=["grows", "shrinks"])
def test_an_interrupt_at_some_lines_leaves_whole_commits(first: int) -> None:
    """Every 23rd line; at some an interrupt leaves a lock held, which takes its time here."""
    line = 5
    while interrupted(line, first):
        line += 23
    assert line > 500
