"""The bytes of items, as the records of a history hold them; unpacking.py reads them.

    item   kind, 1 byte; the bytes that follow; those
    text   bytes that follow; UTF-16
    path   count; each name a text
    facts  class name, a text; bytes of the descriptor; it; flags; time
    values count; of each its name, a text; type; bytes of its data; it

The values of whole trees are packed straight from their cells: a commit can make or delete a
hundred thousand, and nobody looks at them on their way.
"""

from __future__ import annotations

from codecs import utf_16_le_encode
from struct import Struct
from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import Image
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.engine.value_reader import TOO_MUCH_DATA
from anyreg.errors import CorruptHiveError
from anyreg.facts import Facts
from anyreg.history.items import ChangedKey, HiveName, Item, PackedKey, TreeKey, TreeTop
from anyreg.regf.layout import (
    BINS_START,
    DATA_INLINE,
    DATA_INLINE_MOST,
    SEGMENT,
    VALUE_COMPRESSED,
    VK,
    VK_DATA,
    VK_FLAGS,
    VK_NAME,
)
from anyreg.regf.reads import read_i16_le, read_i64_le
from anyreg.regf.writes import BytesWriter, put_u16, put_u32, put_u64
from anyreg.values import Value

CHANGED: Final = 1
TOP: Final = 2
KEY: Final = 3
HIVE: Final = 4
ITEM: Final = Struct("<BI")
_U16: Final = 0xFFFF
_U32: Final = 0xFFFFFFFF


def pack_item(item: Item) -> bytes:
    """An item as bytes: its kind, their number, and they."""
    out = BytesWriter()
    if isinstance(item, ChangedKey):
        kind = CHANGED
        _put_path(out, item.path_before)
        _put_path(out, item.path_after)
        _put_facts(out, item.before)
        _put_facts(out, item.after)
        put_u32(out, item.count_before)
        put_u32(out, item.count_after)
        put_u32(out, len(item.hunks))
        for hunk in item.hunks:
            put_u32(out, hunk.at_before)
            put_u32(out, hunk.at_after)
            _put_values(out, hunk.before)
            _put_values(out, hunk.after)
    elif isinstance(item, TreeTop):
        kind = TOP
        out.write(b"\1" if item.is_gone else b"\0")
        _put_path(out, item.parent_before)
        _put_path(out, item.parent_after)
    elif isinstance(item, HiveName):
        kind = HIVE
        _put_text(out, item.name)
    elif isinstance(item, PackedKey):
        kind = KEY
        _put_key(out, item.depth, item.name, item.facts)
        put_u32(out, item.count)
        out.write(item.values)
    else:
        assert isinstance(item, TreeKey)
        kind = KEY
        _put_key(out, item.depth, item.name, item.facts)
        _put_values(out, item.values)
    body = out.getvalue()
    return ITEM.pack(kind, len(body)) + body


def _put_key(out: BytesWriter, depth: int, name: str, facts: Facts) -> None:
    put_u32(out, depth)
    _put_text(out, name)
    _put_facts(out, facts)


def _put_bytes(out: BytesWriter, data: bytes) -> None:
    put_u32(out, len(data))
    out.write(data)


def _put_text(out: BytesWriter, text: str) -> None:
    _put_bytes(out, utf_16_le_encode(text, "surrogatepass")[0])  # no search for the codec


def _put_path(out: BytesWriter, path: list[str]) -> None:
    put_u32(out, len(path))
    for name in path:
        _put_text(out, name)


def _put_facts(out: BytesWriter, facts: Facts) -> None:
    _put_text(out, facts.class_name)
    _put_bytes(out, facts.descriptor)
    put_u32(out, facts.flags)
    put_u64(out, facts.last_written)


def _put_values(out: BytesWriter, values: list[Value]) -> None:
    put_u32(out, len(values))
    for value in values:
        _put_value(out, value)


def _put_value(out: BytesWriter, value: Value) -> None:
    _put_text(out, value.name)
    put_u32(out, value.type)
    _put_bytes(out, value.raw)


# Values as they stand in a hive


def packed_values(tree: Tree, node: KeyNode) -> tuple[int, bytes]:
    """The values of a key, as Tree.records() gives them, and packed.

    Args:
        tree: The hive.
        node: The key.

    Returns:
        How many there are, and their bytes.
    """
    out = BytesWriter()
    count = 0
    left: i64 = tree.image.size  # more data than the hive itself no key has
    for cell in tree.value_cells(node):
        size = _put_cell(out, tree.image, cell, left)
        if size < 0:
            try:
                value = tree.value_at(cell)
            except CorruptHiveError as error:
                tree.problems.note_error(error)
                continue
            size = len(value.raw)
            if size > left:
                tree.problems.note(BINS_START + cell, TOO_MUCH_DATA)
                break
            _put_value(out, value)
        left -= size
        count += 1
    return count, out.getvalue()


def _put_cell(out: BytesWriter, image: Image, cell: i64, most: i64) -> i64:
    """Pack the value in a cell; the bytes of its data.

    What is damaged, in segments, or larger than it may be is left to the reader of values: -1.
    """
    try:
        data, at, room = image.cell(cell)
        if room < VK_NAME:
            return -1
        first = read_i64_le(data, at)
        name_size = first >> 16 & _U16
        size = first >> 32 & _U32
        if first & _U16 != VK or name_size > room - VK_NAME:
            return -1
        second = read_i64_le(data, at + VK_DATA)
        is_compressed = read_i16_le(data, at + VK_FLAGS) & VALUE_COMPRESSED != 0
        if name_size & 1 and not is_compressed:
            return -1
        if size & DATA_INLINE:
            size &= ~DATA_INLINE
            if size > DATA_INLINE_MOST or size > most:
                return -1
            raw = data[at + VK_DATA : at + VK_DATA + size]
        elif size == 0:
            raw = b""
        else:
            if size > SEGMENT or size > most:
                return -1
            held, start, room = image.cell(second & _U32)
            if room < size or start + size > len(held):
                return -1
            raw = held[start : start + size]
    except CorruptHiveError:
        return -1
    if is_compressed:
        _put_widened(out, data, at + VK_NAME, name_size)
    else:
        _put_bytes(out, data[at + VK_NAME : at + VK_NAME + name_size])
    put_u32(out, second >> 32 & _U32)
    _put_bytes(out, raw)
    return size


def _put_widened(out: BytesWriter, data: bytes, start: i64, size: i64) -> None:
    """A text of characters that stand in one byte each."""
    put_u32(out, 2 * size)
    for at in range(start, start + size):
        put_u16(out, data[at])
