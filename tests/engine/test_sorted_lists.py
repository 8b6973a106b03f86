"""Names that are missing: a lookup says of them what a walk shows, at the cost of any other.

Lists are made by hand in every order, with every hash, and searched twice: before it is known of
them that they are in order, and after.
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.engine.sorted_lists import HASHED, IN_ORDER, UNKNOWN, SortedLists
from anyreg.engine.tree import Tree
from anyreg.engine.writable import WritableHive
from anyreg.errors import KeyExistsError
from anyreg.names import fold
from anyreg.problems import Problems
from crash.made import Made, child, editing, names, undone
from hives import LIST_COUNT, LIST_FIRST, NK_LIST, NK_PARENT, Maker, field

POOL = ["", "a", "A", "b", "_", "[", "ab", "aä", "ä", "Ä", "ÿ", "Ÿ", "ß", "日", "\ud83d\ude00", "z"]

leaves = st.lists(
    st.tuples(
        st.sampled_from([b"lh", b"lh", b"lf", b"li"]),
        st.lists(st.sampled_from(POOL), max_size=5),
    ),
    min_size=1,
    max_size=4,
)
damage = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=2)


def hurt(maker: Maker, root: int, lists: list[int], kind: int, number: int) -> None:
    """Damage one thing of the lists."""
    keys = [cell for cell in maker.names if cell != root]
    if not keys:
        return
    key, leaf = keys[number % len(keys)], lists[number % len(lists)]
    if kind == 0:
        maker.put(leaf, LIST_FIRST + 4, 0x1234)
    elif kind == 1:
        maker.put(leaf, LIST_COUNT, number, "<H")
    elif kind == 2:
        maker.put(leaf, 0, 0x7878, "<H")
    elif kind == 3:
        maker.put(key, NK_PARENT, keys[0])
    elif kind == 4:
        maker.put(key, 0, 0x7878, "<H")
    else:
        maker.put(leaf, LIST_FIRST, root)


@given(leaves, st.booleans(), st.booleans(), damage)
def test_a_lookup_finds_what_a_walk_shows_and_nothing_else(
    made: list[tuple[bytes, list[str]]],
    sort: bool,
    only_leaf: bool,
    damages: list[tuple[int, int]],
) -> None:
    """In lists of any kind and order, sound and damaged, asked twice."""
    maker = Maker()
    root = maker.key("root")
    groups = [(kind, sorted(group, key=fold) if sort else group) for kind, group in made]
    if only_leaf:
        groups = groups[:1]
    lists = [maker.leaf(kind, *[maker.key(name, root) for name in group]) for kind, group in groups]
    maker.cell(bytes(400))  # room behind a list that counts too many
    top = lists[0] if only_leaf else maker.index(*lists)
    maker.give_list(root, top, sum(len(group) for _, group in groups))
    for kind, number in damages:
        hurt(maker, root, lists, kind, number)
    tree = maker.hive().tree
    shown = [node.name for node in tree.children(tree.root())]
    for _ in range(2):
        for name in POOL:
            found = tree.child(tree.root(), name)
            assert (found is None) == (fold(name) not in map(fold, shown)), name
            assert found is None or found.name in shown


@pytest.mark.parametrize("kind", [b"lh", b"lf", b"li"])
@pytest.mark.parametrize("count", [1, 2, 7, 100, 1012])
def test_a_missing_name_is_remembered_to_be_missing(kind: bytes, count: int) -> None:
    """Lists in order are read once; whatever stands before, between and behind is not there."""
    maker = Maker()
    wanted = [f"k{number:05}" for number in range(count)]
    maker.give_keys(maker.key("root"), *wanted, kind=kind)
    tree = maker.hive().tree
    root = tree.root()
    assert tree.orders.kind(root.cell) == UNKNOWN
    assert tree.child(root, "k00000x") is None
    assert tree.orders.kind(root.cell) == HASHED
    for name in wanted:
        assert tree.child(root, name.upper()) is not None
        assert tree.child(root, name + "x") is None
    assert tree.child(root, "a") is None


def test_a_wrong_hash_hides_no_name_and_makes_no_other_one_dear() -> None:
    """The list is in order all the same: what is missing is looked for by name."""
    maker = Maker()
    root = maker.key("root")
    maker.give_keys(root, "a", "größe", "z")
    maker.put(field(maker, root, NK_LIST), LIST_FIRST + 12, 1)
    tree = maker.hive().tree
    assert tree.child(tree.root(), "nothing") is None
    assert tree.orders.kind(tree.root().cell) == IN_ORDER
    assert child(tree, "GRÖßE").name == "größe"
    assert tree.child(tree.root(), "nothing") is None


def in_disorder(made: Made, *wanted: str) -> WritableHive:
    """A hive whose root lists these keys, the first two of them in the wrong order."""
    hive = made.hive()
    with editing(hive) as editor:
        for name in wanted:
            editor.create(editor.tree.root().cell, name)
    (cell,) = hive.tree.list_cells(hive.tree.root())
    hive.close()
    data = made.medium.contents[made.number()]
    at = 4096 + cell + 8
    data[at : at + 16] = data[at + 8 : at + 16] + data[at : at + 8]
    return made.hive()


def test_a_key_with_a_wrong_hash_is_not_made_a_second_time() -> None:
    """Whoever makes a key looks for it as whoever reads it."""
    made = Made()
    hive = made.hive()
    with editing(hive) as editor:
        for name in ("a", "größe", "z"):
            editor.create(editor.tree.root().cell, name)
    (cell,) = hive.tree.list_cells(hive.tree.root())
    hive.close()
    made.medium.contents[made.number()][4096 + cell + 8 + 12] ^= 1
    hive = made.hive()
    with pytest.raises(KeyExistsError), hive.transaction() as editor:
        editor.create(editor.tree.root().cell, "GRÖßE")
    with pytest.raises(KeyExistsError), hive.transaction() as editor:
        editor.rename(child(editor.tree, "a").cell, "Größe")


def test_what_an_undone_transaction_has_seen_is_forgotten() -> None:
    """Without the key that stands wrong the list is in order; with it, it is not."""
    hive = in_disorder(Made(), *"abcd")
    root = hive.root_cell
    with undone(hive) as editor:
        stray = child(editor.tree, "b").cell
        with undone(hive) as inner:
            inner.changes.patch(stray, NK_PARENT, struct.pack("<I", 0))
            payload = inner.changes.payload(hive.tree.list_cells(hive.tree.root())[0])
            inner.changes.put(
                hive.tree.list_cells(hive.tree.root())[0],
                payload[:2] + b"\3\0" + payload[12:],
            )
            assert names(inner.tree) == ["a", "c", "d"]
            assert inner.tree.child(inner.tree.root(), "b") is None
            assert inner.tree.orders.kind(root) == HASHED
        assert child(editor.tree, "b").name == "b"
        assert editor.tree.orders.kind(root) == UNKNOWN
    assert child(hive.tree, "b").name == "b"


def test_a_key_that_moves_into_the_cell_of_another_is_looked_at_anew() -> None:
    """What was known is of the key that stood there."""
    orders = SortedLists()
    here = SortedLists()
    here.restart(orders)
    orders.note(32, HASHED)
    here.note(64, IN_ORDER)
    assert (here.kind(32), here.kind(64)) == (HASHED, IN_ORDER)
    here.forget(32)
    here.forget(64)
    assert (here.kind(32), here.kind(64), orders.kind(32)) == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_what_is_known_outlives_commits_and_not_the_changes_of_others() -> None:
    """A commit of this process keeps lists in order; of others nothing is known."""
    made = Made()
    first, second = made.hive(), made.hive()
    with editing(first) as editor:
        for name in "bdf":
            editor.create(editor.tree.root().cell, name)
    root = first.root_cell
    assert first.tree.child(first.tree.root(), "a") is None
    with editing(first) as editor:
        editor.create(root, "a")
        editor.delete(child(editor.tree, "d").cell)
        editor.rename(child(editor.tree, "b").cell, "x" * 100)
    assert first.tree.orders.kind(root) == HASHED
    assert [first.tree.child(first.tree.root(), name) is None for name in "abdf"] == [
        False,
        True,
        True,
        False,
    ]
    second.follow()
    with editing(second) as editor:
        editor.create(root, "e")
    first.follow()
    assert first.tree.orders.kind(root) == UNKNOWN
    assert child(first.tree, "e").name == "e"


@pytest.mark.parametrize("width", [200, 2000])
def test_one_missing_name_shows_that_all_lists_can_be_relied_on(width: int) -> None:
    """In one list and in several; from then on no missing name reads them from end to end."""
    hive = Made().hive()
    with editing(hive) as editor:
        for number in range(width):
            editor.create(editor.tree.root().cell, f"k{number:05}")
    tree = Tree(hive.tree.image, hive.tree.minor, hive.root_cell, Problems())
    assert tree.orders.kind(hive.root_cell) == UNKNOWN
    assert tree.child(tree.root(), "K00100x") is None
    assert tree.orders.kind(hive.root_cell) == HASHED
    assert tree.child(tree.root(), "K00100") is not None


@pytest.mark.parametrize("kind", [b"lh", b"li"])
def test_the_subkey_at_an_index_is_that_of_the_list(kind: bytes) -> None:
    """In lists in order and in others; none is behind the last."""
    for wanted in ([], ["b", "a", "c"], [f"k{number:03}" for number in range(300)]):
        maker = Maker()
        root = maker.key("root")
        keys = [maker.key(name, root) for name in wanted]
        leaves = [maker.leaf(kind, *keys[at : at + 100]) for at in range(0, len(keys), 100)]
        if leaves:
            maker.give_list(root, maker.index(*leaves), len(keys))
        tree = maker.hive().tree
        found = [tree.child_at(tree.root(), index) for index in range(len(wanted) + 2)]
        assert [node.name for node in found if node is not None] == wanted
        assert found[len(wanted) :] == [None, None]
