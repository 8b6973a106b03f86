"""Hives that are open for writing: opening, transactions, following, closing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import anyreg
from anyreg.engine.create import create_hive
from anyreg.engine.flusher import flusher
from anyreg.engine.live import IDLE, LiveHive
from anyreg.engine.memory_disk import MemoryDisk
from anyreg.errors import (
    ClosedError,
    CorruptHiveError,
    DirtyHiveError,
    HiveVersionError,
    KeyDeletedError,
    NotFoundError,
    NotHiveError,
    RegistryError,
    TransactionError,
)
from anyreg.values import Value
from crash.disk import Create, KilledError, Medium, Process, Sync, SyncDirectory, Write, failed
from crash.made import Made, child, editing, got, names, put, undone
from crash.model import DESCRIPTOR, HIVE, fingerprint, problems_of, with_old_log
from hives import base_block


def refused(data: bytes, error: type[Exception], **logs: bytes) -> None:
    """Bytes that no hive can be opened from, and beside which nothing is made."""
    disk = MemoryDisk()
    for suffix, log in logs.items():
        disk.create(f"h.{suffix}").write(0, log)
    disk.create("h").write(0, data)
    before = set(disk.files)
    with pytest.raises(error):
        LiveHive(disk, "h")
    assert set(disk.files) == before


# Opening


def test_a_new_hive_has_a_root_and_nothing_else() -> None:
    """With the name and the descriptor that it was made with, in either version."""
    for minor in (3, 5):
        hive = Made(minor).hive()
        root = hive.tree.root()
        assert (root.name, hive.tree.descriptor(root)) == ("ROOT", DESCRIPTOR)
        assert (hive.minor, hive.base.minor, hive.is_dirty) == (minor, minor, False)
        assert problems_of(hive) == []
        assert hive.problems == []


def test_a_hive_is_made_only_where_there_is_none() -> None:
    """And the one that is there stays as it is."""
    made = Made()
    before = made.medium.files()
    with pytest.raises(RegistryError, match="there already"):
        create_hive(made.open()[0], HIVE, 5, "OTHER", DESCRIPTOR)
    assert made.medium.files()[HIVE] == before[HIVE]


def test_what_is_no_hive_is_refused() -> None:
    """Before any log is made beside it."""
    refused(b"", NotHiveError)
    refused(b"MZ" * 4096, NotHiveError)
    refused(base_block(4096, minor=7), HiveVersionError)
    with pytest.raises(NotFoundError):
        LiveHive(MemoryDisk(), "none")


def test_a_dirty_hive_without_its_logs_is_refused() -> None:
    """Writing would make it seem clean."""
    refused(base_block(4096, numbers=(6, 5)), DirtyHiveError)


def test_a_hive_with_broken_bins_is_refused() -> None:
    """It can be repaired into a new file."""
    refused(base_block(4096) + bytes(4096), CorruptHiveError)


def test_both_logs_are_made_and_synced_before_anything_counts() -> None:
    """Some tools refuse one without the other."""
    made = Made()
    made.hive()
    made_logs = {event.path for event in made.medium.record if isinstance(event, Create)}
    assert {HIVE + ".LOG1", HIVE + ".LOG2"} <= made_logs
    assert isinstance(made.medium.record[-1], SyncDirectory)


def test_one_program_at_a_time_makes_the_logs() -> None:
    """It holds the primary file's lock while it does."""
    made = Made()
    held: list[bool] = []

    def fault(verb: str, path: str) -> None:
        if verb == "create":
            held.append(bool(made.medium.holders.get(made.number())))

    made.medium.fault = fault
    made.hive()
    assert held == [True, True]
    assert not made.medium.holders[made.number()]


def test_logs_that_a_killed_program_had_just_made_are_finished() -> None:
    """Their names may not be on the disk yet."""
    made = Made()
    process, _ = made.open()
    for path in (HIVE + ".LOG1", HIVE + ".LOG2"):
        del made.medium.names[path]
    process.kill()

    def fault(verb: str, path: str) -> None:
        if verb == "sync_directory":
            dying.kill()

    dying = Process(made.medium)
    made.medium.fault = fault
    with pytest.raises(KilledError):
        LiveHive(dying, HIVE)
    made.medium.fault = None
    point = len(made.medium.record)
    made.hive()
    assert [event for event in made.since(point) if isinstance(event, SyncDirectory)]


def test_opening_that_fails_leaves_nothing_behind() -> None:
    """No log, no open file."""
    made = Made()

    def fault(verb: str, path: str) -> None:
        if verb == "sync":
            raise failed(28, path)

    made.medium.fault = fault
    process = Process(made.medium)
    with pytest.raises(RegistryError):
        LiveHive(process, HIVE)
    assert not [handle for handle in process.handles if handle.is_open]
    assert list(made.medium.names) == [HIVE]


def test_a_crash_is_recovered_and_the_file_brought_up_to_date() -> None:
    """The next to open replays the log, and writes the pages before it says clean."""
    made = Made()
    process, hive = made.open()
    put(hive, b"new")
    process.kill()
    point = len(made.medium.record)
    hive = made.hive()
    assert (got(hive), hive.is_dirty) == (b"new", False)
    primary = made.number()
    order = [event for event in made.since(point) if isinstance(event, Write | Sync)]
    pages = [n for n, event in enumerate(order) if isinstance(event, Write) and event.at]
    synced = {event.file for event in order[: pages[0]] if isinstance(event, Sync)}
    assert synced == {primary, made.number(".LOG2")}
    assert order[-2] == Write(primary, 0, bytes(made.medium.contents[primary][:512]))


def test_a_torn_base_block_is_mended_from_the_log() -> None:
    """The newest log holds a copy."""
    made = Made()
    process, hive = made.open()
    put(hive, b"new")
    process.kill()
    made.medium.contents[made.number()][508] ^= 1
    assert got(made.hive()) == b"new"


# Transactions


def test_a_transaction_that_raises_leaves_no_trace() -> None:
    """Not in memory, and not in the file."""
    made = Made()
    hive = made.hive()
    put(hive, b"old")
    before = fingerprint(hive.image)
    point = len(made.medium.record)
    with undone(hive) as editor:
        editor.create(editor.tree.root().cell, "key")
    assert fingerprint(hive.image) == before
    assert made.since(point) == []


def test_readers_see_a_transaction_when_it_is_committed() -> None:
    """Its own thread sees it before."""
    hive = Made().hive()
    with hive.transaction() as editor:
        editor.create(editor.tree.root().cell, "key")
        assert hive.tree.children(hive.tree.root()) == []
        assert names(hive.reading) == ["key"]
        assert hive.editing is editor
    assert names(hive.tree) == names(hive.reading) == ["key"]


def test_a_savepoint_is_undone_alone() -> None:
    """What was before it in the transaction stays."""
    hive = Made().hive()
    with editing(hive) as editor:
        root = editor.tree.root().cell
        editor.create(root, "kept")
        with undone(hive):
            editor.create(root, "undone")
        with hive.transaction():
            editor.create(root, "nested")
    assert names(hive.tree) == ["kept", "nested"]


def test_a_commit_without_changes_writes_nothing() -> None:
    """A durable one makes the earlier ones durable."""
    made = Made()
    hive = made.hive()
    put(hive, b"1")
    with hive.transaction() as editor:
        editor.set_value(editor.tree.root().cell, Value("v", 3, b"2"))
    point = len(made.medium.record)
    put(hive, b"2")
    assert made.since(point) == [Sync(made.number(".LOG2"))]


def test_only_a_transaction_under_way_can_be_ended() -> None:
    """Another end of it is an error."""
    hive = Made().hive()
    for verb in (hive.commit, hive.roll_back, lambda: hive.editing):
        with pytest.raises(TransactionError, match="no transaction"):
            verb()


def test_threads_wait_for_each_other() -> None:
    """Each of them adds one to a number, many times."""
    hive = Made().hive()
    put(hive, bytes(4))

    def work() -> None:
        for _ in range(25):
            with hive.transaction() as editor:
                root = editor.tree.root()
                count = int.from_bytes(editor.tree.records(root)[0].raw, "little") + 1
                editor.set_value(root.cell, Value("v", 3, count.to_bytes(4, "little")))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got(hive) == (100).to_bytes(4, "little")
    flusher.cancel(id(hive))


# Handles


def test_a_node_finds_its_key_again() -> None:
    """After it was changed, renamed to a longer name, or compacted."""
    hive = Made().hive()
    with editing(hive) as editor:
        editor.create(editor.tree.root().cell, "key")
    node = child(hive.tree, "key")
    with editing(hive) as editor:
        editor.rename(node.cell, "a much longer name")
        assert hive.fresh(node).name == "a much longer name"
    assert hive.fresh(node).name == "a much longer name"
    hive.compact(DESCRIPTOR)
    assert hive.fresh(node).name == "a much longer name"


def test_a_node_whose_key_is_gone_says_so() -> None:
    """Deleted, or made in a transaction that was undone."""
    hive = Made().hive()
    with editing(hive) as editor:
        editor.create(editor.tree.root().cell, "key")
    node = child(hive.tree, "key")
    with undone(hive) as editor:
        editor.create(editor.tree.root().cell, "undone")
        never = child(editor.tree, "undone")
    with editing(hive) as editor:
        editor.delete(node.cell)
    for gone in (node, never):
        with pytest.raises(KeyDeletedError):
            hive.fresh(gone)


def test_a_node_whose_cell_others_used_anew_says_so() -> None:
    """A key of another name stands there now, or none."""
    made = Made()
    ours, theirs = made.hive(), made.hive()
    with editing(ours) as editor:
        editor.create(editor.tree.root().cell, "one")
    node = child(ours.tree, "one")
    with editing(theirs) as editor:
        editor.delete(child(editor.tree, "one").cell)
    with editing(theirs) as editor:
        assert editor.create(editor.tree.root().cell, "two") == node.cell
    ours.follow()
    with pytest.raises(KeyDeletedError):
        ours.fresh(node)


# Following


def test_a_follower_takes_over_what_others_commit() -> None:
    """New keys, new bins, and the end of a period."""
    made = Made()
    ours, theirs = made.hive(), made.hive()
    for number, size in enumerate((10, 20_000, 100)):
        put(theirs, bytes([number]) * size)
        assert ours.follow()
        assert not ours.follow()
        assert got(ours) == bytes([number]) * size
        assert fingerprint(ours.image) == fingerprint(theirs.image)
        if number == 1:
            theirs.checkpoint()
            assert ours.follow() is True
            assert not ours.is_dirty


def test_a_cell_across_pages_is_followed_page_by_page() -> None:
    """One of its pages changes, the others do not, and it is read whole."""
    made = Made()
    ours, theirs = made.hive(), made.hive()
    put(theirs, bytes(12_000))
    ours.follow()
    for place in (100, 5000, 9000, 11_900):
        raw = bytearray(got(theirs))
        raw[place] = 255
        put(theirs, bytes(raw))
        ours.follow()
        assert got(ours) == bytes(raw)
    put(ours, b"and from there on", "w")
    assert problems_of(ours) == []


def test_one_who_missed_several_periods_reads_all_again() -> None:
    """And still holds the writer lock when it writes then."""
    made = Made()
    ours, theirs = made.hive(), made.hive()
    for number in range(6):
        put(theirs, bytes([number]))
        theirs.checkpoint()
    ours.begin()
    assert list(made.medium.holders[made.number(".LOG1")].values()) == [False]
    ours.roll_back()
    assert got(ours) == b"\5"
    assert not made.medium.holders[made.number(".LOG1")]


def test_a_transaction_does_not_follow() -> None:
    """Its reads are of one moment; a checkpoint within it keeps the lock."""
    made = Made()
    hive = made.hive()
    put(hive, b"old")
    with hive.transaction(durable=True) as editor:
        assert not hive.follow()
        editor.set_value(editor.tree.root().cell, Value("v", 3, b"new"))
        hive.checkpoint()
        assert made.medium.holders[made.number(".LOG1")]
    assert got(hive) == b"new"


def test_a_base_block_that_cannot_be_read_means_reading_all_again() -> None:
    """Another program writes it at this moment, or has broken it."""
    made = Made()
    ours, theirs = made.hive(), made.hive()
    put(theirs, b"new")
    made.medium.contents[made.number()][508] ^= 1
    ours.follow()
    assert got(ours) == b"new"
    made.medium.contents[made.number()][:4] = b"none"
    ours.follow()
    assert got(ours) == b"new"


def test_a_period_that_a_killed_program_began_is_made_durable() -> None:
    """It may have died before its base block was synced."""
    made = Made()
    process, theirs = made.open()
    ours = made.hive()

    def fault(verb: str, path: str) -> None:
        if verb == "sync" and path == HIVE:
            process.kill()

    made.medium.fault = fault
    with pytest.raises(KilledError):
        put(theirs, b"theirs")
    made.medium.fault = None
    point = len(made.medium.record)
    put(ours, b"ours", "w")
    assert (got(ours), got(ours, "w")) == (b"theirs", b"ours")
    assert Sync(made.number()) in made.since(point)


def test_the_old_protocol_goes_on_where_a_killed_program_stopped() -> None:
    """Its old log holds one commit alone: that is brought into the file first."""
    made = Made()
    made.medium = Medium.of(with_old_log(made.medium.files()))
    process, theirs = made.open()
    ours = made.hive()
    put(theirs, bytes(5000), "large")

    def fault(verb: str, path: str) -> None:
        if verb == "sync" and path == HIVE:
            process.kill()

    made.medium.fault = fault
    with pytest.raises(KilledError):
        put(theirs, b"theirs")
    made.medium.fault = None
    put(ours, b"ours", "w")
    for hive in (ours, made.hive()):
        assert (got(hive), got(hive, "w"), got(hive, "large")) == (b"theirs", b"ours", bytes(5000))


# The end


def test_the_last_to_close_brings_the_file_up_to_date() -> None:
    """The others make their commits durable."""
    made = Made()
    ours, theirs = made.hive(), made.hive()
    put(ours, b"first")
    with ours.transaction() as editor:
        editor.set_value(editor.tree.root().cell, Value("v", 3, b"lazy"))
    point = len(made.medium.record)
    ours.close()
    assert made.since(point) == [Sync(made.number(".LOG2"))]
    theirs.close()
    theirs.close()
    base = bytes(made.medium.contents[made.number()][4:12])
    assert base[:4] == base[4:]
    assert got(made.hive()) == b"lazy"


def test_a_closed_hive_does_nothing_more() -> None:
    """A transaction under way is to be ended first."""
    hive = Made().hive()
    hive.begin()
    for verb in (hive.close, lambda: hive.compact(DESCRIPTOR)):
        with pytest.raises(TransactionError, match="under way"):
            verb()
    hive.roll_back()
    hive.close()
    with pytest.raises(ClosedError, match="closed"):
        hive.begin()
    assert not hive.follow()
    hive.flush()


def test_compacting_gives_the_space_back() -> None:
    """The file shrinks, and the hive goes on."""
    made = Made()
    ours, theirs = made.hive(), made.hive()
    put(ours, bytes(300_000), "large")
    put(ours, b"small")
    with editing(ours) as editor:
        editor.remove_value(editor.tree.root().cell, "large")
    ours.compact(DESCRIPTOR)
    assert ours.image.size == 4096
    assert len(made.medium.contents[made.number()]) == 8192
    put(theirs, b"goes on", "w")
    ours.follow()
    assert (got(ours), got(ours, "w")) == (b"small", b"goes on")


def test_a_log_that_has_grown_large_ends_in_a_checkpoint() -> None:
    """Nobody has to ask for it, and where it fails the commit stands all the same."""
    made = Made()
    hive = made.hive()
    put(hive, bytes(2_500_000), "large")
    assert hive.is_dirty

    def fault(verb: str, path: str) -> None:
        if verb == "write" and path == HIVE:
            raise failed(28, path)

    made.medium.fault = fault
    put(hive, bytes([1]) * 2_500_000, "large")
    assert hive.is_dirty
    made.medium.fault = None
    put(hive, b"and then")
    assert not hive.is_dirty


# Work in the background


def test_an_idle_hive_is_brought_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute after its last commit; a later commit puts it off, a transaction does not wait."""
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    hive = Made().hive()
    put(hive, b"1")
    clock[0] += IDLE - 1
    put(hive, b"2")
    clock[0] += 2
    hive._idle_task(False)
    assert hive.is_dirty
    clock[0] += IDLE
    with hive.transaction():
        hive._idle_task(False)
        assert hive.is_dirty
    clock[0] += IDLE
    hive._idle_task(False)
    assert not hive.is_dirty


def test_the_end_of_the_process_brings_it_up_to_date(tmp_path: Path) -> None:
    """Though nobody has closed it; what tools see that never replay is all there is."""
    path = tmp_path / "hive"
    program = f"""
import anyreg
registry = anyreg.open({str(path)!r}, "x")
registry.write("Key", "n", 7)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    with anyreg.open(path) as registry:
        assert registry.about()["state"] == "clean"
        assert registry.read("Key", "n") == 7
        assert registry.check() == []


def test_closing_tells_that_lazy_commits_may_be_lost() -> None:
    """A flush in the background has failed, and nobody was told yet."""
    made = Made()
    hive = made.hive()
    put(hive, b"1")
    with hive.transaction() as editor:
        editor.set_value(editor.tree.root().cell, Value("v", 3, b"2"))

    def fault(verb: str, path: str) -> None:
        if verb == "sync":
            raise failed(5, path)

    made.medium.fault = fault
    with pytest.raises(RegistryError):
        hive.flush()
    with pytest.raises(TransactionError, match="earlier write failed"):
        hive.close()
    hive.close()
