"""Logs: entries of new ones, bitmaps of old ones."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.regf.base_block import BaseBlock
from anyreg.regf.logs import (
    LogEntry,
    build_dirt,
    build_entry,
    page_runs,
    parse_dirt,
    parse_entries,
    parse_entry,
)
from conftest import Indexed, each_indexed
from hives import base_block
from regf.models import marvin

PAGE = bytes(range(256)) * 16


def entry_by_hand(
    number: int, pages: list[tuple[int, bytes]], size: int, bins: int = 8192
) -> bytes:
    """An entry written from the format."""
    body = b"".join(struct.pack("<II", at, len(data)) for at, data in pages)
    body = (body + b"".join(data for _, data in pages)).ljust(size - 40, b"\0")
    head = struct.pack("<4sIIIII", b"HvLE", size, 1, number, bins, len(pages))
    head += struct.pack("<Q", marvin(body))
    return head + struct.pack("<Q", marvin(head)) + body


def log_of(*entries: bytes, number: int = 7) -> bytes:
    return base_block(8192, numbers=(number, number), kind=6, size=512) + b"".join(entries)


def facts(entry: LogEntry | None) -> tuple[object, ...]:
    assert entry is not None
    return entry.number, entry.flags, entry.bins_size, entry.pages, entry.size


def test_an_entry_made_by_hand_is_parsed() -> None:
    """Number, flags, size of the bins, and each run of pages."""
    pages = [(0, PAGE), (8192, PAGE * 2)]
    log = log_of(entry_by_hand(7, pages, 16384 - 512))
    assert facts(parse_entry(log, 512, 7)) == (7, 1, 8192, pages, 15872)


def test_an_entry_is_built_as_by_hand() -> None:
    """The first one, behind the 512 bytes of base block, ends where a page of the log does."""
    assert build_entry(512, 7, 1, 8192, [(0, PAGE)]) == entry_by_hand(7, [(0, PAGE)], 8192 - 512)


def test_neighbours_among_the_pages_become_one_run() -> None:
    """Only where one follows on the other; their bytes stay in pieces."""
    assert page_runs([]) == []
    found = page_runs([(0, PAGE), (4096, PAGE * 2), (16384, PAGE)])
    assert found == [(0, 12288, [PAGE, PAGE * 2]), (16384, 4096, [PAGE])]
    pages = [(0, PAGE * 3), (16384, PAGE)]
    expected = entry_by_hand(7, pages, 20480 - 512, 20480)
    assert build_entry(512, 7, 1, 20480, [(0, PAGE), (4096, PAGE * 2), pages[1]]) == expected


def test_entries_count_up_from_the_first_number() -> None:
    """A gap ends the log."""
    numbers = (7, 8, 10)
    log = log_of(*(entry_by_hand(number, [(0, PAGE)], 4608) for number in numbers))
    assert [entry.number for entry in parse_entries(log, 7)] == [7, 8]


def test_entries_of_another_number_are_not_seen() -> None:
    """What is left of an older period counts for nothing."""
    assert not list(parse_entries(log_of(entry_by_hand(3, [(0, PAGE)], 4608)), 7))


@pytest.mark.parametrize("at", [0, 4, 8, 12, 16, 20, 24, 32, 40, 44, 48, 4607])
def test_an_entry_with_one_wrong_bit_is_not_seen(at: int) -> None:
    """Its two hashes cover every byte."""
    log = bytearray(log_of(entry_by_hand(7, [(0, PAGE)], 4608)))
    log[512 + at] ^= 1
    assert parse_entry(bytes(log), 512, 7) is None


def test_a_torn_entry_is_not_seen() -> None:
    """An entry that the file cuts off was never committed."""
    log = log_of(entry_by_hand(7, [(0, PAGE)], 4608))
    assert parse_entry(log[:-1], 512, 7) is None
    assert parse_entry(log[:540], 512, 7) is None


@pytest.mark.parametrize(
    ("size", "bins"),
    [(4608 + 4, 8192), (4608, 8191), (4608, 100)],
)
def test_entries_of_odd_sizes_are_not_seen(size: int, bins: int) -> None:
    """Its size is a multiple of 512, that of the bins one of 4096, right hashes or not."""
    assert parse_entry(log_of(entry_by_hand(7, [(0, PAGE)], size, bins)), 512, 7) is None


@pytest.mark.parametrize(
    ("count", "length"), [(0xFFFFFFFF, 0), (2, 4096), (600, 0), (1, 0xFFFFFFFF)]
)
def test_pages_beyond_the_entry_make_it_invalid(count: int, length: int) -> None:
    """Hashes that hold do not make a page reference true."""
    entry = bytearray(entry_by_hand(7, [(0, PAGE)], 4608))
    struct.pack_into("<I", entry, 20, count)
    struct.pack_into("<I", entry, 44, length)
    struct.pack_into("<Q", entry, 24, marvin(bytes(entry[40:])))
    struct.pack_into("<Q", entry, 32, marvin(bytes(entry[:32])))
    assert parse_entry(log_of(bytes(entry)), 512, 7) is None


@each_indexed(lambda file: file.kind == "log")
def test_real_entries_are_built_again_byte_for_byte(hive: Indexed) -> None:
    """What Windows wrote is just what we would have written."""
    log = hive.file.read_bytes()
    at = 512
    for entry in parse_entries(log, BaseBlock(log).primary_number):
        again = build_entry(at, entry.number, entry.flags, entry.bins_size, entry.pages)
        assert again == log[at : at + entry.size]
        at += entry.size


@each_indexed(lambda file: file.path == "logs/OldDirtyHive/OldDirtyHive.LOG1")
def test_a_real_old_log_is_built_again(hive: Indexed) -> None:
    """All but the bytes between bitmap and sectors, where Windows leaves garbage."""
    log = hive.file.read_bytes()
    size = BaseBlock(log).bins_size
    dirt = parse_dirt(log, size)
    assert dirt is not None
    assert (len(dirt.sectors), dirt.data_start) == (64, 1024)
    built = build_dirt(log, size, dirt.sectors)
    end = 516 + size // 4096
    assert built[:end] == log[:end]
    assert built[1024:] == log[1024 : len(built)]


def test_the_bitmap_counts_sectors_from_the_lowest_bit() -> None:
    """Bit 0 of the first byte is the first 512 bytes of the bins."""
    sectors = [b"a" * 512, b"b" * 512, b"c" * 512]
    bitmap = bytes([0b1000_0001, 0b10])
    log = base_block(8192, kind=1, size=512) + b"DIRT" + bitmap.ljust(508, b"\xee")
    dirt = parse_dirt(log + b"".join(sectors), 8192)
    assert dirt is not None
    assert dirt.sectors == list(zip([0, 7 * 512, 9 * 512], sectors, strict=True))


def test_a_large_bitmap_moves_the_sectors() -> None:
    """They start at the first multiple of 512 behind the bitmap, not at 1024."""
    log = build_dirt(base_block(4096 * 509, kind=1, size=512), 4096 * 509, [(0, PAGE[:512])])
    dirt = parse_dirt(log, 4096 * 509)
    assert dirt is not None
    assert dirt.data_start == 1536


def test_an_old_log_without_its_sectors_is_of_no_use() -> None:
    """Half of the changes is worse than none."""
    log = build_dirt(base_block(4096, kind=1, size=512), 4096, [(0, PAGE[:512])])
    assert parse_dirt(log[:-1], 4096) is None
    assert parse_dirt(log[:512] + b"dirt" + log[516:], 4096) is None


@given(
    st.integers(0, 20),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 500),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 2), st.binary(max_size=9)), max_size=3),
)
def test_any_entry_comes_back(
    start: int, number: int, bins: int, runs: list[tuple[int, int, bytes]]
) -> None:
    """Wherever it starts, an entry ends on a page of the log and says what it was built from."""
    pages = [
        (at * 4096, (mark * 4096)[: size * 4096].ljust(size * 4096)) for at, size, mark in runs
    ]
    at = 512 + start * 512
    entry = build_entry(at, number, 1, bins * 4096, pages)
    assert (at + len(entry)) % 4096 == 0
    again = parse_entry(bytes(at) + entry, at, number)
    joined = [(at, b"".join(parts)) for at, _, parts in page_runs(pages)]
    assert facts(again) == (number, 1, bins * 4096, joined, len(entry))


@given(st.integers(1, 1200), st.sets(st.integers(0, 9599), max_size=6))
def test_any_old_log_comes_back(pages: int, numbers: set[int]) -> None:
    """Bitmap and sectors agree, whatever the size of the hive."""
    sectors = [
        (at * 512, at.to_bytes(2, "little") * 256) for at in sorted(numbers) if at < pages * 8
    ]
    dirt = parse_dirt(build_dirt(bytes(512), pages * 4096, sectors), pages * 4096)
    assert dirt is not None
    assert dirt.sectors == sectors
