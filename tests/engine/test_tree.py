"""The tree: what is read of sound and of damaged hives, and which problem is named.

Each kind of damage stands in a hive of its own, made by hand: a root with the keys A, B and C,
and in A the value v (see hives.family).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError
from hives import (
    DESCRIPTOR,
    LIST_COUNT,
    LIST_FIRST,
    NK_CLASS,
    NK_CLASS_SIZE,
    NK_FLAGS,
    NK_LIST,
    NK_NAME_SIZE,
    NK_PARENT,
    NK_SECURITY,
    NK_SUBKEYS,
    NK_VALUE_LIST,
    NK_VALUES,
    NONE,
    TIME,
    VK_DATA,
    VK_NAME_SIZE,
    VK_SIZE,
    VK_TYPE,
    Maker,
    family,
    outline,
    values_of,
    words,
)

BIG = bytes(range(256)) * 100  # 25,600 bytes: two segments
SEGMENT = 16344


def field(maker: Maker, cell: int, at: int) -> int:
    """A number of a record."""
    number: int = struct.unpack_from("<I", maker.cells, cell + 4 + at)[0]
    return number


def child(tree: Tree, name: str, of: KeyNode | None = None) -> KeyNode:
    found = tree.child(of or tree.root(), name)
    assert found is not None
    return found


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


@pytest.mark.parametrize("raw", [b"", b"1", b"12", b"123", b"1234", b"12345", b"x" * 16344])
def test_data_of_any_size_comes_back(raw: bytes) -> None:
    """Up to four bytes stand in the record, more in a cell."""
    maker, _, keys = family()
    maker.give_values(keys[0], maker.value("", raw, 0x200000))
    (value,) = values_of(maker.hive())
    assert (value.name, value.type, value.raw) == ("", 0x200000, raw)


def test_a_size_of_zero_without_the_inline_bit_is_no_data() -> None:
    """Some deleted values say so."""
    maker, _, keys = family()
    value = maker.value("t", b"12345678")
    maker.put(value, VK_SIZE, 0)
    maker.give_values(keys[0], value)
    hive = maker.hive()
    assert values_of(hive)[0].raw == b""
    assert not hive.problems


def test_values_are_found_by_name() -> None:
    """Without case; of two with one name the first is given, records() gives both."""
    maker, _, keys = family()
    maker.give_values(keys[0], *(maker.value(name, name.encode()) for name in ("x", "Dup", "dUP")))
    hive = maker.hive()
    key = child(hive.tree, "A")
    found = hive.tree.value(key, "DUP")
    assert found is not None
    assert found.name == "Dup"
    assert len(hive.tree.records(key)) == 3
    assert hive.tree.value(key, "none") is None


def big_value(maker: Maker, key: int, raw: bytes = BIG) -> tuple[int, int, int, list[int]]:
    """A value with big data: the cells of the value, its db record, its list, its segments."""
    parts = [raw[at : at + SEGMENT] for at in range(0, len(raw), SEGMENT)]
    segments = [maker.cell(part, size=16352) for part in parts]
    listed = maker.cell(struct.pack(f"<{len(segments)}I", *segments))
    record = maker.cell(struct.pack("<2sHI", b"db", len(segments), listed))
    value = maker.value("big", raw)
    maker.put(value, VK_DATA, record)
    maker.give_values(key, value)
    return value, record, listed, segments


def test_big_data_is_put_together() -> None:
    """Segment by segment."""
    maker, _, keys = family()
    big_value(maker, keys[0])
    hive = maker.hive()
    assert values_of(hive)[0].raw == BIG
    assert not hive.problems


def test_large_data_in_one_cell_is_read_too() -> None:
    """Minor version 3 has no segments, and some writers never make any."""
    for minor in (3, 5):
        maker, _, keys = family(minor)
        maker.give_values(keys[0], maker.value("v", BIG))
        hive = maker.hive()
        assert values_of(hive)[0].raw == BIG
        assert not hive.problems


def test_data_that_only_begins_like_big_data_is_data() -> None:
    """In a version without segments."""
    maker, _, keys = family(3)
    maker.give_values(keys[0], maker.value("v", b"db" + BIG))
    assert values_of(maker.hive())[0].raw == b"db" + BIG


def test_data_over_the_borders_of_stretches_comes_back() -> None:
    """A cell may be larger than what is loaded at once."""
    maker, _, keys = family(3)
    raw = BIG * 20  # half a MiB
    maker.give_values(keys[0], maker.value("v", raw))
    assert values_of(maker.hive())[0].raw == raw


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
    zero_key: ("A,C", "bad cell"),
    long_key: ("A,C", "bad cell"),
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


# Damage: values

ValueDamage = Callable[[Maker, int, int, int], None]


def cut_values(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(key, NK_VALUES, 0x10000)


def lost_values(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(key, NK_VALUE_LIST, NONE)


def free_values(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(listed, -4, 8)


def bad_value(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, 0, 0x7878, "<H")


def lost_value(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(listed, 0, 0x12344)


def free_value(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, -4, 32)


def short_value(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(listed, 0, maker.cell(b"vk" + bytes(10)))


def long_value_name(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, VK_NAME_SIZE, 0x1000, "<H")


def long_data(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, VK_SIZE, 4000)


def lost_data(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, VK_DATA, 0x7FFFFFF8)


def free_data(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(field(maker, value, VK_DATA), -4, 16)


def long_inline(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, VK_SIZE, 0x80000009)
    maker.put(value, VK_DATA, int.from_bytes(b"abcd", "little"))


def false_big(maker: Maker, key: int, listed: int, value: int) -> None:
    maker.put(value, VK_SIZE, 20_000)


BROKEN_VALUES: dict[ValueDamage, tuple[list[bytes], str]] = {
    cut_values: ([b"12345678"], "value list beyond its cell"),
    lost_values: ([], "points outside the bins"),
    free_values: ([b"12345678"], "value list in a free cell"),
    bad_value: ([], "bad key value"),
    lost_value: ([], "points outside the bins"),
    free_value: ([b"12345678"], "key value in a free cell"),
    short_value: ([], "bad key value"),
    long_value_name: ([b"12345678"], "value name beyond its cell"),
    long_data: ([b"12345678\0\0\0\0"], "value data beyond its cell"),
    lost_data: ([b""], "value data cannot be read (points outside the bins)"),
    free_data: ([b"12345678\0\0\0\0"[:8]], "value data in a free cell"),
    long_inline: ([b"abcd"], "inline data too long"),
    false_big: ([b"12345678\0\0\0\0"], "bad big data record"),
}


@pytest.mark.parametrize("damage", BROKEN_VALUES, ids=lambda damage: str(damage.__name__))
def test_a_damaged_value_is_read_as_far_as_it_goes(damage: ValueDamage) -> None:
    """The bytes that are there come out, and the problem is named."""
    maker, _, keys = family()
    listed = field(maker, keys[0], NK_VALUE_LIST)
    value = field(maker, listed, 0)
    damage(maker, keys[0], listed, value)
    hive = maker.hive()
    raws, problem = BROKEN_VALUES[damage]
    assert [found.raw for found in values_of(hive)] == raws
    assert problem in words(hive.problems)


@pytest.mark.parametrize("damage", BROKEN_VALUES, ids=lambda damage: str(damage.__name__))
def test_a_damaged_value_can_be_asked_for(damage: ValueDamage) -> None:
    """By its name it is read as in the list."""
    maker, _, keys = family()
    listed = field(maker, keys[0], NK_VALUE_LIST)
    damage(maker, keys[0], listed, field(maker, listed, 0))
    hive = maker.hive()
    key = child(hive.tree, "A")
    for value in hive.tree.records(key):
        assert hive.tree.value(key, value.name) == value
    assert hive.tree.value(key, "none") is None


def test_good_values_beside_a_bad_one_are_read() -> None:
    """One bad record costs no other."""
    maker, _, keys = family()
    cells = [maker.value(name, b"12345") for name in "xyz"]
    maker.put(cells[1], 0, 0, "<H")
    maker.give_values(keys[0], *cells)
    assert [value.name for value in values_of(maker.hive())] == ["x", "z"]


def test_values_of_a_key_never_hold_more_than_the_hive() -> None:
    """Many values that share their data cannot fill the memory."""
    maker, _, keys = family(3)
    value = maker.value("v", bytes(100_000))
    maker.give_values(keys[0], *(value_like(maker, value) for _ in range(50)))
    hive = maker.hive()
    assert sum(len(found.raw) for found in values_of(hive)) <= len(maker.bins())
    assert "values with more data than the hive holds" in words(hive.problems)


def value_like(maker: Maker, value: int) -> int:
    """Another value with the same data cell."""
    other = maker.value("w", b"12345")
    for at in (VK_SIZE, VK_DATA, VK_TYPE):
        maker.put(other, at, field(maker, value, at))
    return other


def test_a_predefined_handle_has_no_values() -> None:
    """Its fields mean something else, whatever they hold."""
    maker, _, keys = family()
    maker.put(keys[0], NK_FLAGS, 0x60, "<H")
    maker.put(keys[0], NK_VALUES, 0x80000002)
    hive = maker.hive()
    assert values_of(hive) == []
    assert hive.tree.value_count(child(hive.tree, "A")) == 0
    assert not hive.problems


# Damage: big data, class names, security


def test_big_data_in_an_old_version_is_read_and_named() -> None:
    """A version that has no segments, and a writer that made some."""
    maker, _, keys = family(3)
    big_value(maker, keys[0])
    hive = maker.hive()
    assert values_of(hive)[0].raw == BIG
    assert "big data record in a version without them" in words(hive.problems)


def test_big_data_with_a_lost_segment_is_cut_there() -> None:
    """What stands in front of it comes out."""
    maker, _, keys = family()
    listed = big_value(maker, keys[0])[2]
    maker.put(listed, 4, NONE)
    hive = maker.hive()
    assert values_of(hive)[0].raw in (BIG[:SEGMENT], b"")
    assert hive.problems


def test_big_data_with_too_few_segments_is_cut() -> None:
    """The size claims more than the list has."""
    maker, _, keys = family()
    record = big_value(maker, keys[0])[1]
    maker.put(record, 2, 1, "<H")
    hive = maker.hive()
    assert values_of(hive)[0].raw == BIG[:SEGMENT]
    assert "big data cut short" in words(hive.problems)


def test_big_data_of_a_claimed_gigabyte_takes_no_more_than_the_hive() -> None:
    """One segment named 65,535 times."""
    maker, _, keys = family()
    value, record, _, segments = big_value(maker, keys[0])
    maker.put(value, VK_SIZE, 1_071_104_040)
    maker.put(record, 2, 65_535, "<H")
    maker.put(record, 4, maker.cell(struct.pack("<65535I", *segments[:1] * 65_535)))
    hive = maker.hive()
    assert len(values_of(hive)[0].raw) <= len(maker.bins())
    assert "big data cut short" in words(hive.problems)


def test_a_free_segment_is_read_and_named() -> None:
    """The bytes are still there."""
    maker, _, keys = family()
    segments = big_value(maker, keys[0])[3]
    maker.put(segments[0], -4, 16352)
    hive = maker.hive()
    assert values_of(hive)[0].raw == BIG
    assert "segment in a free cell" in words(hive.problems)


def test_a_free_big_data_record_is_read_and_named() -> None:
    """Its segments are still in use."""
    maker, _, keys = family()
    maker.put(big_value(maker, keys[0])[1], -4, 16)
    hive = maker.hive()
    assert values_of(hive)[0].raw == BIG
    assert "big data record in a free cell" in words(hive.problems)


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
        (-4, 0, b"", "bad cell"),
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
