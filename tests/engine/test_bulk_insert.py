"""Trees of new keys that are laid at one go are the same as keys that are made one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.engine.bulk_insert import BulkInsert
from anyreg.engine.editor import Editor
from anyreg.engine.writable import WritableHive
from anyreg.errors import HiveFullError, KeyDeletedError, KeyExistsError, LimitError
from anyreg.names import fold
from anyreg.new_keys import NewKey
from anyreg.regf.layout import MAX_BINS_SIZE, MAX_LEAF
from anyreg.values import Value
from crash.disk import Medium, Process
from crash.made import Made, child, editing, names, undone
from crash.model import HIVE, fingerprint, problems_of, state_of

key_names = st.text(
    st.characters(blacklist_characters="\\", max_codepoint=0x2FFFF, blacklist_categories=()),
    min_size=1,
    max_size=20,
)
raws = st.binary(max_size=40) | st.sampled_from([16344, 16345, 50000, 0, 4, 5]).map(bytes)
values = st.builds(Value, st.text(max_size=9), st.integers(0, 2**32 - 1), raws)


def new_key(name: str, found: list[Value] | None = None, class_name: str = "") -> NewKey:
    new = NewKey(name)
    new.class_name = class_name
    new.values = {fold(value.name): value for value in found or []}
    return new


def with_below(top: NewKey, below: list[NewKey]) -> NewKey:
    for new in below:
        top.add_subkey(new)
    return top


leaves = st.builds(new_key, key_names, st.lists(values, max_size=3), st.text(max_size=3))
trees = st.recursive(
    leaves, lambda below: st.builds(with_below, leaves, st.lists(below, max_size=4)), max_leaves=8
)


def one_by_one(editor: Editor, parent: int, keys: list[NewKey]) -> None:
    """The model: create a key, set its values, go on below it."""
    stack = [(parent, new) for new in keys]
    while stack:
        parent, new = stack.pop()
        cell = editor.create(parent, new.name, new.class_name)
        for value in new.values.values():
            editor.set_value(cell, value)
        stack.extend([(cell, below) for below in new.subkeys.values()])


def wide(count: int, name: str = "top") -> NewKey:
    below = [new_key(f"key {number:05}", [Value("v", 4, bytes(4))]) for number in range(count)]
    return with_below(new_key(name), below)


def maxima(hive: WritableHive, *path: str) -> bytes:
    """The longest names and data that a key tells of what it holds."""
    return hive.image.read(child(hive.tree, *path).cell + 4 + 52, 16)


@given(st.lists(trees, max_size=4), st.sampled_from([3, 5]), st.booleans(), st.booleans())
def test_they_are_as_if_made_one_by_one(
    keys: list[NewKey], minor: int, has_others: bool, is_undone: bool
) -> None:
    """Keys, classes, values, maxima; below a key with subkeys or without; also after an undo."""
    unique = list({fold(new.name): new for new in keys}.values())
    hives = [Made(minor).hive() for _ in range(2)]
    for hive, is_model in zip(hives, (True, False), strict=True):
        with editing(hive) as editor:
            parent = editor.create(editor.tree.root().cell, "parent", "", b"its own descriptor")
            if has_others:
                editor.create(parent, "\x01 another")
        kept = [new for new in unique if fold(new.name) != "\x01 ANOTHER"]
        if is_undone:
            with editing(hive) as editor, undone(hive):
                editor.bulk_insert(parent, kept or [new_key("x")])
        with editing(hive) as editor:
            if is_model:
                one_by_one(editor, parent, kept)
            elif kept:
                editor.bulk_insert(parent, kept)
    model, bulk_inserted = hives
    assert state_of(bulk_inserted.tree) == state_of(model.tree)
    assert maxima(bulk_inserted, "parent") == maxima(model, "parent")


@pytest.mark.parametrize("minor", [2, 3, 4, 5])
@pytest.mark.parametrize("count", [506, 507, MAX_LEAF, MAX_LEAF + 1, 3000])
def test_lists_of_any_length_are_found_again(minor: int, count: int) -> None:
    """In every version, as the list of the tops or further below; and they can grow."""
    hive = Made(minor).hive()
    with editing(hive) as editor:
        top = editor.create(editor.tree.root().cell, "top")
        editor.bulk_insert(top, list(wide(count).subkeys.values()))
        editor.bulk_insert(editor.tree.root().cell, [wide(count, "second")])
    expected = [f"key {number:05}" for number in range(count)]
    assert names(hive.tree, "top") == names(hive.tree, "second") == expected
    with editing(hive) as editor:
        editor.create(child(hive.tree, "second").cell, "key 00000+")
    assert names(hive.tree, "second") == [expected[0], "key 00000+", *expected[1:]]


def test_a_graft_is_a_part_of_its_transaction() -> None:
    """It is seen, changed, renamed and deleted in it like other keys, and undone with it."""
    made = Made()
    hive = made.hive()
    with editing(hive) as editor:
        root = editor.tree.root().cell
        editor.create(root, "made before, its bin not laid yet")
        editor.bulk_insert(root, [wide(2000), new_key("rest")])
        top = child(editor.tree, "top").cell
        editor.set_value(child(editor.tree, "top", "key 00007").cell, Value("v", 3, b"changed"))
        editor.rename(child(editor.tree, "top", "key 00008").cell, "renamed " * 20)
        editor.delete(child(editor.tree, "top", "key 00009").cell)
        with undone(hive):
            editor.bulk_insert(top, [wide(300, "undone")])
            editor.delete(child(editor.tree, "top", "key 00010").cell)
        editor.bulk_insert(root, [wide(300, "third")])
        editor.delete(child(editor.tree, "third").cell, True)
    found = names(hive.tree, "top")
    assert len(found) == 1999
    assert found[:4] == ["key 00000", "key 00001", "key 00002", "key 00003"]
    assert "renamed " * 20 in found
    assert "key 00010" in found
    assert names(hive.tree) == ["made before, its bin not laid yet", "rest", "top"]
    changed = hive.tree.records(child(hive.tree, "top", "key 00007"))
    assert [value.raw for value in changed] == [b"changed"]
    hive.close()
    again = made.hive()
    assert names(again.tree, "top") == found
    assert problems_of(again) == []


def test_the_end_of_a_graft_that_was_deleted_is_cut_off() -> None:
    """In the same transaction, and what is left of it is logged no further than the hive goes."""
    made = Made()
    hive = made.hive()
    before = hive.image.size
    with editing(hive) as editor:
        root = editor.tree.root().cell
        editor.create(root, "stays")
        editor.bulk_insert(root, [wide(3000, "z")])
        editor.delete(child(editor.tree, "z").cell, True)
    assert names(hive.tree) == ["stays"]
    assert hive.image.size <= before + 20 * 4096
    again = WritableHive(Process(Medium.of(made.medium.files())), HIVE)
    assert fingerprint(again.image) == fingerprint(hive.image)


def test_handles_of_an_undone_graft_stand_for_nothing() -> None:
    """Also when other keys stand in their cells later."""
    hive = Made().hive()
    with undone(hive) as editor:
        editor.bulk_insert(editor.tree.root().cell, [wide(100)])
        old = child(editor.tree, "top", "key 00050")
    with pytest.raises(KeyDeletedError):
        hive.fresh(old)
    with editing(hive) as editor:
        editor.bulk_insert(editor.tree.root().cell, [wide(100, "others")])
    with pytest.raises(KeyDeletedError):
        hive.fresh(old)
    assert hive.fresh(child(hive.tree, "others", "key 00050")).name == "key 00050"


def test_others_follow_it() -> None:
    """A process that has the hive open sees the keys, and can go on from there."""
    made = Made()
    first, second = made.hive(), made.hive()
    with editing(first) as editor:
        editor.bulk_insert(editor.tree.root().cell, [wide(500)])
    second.follow()
    assert state_of(second.tree) == state_of(first.tree)
    with editing(second) as editor:
        editor.bulk_insert(child(second.tree, "top", "key 00499").cell, [wide(500)])
    first.follow()
    assert len(names(first.tree, "top", "key 00499", "top")) == 500
    first.close()
    second.close()
    assert made.medium.files()[HIVE][:4] == b"regf"


@pytest.mark.parametrize(
    "bad",
    [
        new_key("n" * 257),
        new_key("c", [], "c" * 32768),
        new_key("v", [Value("n" * 16384, 3, b"")]),
    ],
)
def test_what_is_not_allowed_changes_nothing(bad: NewKey) -> None:
    """All is looked at first, however deep it stands."""
    hive = Made().hive()
    with editing(hive) as editor:
        top = with_below(new_key("top"), [new_key("good"), bad])
        with pytest.raises(LimitError):
            editor.bulk_insert(editor.tree.root().cell, [new_key("first"), top])
    assert names(hive.tree) == []


@pytest.mark.parametrize("twice", [["there"], ["new", "NEW"]])
def test_no_name_comes_twice(twice: list[str]) -> None:
    """Neither one that is there, nor one of the others; nothing changes then."""
    hive = Made().hive()
    with editing(hive) as editor:
        editor.create(editor.tree.root().cell, "There")
        with pytest.raises(KeyExistsError):
            editor.bulk_insert(editor.tree.root().cell, [new_key(name) for name in twice])
    assert names(hive.tree) == ["There"]


def test_a_hive_cannot_grow_too_far() -> None:
    """It is said before anything changes."""
    hive = Made().hive()
    with editing(hive) as editor:
        changes = editor.changes
        size = changes.size
        changes.size = MAX_BINS_SIZE - 4096
        with pytest.raises(HiveFullError):
            editor.bulk_insert(editor.tree.root().cell, [wide(100)])
        changes.size = size
    assert names(hive.tree) == []


def test_a_graft_fills_its_bins() -> None:
    """Bins of one page where cells are small; the bytes are those of the bins that it names."""
    bulk_insert = BulkInsert(8192, 5, 1, [32])
    bulk_insert.lay(32, [wide(1000)], True)
    assert len(bulk_insert.keys) == 1001
    assert len(b"".join(bulk_insert.bins)) == sum(bulk_insert.sizes)
    assert sorted(set(bulk_insert.sizes)) == [4096, 8192]  # one holds the long list
    assert sum(bulk_insert.sizes) < 1001 * 170


def test_bins_of_a_graft_that_were_joined_are_laid_as_they_are_on_the_disk() -> None:
    """Also where some of them had changed since; nothing of the graft's first bytes comes back."""
    made = Made()
    hive = made.hive()
    with editing(hive) as editor:
        editor.create(editor.tree.root().cell, "stays")
        editor.bulk_insert(editor.tree.root().cell, [wide(600)])
        editor.set_value(editor.create(editor.tree.root().cell, "z"), Value("v", 3, bytes(9000)))
    for number in range(0, 600, 50):
        with editing(hive) as editor:
            cell = child(editor.tree, "top", f"key {number:05}").cell
            editor.set_value(cell, Value("v", 3, bytes([number % 251]) * 40))
    with editing(hive) as editor:
        editor.delete(child(editor.tree, "top").cell, True)
    with editing(hive) as editor:
        editor.set_value(child(editor.tree, "stays").cell, Value("v", 3, bytes(5000)))
    again = WritableHive(Process(Medium.of(made.medium.files())), HIVE)
    assert fingerprint(again.image) == fingerprint(hive.image)


def test_a_graft_that_cannot_fit_is_refused_before_it_is_laid() -> None:
    """The places of its cells tell, and nothing is written: offsets beyond it are no offsets."""
    big = Value("v", 3, bytes(1_000_000_000))  # pages that are never touched
    bulk_insert = BulkInsert(4096, 5, 1, [32])
    with pytest.raises(HiveFullError):
        bulk_insert.lay(32, [new_key(f"key {number}", [big]) for number in range(5)], True)
    assert bulk_insert.bins == []
