"""What a commit that met an error comes to: it was made, was not made, or nobody can tell.

Every single call of a transaction fails once.  No error: it is made.  OutcomeUnknownError: all of
it or nothing is there when it is opened again, and until then nothing can be changed.  Any other
error: nothing of it ever shows.  Memory shows the state before or the state after, in all hives.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from anyreg.engine.create import create_hive
from anyreg.engine.flusher import flusher
from anyreg.engine.group import HiveGroup
from anyreg.errors import OutcomeUnknownError, RegistryError, TransactionError
from anyreg.history.recorder import Recorder
from anyreg.history.store import Store
from anyreg.regf.reads import dword
from anyreg.values import Value
from crash.disk import Medium, Process, ShortWriteError, failed
from crash.groups import HIVES, RECORD, number_in
from crash.model import DESCRIPTOR

pytestmark = pytest.mark.crash

PAIR = ("one", "two")
FOLDER = "folder/history"


class FailAt:
    """Lets one call fail, of those that can change something or sync it."""

    def __init__(self, at: int, share: float) -> None:
        self.at = at
        self.share = share
        self.calls = 0
        self.hit = False

    def __call__(self, verb: str, path: str) -> None:
        if verb not in ("write", "truncate", "sync", "create", "sync_directory"):
            return
        self.calls += 1
        if self.calls == self.at:
            self.hit = True
            error = failed(errno.EIO, path)
            if verb == "write" and self.share >= 0:
                raise ShortWriteError(self.share, error)
            raise error


class Pair:
    """Two hives of a group, or one of them alone, that hold the number of the last commit."""

    def __init__(self, names: tuple[str, ...], history: bool) -> None:
        self.names = names
        self.history = history
        self.medium = Medium()
        for path in HIVES.values():
            create_hive(Process(self.medium), path, 5, "ROOT", DESCRIPTOR)
        self.open()
        for number in (1, 2):
            self.commit(number, False)

    def open(self) -> None:
        process = Process(self.medium)
        self.group = HiveGroup(process, RECORD, HIVES)
        if self.history:
            recorder = Recorder(process, Store(process, FOLDER, 1 << 20, 1 << 60, False), "", "")
            for name, path in HIVES.items():
                recorder.register(name, path)
            self.group.observe(recorder)

    def commit(self, number: int, durable: bool) -> None:
        group = self.group
        group.begin()
        try:
            for name in self.names:
                editor = group.editor(name)
                editor.set_value(editor.tree.root().cell, Value("number", 4, dword(number)))
        except BaseException:
            group.roll_back()
            raise
        group.commit(durable)

    def numbers(self) -> set[int]:
        """What the hives hold: one number, if none has a part of a transaction alone."""
        return {number_in(self.group.hive(name)) for name in self.names}

    def reopened(self) -> set[int]:
        """The same, for the next process, whatever this one has left open."""
        for name in HIVES:
            flusher.cancel(id(self.group.hive(name).durability))
        Process.kill(self.group.hive("one")._opened.files.primary.process)  # type: ignore[attr-defined]
        self.medium.fault = None
        self.open()
        return self.numbers()


def outcome(pair: Pair, fault: FailAt, durable: bool) -> str:
    """Commit number 3 with a call that fails, and hold what comes of it to what was said."""
    pair.medium.fault = fault
    try:
        pair.commit(3, durable)
        said = "made"
    except OutcomeUnknownError:
        said = "unknown"
    except RegistryError:
        said = "not made"
    pair.medium.fault = None
    assert pair.numbers() == ({3} if said == "made" else {2})
    if said == "unknown":
        with pytest.raises(TransactionError, match="open the"):
            pair.commit(4, False)
    expected = {"made": [{3}], "not made": [{2}], "unknown": [{2}, {3}]}[said]
    assert pair.reopened() in expected
    pair.commit(5, True)
    assert pair.reopened() == {5}
    return said


KINDS: dict[str, Callable[[], tuple[Pair, bool]]] = {
    "one hive, durable": lambda: (Pair(("one",), False), True),
    "one hive, lazy": lambda: (Pair(("one",), False), False),
    "one hive with a history": lambda: (Pair(("one",), True), True),
    "two hives": lambda: (Pair(PAIR, False), True),
    "two hives with a history": lambda: (Pair(PAIR, True), True),
}


@pytest.mark.parametrize("share", [-1, 0.5, 1.0])
@pytest.mark.parametrize("kind", KINDS)
def test_a_commit_is_made_or_not_or_nobody_knows(kind: str, share: float) -> None:
    """And each of its errors says which."""
    said: list[str] = []
    while True:
        pair, durable = KINDS[kind]()
        fault = FailAt(len(said) + 1, share)
        found = outcome(pair, fault, durable)
        if not fault.hit:
            break
        said.append(found)
    assert said
    if len(pair.names) > 1:
        assert "unknown" in said  # the sync of the record
        assert said[-1] == "made"  # what follows the record
    elif pair.history:
        assert said[-1] == "made"  # the note behind the commit
        assert "not made" in said  # the record before it


def test_a_hive_that_had_nothing_to_commit_fails_no_commit_of_another() -> None:
    """What it holds from before is not a part of the transaction, and its own affair."""
    pair = Pair(("one",), False)
    group = pair.group
    other = group.hive("two")
    with other.transaction() as editor:
        editor.set_value(editor.tree.root().cell, Value("number", 4, dword(2)))
    with other.transaction() as editor:
        editor.set_value(editor.tree.root().cell, Value("number", 4, dword(7)))

    def fault(verb: str, path: str) -> None:
        if verb == "sync" and path.startswith(HIVES["two"]):
            raise failed(errno.EIO, path)

    group.begin()
    group.editor("two")
    editor = group.editor("one")
    editor.set_value(editor.tree.root().cell, Value("number", 4, dword(3)))
    pair.medium.fault = fault
    group.commit(True)
    pair.medium.fault = None
    assert pair.numbers() == {3}
    assert pair.reopened() == {3}
    assert number_in(pair.group.hive("two")) == 7
