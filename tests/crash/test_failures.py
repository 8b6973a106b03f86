"""Calls that fail: a full disk, a broken one, half a write, at every single call of some work.

What was acknowledged stays; the handle goes on with memory and file agreeing, or refuses; a sync
that failed is never tried again; and opening anew gives one of the commits.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

import share
from anyreg.engine.create import create_hive
from anyreg.engine.flusher import flusher
from anyreg.engine.writable import WritableHive
from anyreg.errors import AccessDeniedError, ClosedError, RegistryError, TransactionError
from anyreg.regf.reads import dword
from anyreg.values import Value
from crash.cuts import Cut, cuts
from crash.disk import Medium, Process, ShortWriteError, failed
from crash.model import DESCRIPTOR, HIVE, fingerprint, problems_of
from crash.power import logs_in
from hives import open_bytes

pytestmark = pytest.mark.crash

BLOB = {3: 40_000, 5: 300_000}  # commits that grow the hive, and outgrow the log
PLACES = 3  # keys that every commit changes together


@dataclass
class Faults:
    """Lets one call fail, or all from there on; sees to it that no failed sync is tried again."""

    at: int
    forever: bool = False
    code: int = errno.EIO
    share: float = -1  # of a write that arrives before it fails
    calls: int = 0
    hit: bool = False
    failed_syncs: set[str] = field(default_factory=set)

    def __call__(self, verb: str, path: str) -> None:
        if verb == "unlock":
            return
        assert verb != "sync" or path not in self.failed_syncs, "a sync is tried again"
        self.calls += 1
        if self.calls == self.at or (self.forever and self.calls > self.at):
            self.hit = True
            if verb == "sync":
                self.failed_syncs.add(path)
            error = failed(self.code, path)
            if verb == "write" and self.share >= 0:
                raise ShortWriteError(self.share, error)
            raise error


class Errands:
    """A fixed series of steps on a hive that holds the number of the last commit.

    Attributes:
        acknowledged: The last commit that returned.
        begun: The last one that was tried.
        durable: The last one that a power cut must leave.
    """

    def __init__(self, fault: Faults) -> None:
        self.medium = Medium()
        create_hive(Process(self.medium), HIVE, 5, "ROOT", DESCRIPTOR)
        self.start = Medium.of(self.medium.files())
        self.medium.record.clear()
        self.medium.fault = self.fault = fault
        self.process = Process(self.medium)
        self.hive: WritableHive | None = None
        self.acknowledged = self.begun = self.durable = 0

    def run(self, steps: str) -> None:
        """Steps by their letters; one that fails is passed over, but must say so properly."""
        verbs: dict[str, Callable[[], None]] = {
            "o": self.open,
            "l": lambda: self.commit(False),
            "d": lambda: self.commit(True),
            "f": lambda: self.flushed_by(WritableHive.flush),
            "p": lambda: self.flushed_by(WritableHive.checkpoint),
            "c": lambda: self.flushed_by(lambda hive: hive.compact(DESCRIPTOR)),
            "u": self.undo,
            "x": self.close,
        }
        for step in steps:
            try:
                verbs[step]()
                if self.hive is not None:
                    flusher.cancel(id(self.hive.durability))  # a thread must not meet the fault
            except RegistryError:
                assert self.fault.hit

    def _writable(self) -> WritableHive:
        if self.hive is None:
            raise RegistryError("never opened")
        return self.hive

    def open(self) -> None:
        """A new handle; one that cannot be had leaves nothing open."""
        self.fault.failed_syncs.clear()
        before = len(self.process.handles)
        try:
            self.hive = WritableHive(self.process, HIVE)
        except RegistryError:
            assert not [handle for handle in self.process.handles[before:] if handle.is_open]
            raise

    def commit(self, durable: bool) -> None:
        hive = self._writable()
        editor = hive.begin()
        number = self.begun + 1
        root = editor.tree.root().cell
        for place in range(PLACES):
            name = f"place {place}"
            child = editor.tree.child(editor.tree.root(), name)
            cell = editor.create(root, name) if child is None else child.cell
            editor.set_value(cell, Value("number", 4, dword(number)))
        blob = bytes([number]) * BLOB.get(number, 10)
        editor.set_value(root, Value("blob", 3, blob))
        self.begun = number
        hive.commit(durable)
        self.acknowledged = number
        if durable:
            self.durable = number

    def flushed_by(self, verb: Callable[[WritableHive], None]) -> None:
        verb(self._writable())
        self.durable = self.acknowledged

    def close(self) -> None:
        self._writable().close()
        if not self.fault.hit:  # a handle that has failed promises nothing any more
            self.durable = self.acknowledged

    def undo(self) -> None:
        hive = self._writable()
        editor = hive.begin()
        editor.create(editor.tree.root().cell, "undone")
        hive.roll_back()


def number_in(hive: WritableHive) -> int:
    """The commit that a hive holds, all of it and nothing else."""
    assert problems_of(hive) == []
    root = hive.tree.root()
    children = hive.tree.children(root)
    numbers = {hive.tree.records(child)[0].raw for child in children}
    if not children:
        return 0
    assert len(children) == PLACES
    assert len(numbers) == 1
    number = int.from_bytes(numbers.pop(), "little")
    assert hive.tree.records(root)[0].raw == bytes([number]) * BLOB.get(number, 10)
    return number


def agrees_with_file(errands: Errands) -> bool:
    """Whether the open hive is what its files say, replayed by a reader."""
    assert errands.hive is not None
    files = errands.medium.files()
    hive = open_bytes(files[HIVE], logs_in(files))
    return fingerprint(hive.tree.image) == fingerprint(errands.hive.image)


STEPS = "olddfpldpllculfxoldx"


def survive(fault: Faults) -> bool:
    """Do the errands with this fault, look at what is left; whether it was met at all."""
    errands = Errands(fault)
    errands.run(STEPS)
    if not fault.hit:
        return False
    errands.medium.fault = None
    try:
        errands.commit(False)
        assert agrees_with_file(errands)
    except (TransactionError, ClosedError):
        pass  # it was closed, or it refuses to go on
    except RegistryError:
        if errands.hive is not None:  # it was opened, so it must do one or the other
            raise
    errands.process.kill()
    survives_power_cuts(errands)
    reopened = WritableHive(Process(errands.medium), HIVE)
    assert errands.acknowledged <= number_in(reopened) <= errands.begun
    reopened.close()
    return True


def survives_power_cuts(errands: Errands) -> None:
    """What failed on top of a power cut at the end."""
    rnd = random.Random(errands.fault.at)
    *_, last = cuts(Cut.of(errands.start), errands.medium.record)
    for choice in last.choices(rnd, 1):
        hive = WritableHive(Process(Medium.of(last.files(choice))), HIVE)
        assert errands.durable <= number_in(hive) <= errands.begun


KINDS: dict[str, Callable[[int], Faults]] = {
    "once": Faults,
    "forever": lambda at: Faults(at, forever=True),
    "full": lambda at: Faults(at, code=errno.ENOSPC, share=0.3),
    "torn": lambda at: Faults(at, share=0.9),
    "full for good": lambda at: Faults(at, forever=True, code=errno.ENOSPC, share=0),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_hive_survives_calls_that_fail(kind: str) -> None:
    """One in thirty-one of the calls, each in a run of its own."""
    at = 1
    while survive(KINDS[kind](at)):
        at += 31
    assert at > 150


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_the_hive_survives_every_call_that_fails(kind: str) -> None:
    """Every single call."""
    first, step = share.stride()
    at = 1 + first
    while survive(KINDS[kind](at)):
        at += step
    assert at > 150


def test_after_a_failed_sync_the_handle_refuses() -> None:
    """Until it is opened again; what was acknowledged is there."""
    errands = Errands(Faults(0))
    errands.run("od")
    errands.medium.fault = Faults(1, forever=True)
    assert errands.hive is not None
    fault = errands.fault = Faults(0)
    errands.medium.fault = lambda verb, path: _fail_syncs(fault, verb, path)
    with pytest.raises(RegistryError, match="EIO"):
        errands.commit(True)
    errands.medium.fault = None
    for refused in (errands.hive.begin, errands.hive.flush, errands.hive.checkpoint):
        with pytest.raises(TransactionError, match="open the hive again"):
            refused()
    errands.hive.close()
    assert number_in(WritableHive(errands.process, HIVE)) in (1, 2)


def _fail_syncs(fault: Faults, verb: str, path: str) -> None:
    if verb == "sync":
        fault.hit = True
        raise failed(errno.EIO, path)


def test_a_full_disk_can_be_made_room_on() -> None:
    """A log that cannot grow commits nothing, and the handle goes on when there is room."""
    errands = Errands(Faults(0))
    errands.run("olddl")
    assert errands.hive is not None

    def full(verb: str, path: str) -> None:
        if verb == "write":
            raise failed(errno.ENOSPC, path)

    errands.medium.fault = full
    with pytest.raises(RegistryError) as caught:
        errands.commit(True)  # the one with the large value
    assert caught.value.errno == errno.ENOSPC
    assert number_in(errands.hive) == 4
    errands.medium.fault = None
    errands.commit(True)
    assert number_in(errands.hive) == 6


def test_a_file_that_is_read_only_is_refused() -> None:
    """And no log is made beside it."""
    medium = Medium()
    create_hive(Process(medium), HIVE, 5, "ROOT", DESCRIPTOR)
    medium.read_only = True
    process = Process(medium)
    with pytest.raises(AccessDeniedError):
        WritableHive(process, HIVE)
    assert list(medium.names) == [HIVE]
    assert not [handle for handle in process.handles if handle.is_open]
