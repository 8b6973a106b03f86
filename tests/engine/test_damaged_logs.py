"""Logs that are damaged, or do not fit their hive: what is recovered, and what is refused."""

from __future__ import annotations

import struct

import pytest

from anyreg.backends.writable_hive import WritableHiveBackend
from anyreg.engine.hive import Hive
from anyreg.engine.memory_disk import MemoryDisk, MemoryStorage
from anyreg.engine.recover import parse_log
from anyreg.engine.writable import WritableHive
from anyreg.errors import CorruptHiveError, DirtyHiveError
from anyreg.regf.layout import BASE_BINS_SIZE, BASE_ROOT
from anyreg.regf.logs import build_entry
from engine.test_damaged import REPAIR, creating, opened, whole
from fuzz.explore import peak_of
from hives import base_block, family, open_bytes, outline, sealed, words

HUGE = ["entry", "bins", "old"]
MOST = 1 << 20  # bytes of memory


def old_log(sectors: int = 8, cut: int = 0) -> tuple[bytes, bytes]:
    """A dirty hive, and an old log that makes all of its page anew; bytes cut off at its end."""
    bins = family()[0].bins()
    head = base_block(4096, numbers=(3, 3), kind=1, size=512)
    log = head + b"DIRT" + b"\xff" + bytes(507) + bins[: sectors * 512]
    return base_block(4096, numbers=(4, 3)) + bins, log[: len(log) - cut]


def test_an_old_log_brings_a_hive_up_to_date() -> None:
    data, log = old_log()
    _, hive = opened(data, LOG1=log)
    assert outline(hive.tree) == "A,B,C"


@pytest.mark.parametrize("cut", [1, 512, 4096])
def test_an_old_log_that_was_cut_is_not_made_whole_by_zeros(cut: int) -> None:
    """It was lengthened before it was judged."""
    data, log = old_log(cut=cut)
    with pytest.raises(DirtyHiveError, match=REPAIR):
        opened(data, LOG1=log)


def huge_log(kind: str) -> tuple[bytes, bytes]:
    """A dirty hive, and a log in which the size of an entry or of the bins is nearly 4 GB."""
    data, log = old_log()
    if kind == "old":
        log = log[:BASE_BINS_SIZE] + struct.pack("<I", 0xFFFFF000) + log[BASE_BINS_SIZE + 4 :]
        return data, sealed(log)
    sizes = (0xFFFFFE00, 4096) if kind == "entry" else (512, 0xFFFFF000)
    entry = struct.pack("<4sIIIII", b"HvLE", sizes[0], 0, 4, sizes[1], 0)
    return data, base_block(4096, numbers=(4, 4), kind=6, size=512) + entry.ljust(512, b"\0")


@pytest.mark.parametrize("kind", HUGE)
def test_a_huge_size_in_a_log_takes_no_memory(kind: str) -> None:
    """To read and to write; and a hive whose logs make no sense is refused, not written."""
    data, log = huge_log(kind)
    disk = MemoryDisk()
    disk.create("h").write(0, data)
    disk.create("h.LOG1").write(0, log)

    def write() -> None:
        with pytest.raises(DirtyHiveError):
            WritableHive(disk, "h")

    def read() -> None:
        hive = Hive(disk.open("h", False), "h", disk=disk)
        assert outline(hive.tree) == "A,B,C"
        assert words(hive.problems) == ["dirty, and no log applies"]

    assert peak_of(write) < MOST
    assert peak_of(read) < MOST
    assert whole(disk) == {"h": data, "h.LOG1": log}


def test_bins_that_only_the_log_knows_of_are_read_as_they_are_recovered() -> None:
    """The header of a dirty hive may say fewer: reading it and recovering it give the same."""
    maker, root, keys = family()
    maker.cell(bytes(4000))
    far = maker.key("far", root)
    maker.give_list(root, maker.leaf(b"lh", *keys, far), 4)
    bins = maker.bins()
    assert far > 4096
    entry = build_entry(512, 4, 0, len(bins), [(0, bins[:4096])])
    log = base_block(len(bins), numbers=(4, 4), kind=6, size=512) + entry
    head = base_block(4096, numbers=(5, 4), root=maker.root)
    parsed = parse_log("LOG1", log)
    assert parsed is not None
    read = open_bytes(head + bins, [parsed])
    _, hive = opened(head + bins, LOG1=log)
    assert outline(read.tree) == outline(hive.tree) == "A,B,C,far"


@pytest.mark.parametrize("number", [0xFFFFFFFE, 0xFFFFFFFF])
def test_numbers_at_their_end_begin_again(number: int) -> None:
    """What a damaged base block says may be the last there is."""
    data, log = old_log()
    log = sealed(log[:4] + struct.pack("<II", number, number) + log[12:])
    disk, hive = opened(data, LOG1=log)
    creating()(WritableHiveBackend(hive))
    creating("A")(WritableHiveBackend(hive))
    hive.close()
    read = Hive(MemoryStorage(whole(disk)["h"]), "h", [])
    assert not read.was_dirty
    assert outline(read.tree) == "A(new),B,C,new"


def test_a_hive_without_a_root_is_not_written() -> None:
    """Nor is it recovered: its file stays as it is."""
    data, log = old_log()
    head = bytearray(data)
    struct.pack_into("<I", head, BASE_ROOT, 64)
    disk = MemoryDisk()
    disk.create("h").write(0, sealed(bytes(head)))
    disk.create("h.LOG1").write(0, log)
    before = whole(disk)
    with pytest.raises(CorruptHiveError, match=REPAIR):
        WritableHive(disk, "h")
    assert whole(disk) == before
