"""Lists of cell offsets: subkey lists (li, lf, lh, and ri over them) and plain arrays.

A leaf names keys in the order of their names; lf and lh give each offset a hint or a hash, so
that most names need not be read in a search.  An ri names leaves, never another ri.  Values and
the segments of big data stand in plain arrays.

Source: the public specification of the format, as `layout` has it.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.errors import CorruptHiveError
from anyreg.names import lf_hint, lh_hash
from anyreg.regf.layout import (
    LF,
    LH,
    LI,
    LIST_COUNT,
    LIST_ENTRIES,
    MAX_FAST_LEAF,
    MAX_LEAF,
    MINOR_FAST_LEAF,
    MINOR_HASH_LEAF,
    RI,
)
from anyreg.regf.reads import u16, u32
from anyreg.regf.writes import BytesWriter, put_u16, put_u32

_HALF_LEAF: Final = MAX_LEAF // 2


# Whole lists


def put_list_header(out: BytesWriter, signature: i64, count: i64) -> None:
    """Add what a list of so many entries begins with."""
    put_u16(out, signature)
    put_u16(out, count)


def put_entry(out: BytesWriter, signature: i64, cell: i64, name: str) -> None:
    """Add an entry of a leaf.

    Args:
        out: Where to.
        signature: LI, LF or LH.
        cell: Cell offset of the key.
        name: Its name.
    """
    put_u32(out, cell)
    if signature == LH:
        put_u32(out, lh_hash(name))
    elif signature == LF:
        out.write(lf_hint(name))


def put_array(out: BytesWriter, offsets: list[int]) -> None:
    """Add a plain array of cell offsets."""
    for offset in offsets:
        put_u32(out, offset)


def build_entry(signature: i64, cell: i64, name: str) -> bytes:
    """An entry of a leaf: see put_entry()."""
    out = BytesWriter()
    put_entry(out, signature, cell, name)
    return out.getvalue()


def build_list(signature: i64, count: i64, entries: bytes) -> bytes:
    """The payload of a list of so many entries, which are given as they are stored."""
    out = BytesWriter()
    put_list_header(out, signature, count)
    out.write(entries)
    return out.getvalue()


def build_leaf(signature: i64, keys: list[tuple[str, int]]) -> bytes:
    """The payload of a leaf.

    Args:
        signature: LI, LF or LH.
        keys: Name and cell offset of each key, already in order.
    """
    out = BytesWriter()
    put_list_header(out, signature, len(keys))
    for name, offset in keys:
        put_entry(out, signature, offset, name)
    return out.getvalue()


def build_index(leaves: list[int]) -> bytes:
    """The payload of an ri over leaves at these cell offsets."""
    return build_list(RI, len(leaves), build_array(leaves))


def build_array(offsets: list[int]) -> bytes:
    """The payload of a plain array of cell offsets."""
    out = BytesWriter()
    put_array(out, offsets)
    return out.getvalue()


# How large they are


def leaf_signature(minor: i64, count: i64) -> i64:
    """The kind of list that Windows makes.

    Args:
        minor: Format version of the hive.
        count: How many subkeys the list is to have.
    """
    if minor >= MINOR_HASH_LEAF:
        return LH
    return LF if minor >= MINOR_FAST_LEAF and count <= MAX_FAST_LEAF else LI


def entry_size(signature: i64) -> i64:
    """Bytes of one entry of a list with this signature; 0 if it is no subkey list."""
    if signature == LH or signature == LF:
        return 8
    if signature == LI or signature == RI:
        return 4
    return 0


def list_size(signature: i64, count: i64) -> i64:
    """Bytes of the payload of a list of so many entries."""
    return LIST_ENTRIES + entry_size(signature) * count


def leaf_parts(count: i64) -> list[tuple[int, int]]:
    """Which entries of a list that is made at one go go into one leaf: from one, up to another.

    More than one leaf can hold become leaves that are half full.
    """
    if count <= MAX_LEAF:
        return [(0, count)]
    return [(first, min(first + _HALF_LEAF, count)) for first in range(0, count, _HALF_LEAF)]


# Lists that are there


def entry_at(payload: bytes, index: i64, step: i64) -> i64:
    """The cell that an entry of a list names.

    Args:
        payload: The list.
        index: Which of its entries.
        step: Bytes of each: entry_size().

    Raises:
        CorruptHiveError: The list ends before it.
    """
    at = LIST_ENTRIES + step * index
    if index < 0 or at + 4 > len(payload):
        raise CorruptHiveError("a subkey list counts entries that it has not")
    return u32(payload, at)


def entries_between(payload: bytes, first: i64, end: i64) -> bytes:
    """The entries of a list from one up to another, as they are stored."""
    step = entry_size(u16(payload, 0))
    return payload[LIST_ENTRIES + step * first : LIST_ENTRIES + step * end]


def with_leaves(payload: bytes, number: i64, leaves: list[int]) -> bytes:
    """An index with other leaves, or none, in the place of one."""
    count = u16(payload, LIST_COUNT)
    before = entries_between(payload, 0, number)
    behind = entries_between(payload, number + 1, count)
    return build_list(RI, count + len(leaves) - 1, before + build_array(leaves) + behind)


def without_hints(payload: bytes) -> bytes:
    """An lf list as the li list with the same entries."""
    out = BytesWriter()
    count = u16(payload, LIST_COUNT)
    put_list_header(out, LI, count)
    at: i64 = LIST_ENTRIES
    for _ in range(count):
        put_u32(out, u32(payload, at))
        at += 8
    return out.getvalue()
