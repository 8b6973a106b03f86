"""Opening hives for writing, and following those who write them too."""

from __future__ import annotations

import errno

import pytest

from anyreg.engine.create import create_hive
from anyreg.engine.memory_disk import MemoryDisk
from anyreg.engine.writable import WritableHive
from anyreg.errors import (
    CorruptHiveError,
    DirtyHiveError,
    HiveVersionError,
    NotFoundError,
    NotHiveError,
    RegistryError,
    TransactionError,
)
from anyreg.values import Value
from crash.disk import Create, KilledError, Medium, Process, Sync, SyncDirectory, Write, failed
from crash.made import Made, editing, got, put
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
        WritableHive(disk, "h")
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
        WritableHive(MemoryDisk(), "none")


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


def test_the_names_of_unused_logs_are_synced_again() -> None:
    """Who made them may have died before it did so; of logs in use somebody has."""
    made = Made()
    made.hive().close()
    for used, syncs in ((0, 1), (1, 1), (2, 0)):
        point = len(made.medium.record)
        hive = made.hive()
        found = [event for event in made.since(point) if isinstance(event, SyncDirectory)]
        assert (used, len(found)) == (used, syncs)
        put(hive, b"%d" % used)
        hive.close()


def test_who_waits_for_a_log_that_was_taken_away_begins_anew() -> None:
    """Its maker has given up: what would be written into it nobody would find."""
    made = Made()
    maker = Process(made.medium)

    def fault(verb: str, path: str) -> None:
        if verb == "lock" and path.endswith(".LOG1"):
            made.medium.fault = None
            maker.remove(path)

    made.medium.fault = fault
    hive = made.hive()
    put(hive, b"found")
    hive.close()
    assert made.medium.names.keys() == {HIVE, HIVE + ".LOG1", HIVE + ".LOG2"}
    assert got(made.hive()) == b"found"


def test_opening_ends_where_the_files_never_stay() -> None:
    """Rather than beginning anew for ever."""
    made = Made()

    def fault(verb: str, path: str) -> None:
        if verb == "lock" and path.endswith(".LOG1"):
            made.medium.names.pop(path, None)

    made.medium.fault = fault
    with pytest.raises(RegistryError, match="again and again"):
        made.hive()
    made.medium.fault = None
    put(made.hive(), b"at last")


def test_a_log_that_another_has_used_is_not_taken_away() -> None:
    """Its maker had not locked it yet; who used it has died, and it holds what was committed."""
    made = Made()

    def fault(verb: str, path: str) -> None:
        if verb == "lock" and path.endswith(".LOG1"):
            made.medium.fault = None
            other, hive = made.open()
            for raw in (b"1", b"2"):
                put(hive, raw)
                if raw == b"1":
                    hive.checkpoint()
            other.kill()
            made.medium.fault = fail

    def fail(verb: str, path: str) -> None:
        if verb == "open" and path.endswith(".LOG2"):
            raise failed(errno.EIO, path)

    made.medium.fault = fault
    with pytest.raises(RegistryError, match="EIO"):
        made.hive()
    made.medium.fault = None
    assert got(made.hive()) == b"2"


def test_a_failed_opening_takes_no_log_from_others() -> None:
    """Only who is the only one to have the hive open takes the logs away that it has made."""
    made = Made()
    other, _ = made.open()
    others: list[WritableHive] = []

    def fault(verb: str, path: str) -> None:
        if verb == "create" and path.endswith(".LOG2"):
            made.medium.fault = None
            made.medium.holders[made.number(".LOG1")].clear()
            others.append(made.hive())
            raise failed(errno.ENOSPC, path)

    made.medium.names.pop(HIVE + ".LOG2")
    made.medium.names.pop(HIVE + ".LOG1")
    other.kill()
    made.medium.fault = fault
    with pytest.raises(RegistryError, match="no log can be made beside the hive: ENOSPC"):
        made.hive()
    put(others[0], b"kept")
    others[0].close()
    assert got(made.hive()) == b"kept"


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
        WritableHive(dying, HIVE)
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
        WritableHive(process, HIVE)
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


def test_a_period_that_could_not_be_begun_alone_is_not_private_later() -> None:
    """A full disk stops its first commit; meanwhile another program opens the hive."""
    made = Made()
    first = made.hive()

    def full(verb: str, path: str) -> None:
        if verb == "write":
            raise failed(errno.ENOSPC, path)

    made.medium.fault = full
    with pytest.raises(RegistryError), editing(first) as editor:
        editor.set_value(editor.tree.root().cell, Value("v", 3, bytes(300_000)))
    made.medium.fault = None
    second = made.hive()
    first.compact(DESCRIPTOR)
    put(first, b"1")
    put(second, b"2", "w")
    assert (got(second), got(second, "w")) == (b"1", b"2")
    put(first, b"3")
    assert (got(first), got(first, "w")) == (b"3", b"2")


def test_an_interrupt_while_it_asks_whether_it_is_alone_ends_all_its_work() -> None:
    """It may have lost its lock, so that the next to ask takes itself to be alone."""
    made = Made()
    other, ours = made.hive(), made.hive()
    asked: list[str] = []

    def interrupt(verb: str, path: str) -> None:
        if verb == "lock" and path.endswith("LOG2"):
            asked.append(path)
            if len(asked) == 2:
                made.medium.fault = None
                raise KeyboardInterrupt

    made.medium.fault = interrupt
    with pytest.raises(KeyboardInterrupt), editing(ours) as editor:
        editor.set_value(editor.tree.root().cell, Value("v", 3, b"never"))
    put(other, b"begins it")
    put(other, b"goes on")
    with pytest.raises(TransactionError, match="interrupted"):
        ours.begin()
    with pytest.raises(TransactionError, match="interrupted"):
        ours.compact(DESCRIPTOR)
    ours.close()
    assert got(other) == b"goes on"


def test_who_opens_a_hive_ends_a_private_period() -> None:
    """So both go on with all that either commits; once alone again, one is private again."""
    made = Made()

    def in_one_go(hive: WritableHive, raw: bytes) -> bool:
        before = made.medium.in_one_go
        put(hive, raw)
        return made.medium.in_one_go > before

    first = made.hive()
    assert [in_one_go(first, raw) for raw in (b"begins it", b"goes on")] == [False, True]
    second = made.hive()
    assert (got(second), second.is_dirty) == (b"goes on", False)
    put(second, b"the second", "w")
    assert not in_one_go(first, b"the first")
    assert got(first, "w") == b"the second"
    second.follow()
    assert got(second) == b"the first"
    second.close()
    assert not in_one_go(first, b"left, but the period is the same")
    first.checkpoint()
    assert [in_one_go(first, raw) for raw in (b"begins another", b"alone")] == [False, True]
    first.close()
    assert got(made.hive()) == b"alone"


def die_committing(made: Made, process: Process, hive: WritableHive) -> None:
    """Kill a process that commits, right before it would sync the base block that says so."""
    primary = made.medium.contents[made.number()]

    def fault(verb: str, path: str) -> None:
        if verb == "sync" and path == HIVE and primary[4:8] != primary[8:12]:
            process.kill()

    made.medium.fault = fault
    with pytest.raises(KilledError):
        put(hive, b"theirs")
    made.medium.fault = None


def test_a_period_that_a_killed_program_began_is_made_durable() -> None:
    """It may have died before its base block was synced."""
    made = Made()
    process, theirs = made.open()
    ours = made.hive()
    die_committing(made, process, theirs)
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
    die_committing(made, process, theirs)
    put(ours, b"ours", "w")
    for hive in (ours, made.hive()):
        assert (got(hive), got(hive, "w"), got(hive, "large")) == (b"theirs", b"ours", bytes(5000))
