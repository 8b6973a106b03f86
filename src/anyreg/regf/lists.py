"""Lists of cell offsets: subkey lists (li, lf, lh, and ri over them) and plain arrays.

A leaf names keys in the order of their names; lf and lh give each offset a hint or a hash, so
that most names need not be read in a search.  An ri names leaves, never another ri.  Values and
the segments of big data stand in plain arrays.

Source: the public specification of the format, as `layout` has it.
"""

from __future__ import annotations

from struct import Struct, pack
from typing import Final

from anyreg.names import lf_hint, lh_hash
from anyreg.regf.layout import (
    LF,
    LH,
    LI,
    MAX_FAST_LEAF,
    MINOR_FAST_LEAF,
    MINOR_HASH_LEAF,
    RI,
)

_HEADER: Final = Struct("<HH")


def build_leaf(signature: int, keys: list[tuple[str, int]]) -> bytes:
    """The payload of a leaf.

    Args:
        signature: LI, LF or LH.
        keys: Name and cell offset of each key, already in order.
    """
    parts = [_HEADER.pack(signature, len(keys))]
    for name, offset in keys:
        parts.append(offset.to_bytes(4, "little"))
        if signature == LH:
            parts.append(lh_hash(name).to_bytes(4, "little"))
        elif signature == LF:
            parts.append(lf_hint(name))
    return b"".join(parts)


def build_index(leaves: list[int]) -> bytes:
    """The payload of an ri over leaves at these cell offsets."""
    return _HEADER.pack(RI, len(leaves)) + build_array(leaves)


def build_array(offsets: list[int]) -> bytes:
    """The payload of a plain array of cell offsets."""
    return pack(f"<{len(offsets)}I", *offsets)


def leaf_signature(minor: int, count: int) -> int:
    """The kind of list that Windows makes.

    Args:
        minor: Format version of the hive.
        count: How many subkeys the list is to have.
    """
    if minor >= MINOR_HASH_LEAF:
        return LH
    return LF if minor >= MINOR_FAST_LEAF and count <= MAX_FAST_LEAF else LI


def entry_size(signature: int) -> int:
    """Bytes of one entry of a list with this signature; 0 if it is no subkey list."""
    if signature == LH or signature == LF:
        return 8
    if signature == LI or signature == RI:
        return 4
    return 0
