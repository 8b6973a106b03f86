"""Big hives for measuring: python benchmarks/generate.py FILE MEGABYTES.

A hive is one root key over many groups.  A group holds folders, folders hold keys, and each key
two or three values, about as large as those of a SYSTEM hive.  The project's own composer lays
out one group; the others are the same bytes with every cell offset moved, so that a hive of any
size is written with the memory of one group.  anyreg check finds no fault in the result.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from anyreg.engine.compose import Composer
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.cells import bin_size, build_bin_header, build_cell, build_free_cell, cell_size
from anyreg.regf.layout import (
    BASE_BINS_SIZE,
    BIN_HEADER,
    BIN_OFFSET,
    BIN_SIZE,
    BINS_START,
    CELL_HEADER,
    LH,
    MAX_LEAF,
    NK_FLAGS,
    NK_MAX_SUBKEY_NAME,
    NK_NAME,
    NK_PARENT,
    NK_SECURITY,
    NK_SUBKEY_LIST,
    NK_SUBKEYS,
    NK_VALUE_LIST,
    NK_VALUES,
    SK_NEXT,
    SK_PREVIOUS,
    VK_DATA,
    VK_DATA_SIZE,
)
from anyreg.regf.lists import build_leaf
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Value, encode

START = 134_000_000_000_000_000  # a moment of 2025
KEYS = 64  # in a folder
FOLDERS = 64  # in a group
ROOT = BIN_HEADER  # where the composer puts the root, and behind it the security record
GROUP = "Group 0000"
COMPRESSED_NAME = 0x20


def generate(file: Path, megabytes: float) -> int:
    """Write a hive of about this size.

    Returns:
        The number of its keys.
    """
    group = Group(FOLDERS)
    count = round(megabytes * 1e6 / len(group.bins))
    if count == 0:
        group = Group(max(1, round(FOLDERS * megabytes * 1e6 / len(group.bins))))
        count = 1
    if count > MAX_LEAF:
        raise ValueError(f"at most {MAX_LEAF * len(group.bins) // 1_000_000} MB")
    head = root_alone()
    base, first = head[:BINS_START], bytearray(head[BINS_START:])
    starts = [len(first) + number * len(group.bins) for number in range(count)]
    names = [f"Group {number:04d}" for number in range(count)]
    leaf = build_leaf(LH, [(name, at + ROOT) for name, at in zip(names, starts, strict=True)])
    leaf_at = starts[-1] + len(group.bins)
    last = leaf_bin(leaf_at, leaf)
    root = ROOT + CELL_HEADER
    put(first, root + NK_SUBKEYS, count)
    put(first, root + NK_SUBKEY_LIST, leaf_at + BIN_HEADER)
    put(first, root + NK_MAX_SUBKEY_NAME, 2 * len(GROUP))
    own = get(first, root + NK_SECURITY)
    circle = [own, *(at + group.security for at in starts)]
    put(first, own + CELL_HEADER + SK_NEXT, circle[1])
    put(first, own + CELL_HEADER + SK_PREVIOUS, circle[-1])
    with file.open("wb") as out:
        out.write(sealed(base, leaf_at + len(last)))
        out.write(first)
        for number, (name, at) in enumerate(zip(names, starts, strict=True)):
            after = circle[(number + 2) % len(circle)]
            out.write(group.moved(at, name, circle[number], after))
        out.write(last)
    return 1 + count * group.keys


class Group:
    """A key with all below it, as bins that can be moved."""

    def __init__(self, folders: int) -> None:
        self.keys = 1 + folders * (1 + KEYS)
        self.bins = compose_group(folders)[BINS_START:]
        self.security = get(self.bins, ROOT + CELL_HEADER + NK_SECURITY)
        self._words = struct.unpack(f"<{len(self.bins) // 4}I", self.bins)
        self._references = [at // 4 for at in references(self.bins)]

    def moved(self, start: int, name: str, before: int, after: int) -> bytes:
        """The bins for this place, below the root, between two security records."""
        words = list(self._words)
        for at in self._references:
            words[at] += start
        bins = bytearray(struct.pack(f"<{len(words)}I", *words))
        key = ROOT + CELL_HEADER
        struct.pack_into("<H", bins, key + NK_FLAGS, COMPRESSED_NAME)
        put(bins, key + NK_PARENT, ROOT)
        bins[key + NK_NAME : key + NK_NAME + len(name)] = name.encode()
        put(bins, self.security + CELL_HEADER + SK_NEXT, after)
        put(bins, self.security + CELL_HEADER + SK_PREVIOUS, before)
        return bytes(bins)


def compose_group(folders: int) -> bytes:
    """A hive whose root is to become a group."""
    composer = Composer(5, START, default_descriptor())
    composer.enter(GROUP, START)
    for folder in range(folders):
        composer.enter(f"Folder {folder:02d}", START + folder)
        for number in range(KEYS):
            composer.enter(f"{{4D36E972-E325-11CE-BFC1-{folder:04d}{number:08d}}}", START + number)
            for name, data in some_values(folder, number):
                composer.value(Value(name, *encode(data)))
            composer.leave()
        composer.leave()
    composer.leave()
    return composer.finish()


def some_values(folder: int, number: int) -> Iterator[tuple[str, object]]:
    """What a key of a group holds."""
    yield "Start", number % 5
    yield "ImagePath", rf"System32\drivers\device{folder:02d}{number:02d}.sys"
    if number % 8 == 0:
        yield "Data", bytes(range(256))


def root_alone() -> bytes:
    """A hive that holds its root only."""
    composer = Composer(5, START, default_descriptor())
    composer.enter("ROOT", START)
    composer.leave()
    return composer.finish()


def references(bins: bytes) -> list[int]:
    """Where in a group's bins an offset stands: in bin headers, keys, lists and values."""
    found: list[int] = []
    at = 0
    while at < len(bins):
        found.append(at + BIN_OFFSET)
        at += get(bins, at + BIN_SIZE)
    keys = [ROOT]
    while keys:
        key = keys.pop() + CELL_HEADER
        found.append(key + NK_SECURITY)
        if key != ROOT + CELL_HEADER:  # its parent is set when it is moved
            found.append(key + NK_PARENT)
        if count := get(bins, key + NK_SUBKEYS):
            found.append(key + NK_SUBKEY_LIST)
            first = get(bins, key + NK_SUBKEY_LIST) + 2 * CELL_HEADER  # behind the list's head
            entries = range(first, first + 8 * count, 8)
            found += entries
            keys += [get(bins, entry) for entry in entries]
        if count := get(bins, key + NK_VALUES):
            found.append(key + NK_VALUE_LIST)
            first = get(bins, key + NK_VALUE_LIST) + CELL_HEADER
            entries = range(first, first + 4 * count, 4)
            found += entries
            values = [get(bins, entry) + CELL_HEADER for entry in entries]
            found += [at + VK_DATA for at in values if get(bins, at + VK_DATA_SIZE) < 1 << 31]
    return found


def leaf_bin(start: int, leaf: bytes) -> bytes:
    """A bin that holds one cell, and a free one behind it."""
    used = cell_size(len(leaf))
    size = bin_size(used)
    free = size - BIN_HEADER - used
    rest = build_free_cell(free) if free else b""
    return build_bin_header(start, size) + build_cell(leaf) + rest


def sealed(base: bytes, bins_size: int) -> bytes:
    """The base block for bins of this size."""
    block = bytearray(base)
    put(block, BASE_BINS_SIZE, bins_size)
    return BaseBlock(bytes(block)).build()


def get(data: bytes | bytearray, at: int) -> int:
    number: int = struct.unpack_from("<I", data, at)[0]
    return number


def put(data: bytearray, at: int, number: int) -> None:
    struct.pack_into("<I", data, at, number)


if __name__ == "__main__":
    print(generate(Path(sys.argv[1]), float(sys.argv[2])), "keys")
