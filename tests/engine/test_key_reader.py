"""One key: what it says of itself, and what is read where that is damaged."""

from __future__ import annotations

import pytest

from crash.made import child
from hives import DESCRIPTOR, NK_CLASS, NK_CLASS_SIZE, NK_SECURITY, NONE, family, words


def test_class_name_flags_and_counts() -> None:
    """What a key says of itself."""
    maker, _, keys = family()
    maker.put(keys[0], NK_CLASS, maker.cell("Klasse".encode("utf-16-le")))
    maker.put(keys[0], NK_CLASS_SIZE, 12, "<H")
    tree = maker.hive().tree
    a, b = child(tree, "A"), child(tree, "B")
    assert (tree.class_name(a), tree.class_name(b)) == ("Klasse", "")
    assert (tree.value_count(a), tree.subkey_count(a)) == (1, 0)
    assert tree.subkey_count(tree.root()) == 3
    assert tree.flags(tree.root()) == 0x2C


def test_the_descriptor_is_the_one_of_the_security_record() -> None:
    """And a key without one has none."""
    maker, _, keys = family()
    maker.put(keys[1], NK_SECURITY, NONE)
    tree = maker.hive().tree
    assert tree.descriptor(child(tree, "A")) == DESCRIPTOR
    assert tree.descriptor(child(tree, "B")) == b""


@pytest.mark.parametrize(
    ("cell", "name", "problem"),
    [(0xFFFF0, "", "points outside the bins"), (None, "Kl", "class name beyond its cell")],
)
def test_a_damaged_class_name(cell: int | None, name: str, problem: str) -> None:
    """What is there of it is given."""
    maker, _, keys = family()
    there = maker.cell("Kl".encode("utf-16-le"))
    maker.put(keys[0], NK_CLASS, there if cell is None else cell)
    maker.put(keys[0], NK_CLASS_SIZE, 500, "<H")
    hive = maker.hive()
    assert hive.tree.class_name(child(hive.tree, "A")) == name
    assert problem in words(hive.problems)


@pytest.mark.parametrize(
    ("at", "number", "result", "problem"),
    [
        (0, 0x7878, b"", "bad security record"),
        (16, 5000, DESCRIPTOR, "security descriptor beyond its cell"),
        (-4, 0, DESCRIPTOR, "bad cell size: its record is read all the same"),
        (-4, 8, b"", "bad security record"),
    ],
    ids=["signature", "size", "no cell", "small cell"],
)
def test_a_damaged_security_record(at: int, number: int, result: bytes, problem: str) -> None:
    """What is there of the descriptor is given."""
    maker, *_ = family()
    maker.put(maker.security, at, number, "<I" if at else "<H")
    hive = maker.hive()
    assert hive.tree.descriptor(hive.tree.root())[: len(DESCRIPTOR)] == result
    assert problem in words(hive.problems)
