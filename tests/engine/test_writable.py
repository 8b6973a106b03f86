"""Hives that are open for writing: transactions, handles, and the end."""

from __future__ import annotations

import errno
import threading

import pytest

from anyreg.engine.flusher import flusher
from anyreg.engine.log_file import FIRST_ROOM
from anyreg.engine.writable import WritableHive
from anyreg.errors import (
    ClosedError,
    KeyDeletedError,
    RegistryError,
    TransactionError,
)
from anyreg.history.log_entries import standing_entries
from anyreg.values import Value
from crash.disk import Medium, Process, Sync, Write, failed
from crash.made import Made, child, editing, got, names, put, undone
from crash.model import DESCRIPTOR, HIVE, fingerprint, problems_of, with_old_log

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


@pytest.mark.parametrize("verb", ["write", "sync"])
@pytest.mark.parametrize("durable", [False, True])
def test_an_interrupted_commit_ends_all_work(verb: str, durable: bool) -> None:
    """It may stand in the log, so nothing may be put in its place; opening again finds out."""
    made = Made()
    hive = made.hive()
    put(hive, b"before")
    put(hive, b"before")

    def interrupt(called: str, path: str) -> None:
        if called == verb:
            made.medium.fault = None
            raise KeyboardInterrupt

    made.medium.fault = interrupt
    editor = hive.begin()
    editor.set_value(editor.tree.root().cell, Value("v", 3, b"after"))
    if verb == "sync" and not durable:
        hive.commit()
        return
    with pytest.raises(KeyboardInterrupt):
        hive.commit(durable)
    assert got(hive) == b"before"
    with pytest.raises(TransactionError, match="interrupted"):
        hive.begin()
    hive.close()
    assert got(made.hive()) == (b"after" if verb == "sync" else b"before")


def test_readers_see_a_transaction_when_it_is_committed() -> None:
    """Its own thread sees it before."""
    hive = Made().hive()
    with hive.transaction() as editor:
        editor.create(editor.tree.root().cell, "key")
        assert hive.tree.children(hive.tree.root()) == []
        assert names(hive.reading) == ["key"]
        assert hive.current.editing is editor
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
    for verb in (hive.commit, hive.roll_back, lambda: hive.current.editing):
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
    flusher.cancel(id(hive.durability))


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


# Room that is given back


def put_large(hive: WritableHive, size: int = 3_000_000) -> None:
    """One large value, by several lazy commits, so that both logs grow."""
    for number in range(4):
        with editing(hive) as editor:
            editor.set_value(editor.tree.root().cell, Value("large", 3, bytes([number]) * size))
        hive.checkpoint()


def sizes(made: Made) -> dict[str, int]:
    """The sizes of all files, by the ends of their names."""
    return {path[-4:]: len(data) for path, data in made.medium.files().items()}


SMALL = {"LOG1": FIRST_ROOM, "LOG2": FIRST_ROOM}


def test_the_last_to_close_a_hive_cuts_its_logs() -> None:
    """And nobody before, as others have them mapped."""
    made = Made()
    hive, other = made.hive(), made.hive()
    put_large(hive)
    assert min(sizes(made).values()) > 3_000_000
    hive.close()
    assert min(sizes(made).values()) > 3_000_000
    other.follow()
    put(other, b"new")
    other.close()
    assert sizes(made).items() >= SMALL.items()
    assert got(made.hive()) == b"new"


def test_the_first_commit_after_a_large_one_writes_little() -> None:
    """Whatever size a log has: by a process that comes later, and by one that is there."""
    made = Made()
    hive = made.hive()
    put_large(hive)
    other = made.hive()
    for one in (other, hive, other):
        point = len(made.medium.record)
        put(one, b"small")
        one.checkpoint()
        written = [event for event in made.since(point) if isinstance(event, Write)]
        assert sum(len(event.data) for event in written) < 100_000
    assert min(sizes(made).values()) > 3_000_000


def test_a_hive_that_others_have_made_smaller_is_cut_by_the_last() -> None:
    """Who may not be the one who has deleted."""
    made = Made()
    hive, other = made.hive(), made.hive()
    put_large(hive)
    with editing(hive) as editor:
        editor.remove_value(editor.tree.root().cell, "LARGE")
    hive.close()
    other.close()
    assert max(sizes(made).values()) < 300_000
    assert made.hive().image.size < 100_000


@pytest.mark.parametrize("old", [False, True])
def test_a_log_that_was_cut_stands_in_for_a_damaged_base_block(old: bool) -> None:
    """As a whole one does."""
    made = Made()
    if old:
        made.medium = Medium.of(with_old_log(made.medium.files()))
    hive = made.hive()
    put_large(hive)
    put(hive, b"last")
    before = fingerprint(hive.image)
    hive.close()
    assert sizes(made).items() >= SMALL.items()
    files = made.medium.files()
    damaged = bytearray(files[HIVE])
    damaged[200] ^= 0xFF
    made.medium = Medium.of({**files, HIVE: bytes(damaged)})
    again = made.hive()
    assert fingerprint(again.image) == before
    assert got(again) == b"last"


@pytest.mark.parametrize("verb", ["write", "sync", "truncate"])
def test_room_that_cannot_be_given_back_is_no_error(verb: str) -> None:
    """All is in the hive by then."""
    made = Made()
    hive = made.hive()
    put_large(hive)
    hive.checkpoint()

    def fail(called: str, path: str) -> None:
        if called == verb and "LOG" in path:
            raise failed(errno.EIO, path)

    made.medium.fault = fail
    hive.close()
    made.medium.fault = None
    again = made.hive()
    assert problems_of(again) == []
    put(again, b"more")
    again.close()
    assert sizes(made).items() >= SMALL.items()


def test_a_log_that_may_tell_a_history_of_its_commits_is_left() -> None:
    """By one who keeps none, after the death of one who does; the next commit makes it useless."""
    made = Made()
    first = Process(made.medium)
    dying = WritableHive(first, HIVE)
    put_large(dying)
    put(dying, bytes(3_000_000))
    first.kill()
    made.hive().close()
    assert len(standing_entries(Process(made.medium), HIVE)) == 1
    hive = made.hive()
    put(hive, b"next")
    hive.close()
    assert sizes(made).items() >= SMALL.items()


def test_what_a_dead_process_has_cut_off_is_cut_by_the_next() -> None:
    """And what stands behind the bins of a hive by others is left where nothing was taken away."""
    made = Made()
    first, dying = made.open()
    put_large(dying)
    with editing(dying) as editor:
        editor.remove_value(editor.tree.root().cell, "LARGE")
    first.kill()
    assert max(sizes(made).values()) > 3_000_000
    hive = made.hive()
    put(hive, b"v")
    hive.close()
    assert max(sizes(made).values()) < 300_000
    files = made.medium.files()
    padded = files[HIVE].ljust(1 << 20, b"\1")
    made.medium = Medium.of({**files, HIVE: padded})
    hive = made.hive()
    put(hive, b"w")
    hive.close()
    assert len(made.medium.files()[HIVE]) == 1 << 20
