"""A reader without any lock, while a writer does the worst to it."""

from __future__ import annotations

import pytest

from anyreg.engine.create import create_hive
from anyreg.engine.hive import Hive
from anyreg.engine.writable import WritableHive
from anyreg.errors import HiveChangedError
from anyreg.values import Value
from crash.disk import KilledError, Medium, Process
from crash.made import Made, editing, got, put
from crash.model import DESCRIPTOR, HIVE, problems_of
from crash.power import logs_in

pytestmark = pytest.mark.crash

FAR = 200_000  # bytes between the two keys: a reader loads them one after the other


def write(hive: WritableHive, number: int, *names: str) -> None:
    """Give keys that stand far from each other the same number."""
    editor = hive.begin()
    root = editor.tree.root().cell
    for name in names:
        child = editor.tree.child(editor.tree.root(), name)
        cell = editor.create(root, name) if child is None else child.cell
        editor.set_value(cell, Value("number", 3, bytes([number]) * 3000))
        if child is None:
            editor.set_value(root, Value("between", 3, bytes(FAR)))
    hive.commit()


def read(hive: Hive, name: str) -> int:
    child = hive.tree.child(hive.tree.root(), name)
    assert child is not None
    return hive.tree.records(child)[0].raw[0]


@pytest.mark.parametrize("in_a_period", [False, True])
def test_a_checkpoint_that_is_under_way_is_noticed(in_a_period: bool) -> None:
    """Its pages are in the file before the base block says so."""
    medium = Medium()
    process = Process(medium)
    create_hive(process, HIVE, 5, "ROOT", DESCRIPTOR)
    writer = WritableHive(process, HIVE)
    write(writer, 1, "a", "b")
    writer.checkpoint()
    if in_a_period:
        write(writer, 2, "a")
    reader = Hive(Process(medium).open(HIVE, False), HIVE, logs_in(medium.files()))
    assert read(reader, "a") == 1 + in_a_period
    write(writer, 3, "a", "b")

    def die(verb: str, path: str) -> None:
        if verb == "sync" and path == HIVE:
            process.kill()

    medium.fault = die
    with pytest.raises(KilledError):
        writer.checkpoint()
    medium.fault = None
    seen = None
    try:
        seen = read(reader, "b")
    except HiveChangedError:
        pass  # rather than two moments in one
    assert seen in (None, 1)


def test_who_follows_waits_for_no_writer() -> None:
    """Though it must read all anew; it sees what there is once the writer is out."""
    made = Made()
    (_, writer), (_, reader) = made.open(), made.open()
    for raw in (b"1", b"2"):
        put(writer, raw)
        writer.checkpoint()
    with editing(writer) as editor:
        editor.set_value(editor.tree.root().cell, Value("v", 3, b"3"))
        assert not reader.follow()
    assert reader.follow()
    assert got(reader) == b"3"
    assert problems_of(reader) == []
