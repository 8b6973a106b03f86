"""The tree: which keys are read of sound and of damaged hives, and which problem is named.

Each kind of damage stands in a hive of its own, made by hand: a root with the keys A, B and C
(see hives.family).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from anyreg.errors import CorruptHiveError
from crash.made import child
from hives import (
    LIST_COUNT,
    LIST_FIRST,
    NK_LIST,
    NK_NAME_SIZE,
    NK_PARENT,
    NK_SUBKEYS,
    NONE,
    TIME,
    Maker,
    family,
    field,
    outline,
    values_of,
    words,
)


def read(maker: Maker) -> tuple[str, list[str]]:
    """All keys below the root, and the problems met on the way."""
    hive = maker.hive()
    return outline(hive.tree), words(hive.problems)


# Sound hives


def test_a_sound_hive_has_no_problems() -> None:
    """Keys, times and values are as they were made."""
    maker, *_ = family()
    hive = maker.hive()
    assert outline(hive.tree) == "A,B,C"
    assert [(v.name, v.type, v.raw) for v in values_of(hive)] == [("v", 3, b"12345678")]
    assert hive.tree.root().last_written == TIME
    assert hive.problems == []


@pytest.mark.parametrize("kind", [b"lf", b"lh", b"li"])
def test_every_kind_of_list_is_read_and_searched(kind: bytes) -> None:
    """In the order stored, and by name without case."""
    maker = Maker()
    maker.give_keys(maker.key("root"), "Alpha", "beta", "Gamma", kind=kind)
    tree = maker.hive().tree
    assert outline(tree) == "Alpha,beta,Gamma"
    assert [child(tree, name).name for name in ("GAMMA", "Beta", "alpha")] == [
        "Gamma",
        "beta",
        "Alpha",
    ]
    assert tree.child(tree.root(), "delta") is None


def indexed(*groups: str) -> tuple[Maker, int, list[int]]:
    """A root with keys under an ri, one list for each text of names."""
    maker = Maker()
    root = maker.key("root")
    leaves = [maker.leaf(b"lh", *(maker.key(name, root) for name in group)) for group in groups]
    maker.give_list(root, maker.index(*leaves), sum(map(len, groups)))
    return maker, root, leaves


def test_lists_under_an_index_are_read_and_searched() -> None:
    """As if they were one."""
    maker, *_ = indexed("ab", "cd", "ef", "g")
    tree = maker.hive().tree
    assert outline(tree) == "a,b,c,d,e,f,g"
    assert [child(tree, name).name for name in "GfEdCbA"] == list("gfedcba")
    assert tree.child(tree.root(), "x") is None


def test_lists_in_a_wrong_order_are_still_searched_completely() -> None:
    """The order helps to find a list and is not relied on."""
    maker, *_ = indexed("xy", "ab", "mn")
    tree = maker.hive().tree
    assert [child(tree, name).name for name in "xyabmn"] == list("xyabmn")


@pytest.mark.parametrize("empty", [0, 1, 2])
def test_an_empty_list_under_an_index_does_not_hide_others(empty: int) -> None:
    """Every key is found, wherever the empty list stands."""
    maker, root, leaves = indexed("ab", "cd", "ef")
    maker.put(leaves[empty], LIST_COUNT, 0, "<H")
    maker.put(root, NK_SUBKEYS, 4)
    hive = maker.hive()
    rest = "abcdef".replace("abcdef"[2 * empty : 2 * empty + 2], "")
    assert [child(hive.tree, name).name for name in rest] == list(rest)
    assert not hive.problems


def test_a_list_whose_last_key_is_bad_does_not_hide_others() -> None:
    """The search for the right list goes on where it can."""
    maker, _, leaves = indexed("ab", "cd", "ef")
    maker.put(leaves[1], LIST_FIRST + 8, 0x7FFF0)
    tree = maker.hive().tree
    assert [child(tree, name).name for name in "abcef"] == list("abcef")


@pytest.mark.parametrize("name", ["Straße", "ÿ", "日本", "\ud800", "e\u0301", "ÅÄÖ"])
def test_names_beyond_ascii_are_found(name: str) -> None:
    """Even where a writer got their hash wrong."""
    maker = Maker()
    root = maker.key("root")
    maker.give_list(root, maker.leaf(b"li", maker.key(name, root)), 1)
    assert child(maker.hive().tree, name).name == name
    maker = Maker()
    root = maker.key("root")
    maker.give_list(root, maker.leaf(b"lh", maker.key(name, root)), 1)
    assert child(maker.hive().tree, name).name == name


def test_a_hint_of_zeros_fits_any_name() -> None:
    """Some writers fill in no hints."""
    maker = Maker()
    root = maker.key("root")
    leaf = maker.leaf(b"lf", maker.key("Alpha", root))
    maker.put(leaf, LIST_FIRST + 4, 0)
    maker.give_list(root, leaf, 1)
    assert child(maker.hive().tree, "alpha").name == "Alpha"


def test_lists_over_the_borders_of_stretches_are_read() -> None:
    """Those of 40,000 values and of 20,000 keys."""
    maker = Maker()
    root = maker.key("root")
    key = maker.key("k", root)
    maker.give_values(root, *[maker.value("v")] * 40_000)
    maker.give_list(root, maker.leaf(b"lh", *[key] * 20_000), 20_000)
    tree = maker.hive().tree
    assert [node.name for node in tree.children(tree.root())] == ["k"]
    assert tree.records(tree.root())


# Damage: keys and their lists

Damage = Callable[[Maker, int, list[int]], None]


def list_of(maker: Maker, root: int) -> int:
    return field(maker, root, NK_LIST)


def cut_list(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(list_of(maker, root), LIST_COUNT, 60_000, "<H")


def odd_list(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(list_of(maker, root), 0, 0x7A7A, "<H")


def free_list(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(list_of(maker, root), -4, 32)


def lost_list(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(root, NK_LIST, 0xFFFF0)


def crooked_list(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(root, NK_LIST, list_of(maker, root) + 4)


def twice(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(list_of(maker, root), LIST_FIRST + 8, keys[0])


def wrong_count(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(root, NK_SUBKEYS, 2)


def bad_key(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(keys[1], 0, 0x7878, "<H")


def short_key(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(list_of(maker, root), LIST_FIRST + 8, maker.cell(b"nk" + bytes(50)))


def zero_key(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(keys[1], -4, 0)


def long_key(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(keys[1], -4, -0x7FFFFFF8, "<i")


def free_key(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(keys[1], -4, 88)


def lost_key(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(list_of(maker, root), LIST_FIRST + 8, NONE)


def long_name(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(keys[1], NK_NAME_SIZE, 0xFFFF, "<H")


def wrong_parent(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(keys[1], NK_PARENT, 0x20000)


def other_parent(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(keys[1], NK_PARENT, keys[0])


def lists_itself(maker: Maker, root: int, keys: list[int]) -> None:
    maker.give_list(keys[1], maker.leaf(b"lh", keys[1]), 1)


def lists_root(maker: Maker, root: int, keys: list[int]) -> None:
    maker.give_list(keys[1], maker.leaf(b"lh", root), 1)


def root_below(maker: Maker, root: int, keys: list[int]) -> None:
    lists_root(maker, root, keys)
    maker.put(root, NK_PARENT, keys[1])


def root_in_root(maker: Maker, root: int, keys: list[int]) -> None:
    maker.put(list_of(maker, root), LIST_FIRST + 8, root)
    maker.put(root, NK_PARENT, root)


def stolen(maker: Maker, root: int, keys: list[int]) -> None:
    maker.give_list(keys[1], maker.leaf(b"lh", keys[0]), 1)


BROKEN_TREES: dict[Damage, tuple[str, str]] = {
    cut_list: ("A,B,C", "list beyond its cell"),
    odd_list: ("", "bad subkey list"),
    free_list: ("A,B,C", "subkey list in a free cell"),
    lost_list: ("", "points outside the bins"),
    crooked_list: ("", "bad cell"),
    twice: ("A,C", "the same subkey twice in its lists"),
    wrong_count: ("A,B,C", "wrong number of subkeys"),
    bad_key: ("A,C", "bad key node"),
    short_key: ("A,C", "bad key node"),
    zero_key: ("A,B,C", "bad cell size: its record is read all the same"),
    long_key: ("A,B,C", "bad cell size: its record is read all the same"),
    free_key: ("A,B,C", "key node in a free cell"),
    lost_key: ("A,C", "points outside the bins"),
    long_name: ("A,B\0\0\0,C", "key name beyond its cell"),
    wrong_parent: ("A,B,C", "wrong parent"),
    other_parent: ("A,B,C", "wrong parent"),
    lists_itself: ("A,B,C", "wrong parent"),
    lists_root: ("A,B,C", "the root among its subkeys"),
    root_below: ("A,B,C", "the root among its subkeys"),
    root_in_root: ("A,C", "the root among its subkeys"),
    stolen: ("A,B,C", "wrong parent"),
}


@pytest.mark.parametrize("damage", BROKEN_TREES, ids=lambda damage: str(damage.__name__))
def test_a_damaged_tree_is_read_as_far_as_it_goes(damage: Damage) -> None:
    """The other keys are there, each once, and the problem is named."""
    maker, root, keys = family()
    damage(maker, root, keys)
    names, problems = BROKEN_TREES[damage]
    found, noted = read(maker)
    assert found.replace("\0", "") == names.replace("\0", "")
    assert problems in noted


@pytest.mark.parametrize("damage", BROKEN_TREES, ids=lambda damage: str(damage.__name__))
def test_a_damaged_tree_can_be_searched(damage: Damage) -> None:
    """What the walk shows is found by its name, and only that."""
    maker, root, keys = family()
    damage(maker, root, keys)
    tree = maker.hive().tree
    for name in "ABCX":
        found = tree.child(tree.root(), name)
        assert found is None or found.name[0] == name
        shown = BROKEN_TREES[damage][0].split(",")
        assert found is not None or name not in shown


def test_a_key_in_two_lists_belongs_to_its_parent() -> None:
    """Whoever else lists it does not show it, whichever is asked first."""
    maker, _, keys = family()
    stolen(maker, 0, keys)
    tree = maker.hive().tree
    assert tree.children(child(tree, "B")) == []
    assert [node.name for node in tree.children(tree.root())] == ["A", "B", "C"]


def test_a_key_whose_parent_is_wrong_belongs_to_who_lists_it_first() -> None:
    """And to nobody else."""
    maker, _, keys = family()
    orphan = maker.key("orphan", 0x20000)
    for key in keys[:2]:
        maker.give_list(key, maker.leaf(b"lh", orphan), 1)
    found, noted = read(maker)
    assert found == "A(orphan),B,C"
    assert "wrong parent" in noted


def test_a_circle_of_keys_ends() -> None:
    """Two keys that list each other, below the root."""
    maker, _, keys = family()
    maker.give_list(keys[0], maker.leaf(b"lh", keys[1]), 1)
    maker.give_list(keys[1], maker.leaf(b"lh", keys[0]), 1)
    assert read(maker)[0] == "A,B,C"


def test_a_circle_whose_parents_agree_ends() -> None:
    """The walk ends, though every key of the circle names the one before as its parent."""
    maker, root, keys = family()
    other_parent(maker, root, keys)
    maker.give_list(keys[0], maker.leaf(b"lh", keys[1]), 1)
    maker.give_list(keys[1], maker.leaf(b"lh", root), 1)
    maker.put(root, NK_PARENT, keys[1])
    assert read(maker)[0] == "A(B),C"


def test_a_wrong_parent_that_is_no_key_changes_nothing() -> None:
    """The field may point at anything."""
    maker, root, keys = family()
    maker.put(keys[1], NK_PARENT, list_of(maker, root))
    assert read(maker)[0] == "A,B,C"


def test_keys_in_a_wrong_order_are_all_found() -> None:
    """The order within a list is never relied on."""
    maker = Maker()
    maker.give_keys(maker.key("root"), "C", "A", "B")
    tree = maker.hive().tree
    assert outline(tree) == "C,A,B"
    assert child(tree, "b").name == "B"


def test_an_index_in_an_index_is_left_out() -> None:
    """The lists beside it are read."""
    maker, root, leaves = indexed("ab", "cd")
    inner = maker.index(leaves[1])
    maker.give_list(root, maker.index(leaves[0], inner), 4)
    found, noted = read(maker)
    assert found == "a,b"
    assert "bad list in an index" in noted


def test_the_same_list_twice_in_an_index_is_read_once() -> None:
    """An index of 65,535 times the same list is no key more."""
    maker, root, leaves = indexed("ab", "cd")
    maker.give_list(root, maker.index(*leaves, *[leaves[0]] * 60_000), 4)
    found, noted = read(maker)
    assert found == "a,b,c,d"
    assert "the same list twice in an index" in noted


def test_lists_longer_than_the_hive_are_cut() -> None:
    """Lists that overlap could name more keys than any hive of the size can hold."""
    maker = Maker()
    root = maker.key("root")
    entry = struct.pack("<iI", -0x3000, 0x0100696C)  # at once a cell and a list of 256 offsets
    first = maker.cell(bytes(4) + entry * 3000) + 8
    maker.give_list(root, maker.index(*range(first, first + 8000, 8)), 9)
    found, noted = read(maker)
    assert found == ""
    assert "more subkeys than the hive has room for" in noted


@pytest.mark.parametrize("root", [NONE, 0, 33, 1 << 20])
def test_without_a_root_there_is_no_tree(root: int) -> None:
    """The one key that must be there."""
    maker, *_ = family()
    maker.root = root
    with pytest.raises(CorruptHiveError):
        maker.hive()


def test_a_problem_is_named_once_however_often_it_is_met() -> None:
    """Reading again says nothing new."""
    maker, root, keys = family()
    bad_key(maker, root, keys)
    hive = maker.hive()
    for _ in range(3):
        outline(hive.tree)
        hive.tree.child(hive.tree.root(), "b")
    assert words(hive.problems) == ["bad key node"]
