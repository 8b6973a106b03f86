"""What may happen to the files of a hive just while a program opens or closes it."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

from anyreg.engine.create import create_hive
from anyreg.engine.flusher import flusher
from anyreg.engine.group import HiveGroup
from anyreg.engine.writable import WritableHive
from anyreg.errors import NotSupportedError, TransactionError
from anyreg.regf.reads import dword
from anyreg.values import Value
from crash.chains import commit, number_in
from crash.disk import Handle, KilledError, Medium, Process, WaitsError
from crash.groups import HIVES, RECORD, GroupWork
from crash.groups import number_in as group_number
from crash.made import Made
from crash.model import DESCRIPTOR, HIVE

_LOG = HIVE + ".LOG1"


def logs_taken_away() -> None:
    """One waits for a log that an opening which failed takes away; meanwhile others made new ones.

    Both write the same logs then, or one of them loses what it commits.
    """
    made = Made()
    medium = made.medium
    medium.names[_LOG] = len(medium.contents)
    medium.contents[len(medium.contents)] = bytearray()
    others: list[WritableHive] = []

    def fault(verb: str, path: str) -> None:
        if (verb, path) == ("lock", _LOG) and not others:
            medium.fault = None
            del medium.names[_LOG]
            others.append(made.hive())
            commit(others[0], 1, "d")

    medium.fault = fault
    hive = made.hive()
    assert others
    for number in range(2, 6):
        one = (hive, others[0])[number % 2]
        one.follow()
        assert number_in(one) == number - 1
        commit(one, number, "d")
    for one in (hive, others[0]):
        one.close()
    assert number_in(made.hive()) == 5


def another_file() -> None:
    """A file that is put in the place of one that is open would get the logs of that."""
    made = Made()
    hive = made.hive()
    commit(hive, 1, "d")
    medium = made.medium
    there = medium.names.pop(HIVE)
    create_hive(Process(medium), HIVE, 5, "ROOT", DESCRIPTOR)
    number = 0
    try:
        new = made.hive()
        for number in (100, 101):  # the second in the log that the other uses
            commit(new, number, "d")
            new.checkpoint()
        flusher.cancel(id(new.durability))
    except NotSupportedError:
        pass
    commit(hive, 2, "d")
    flusher.cancel(id(hive.durability))
    for process in [handle.process for handle in _handles(medium)]:
        process.kill()
    files = medium.files()
    assert number_in(WritableHive(Process(Medium.of(files)), HIVE)) == number
    files[HIVE] = bytes(medium.contents[there])
    assert number_in(WritableHive(Process(Medium.of(files)), HIVE)) == 2


def _handles(medium: Medium) -> list[Handle]:
    return [handle for holders in medium.holders.values() for handle in list(holders)]


def somebody_s_file() -> None:
    """What has the name of a log and is none is not written over."""
    for content in (b"mine, and nobody else's" * 100, b"\0" * 600 + b"mine"):
        for suffix in (".LOG1", ".LOG2"):
            made = Made()
            made.medium.put_somebodys(HIVE + suffix, content)
            hive = made.hive()
            commit(hive, 1, "d")
            hive.close()
            assert content in made.medium.files().values(), "somebody's file is lost"


def a_record_is_forgotten() -> None:
    """One opens a group whose record is done with, while another writes the next, and dies."""
    work = GroupWork(1)
    medium = work.medium
    _both(work.group, 1)
    dying = work.process

    def die(verb: str, path: str) -> None:
        if verb == "write" and path.startswith(HIVES["two"]):
            dying.kill()

    def fault(verb: str, path: str) -> None:
        if (verb, path) != ("truncate", RECORD):
            return
        medium.fault = die
        try:
            _both(work.group, 2)
        except (TransactionError, KilledError):
            pass
        medium.fault = None

    medium.fault = fault
    group = HiveGroup(Process(medium), RECORD, HIVES)
    medium.fault = None
    dying.kill()
    group.close()
    again = HiveGroup(Process(medium), RECORD, HIVES)
    numbers = [group_number(again.hive(name)) for name in ("one", "two")]
    again.close()
    assert numbers in ([1, 1], [2, 2]), "half of a transaction"


def _both(group: HiveGroup, number: int) -> None:
    """A transaction over two hives."""
    group.begin(0)
    for name in ("one", "two"):
        editor = group.editor(name)
        editor.set_value(editor.tree.root().cell, Value("number", 4, dword(number)))
    group.commit()
    for name in HIVES:
        flusher.cancel(id(group.hive(name).durability))


def closing() -> None:
    """Whoever opens it meanwhile waits, or gets in; nobody is refused."""
    made = Made()
    hive = made.hive()
    commit(hive, 1, "d")
    steps = []
    for _ in _closes(hive):
        try:
            other = WritableHive(Process(made.medium), HIVE)
        except WaitsError:
            steps.append("waits")
            continue
        steps.append("is in")
        assert number_in(other) == 1
        other.close()
    assert steps[0] == "waits"
    assert steps[-1] == "is in"


def _closes(hive: WritableHive) -> Iterator[None]:
    """Close a hive; after each of its files the disk is as it is then."""
    files: list[Handle] = []

    def note(file: Handle) -> None:
        files.append(file)

    with patch.object(Handle, "close", note):
        hive.close()
    for file in files:
        file.close()
        yield


def all_of_them() -> None:
    """Each of these."""
    logs_taken_away()
    another_file()
    somebody_s_file()
    a_record_is_forgotten()
    closing()
