"""The lists of subkeys: kinds, order, splitting, and what is left when keys go."""

from __future__ import annotations

import random

import pytest

from anyreg.engine.tree import Tree
from anyreg.engine.writable import WritableHive
from anyreg.errors import CorruptHiveError
from anyreg.new_keys import NewKey
from anyreg.regf.layout import LIST_COUNT, MAX_LEAF
from anyreg.regf.reads import word
from crash.made import Made, child, editing, names


def kinds(tree: Tree) -> list[str]:
    """The signatures of the root's lists: an index first, then its leaves."""
    cells = tree.list_cells(tree.root())
    return [tree.image.read(cell + 4, 2).decode() for cell in cells]


def counts(tree: Tree) -> list[int]:
    cells = tree.list_cells(tree.root())
    return [int.from_bytes(tree.image.read(cell + 6, 2), "little") for cell in cells]


def filled(minor: int, wanted: list[str]) -> WritableHive:
    """A hive whose root has these subkeys, made in this order."""
    hive = Made(minor).hive()
    with editing(hive) as editor:
        for name in wanted:
            editor.create(editor.tree.root().cell, name)
    return hive


def numbered(count: int) -> list[str]:
    return [f"key{number:05}" for number in range(count)]


@pytest.mark.parametrize(("minor", "kind"), [(3, "lf"), (5, "lh")])
def test_a_list_is_of_the_kind_of_its_version(minor: int, kind: str) -> None:
    """Names stand in order, whatever order they came in."""
    hive = filled(minor, ["b", "Ä", "a", "C", "日本"])
    assert kinds(hive.tree) == [kind]
    assert names(hive.tree) == ["a", "b", "C", "Ä", "日本"]


def test_a_fast_leaf_becomes_a_plain_one() -> None:
    """At 507 entries, as Windows does."""
    assert kinds(filled(3, numbered(506)).tree) == ["lf"]
    hive = filled(3, numbered(507))
    assert (kinds(hive.tree), counts(hive.tree)) == (["li"], [507])
    assert names(hive.tree) == numbered(507)


@pytest.mark.parametrize("minor", [3, 5])
def test_a_full_leaf_is_halved_under_an_index(minor: int) -> None:
    """At 1,013 entries, and again where one of the halves is full."""
    kind = "li" if minor == 3 else "lh"
    assert kinds(filled(minor, numbered(1012)).tree) == [kind]
    hive = filled(minor, numbered(1013))
    assert kinds(hive.tree) == ["ri", kind, kind]
    assert counts(hive.tree) == [2, 506, 507]
    hive = filled(minor, numbered(2600))
    assert sum(counts(hive.tree)[1:]) == 2600
    assert names(hive.tree) == numbered(2600)


@pytest.mark.parametrize("minor", [3, 5])
def test_keys_come_and_go_in_any_order(minor: int) -> None:
    """The lists shrink, leaves go, and at last the index does."""
    wanted = numbered(3000)
    rnd = random.Random(minor)
    rnd.shuffle(wanted)
    hive = filled(minor, wanted)
    assert names(hive.tree) == sorted(wanted)
    rnd.shuffle(wanted)
    while wanted:
        gone, wanted = wanted[:700], wanted[700:]
        with editing(hive) as editor:
            for name in gone:
                editor.delete(child(editor.tree, name).cell)
        assert names(hive.tree) == sorted(wanted)
    assert kinds(hive.tree) == []
    with editing(hive) as editor:
        editor.create(editor.tree.root().cell, "again")
    assert names(hive.tree) == ["again"]


@pytest.mark.parametrize("minor", [3, 5])
@pytest.mark.parametrize(("before", "many"), [(1, 7), (500, 100), (500, 600), (1200, 1800)])
@pytest.mark.parametrize("where", ["between", "behind", "anywhere"])
def test_many_names_put_in_at_one_go_are_as_one_by_one(
    minor: int, before: int, many: int, where: str
) -> None:
    """Each in its place, whatever that does to the lists."""
    old = [f"m{number:05}" for number in range(before)]
    new = {
        "between": [f"m00000x{number:05}" for number in range(many)],
        "behind": [f"z{number:05}" for number in range(many)],
        "anywhere": [f"m{number * 7919 % 100003:05}x" for number in range(many)],
    }[where]
    hive = Made(minor).hive()
    with hive.transaction() as editor:
        for name in old:
            editor.create(editor.tree.root().cell, name)
    with editing(hive) as editor:
        editor.bulk_insert(editor.tree.root().cell, [NewKey(name) for name in new])
    assert names(hive.tree) == sorted(old + new)
    assert all(count <= MAX_LEAF for count in counts(hive.tree)[1:])
    with editing(hive) as editor:
        for name in new[::90]:
            editor.delete(child(editor.tree, name).cell)
    assert names(hive.tree) == sorted({*old, *new} - {*new[::90]})


def test_many_commits_of_many_names_are_found_again() -> None:
    """The model is a set."""
    hive = Made().hive()
    rnd = random.Random(16)
    model: set[str] = set()
    for step in range(9):
        new = {f"{rnd.randrange(40 ** (2 + step % 3)):x}" for _ in range(rnd.choice([3, 200, 600]))}
        new -= model
        with editing(hive) as editor:
            editor.bulk_insert(editor.tree.root().cell, [NewKey(name) for name in sorted(new)])
        model |= new
        assert names(hive.tree) == sorted(model)


def test_an_index_grows_beyond_its_first_room() -> None:
    """It moves to a larger cell."""
    hive = filled(5, numbered(6000))
    assert counts(hive.tree)[0] > 8
    assert names(hive.tree) == numbered(6000)


def test_many_siblings_take_little_room() -> None:
    """8,000 in less than 2 MB."""
    assert filled(5, numbered(8000)).image.size < 2_000_000


def test_a_list_in_the_wrong_order_is_not_changed() -> None:
    """The key is not where its name puts it."""
    made = Made()
    hive = made.hive()
    with editing(hive) as editor:
        for name in "abc":
            editor.create(editor.tree.root().cell, name)
    (cell,) = hive.tree.list_cells(hive.tree.root())
    hive.close()
    primary = made.medium.contents[made.number()]
    at = 4096 + cell + 8
    primary[at : at + 8], primary[at + 8 : at + 16] = (
        primary[at + 8 : at + 16],
        primary[at : at + 8],
    )
    hive = made.hive()
    with pytest.raises(CorruptHiveError, match="not where the order"), hive.transaction() as editor:
        editor.delete(hive.tree.children(hive.tree.root())[0].cell)


def test_a_list_that_counts_more_than_it_has_is_an_error() -> None:
    """Of a damaged hive, which stays as it was."""
    hive = filled(5, numbered(20))
    with hive.transaction() as editor:
        (listed,) = hive.tree.list_cells(hive.tree.root())
        editor.changes.patch(listed, LIST_COUNT, word(400))
    before = hive.image
    with (
        pytest.raises(CorruptHiveError, match="another number of subkeys"),
        hive.transaction() as editor,
    ):
        editor.create(editor.tree.root().cell, "new", is_missing=True)
    assert hive.image is before
