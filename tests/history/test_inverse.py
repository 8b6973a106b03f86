"""What a transaction has changed, found from its cells."""

from __future__ import annotations

from anyreg.engine.create import create_hive
from anyreg.engine.memory_disk import MemoryDisk
from anyreg.engine.writable import WritableHive
from anyreg.history.inverse import Inverse
from anyreg.history.items import ChangedKey, Item, TreeKey, TreeTop
from anyreg.history.packing import pack_item
from anyreg.history.unpacking import read_items
from anyreg.values import Value
from crash.made import child
from crash.model import DESCRIPTOR
from history.given import Given


def new() -> WritableHive:
    """An empty hive."""
    disk = MemoryDisk()
    create_hive(disk, "HIVE", 5, "ROOT", DESCRIPTOR)
    return WritableHive(disk, "HIVE")


def found(hive: WritableHive) -> list[Item]:
    """What the transaction under way has changed; it is committed."""
    editing = hive.current.editing
    items = Inverse(hive.image, hive.minor, hive.root_cell, editing).items()
    record = Given(b"".join(map(pack_item, items)))
    hive.commit()
    return list(read_items(record))


def test_data_that_looks_like_a_key_is_none() -> None:
    """A value that holds a key node, cell offsets and all."""
    hive = new()
    editor = hive.begin()
    key = editor.create(hive.root_cell, "Key")
    hive.commit()
    payload = hive.begin().changes.payload(key)
    hive.current.editing.set_value(key, Value("fake", 3, payload + bytes(8)))
    (item,) = found(hive)
    assert isinstance(item, ChangedKey)
    assert item.path_after == ["Key"]
    assert [value.name for value in item.hunks[0].after] == ["fake"]


def test_data_that_is_written_over_in_its_own_cell_is_a_change() -> None:
    """Of the value whose data it is, and not of its neighbours: the records stay as they are."""
    hive = new()
    editor = hive.begin()
    key = editor.create(hive.root_cell, "Key")
    editor.set_values(key, [Value(name, 3, name.encode() * 100) for name in "abc"])
    hive.commit()
    hive.begin().set_value(key, Value("b", 3, b"x" * 100))
    (item,) = found(hive)
    assert isinstance(item, ChangedKey)
    (hunk,) = item.hunks
    assert [(value.name, value.raw) for value in hunk.before] == [("b", b"b" * 100)]
    assert [(value.name, value.raw) for value in hunk.after] == [("b", b"x" * 100)]
    assert (hunk.at_before, hunk.at_after) == (1, 1)


def test_what_a_savepoint_has_undone_is_no_change() -> None:
    """Nor a key that was made and deleted."""
    hive = new()
    editor = hive.begin()
    hive.begin()
    editor.create(hive.root_cell, "Gone")
    hive.roll_back()
    editor.delete(editor.create(hive.root_cell, "Brief"))
    (item,) = found(hive)  # the root has another time
    assert isinstance(item, ChangedKey)
    assert item.path_after == []
    assert item.hunks == []


def test_a_rename_tells_nothing_of_what_is_below() -> None:
    """Also where the key moves to another cell."""
    hive = new()
    editor = hive.begin()
    key = editor.create(hive.root_cell, "Key")
    for number in range(20):
        editor.create(key, f"below {number}")
    hive.commit()
    editor = hive.begin()
    editor.rename(child(editor.tree, "Key").cell, "K" * 200)
    items = found(hive)
    assert sorted(item.path_before for item in items if isinstance(item, ChangedKey)) == [
        [],
        ["Key"],
    ]
    assert len(items) == 2


def test_a_deleted_tree_is_told_from_its_top() -> None:
    """In pre-order, and once, whatever of it was deleted before."""
    hive = new()
    editor = hive.begin()
    top = editor.create(hive.root_cell, "Top")
    editor.create(editor.create(top, "A"), "B")
    editor.create(top, "C")
    hive.commit()
    editor = hive.begin()
    top = child(editor.tree, "Top").cell
    editor.delete(child(editor.tree, "Top", "A").cell, True)
    editor.create(top, "New")
    editor.delete(top, True)
    items = found(hive)
    assert [item.is_gone for item in items if isinstance(item, TreeTop)] == [True]
    keys = [(item.depth, item.name) for item in items if isinstance(item, TreeKey)]
    assert keys == [(0, "Top"), (1, "A"), (2, "B"), (1, "C")]


def test_a_large_tree_is_told_too() -> None:
    """Of whose keys the editor keeps no list."""
    hive = new()
    editor = hive.begin()
    top = editor.create(hive.root_cell, "Top")
    for number in range(5000):
        editor.create(top, str(number))
    hive.commit()
    editor = hive.begin()
    editor.delete(child(editor.tree, "Top").cell, True)
    assert len(editor.keys.bulk_deleted) == 1
    items = found(hive)
    assert sum(isinstance(item, TreeKey) for item in items) == 5001
