"""Hives without a header: a base block, and a root where need be, made from what the bins say.

Every bin says where it stands, so the first byte of the bins is known from any of them.  The root
is the key with the flag of one; where its bin is lost, one without a name of its own is put where
most keys say that their parent was, so that they find their place again.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from anyreg.engine.image import BytesSource, Image
from anyreg.engine.salvage import key_cells
from anyreg.errors import NotHiveError
from anyreg.regf.base_block import BaseBlock, new_base_block
from anyreg.regf.cells import build_cell, cell_size
from anyreg.regf.layout import (
    BASE_SIGNATURE,
    BASE_SIZE,
    BIN_OFFSET,
    BIN_SIGNATURE,
    BIN_SIZE,
    BINS_START,
    CELL_ALIGN,
    CELL_HEADER,
    KEY_NO_DELETE,
    KEY_ROOT,
    LH,
    MAX_BINS_SIZE,
    MINOR_FAST_LEAF,
    MINOR_HASH_LEAF,
    MINOR_NEWEST,
    MINOR_OLDEST,
    NK_FLAGS,
    NK_PARENT,
    PAGE,
    SECTOR,
    TYPE_PRIMARY,
)
from anyreg.regf.reads import u16, u32
from anyreg.regf.records import KeyRecord

_FIRST_CELL: Final = 32  # where a root mostly stands
ROOT_NAME: Final = "ROOT"


def with_header(data: bytes, path: str) -> bytes:
    """The bytes of a hive whose base block or root is lost, with others in their place.

    Args:
        data: The whole file.
        path: For messages.

    Raises:
        NotHiveError: There is no bin in it.
    """
    start, size = _bins(data)
    if size == 0:
        raise NotHiveError("not a registry hive, and no bins of one are in it", path=path)
    bins = bytearray(data[max(start, 0) :])
    if start < 0:
        bins[:0] = bytes(-start)
    del bins[size:]
    bins.extend(bytes(size - len(bins)))
    block = _old_block(data) if start == BINS_START else None
    image = Image(BytesSource(bytes(bins)), size)
    keys = key_cells(image)
    root = _root(bins, keys, block)
    minor = block.minor if block is not None else _minor(bins)
    made = new_base_block(minor, root, size, 0 if block is None else block.last_written)
    if block is not None:
        made = BaseBlock(block.raw.ljust(BASE_SIZE, b"\0"))
        made.root = root
        made.bins_size = size
        made.type = TYPE_PRIMARY
        made.secondary_number = made.primary_number
    return made.build() + bytes(bins)


def _bins(data: bytes) -> tuple[int, int]:
    """Where the bins begin in a file, and their size, as most of their headers say."""
    starts: Counter[int] = Counter()
    ends: dict[int, int] = {}
    at = data.find(BIN_SIGNATURE)
    while at >= 0:
        if at % SECTOR == 0 and at + BIN_SIZE + 4 <= len(data):
            offset = u32(data, at + BIN_OFFSET)
            if offset % PAGE == 0 and offset < MAX_BINS_SIZE:
                start = at - offset
                starts[start] += 1
                end = offset + _stated(data, at)
                ends[start] = max(ends.get(start, 0), min(end, len(data) - start))
        at = data.find(BIN_SIGNATURE, at + 4)
    if not starts:
        return 0, 0
    start = starts.most_common(1)[0][0]
    return start, (ends[start] + PAGE - 1) & -PAGE


def _stated(data: bytes, at: int) -> int:
    size: int = u32(data, at + BIN_SIZE)
    return size if 0 < size < MAX_BINS_SIZE and size % PAGE == 0 else PAGE


def _old_block(data: bytes) -> BaseBlock | None:
    """The base block as it stands, with the characters that it begins with; None if it is none."""
    block = BaseBlock(BASE_SIGNATURE + data[4:BASE_SIZE])
    known = block.major == 1 and MINOR_OLDEST <= block.minor <= MINOR_NEWEST
    return block if known else None


def _root(bins: bytearray, keys: list[int], block: BaseBlock | None) -> int:
    """The cell of the root, which is made where there is none."""
    there = set(keys)
    if block is not None and block.root in there:
        return block.root
    data = bytes(bins)
    for cell in keys:
        if u16(data, cell + CELL_HEADER + NK_FLAGS) & KEY_ROOT:
            return cell
    parents = Counter([u32(data, cell + CELL_HEADER + NK_PARENT) for cell in keys])
    missing = [cell for cell, _ in parents.most_common() if cell not in there]
    cell = _FIRST_CELL if _FIRST_CELL in missing or not missing else missing[0]
    if cell % CELL_ALIGN or cell + PAGE // 2 > len(bins):
        cell = _FIRST_CELL
    record = KeyRecord(ROOT_NAME)
    record.flags = KEY_ROOT | KEY_NO_DELETE
    record.subkeys = parents[cell]  # in a list that is lost
    payload = record.build()
    made = build_cell(payload, cell_size(len(payload)))
    bins[cell : cell + len(made)] = made
    return cell


def _minor(bins: bytearray) -> int:
    """The version of a hive, as its subkey lists tell."""
    signature = LH.to_bytes(2, "little")
    at = bins.find(signature)
    while at >= 0:
        if at % CELL_ALIGN == CELL_HEADER:
            return MINOR_HASH_LEAF
        at = bins.find(signature, at + 2)
    return MINOR_FAST_LEAF
