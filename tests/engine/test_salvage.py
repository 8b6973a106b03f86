"""Keys that nothing leads to any more: back in their place, or apart."""

from __future__ import annotations

import struct

import pytest

from anyreg.engine.image import BytesSource, Image
from anyreg.engine.salvage import Salvage, key_cells
from hives import LIST_FIRST, NK_LIST, NK_PARENT, NK_SUBKEYS, NONE, Maker, family, field

NK_NAME_SIZE = 72


def names(salvage: Salvage) -> list[str]:
    """The paths of all keys, those apart behind `?`."""
    tree = salvage.tree
    stack = [(tree.root(), "")]
    stack += [(tree.key(cell), "?\\") for cells in salvage.apart.values() for cell in cells]
    found: list[str] = []
    while stack:
        node, above = stack.pop()
        path = above + node.name
        found.append(path)
        stack += [(child, path + "\\") for child in salvage.children(node)]
    return sorted(found)


def salvaged(maker: Maker) -> Salvage:
    return Salvage(maker.hive().tree)


def test_a_sound_hive_has_nothing_to_be_found() -> None:
    salvage = salvaged(family()[0])
    assert names(salvage) == ["root", "root\\A", "root\\B", "root\\C"]
    assert (salvage.returned, salvage.lost, salvage.apart) == (0, 0, {})


@pytest.mark.parametrize("damage", ["signature", "nowhere", "count", "free entry"])
def test_keys_of_a_lost_list_come_back(damage: str) -> None:
    """With all below them."""
    maker, root, keys = family()
    maker.give_keys(keys[2], "below")
    listed = field(maker, root, NK_LIST)
    if damage == "signature":
        maker.put(listed, 0, 0, "<H")
    elif damage == "nowhere":
        maker.put(root, NK_LIST, NONE)
    elif damage == "count":
        maker.put(root, NK_SUBKEYS, 0)
    else:
        maker.put(listed, LIST_FIRST + 16, 8)
    salvage = salvaged(maker)
    assert names(salvage) == ["root", "root\\A", "root\\B", "root\\C", "root\\C\\below"]
    assert salvage.lost == 0
    assert salvage.returned == (2 if damage == "free entry" else 4)


def test_keys_without_parents_stand_apart() -> None:
    """Together, where they had the same one."""
    maker, _, keys = family()
    below = maker.give_keys(keys[0], "x", "y")
    maker.give_keys(below[0], "deep")
    maker.put(keys[0], 0, 0, "<H")
    salvage = salvaged(maker)
    assert names(salvage) == ["?\\x", "?\\x\\deep", "?\\y", "root", "root\\B", "root\\C"]
    assert salvage.apart == {keys[0]: below}
    assert (salvage.returned, salvage.lost) == (0, 3)


def test_a_key_that_was_deleted_and_never_freed_stands_apart() -> None:
    """Its parent's lists are whole, and it is not among them."""
    maker, root, _ = family()
    maker.key("left", root)
    salvage = salvaged(maker)
    assert names(salvage) == ["?\\left", "root", "root\\A", "root\\B", "root\\C"]


def test_parents_in_a_circle_stand_apart() -> None:
    """Each once."""
    maker, root, _ = family()
    first = maker.key("one", root)
    second = maker.key("two", first)
    maker.put(first, NK_PARENT, second)
    alone = maker.key("own", root)
    maker.put(alone, NK_PARENT, alone)
    salvage = salvaged(maker)
    assert names(salvage) == [
        "?\\one",
        "?\\one\\two",
        "?\\own",
        "root",
        "root\\A",
        "root\\B",
        "root\\C",
    ]
    assert salvage.lost == 3


def test_what_is_free_is_no_key() -> None:
    """Nor is what looks like one inside of free space, or of data."""
    maker, root, _ = family()
    record = bytes(maker.cells[root : root + 88])
    maker.cell(b"", size=88, free=True)
    maker.cells[-88 + 4 : -88 + 84] = record[4:84]
    maker.cell(bytes(4) + record, size=104, free=True)
    maker.cell(bytes(4) + record)
    assert salvaged(maker).lost == 0


def test_keys_behind_cells_that_do_not_tile_are_found() -> None:
    """And in pages whose bin has lost its header."""
    maker, root, keys = family()
    maker.put(field(maker, root, NK_LIST), 0, 0, "<H")
    maker.put(root, -4, 12)
    bins = maker.bins()
    assert key_cells(Image(BytesSource(bins), len(bins))) == keys
    more = bins + bytes(32) + struct.pack("<i", -4064).ljust(4064, b"\0") + bins[32:]
    more += bytes(-len(more) % 4096)
    found = key_cells(Image(BytesSource(more), len(more)))
    assert found == keys + [cell + len(bins) + 4096 - 32 for cell in keys]


def test_a_record_with_a_name_that_cannot_be_is_none() -> None:
    maker, root, keys = family()
    maker.put(root, NK_SUBKEYS, 0)
    maker.put(keys[1], NK_NAME_SIZE, 600, "<H")
    assert names(salvaged(maker)) == ["root", "root\\A", "root\\C"]
