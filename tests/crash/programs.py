"""What the processes of test_processes.py do to a hive on a real disk, until they are killed."""

from __future__ import annotations

import random
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

from anyreg.engine.editor import Editor
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive import open_hive
from anyreg.engine.tree import Tree
from anyreg.engine.writable import WritableHive
from anyreg.errors import HiveChangedError
from anyreg.regf.reads import dword
from anyreg.values import Value

PAIR = ("first", "second")  # keys whose values every transaction makes equal
FILLING = 2500  # bytes beside each, so that the pair never stands in one page


def number_of(tree: Tree, key: str) -> int:
    """The number that a key of the root holds, 0 where there is none."""
    found = tree.child(tree.root(), key)
    if found is None:
        return 0
    return int.from_bytes(tree.records(found)[0].raw, "little")


def put_number(editor: Editor, key: str, number: int, filling: bytes = b"") -> None:
    root = editor.tree.root()
    found = editor.tree.child(root, key)
    cell = editor.create(root.cell, key) if found is None else found.cell
    editor.set_value(cell, Value("number", 4, dword(number)))
    if filling:
        editor.set_value(cell, Value("filling", 3, filling))


def count_up(hive: WritableHive, rnd: random.Random, own: str, durable: bool) -> int:
    """Raise the common number and one's own by one, in one transaction; the common one."""
    editor = hive.begin()
    number = number_of(editor.tree, PAIR[0]) + 1
    for key in PAIR:
        put_number(editor, key, number, rnd.randbytes(FILLING))
    put_number(editor, own, number_of(editor.tree, own) + 1)
    put_number(editor, "large", number, rnd.randbytes(rnd.choice((10, 10, 10, 30_000))))
    hive.commit(durable)
    return number


def write_for_ever(path: str, seed: int, pipe: Connection) -> None:
    """Commit after commit; each is told when it has returned."""
    rnd = random.Random(seed)
    hive = WritableHive(FileDisk(), path)
    while True:
        pipe.send(count_up(hive, rnd, "own", rnd.random() < 0.3))
        hive = now_and_then(hive, rnd)


def now_and_then(hive: WritableHive, rnd: random.Random) -> WritableHive:
    """A flush, a checkpoint, or the hive closed and opened again."""
    chance = rnd.random()
    if chance < 0.03:
        hive.close()
        return WritableHive(FileDisk(), hive.path)
    if chance < 0.08:
        hive.checkpoint()
    elif chance < 0.1:
        hive.flush()
    return hive


def write_some(path: str, which: int, count: int, together: Event) -> None:
    """So many commits at once with other programs."""
    rnd = random.Random(which)
    together.wait()
    hive = WritableHive(FileDisk(), path)
    for _ in range(count):
        count_up(hive, rnd, f"own {which}", rnd.random() < 0.2)
        hive = now_and_then(hive, rnd)
    hive.close()


def follow_for_ever(path: str, pipe: Connection, stop: Event) -> None:
    """Follow the others, and look at the pair after each step; then tell what was seen."""
    hive = WritableHive(FileDisk(), path)
    pipe.send("ready")
    looks, moments, wrong, before = 0, 0, [], -1
    while not stop.is_set():
        hive.follow()
        tree = hive.tree
        first, second = (number_of(tree, key) for key in PAIR)
        looks += 1
        moments += first != before
        if first != second or first < before:
            wrong.append((before, first, second))
        before = first
    hive.close()
    pipe.send((looks, moments, 0, wrong))


def read_for_ever(path: str, pipe: Connection, stop: Event) -> None:
    """Open the hive to read again and again, each time all of it; then tell what was seen."""
    pipe.send("ready")
    looks, moments, changed, wrong, before = 0, 0, 0, [], -1
    while not stop.is_set():
        try:
            hive = open_hive(path)
        except HiveChangedError:
            changed += 1
            continue
        try:
            first, second = (number_of(hive.tree, key) for key in PAIR)
            looks += 1
            moments += first != before
            if first != second or first < before:
                wrong.append((before, first, second))
            before = first
        except HiveChangedError:
            changed += 1  # what a long reader is told, rather than two moments in one
        finally:
            hive.close()
    pipe.send((looks, moments, changed, wrong))
