"""The transaction log by itself: what it writes, in which order, and what follows a failure."""

from __future__ import annotations

import errno
import struct
import threading
from collections.abc import Callable

import pytest

from anyreg.engine.durability import LONG, is_checkpoint_due, is_long
from anyreg.engine.image import BytesSource, Image
from anyreg.engine.log_file import FIRST_ROOM, LARGE
from anyreg.engine.recover import Log, Recovery
from anyreg.engine.sync_guard import SyncGuard
from anyreg.engine.wal import Wal
from anyreg.errors import RegistryError, TransactionError
from anyreg.regf.base_block import BaseBlock
from crash.disk import Change, Medium, Process, Sync, Truncate, Write, failed
from crash.replayer import is_dirty, replayed
from hives import base_block

PAGE = 4096
PRIMARY, LOG1, LOG2 = range(3)


# A base block that is found clean is on the disk before a log is written over.
FOUND = [("Write", PRIMARY, 0), ("Sync", PRIMARY, 0)]
# A log that was never used is emptied past the cache, and is known as one on the disk before
# anything else is in it.
CLAIMED = [("Write", LOG2, 0), ("Write", LOG2, 0), ("Sync", LOG2, 0)]


class Bench:
    """A log over three files in memory."""

    def __init__(self, numbers: tuple[int, int] = (7, 7), heads: tuple[bytes, bytes] = (b"", b"")):
        base = base_block(2 * PAGE, numbers=numbers)
        logs = [head.ljust(FIRST_ROOM, b"\0") for head in heads]
        self.medium = Medium.of({"h": base + bytes(2 * PAGE), "1": logs[0], "2": logs[1]})
        process = Process(self.medium)
        files = [process.open(path, True) for path in ("h", "1", "2")]
        self.wal = Wal(files[0], files[1:], BaseBlock(base), "h", SyncGuard())
        self.bins = bytes(2 * PAGE)

    def commit(self, mark: int, page: int = 0, durable: bool = True) -> None:
        data = bytes([mark]) * PAGE
        size = max(len(self.bins), (page + 1) * PAGE)
        self.wal.commit([(page * PAGE, data)], size, durable)
        bins = bytearray(self.bins.ljust(size, b"\0"))
        bins[page * PAGE : (page + 1) * PAGE] = data
        self.bins = bytes(bins)

    def checkpoint(self) -> None:
        self.wal.checkpoint(Image(BytesSource(self.bins), len(self.bins)))

    @property
    def numbers(self) -> tuple[int, int]:
        first, second = struct.unpack_from("<II", self.medium.contents[PRIMARY], 4)
        return first, second

    def story(self) -> list[tuple[str, int, int]]:
        """What was done since the last look: the verb, the file, the place."""
        told: list[tuple[str, int, int]] = []
        end = (-1, 0)
        for event in self.medium.record:
            if not isinstance(event, Change | Sync):
                continue
            at = getattr(event, "at", 0)
            if (event.file, at) != end:  # else it goes on with the write before
                told.append((type(event).__name__, event.file, at))
            end = (event.file, at + len(event.data)) if isinstance(event, Write) else (-1, 0)
        self.medium.record.clear()
        return told

    def leave_behind(self, number: int) -> None:
        """Put the begin of an entry of this number behind the last one."""
        begin = b"HvLE" + struct.pack("<III", 2 * PAGE, 0, number)
        self.medium.contents[LOG2][self.wal.tail : self.wal.tail + 16] = begin

    def agree(self) -> None:
        """What another replayer makes of the files is what was committed."""
        primary, *logs = (bytes(data) for data in self.medium.contents.values())
        assert replayed(primary, *logs) == self.bins


def log_head(number: int) -> bytes:
    return base_block(2 * PAGE, numbers=(number, number), kind=6, size=512)


def test_a_period_begins_with_a_synced_log_and_then_the_base_block() -> None:
    """The second write is the commit; both are synced, also for a lazy one."""
    bench = Bench()
    bench.commit(1, durable=False)
    assert bench.story() == [
        *FOUND,
        *CLAIMED,
        ("Write", LOG2, 0),
        ("Sync", LOG2, 0),
        ("Write", PRIMARY, 0),
        ("Sync", PRIMARY, 0),
    ]
    assert (bench.numbers, bench.wal.number, bench.wal.synced) == ((9, 8), 8, 8)
    bench.agree()


def test_going_on_appends_on_whole_pages() -> None:
    """No sector of an entry that counts is written again."""
    bench = Bench()
    bench.commit(1)
    bench.story()
    bench.commit(2, durable=False)
    bench.commit(3, 1)
    first, second = 2 * PAGE, 4 * PAGE
    writes = [event for event in bench.medium.record if isinstance(event, Write)]
    assert [(event.at, len(event.data)) for event in writes] == [
        (first, 2 * PAGE),
        (second, 2 * PAGE),
    ]
    assert bench.story()[-1] == ("Sync", LOG2, 0)
    assert (bench.numbers, bench.wal.number, bench.wal.tail) == ((9, 8), 10, 6 * PAGE)
    bench.agree()


def test_a_checkpoint_syncs_before_each_step() -> None:
    """The log, the pages that its entries name, and one write of the base block."""
    bench = Bench()
    bench.commit(1)
    bench.commit(2, 3, durable=False)
    bench.story()
    bench.checkpoint()
    assert bench.story() == [
        ("Sync", LOG2, 0),
        ("Write", PRIMARY, PAGE),
        ("Write", PRIMARY, 4 * PAGE),
        ("Sync", PRIMARY, 0),
        ("Write", PRIMARY, 0),
        ("Sync", PRIMARY, 0),
    ]
    assert bench.numbers == (10, 10)
    bench.agree()
    bench.checkpoint()
    assert bench.story() == []


def test_the_periods_take_turns_with_the_logs() -> None:
    """One that is begun for the first time is full of zeros behind its entry."""
    bench = Bench()
    for mark, log in ((1, LOG2), (2, LOG1), (3, LOG2)):
        bench.commit(mark)
        assert ("Write", log, 0) in bench.story()
        assert not any(bench.medium.contents[log][bench.wal.tail :])
        bench.agree()
        bench.checkpoint()


def test_what_this_process_has_logged_itself_stays_behind_the_tail() -> None:
    """Its numbers are lower, so nobody takes it for what comes next."""
    bench = Bench()
    for _ in range(2):
        for mark in range(3):
            bench.commit(mark)
        bench.checkpoint()
    bench.story()
    bench.commit(9)
    writes = [event for event in bench.medium.record if isinstance(event, Write)]
    assert [len(event.data) for event in writes] == [512, 2 * PAGE - 512, 512]
    assert bench.medium.contents[LOG2][bench.wal.tail :][:4] == b"HvLE"
    bench.agree()
    bench.commit(8)
    bench.agree()


def test_a_log_with_what_looks_like_an_entry_is_cleared_before_it_is_used_again() -> None:
    """Data of a value can look like anything."""
    bench = Bench()
    page = bytearray(b"HvLE" + bytes(PAGE - 4)) * 2
    shifted = bytes(page[48:] + page[:48])  # so that it stands on a page of the log
    bench.wal.commit([(0, shifted)], 2 * PAGE, True)
    bench.bins = shifted
    assert bench.medium.contents[LOG2][PAGE : PAGE + 4] != b"HvLE"
    bench.wal.commit([(0, shifted)], 2 * PAGE, True)
    assert bench.medium.contents[LOG2][bench.wal.tail - 2 * PAGE :][:4] == b"HvLE"
    tail = bench.wal.tail
    bench.checkpoint()
    bench.commit(1)
    bench.checkpoint()
    bench.commit(2)
    assert not any(bench.medium.contents[LOG2][bench.wal.tail : tail])
    bench.agree()


def test_a_period_counts_from_the_highest_number_anywhere() -> None:
    """Also from that of a log which a crash has left before its base block was written."""
    bench = Bench(heads=(log_head(12), log_head(3)))
    bench.commit(1)
    assert bench.numbers == (14, 13)
    assert bench.story()[:3] == [*FOUND, ("Write", LOG2, 0)]
    bench.agree()


def test_a_base_block_that_was_found_is_written_again_once() -> None:
    """The disk may lack it, and no sync alone would see to it after one that failed."""
    bench = Bench()
    for number in (1, 2):
        bench.commit(number)
        assert (bench.story()[:2] == FOUND) == (number == 1)
        bench.checkpoint()
        bench.story()


def test_the_base_block_of_another_one_s_checkpoint_is_written_again() -> None:
    """Who made it may have died before its last sync."""
    bench = Bench()
    bench.commit(1)
    base = bench.wal.base
    base.primary_number = base.secondary_number = bench.wal.number + 1
    bench.medium.contents[PRIMARY][:512] = base.build()[:512]
    bench.wal.went_clean(BaseBlock(bytes(bench.medium.contents[PRIMARY][:4096])))
    bench.story()
    bench.commit(2)
    assert bench.story()[:3] == [*FOUND, ("Write", LOG1, 0)]
    bench.agree()


def test_a_log_grows_in_doubling_steps() -> None:
    """By zeros that are written, so that a later sync has no size to write."""
    bench = Bench()
    bench.commit(1)
    bench.story()
    for page in range(40):
        bench.commit(page, page)
    assert len(bench.medium.contents[LOG2]) == 2 * FIRST_ROOM
    writes = [event for event in bench.medium.record if isinstance(event, Write)]
    assert sum(len(event.data) for event in writes if not any(event.data)) == FIRST_ROOM
    bench.agree()


def test_a_log_that_cannot_grow_commits_nothing() -> None:
    """It is as long as it was, and everything goes on when there is room."""
    bench = Bench()
    bench.commit(1)
    big = bytes(FIRST_ROOM)

    def full(verb: str, path: str) -> None:
        if verb == "write":
            raise failed(errno.ENOSPC, path)

    bench.medium.fault = full
    with pytest.raises(RegistryError):
        bench.wal.commit([(0, big)], len(big), True)
    bench.medium.fault = None
    assert bench.medium.record[-1] == Truncate(LOG2, FIRST_ROOM)
    bench.commit(2)
    bench.agree()


def test_numbers_begin_again_before_they_run_out() -> None:
    """With both logs empty; also when it is a log that has the high number."""
    high = 0xFFFFFFF0
    for bench in (Bench((high, high)), Bench(heads=(log_head(high), b""))):
        bench.commit(1)
        assert bench.numbers == (3, 2)
        bench.agree()
        bench.commit(2)
        bench.agree()


def test_a_period_near_the_last_number_is_due_for_a_checkpoint() -> None:
    """Whatever the size of its log."""
    bench = Bench((0xFFFFFEFD, 0xFFFFFEFD))
    bench.commit(1)
    assert not is_checkpoint_due(bench.wal)
    bench.commit(2)
    bench.commit(3)
    assert is_checkpoint_due(bench.wal)
    bench.checkpoint()
    bench.commit(4)
    assert bench.numbers == (3, 2)


def test_a_large_log_is_due_for_a_checkpoint() -> None:
    """And a new period begins small."""
    bench = Bench()
    bench.wal.commit([(0, bytes(LARGE))], LARGE, True)
    assert is_checkpoint_due(bench.wal)
    bench.bins = bytes(LARGE)
    bench.checkpoint()
    bench.commit(1)
    assert not is_checkpoint_due(bench.wal)
    bench.agree()


def test_the_log_of_a_large_hive_may_grow_further() -> None:
    """Its checkpoints write pages that lie far apart; but no log grows without end."""
    bench = Bench()
    bench.wal.commit([(0, bytes(LARGE))], LARGE, True)
    bench.wal.base.bins_size = 32 * LARGE
    assert not is_checkpoint_due(bench.wal)
    bench.wal.commit([(0, bytes(LARGE))], LARGE, True)
    assert is_checkpoint_due(bench.wal)
    bench.wal.base.bins_size = 1000 * LARGE
    assert not is_checkpoint_due(bench.wal)
    bench.wal.commit([(0, bytes(15 * LARGE))], LARGE, True)
    assert is_checkpoint_due(bench.wal)


def test_only_what_is_not_durable_is_synced() -> None:
    """A second flush costs nothing."""
    bench = Bench()
    bench.wal.sync()
    bench.commit(1)
    bench.commit(2, durable=False)
    bench.story()
    bench.wal.sync()
    bench.wal.sync()
    assert bench.story() == [("Sync", LOG2, 0)]


def test_a_log_is_written_out_without_a_promise() -> None:
    """A sync must still follow before a lazy commit counts as durable."""
    bench = Bench()
    bench.wal.write_out()
    bench.commit(1)
    bench.commit(2, durable=False)
    assert not is_long(bench.wal)
    bench.wal.commit([(0, bytes(LONG))], LONG, False)
    assert is_long(bench.wal)
    synced = bench.wal.synced
    bench.story()
    bench.wal.write_out()
    assert bench.story() == [("Sync", LOG2, 0)]
    assert bench.wal.synced == synced
    bench.wal.sync()
    assert bench.story() == [("Sync", LOG2, 0)]
    assert not is_long(bench.wal)
    bench.wal.write_out()  # too late: all is durable
    assert bench.story() == []


def test_a_sync_waits_for_the_log_that_is_being_written_out() -> None:
    """The system tells of an error once: a sync that did not meet it must promise nothing."""
    bench = Bench()
    bench.commit(1)
    bench.commit(2, durable=False)
    told: list[str] = []
    begun, ended = threading.Event(), threading.Event()

    def fault(verb: str, path: str) -> None:
        if verb == "sync":
            bench.medium.fault = None
            begun.set()
            ended.wait(20)
            raise failed(errno.EIO, path)

    def attempt(step: Callable[[], None]) -> None:
        with pytest.raises(RegistryError) as caught:
            step()
        told.append(str(caught.value))

    bench.medium.fault = fault
    steps = (bench.wal.write_out, bench.wal.sync)
    threads = [threading.Thread(target=attempt, args=(step,)) for step in steps]
    threads[0].start()
    assert begun.wait(20)
    threads[1].start()
    threads[1].join(0.1)
    assert threads[1].is_alive()
    ended.set()
    for thread in threads:
        thread.join(20)
    assert ["EIO" in text for text in told] == [True, True]
    assert bench.wal.is_broken


def test_durable_entries_of_a_private_period_are_written_in_one_go() -> None:
    """But not where a lazy one, or new room in the log, is left to sync; nor with company."""
    bench = Bench()
    told: list[tuple[bool, bool]] = []
    for private in (True, False):
        bench.wal.commit([(0, bytes(PAGE))], 64 * PAGE, True, private)
        for size, durable in ((1, True), (1, False), (1, True), (40, True), (40, True), (1, True)):
            bench.medium.in_one_go = 0
            bench.wal.commit([(0, bytes([size]) * size * PAGE)], 64 * PAGE, durable)
            told.append((private, bool(bench.medium.in_one_go)))
        bench.wal.checkpoint(Image(BytesSource(bytes(64 * PAGE)), 64 * PAGE))
    assert [once for private, once in told if private] == [True, False, False, True, False, True]
    assert not any(once for private, once in told if not private)


def test_what_was_taken_over_counts_as_not_durable() -> None:
    """Neither the entries nor the base block: whoever wrote them may have died."""
    bench = Bench((9, 8), heads=(b"", log_head(8)))
    recovery = Recovery(bench.wal.base)
    recovery.last_log = Log("LOG2", b"", bench.wal.base)
    recovery.last_number = 8
    recovery.tail = 2 * PAGE
    recovery.pieces = [(0, bytes(PAGE))]
    bench.wal.adopt(recovery)
    bench.wal.sync()
    assert bench.story() == [("Sync", LOG2, 0), ("Sync", PRIMARY, 0)]
    bench.wal.sync()
    assert bench.story() == []


def test_what_a_dead_writer_left_behind_the_tail_is_cleared() -> None:
    """So that nothing of it can be taken for an entry; zeros and old entries are left alone."""
    bench = Bench()
    bench.wal.clear_behind_tail()
    bench.commit(1)
    bench.story()
    bench.wal.clear_behind_tail()
    bench.leave_behind(bench.wal.number)
    bench.wal.clear_behind_tail()
    assert bench.story() == []
    bench.leave_behind(bench.wal.number + 1)
    bench.wal.clear_behind_tail()
    assert bench.story() == [("Write", LOG2, bench.wal.tail), ("Sync", LOG2, 0)]


STEPS: dict[str, Callable[[Bench], None]] = {
    "begin": lambda bench: bench.commit(9),
    "append": lambda bench: bench.commit(9),
    "sync": lambda bench: bench.wal.sync(),
    "write out": lambda bench: bench.wal.write_out(),
    "checkpoint": lambda bench: bench.checkpoint(),
    "clear": lambda bench: bench.wal.clear_behind_tail(),
    "again": lambda bench: bench.commit(9),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_failed_sync_ends_all_work(step: str) -> None:
    """Whichever step it belongs to: nothing is written after it."""
    bench = Bench((0xFFFFFFF0,) * 2 if step == "again" else (7, 7))
    if step not in ("begin", "again"):
        bench.commit(1)
        bench.commit(2, durable=False)
    if step == "clear":
        bench.leave_behind(bench.wal.number + 1)

    def fault(verb: str, path: str) -> None:
        if verb == "sync":
            raise failed(errno.EIO, path)

    bench.medium.fault = fault
    with pytest.raises(RegistryError, match="EIO"):
        STEPS[step](bench)
    assert bench.wal.is_broken
    bench.medium.fault = None
    bench.story()
    refusing: list[Callable[[], None]] = [lambda: bench.commit(3), bench.wal.sync, bench.checkpoint]
    for refused in refusing:
        with pytest.raises(TransactionError, match="EIO"):
            refused()
    assert bench.story() == []


def test_pages_that_cannot_be_written_are_written_later() -> None:
    """The log holds them: a full disk at a checkpoint changes nothing."""
    bench = Bench()
    bench.commit(1, 5)

    def fault(verb: str, path: str) -> None:
        if verb == "write" and path == "h":
            raise failed(errno.ENOSPC, path)

    bench.medium.fault = fault
    with pytest.raises(RegistryError):
        bench.checkpoint()
    bench.medium.fault = None
    bench.commit(2)
    bench.checkpoint()
    assert not is_dirty(bytes(bench.medium.contents[PRIMARY]))
    bench.agree()


def test_the_base_block_is_one_sector() -> None:
    """No write of it is longer: it is there or it is not."""
    bench = Bench()
    bench.commit(1)
    bench.checkpoint()
    sizes = [
        len(event.data)
        for event in bench.medium.record
        if isinstance(event, Write) and (event.file, event.at) == (PRIMARY, 0)
    ]
    assert sizes == [512, 512, 512]
