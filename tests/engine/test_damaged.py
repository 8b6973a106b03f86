"""Damaged hives that are changed or recovered: nothing else is lost, and nothing runs on for ever.

A change is refused, or mends the one fact that it builds upon.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from anyreg.backends.writable_hive import WritableHiveBackend
from anyreg.engine.memory_disk import MemoryDisk
from anyreg.engine.survey import LARGE
from anyreg.engine.writable import WritableHive
from anyreg.errors import CorruptHiveError, DirtyHiveError, NotSupportedError
from anyreg.regf.layout import BASE_BINS_SIZE, BASE_ROOT, NONE
from anyreg.values import Value
from crash.made import names
from crash.model import DESCRIPTOR, problems_of
from hives import (
    LIST_COUNT,
    LIST_FIRST,
    NK_CLASS,
    NK_CLASS_SIZE,
    NK_FLAGS,
    NK_LIST,
    NK_PARENT,
    NK_SUBKEYS,
    NK_VALUE_LIST,
    Maker,
    family,
    field,
    outline,
    sealed,
)

REPAIR = "h.*`anyreg repair`"
SK_NEXT, SK_PREVIOUS, SK_REFERENCES = 4, 8, 12


def opened(data: bytes, **logs: bytes) -> tuple[MemoryDisk, WritableHive]:
    """A hive with these logs, open for writing."""
    disk = MemoryDisk()
    disk.create("h").write(0, data)
    for suffix, log in logs.items():
        disk.create(f"h.{suffix}").write(0, log)
    return disk, WritableHive(disk, "h")


def whole(disk: MemoryDisk) -> dict[str, bytes]:
    return {name: disk.files[name].read(0, 1 << 30) for name in disk.files}


Verb = Callable[[WritableHiveBackend], object]


def refused(maker: Maker, verb: Verb) -> None:
    """A change is refused by words that name the file and `repair`, and the file stays."""
    data = maker.build()
    disk, hive = opened(data)
    with pytest.raises(CorruptHiveError, match=REPAIR):
        verb(WritableHiveBackend(hive))
    hive.close()
    assert whole(disk)["h"] == data


def done(maker: Maker, verb: Verb) -> WritableHive:
    """A change is made, and the hive is in order after it."""
    _, hive = opened(maker.build())
    verb(WritableHiveBackend(hive))
    made = [problem for problem in problems_of(hive) if "too small" not in problem]
    assert made == []  # but the maxima, which the maker of these hives leaves at 0
    return hive


def creating(*path: str) -> Verb:
    """Make a key `new` below the key at a path."""

    def create(backend: WritableHiveBackend) -> None:
        node = backend.open(backend.root(), list(path))
        assert node is not None
        backend.create(node, ["new"])

    return create


def deleting(*path: str) -> Verb:
    """Delete the key at a path with all below it."""

    def delete(backend: WritableHiveBackend) -> None:
        node = backend.open(backend.root(), list(path))
        assert node is not None
        backend.delete(node, True)

    return delete


def setting(*path: str, name: str = "new") -> Verb:
    """Give the key at a path a value."""

    def set_value(backend: WritableHiveBackend) -> None:
        node = backend.open(backend.root(), list(path))
        assert node is not None
        backend.write(node, [Value(name, 3, b"12345")])

    return set_value


# Counts


@pytest.mark.parametrize("count", [1, 2, 4, NONE])
@pytest.mark.parametrize("verb", [creating(), deleting("B")])
def test_a_wrong_number_of_subkeys_is_mended_from_the_list(count: int, verb: Verb) -> None:
    """All that the list names is the key's own, so there is no doubt."""
    maker, root, _ = family()
    maker.put(root, NK_SUBKEYS, count)
    hive = done(maker, verb)
    expected = {"A", "B", "C", "new"} if verb.__name__ == "create" else {"A", "C"}
    assert set(names(hive.tree)) == expected


def test_a_mended_number_that_was_undone_is_mended_again() -> None:
    """Also of a key of many lists, which is not counted anew at each change."""
    disk, hive = opened(family()[0].build())
    root = hive.tree.root().cell
    with hive.transaction() as editor:
        for number in range(6000):
            editor.create(root, f"{number:05}")
    hive.close()
    data = bytearray(whole(disk)["h"])
    at = 4096 + struct.unpack_from("<I", data, 36)[0] + 4 + NK_SUBKEYS
    struct.pack_into("<I", data, at, struct.unpack_from("<I", data, at)[0] - 1)
    _, hive = opened(bytes(data))
    hive.begin()
    hive.begin().create(root, "undone")
    hive.roll_back()
    hive.begin().create(root, "kept")
    hive.commit()
    hive.commit()
    assert [found for found in problems_of(hive) if "subkeys" in str(found)] == []


@pytest.mark.parametrize("verb", [creating(), deleting("A")])
def test_a_wrong_number_of_subkeys_over_strangers_is_refused(verb: Verb) -> None:
    """One of them says that it belongs to another key."""
    maker, root, keys = family()
    maker.put(root, NK_SUBKEYS, 2)
    maker.put(keys[2], NK_PARENT, keys[1])
    refused(maker, verb)


def test_subkeys_of_a_key_that_counts_none_are_not_overwritten() -> None:
    """Nothing shows them, but `repair` finds them."""
    maker, root, _ = family()
    maker.put(root, NK_SUBKEYS, 0)
    refused(maker, creating())


def test_a_key_with_hidden_subkeys_is_not_deleted() -> None:
    maker, _, keys = family()
    maker.give_keys(keys[0], "below")
    maker.put(keys[0], NK_SUBKEYS, 0)
    refused(maker, deleting("A"))


def test_a_list_that_was_left_behind_means_nothing() -> None:
    """Of a key that counts no subkeys, where nothing in it is the key's own."""
    maker, _, keys = family()
    maker.put(keys[0], NK_LIST, field(maker, maker.root, NK_LIST))
    _, hive = opened(maker.build())
    creating("A")(WritableHiveBackend(hive))
    assert outline(hive.tree) == "A(new),B,C"


@pytest.mark.parametrize("references", [1 << 28, NONE])
def test_a_record_used_by_more_keys_than_can_be_is_refused(references: int) -> None:
    """And does not run over."""
    maker, _, _ = family()
    maker.put(maker.security, SK_REFERENCES, references)
    refused(maker, creating())


@pytest.mark.parametrize("references", [0, 1, 3])
def test_a_descriptor_stays_while_keys_use_it(references: int) -> None:
    """It says that fewer do."""
    maker, _, keys = family()
    maker.give_keys(keys[1], "x", "y", "z")
    maker.put(maker.security, SK_REFERENCES, references)
    refused(maker, deleting("B"))


def test_the_users_of_a_descriptor_are_counted_in_a_large_hive_too() -> None:
    """Before it is freed: nothing else makes a look at all of a large hive worth its time."""
    maker, _, keys = family()
    maker.give_keys(keys[1], "x", "y", "z")
    maker.put(maker.security, SK_REFERENCES, 4)
    maker.cell(bytes(LARGE))
    refused(maker, deleting("B"))


# What belongs to two


def test_a_value_of_two_keys_is_not_freed() -> None:
    maker, _, keys = family()
    maker.put(keys[1], NK_VALUE_LIST - 4, 1)
    own = maker.cell(struct.pack("<I", field(maker, field(maker, keys[0], NK_VALUE_LIST), 0)))
    maker.put(keys[1], NK_VALUE_LIST, own)
    refused(maker, deleting("B"))
    refused(maker, setting("A", name="v"))


def test_what_stands_beside_a_value_of_two_keys_can_be_changed() -> None:
    """A refusal is for what would do harm."""
    maker, _, keys = family()
    maker.put(keys[1], NK_VALUE_LIST - 4, 1)
    own = maker.cell(struct.pack("<I", field(maker, field(maker, keys[0], NK_VALUE_LIST), 0)))
    maker.put(keys[1], NK_VALUE_LIST, own)
    _, hive = opened(maker.build())
    creating("C")(WritableHiveBackend(hive))
    assert outline(hive.tree) == "A,B,C(new)"


def test_a_class_name_that_is_a_value_too_is_not_freed() -> None:
    """Whatever kinds the two are of."""
    maker, _, keys = family()
    maker.put(keys[1], NK_CLASS, field(maker, field(maker, keys[0], NK_VALUE_LIST), 0))
    maker.put(keys[1], NK_CLASS_SIZE, 2, "<H")
    refused(maker, deleting("B"))


@pytest.mark.parametrize("what", ["key", "value", "list"])
def test_space_that_is_free_in_name_alone_is_not_used(what: str) -> None:
    """Something names a cell whose size says that it is free."""
    maker, _, keys = family()
    listed = field(maker, keys[0], NK_VALUE_LIST)
    cell = {"key": keys[1], "value": field(maker, listed, 0), "list": listed}[what]
    maker.put(cell, -4, -field(maker, cell, -4) & NONE)
    refused(maker, creating("C"))


def test_a_hive_does_not_grow_to_where_something_points_already() -> None:
    """A new cell would become the data of a value."""
    maker, _, keys = family()
    value = field(maker, field(maker, keys[0], NK_VALUE_LIST), 0)
    maker.put(value, 8, 4096 + 32)
    data = maker.build()
    disk, hive = opened(data)
    root = hive.tree.root().cell
    with pytest.raises(CorruptHiveError, match=REPAIR), hive.transaction() as editor:
        editor.set_value(root, Value("large", 3, bytes(5000)))
    hive.close()
    assert whole(disk)["h"] == data


@pytest.mark.parametrize("at", [SK_NEXT, SK_PREVIOUS])
def test_a_broken_circle_of_descriptors_is_not_lengthened(at: int) -> None:
    """The next one would be written into: it may be a key."""
    maker, root, _ = family()
    maker.put(maker.security, at, root)
    data = maker.build()
    disk, hive = opened(data)
    with pytest.raises(CorruptHiveError, match=REPAIR), hive.transaction() as editor:
        editor.set_security(root, DESCRIPTOR + bytes(4))
    hive.close()
    assert whole(disk)["h"] == data


def test_a_list_that_names_a_cell_twice_keeps_both() -> None:
    """Deleting one of two entries for one key would leave the other."""
    maker, root, keys = family()
    maker.put(field(maker, root, NK_LIST), LIST_FIRST + 8, keys[0])
    maker.put(field(maker, root, NK_LIST), LIST_COUNT, 3, "<H")
    refused(maker, deleting("A"))


# Parents


@pytest.mark.parametrize("circle", [0, 1])
def test_parents_in_a_circle_are_refused(circle: int) -> None:
    """A key that is its own parent, or that of its parent."""
    maker, _, keys = family()
    (below,) = maker.give_keys(keys[0], "below")
    if circle:
        maker.put(keys[0], NK_PARENT, below)
        refused(maker, creating("A", "below"))
    else:
        maker.put(below, NK_PARENT, below)
        refused(maker, creating("A", "below"))


def test_a_parent_that_is_no_key_is_refused() -> None:
    maker, _, keys = family()
    maker.put(keys[0], NK_PARENT, maker.security)
    refused(maker, deleting("A"))
    refused(maker, lambda backend: backend.set_class(backend.subkeys(backend.root())[0], "class"))


# Keys that stand for handles


@pytest.mark.parametrize("name", ["v", "new"])
def test_a_key_that_stands_for_a_handle_takes_no_values(name: str) -> None:
    """Where they would be counted stands the handle."""
    maker, _, keys = family()
    maker.put(keys[0], NK_FLAGS, 0x60, "<H")
    disk, hive = opened(maker.build())
    backend = WritableHiveBackend(hive)
    with pytest.raises(NotSupportedError, match="predefined handle"):
        setting("A", name=name)(backend)
    with pytest.raises(NotSupportedError, match="predefined handle"):
        backend.write(backend.subkeys(backend.root())[0], [Value("a", 3, b""), Value("b", 3, b"")])
    hive.close()
    assert whole(disk)["h"] == maker.build()


@pytest.mark.parametrize("flags", [0x20, 0x60])
def test_values_do_not_vanish_behind_such_a_flag(flags: int) -> None:
    """Nor come out of nothing where it goes."""
    maker, _, keys = family()
    maker.put(keys[0], NK_FLAGS, flags, "<H")
    _, hive = opened(maker.build())
    with pytest.raises(NotSupportedError), hive.transaction() as editor:
        editor.set_flags(keys[0], flags ^ 0x40)


# The whole file


@pytest.mark.parametrize("more", [4, 8, 512, 4092])
def test_bins_that_are_no_whole_pages_are_refused(more: int) -> None:
    data = bytearray(family()[0].build() + bytes(4096))
    struct.pack_into("<I", data, BASE_BINS_SIZE, 4096 + more)
    with pytest.raises(CorruptHiveError, match=f"bad size of the bins: {REPAIR}"):
        opened(sealed(bytes(data)))


def test_a_wrong_checksum_alone_says_so() -> None:
    """Where nothing else is wrong, and no log tells what the header was."""
    data = bytearray(family()[0].build())
    data[508] ^= 1
    with pytest.raises(DirtyHiveError, match=f"wrong checksum.*: {REPAIR}"):
        opened(bytes(data))


def test_a_hive_that_is_cut_short_says_so() -> None:
    data = family()[0].build()
    with pytest.raises(CorruptHiveError, match=f"cut short: {REPAIR}"):
        opened(data[:-512])


def test_a_dirty_hive_that_is_cut_short_says_so() -> None:
    """Where its logs do not hold what is missing."""
    maker, _, _ = family()
    disk, hive = opened(maker.build())
    creating()(WritableHiveBackend(hive))
    files = whole(disk)
    log = max(files.items(), key=lambda item: item[1][:4] == b"regf" and item[0] != "h")[1]
    head = bytearray(files["h"][:4096])
    struct.pack_into("<I", head, BASE_ROOT, 4096 + 32)
    with pytest.raises(CorruptHiveError, match=REPAIR):
        opened(sealed(bytes(head)) + files["h"][4096:], LOG1=log)
