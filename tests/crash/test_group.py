"""Transactions over several hives; what a power cut leaves of them is in test_groups.py."""

from __future__ import annotations

import errno
import random
import threading

import pytest

from anyreg.engine.create import create_hive
from anyreg.engine.group import HiveGroup
from anyreg.engine.group_record import parse_record
from anyreg.errors import RegistryError, TransactionError
from anyreg.regf.reads import dword
from anyreg.values import Value
from crash.cuts import Cut, cuts
from crash.disk import FailedSync, Handle, KilledError, Medium, Process, failed
from crash.groups import HIVES, RECORD, GroupWork, number_in
from crash.model import DESCRIPTOR

pytestmark = pytest.mark.crash


@pytest.fixture
def group() -> HiveGroup:
    process = Process(Medium())
    for path in HIVES.values():
        create_hive(process, path, 5, "ROOT", DESCRIPTOR)
    return HiveGroup(process, RECORD, HIVES)


def medium_of(group: HiveGroup) -> Medium:
    """The disk that its hives are on."""
    primary = group.hive("one")._opened.files.primary
    assert isinstance(primary, Handle)
    return primary.medium


def put(group: HiveGroup, name: str, number: int) -> None:
    editor = group.editor(name)
    editor.set_value(editor.tree.root().cell, Value("number", 4, dword(number)))


def test_all_hives_commit_together(group: HiveGroup) -> None:
    """And each is a hive of its own that anybody can open."""
    group.begin()
    put(group, "one", 7)
    put(group, "two", 7)
    group.commit()
    assert [number_in(group.hive(name)) for name in HIVES] == [7, 7, 0]
    group.close()


@pytest.mark.parametrize("size", [10, 400_000])
def test_a_large_record_goes_with_the_group(group: HiveGroup, size: int) -> None:
    """When it is closed, and all that it asks for stands in the hives."""
    medium = medium_of(group)
    group.begin()
    for name in ("one", "two"):
        put(group, name, 7)
        root = group.editor(name).tree.root().cell
        group.editor(name).set_value(root, Value("large", 3, bytes(size)))
    group.commit()
    group.close()
    group.close()
    assert (len(medium.files()[RECORD]) == 0) == (size > 10)
    again = HiveGroup(Process(medium), RECORD, HIVES)
    assert [number_in(again.hive(name)) for name in HIVES] == [7, 7, 0]


def test_a_large_record_stays_while_others_are_in_a_transaction(group: HiveGroup) -> None:
    """Who closes then leaves it to them."""
    medium = medium_of(group)
    other = HiveGroup(Process(medium), RECORD, HIVES)
    group.begin()
    for name in ("one", "two"):
        put(group, name, 7)
        root = group.editor(name).tree.root().cell
        group.editor(name).set_value(root, Value("large", 3, bytes(400_000)))
    group.commit()
    other.begin()
    group.close()
    assert len(medium.files()[RECORD]) > 400_000
    other.roll_back()
    other.close()
    assert len(medium.files()[RECORD]) == 0


def test_a_savepoint_is_undone_in_all_hives(group: HiveGroup) -> None:
    """Also in one that was touched inside of it alone."""
    group.begin()
    put(group, "one", 1)
    group.begin()
    put(group, "one", 2)
    put(group, "three", 2)
    group.roll_back()
    group.begin()
    put(group, "two", 3)
    group.commit()
    group.commit()
    assert [number_in(group.hive(name)) for name in HIVES] == [1, 3, 0]


def test_a_transaction_that_is_undone_leaves_no_trace(group: HiveGroup) -> None:
    """Neither in the hives nor in the group's file."""
    group.begin()
    put(group, "one", 1)
    put(group, "two", 1)
    group.roll_back()
    assert [number_in(group.hive(name)) for name in HIVES] == [0, 0, 0]


def test_an_editor_needs_a_transaction(group: HiveGroup) -> None:
    """Nothing changes outside of one."""
    with pytest.raises(TransactionError):
        group.editor("one")


def test_a_hive_that_others_changed_is_left_alone_and_told() -> None:
    """A record whose hive went back to an earlier state is not made up for."""
    medium = Medium()
    process = Process(medium)
    for path in HIVES.values():
        create_hive(process, path, 5, "ROOT", DESCRIPTOR)
    early = medium.files()[HIVES["one"]]
    group = HiveGroup(process, RECORD, HIVES)
    for number in (1, 2):
        group.begin()
        put(group, "one", number)
        put(group, "two", number)
        group.commit()
    group.flush()
    record = medium.files()[RECORD]
    group.close()
    files = medium.files()
    kept = {path: files[path] for path in (HIVES["two"], HIVES["three"])}
    again = Medium.of({RECORD: record, HIVES["one"]: early, **kept})
    group = HiveGroup(Process(again), RECORD, HIVES)
    assert group.left_alone == ["one"]
    assert number_in(group.hive("two")) == 2


def test_another_process_makes_up_for_one_that_died() -> None:
    """It has the hives open already, and finds the record at its next transaction."""
    work = GroupWork(3)
    other = HiveGroup(Process(work.medium), RECORD, HIVES)
    for _ in range(30):
        work.kill_inside()
    other.begin()
    other.roll_back()
    for name in HIVES:
        other.hive(name).follow()
        assert number_in(other.hive(name)) == work.expected(name)


def test_an_interrupt_in_one_hive_does_not_keep_the_others_from_their_commit() -> None:
    """The record was written, so all of them have it in the end; and no lock stays held."""
    medium = Medium()
    for path in HIVES.values():
        create_hive(Process(medium), path, 5, "ROOT", DESCRIPTOR)
    group = HiveGroup(Process(medium), RECORD, HIVES)

    def interrupt(verb: str, path: str) -> None:
        if verb == "write" and path.startswith(HIVES["one"] + ".LOG"):
            medium.fault = None
            raise KeyboardInterrupt

    group.begin()
    put(group, "one", 1)
    put(group, "two", 1)
    medium.fault = interrupt
    with pytest.raises(KeyboardInterrupt):
        group.commit()
    assert number_in(group.hive("two")) == 1
    with pytest.raises(TransactionError, match="interrupted"):
        group.hive("one").begin()
    other = HiveGroup(Process(medium), RECORD, HIVES)
    other.begin()
    assert [number_in(other.hive(name)) for name in HIVES] == [1, 1, 0]
    other.roll_back()


def test_only_the_context_that_began_it_sees_a_transaction(group: HiveGroup) -> None:
    """Another thread waits, no longer than it wants."""
    group.begin()
    put(group, "one", 1)
    refused: list[str] = []

    def other() -> None:
        for verb in (lambda: group.editor("one"), group.commit, lambda: group.begin(0.05)):
            with pytest.raises(TransactionError) as caught:
                verb()
            refused.append(caught.value.message)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join(10)
    assert refused[:2] == ["no transaction is under way"] * 2
    assert "still write" in refused[2]
    group.commit()
    assert number_in(group.hive("one")) == 1


def test_what_an_absent_hive_lacks_is_kept_for_it() -> None:
    """The others commit alone meanwhile, but not together: there is one record."""
    medium = Medium()
    for path in HIVES.values():
        create_hive(Process(medium), path, 5, "ROOT", DESCRIPTOR)
    dying = Process(medium)
    first = HiveGroup(dying, RECORD, HIVES)
    first.begin()
    put(first, "one", 5)
    put(first, "three", 5)
    record = medium.names[RECORD]

    def fault(verb: str, path: str) -> None:
        if verb == "write" and path != RECORD and medium.contents[record]:
            dying.kill()

    medium.fault = fault
    with pytest.raises(KilledError):
        first.commit()
    medium.fault = None
    some = HiveGroup(Process(medium), RECORD, {name: HIVES[name] for name in ("one", "two")})
    assert (some.absent, number_in(some.hive("one"))) == (["three"], 5)
    some.begin()
    put(some, "one", 6)
    some.commit()
    some.begin()
    put(some, "one", 7)
    put(some, "two", 7)
    with pytest.raises(TransactionError, match="three"):
        some.commit()
    some.close()
    whole = HiveGroup(Process(medium), RECORD, HIVES)
    assert [number_in(whole.hive(name)) for name in HIVES] == [6, 0, 5]
    whole.close()


def both(group: HiveGroup, number: int) -> None:
    """A transaction over two hives."""
    group.begin()
    put(group, "one", number)
    put(group, "two", number)
    group.commit()


def test_a_record_whose_name_cannot_be_made_durable_is_made_anew(group: HiveGroup) -> None:
    """As no later sync of the folder need make a name durable that a failed one should have."""
    group.close()
    medium = medium_of(group)
    del medium.names[RECORD]

    def fault(verb: str, path: str) -> None:
        if (verb, path) == ("sync_directory", RECORD):
            raise failed(errno.EIO, path)

    medium.fault = fault
    with pytest.raises(RegistryError, match="EIO"):
        HiveGroup(Process(medium), RECORD, HIVES)
    assert RECORD not in medium.names
    medium.fault = None
    again = HiveGroup(Process(medium), RECORD, HIVES)
    both(again, 7)
    again.close()
    assert RECORD in medium.names


def test_nothing_is_recorded_where_nobody_would_find_it(group: HiveGroup) -> None:
    """The record was taken away since: what needs none goes on, all else changes nothing."""
    both(group, 7)
    del medium_of(group).names[RECORD]
    group.begin()
    put(group, "one", 8)
    group.commit()
    with pytest.raises(TransactionError, match="open the hives again"):
        both(group, 9)
    assert [number_in(group.hive(name)) for name in HIVES] == [8, 7, 0]
    group.close()


@pytest.mark.parametrize("dies", ["before its sync", "behind it"])
def test_a_record_that_is_forgotten_never_comes_back(group: HiveGroup, dies: str) -> None:
    """Though who has emptied it died before its sync, or that failed; another hive may come."""
    both(group, 7)
    group.close()
    start = Medium.of(medium_of(group).files())
    medium = Medium.of(start.files())
    process = Process(medium)
    record = process.open(RECORD, True)
    record.truncate(0)
    if dies == "behind it":
        number = medium.names[RECORD]
        medium.record.append(FailedSync(number, 1))  # of which nothing has reached the disk
    process.kill()
    again = HiveGroup(Process(medium), RECORD, HIVES)
    again.forget()
    images = 0
    behind = len(medium.record)
    again.close()
    for cut in cuts(Cut.of(start), medium.record):
        if cut.passed < behind:
            continue
        for choice in cut.choices(random.Random(1), 3):
            assert parse_record(cut.files(choice)[RECORD]) == {}
            images += 1
    assert images > 1
    both(HiveGroup(Process(medium), RECORD, HIVES), 8)
