"""Grafting: a tree of new keys laid out as whole bins, behind those that there are.

Two passes over the keys, each in the same order.  The first gives every cell its place, which
takes nothing but sizes; the second writes them from front to back, since by then each key knows
the cells of its lists, of its subkeys and of the key above it.  A key's cells stand together: its
node, its values with their data, the list of them, and the list of its subkeys.

A cell that does not fit into the last bin opens a new one, just large enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import STRETCH
from anyreg.errors import HiveFullError
from anyreg.names import encode_name, lf_hint, lh_hash, order_key, units
from anyreg.newkeys import NewKey
from anyreg.regf.cells import bin_size, build_bin_header
from anyreg.regf.layout import (
    BIN_HEADER,
    CELL_HEADER,
    DATA_INLINE,
    DATA_INLINE_MOST,
    DB,
    DB_RECORD,
    KEY_COMPRESSED,
    LF,
    LH,
    LIST_ENTRIES,
    MAX_BINS_SIZE,
    MAX_LEAF,
    MINOR_BIG_DATA,
    NK,
    NK_NAME,
    NONE,
    RI,
    SEGMENT,
    VALUE_COMPRESSED,
    VK,
    VK_NAME,
)
from anyreg.regf.lists import entry_size, leaf_signature
from anyreg.regf.writes import BytesWriter, put_i32, put_u16, put_u32, put_u64
from anyreg.values import Value

_HALF_LEAF: Final = MAX_LEAF // 2
_ROUNDED_FROM: Final = 16384  # cells over this are rounded up to a power of two without segments
_ZEROS: Final = [bytes(count) for count in range(8)]


class Planned:
    """A key, and where its cells are going to be.

    Attributes:
        key: What it is to be.
        parent: The cell of the key above it.
        cell: Its own.
        subkeys: The keys below it, in the order of their names.
        longest_name: Bytes of the longest name of its values, in UTF-16.
    """

    def __init__(self, key: NewKey, parent: i64) -> None:
        self.key = key
        self.parent: i64 = parent
        self.cell: i64 = NONE
        self.class_cell: i64 = NONE
        self.value_list: i64 = NONE
        self.subkey_list: i64 = NONE
        self.subkeys: list[Planned] = []
        self.longest_name: i64 = 0


class Graft:
    """A tree of new keys, laid out.

    Attributes:
        keys: The keys, each behind the one above it.
        tops: Those right below the key that they are grafted on, in the order of their names.
        top_list: The cell of the list of these, if it was asked for.
        bins: The bytes of the bins, so many at a time as make a stretch.
        sizes: The bytes of each bin.
    """

    def __init__(self, start: i64, minor: int, now: int, security: i64) -> None:
        """Begin one.

        Args:
            start: Where its bins begin: the end of those that there are.
            minor: Format version of the hive.
            now: FILETIME of all its keys.
            security: Cell of the security record of all its keys.
        """
        self.keys: list[Planned] = []
        self.tops: list[Planned] = []
        self.top_list: i64 = NONE
        self.bins: list[bytes] = []
        self.sizes: list[int] = []
        self._minor: i64 = minor
        self._now = now
        self._security: i64 = security
        self._start: i64 = start
        self._at: i64 = start
        self._end: i64 = start
        self._stretch: i64 = start  # where the bins that are being written begin
        self._out = BytesWriter()

    def lay(self, parent: int, keys: Iterable[NewKey], with_list: bool) -> None:
        """Lay keys out below another.

        Args:
            parent: The cell of that one.
            keys: The keys; no two have the same name.
            with_list: Whether to make the list of them as well.

        Raises:
            HiveFullError: The hive cannot grow so far.
        """
        self._plan(parent, keys, with_list)
        if self._end > MAX_BINS_SIZE:
            raise HiveFullError("the hive cannot grow beyond 2 GiB")
        self._at = self._end = self._start
        self._stretch = self._start
        for planned in self.keys:
            self._write_key(planned)
        if with_list:
            self._write_list(self.tops)
        self._close_bin()
        self._close_stretch()

    # First pass: places

    def _plan(self, parent: i64, keys: Iterable[NewKey], with_list: bool) -> None:
        self.tops = _planned(keys, parent)
        stack = self.tops[::-1]
        while stack:
            planned = stack.pop()
            self.keys.append(planned)
            self._plan_key(planned)
            planned.subkeys = _planned(planned.key.subkeys.values(), planned.cell)
            stack.extend(planned.subkeys[::-1])
        if with_list:
            self.top_list = self._plan_list(len(self.tops))

    def _plan_key(self, planned: Planned) -> None:
        key = planned.key
        planned.cell = self._plan_cell(NK_NAME + _sizes(key.name)[0])
        if key.class_name:
            planned.class_cell = self._plan_cell(2 * units(key.class_name))
        if key.values:
            for value in key.values.values():
                stored, wide = _sizes(value.name)
                planned.longest_name = max(planned.longest_name, wide)
                self._plan_data(value)
                self._plan_cell(VK_NAME + stored)
            planned.value_list = self._plan_cell(4 * len(key.values))
        if key.subkeys:
            planned.subkey_list = self._plan_list(len(key.subkeys))

    def _plan_data(self, value: Value) -> None:
        size: i64 = len(value.raw)
        if self._is_segmented(size):
            segments = (size + SEGMENT - 1) // SEGMENT
            for _ in range(segments):
                self._plan_cell(SEGMENT)
            self._plan_cell(4 * segments)
            self._plan_cell(DB_RECORD)
        elif size > DATA_INLINE_MOST:
            self._plan_cell(self._room(size))

    def _plan_list(self, count: i64) -> i64:
        """The place of the list of so many subkeys."""
        step = entry_size(leaf_signature(self._minor, count))
        if count <= MAX_LEAF:
            return self._plan_cell(LIST_ENTRIES + step * count)
        for first in range(0, count, _HALF_LEAF):
            self._plan_cell(LIST_ENTRIES + step * min(_HALF_LEAF, count - first))
        leaves = (count + _HALF_LEAF - 1) // _HALF_LEAF
        return self._plan_cell(LIST_ENTRIES + 4 * leaves)

    def _plan_cell(self, payload: i64) -> i64:
        size = (payload + CELL_HEADER + 7) & -8
        if self._at + size > self._end:
            total = bin_size(size)
            self._at = self._end + BIN_HEADER
            self._end += total
            self.sizes.append(total)
        offset = self._at
        self._at = offset + size
        return offset

    def _room(self, size: i64) -> i64:
        """The bytes of the payload of a cell for so much data."""
        if size + CELL_HEADER <= _ROUNDED_FROM or self._minor >= MINOR_BIG_DATA:
            return size
        rounded: int = size + CELL_HEADER - 1
        return (1 << rounded.bit_length()) - CELL_HEADER

    def _is_segmented(self, size: i64) -> bool:
        return size > SEGMENT and self._minor >= MINOR_BIG_DATA

    # Second pass: bytes

    def _write_key(self, planned: Planned) -> None:
        key = planned.key
        name, compressed = encode_name(key.name)
        longest_data: i64 = 0
        for value in key.values.values():
            longest_data = max(longest_data, len(value.raw))
        longest_subkey: i64 = 0
        longest_class: i64 = 0
        for subkey in planned.subkeys:
            longest_subkey = max(longest_subkey, 2 * units(subkey.key.name))
            longest_class = max(longest_class, 2 * units(subkey.key.class_name))
        self._write_header(NK_NAME + len(name))
        out = self._out
        put_u16(out, NK)
        put_u16(out, KEY_COMPRESSED if compressed else 0)
        put_u64(out, self._now)
        put_u32(out, 0)
        put_u32(out, planned.parent)
        put_u32(out, len(planned.subkeys))
        put_u32(out, 0)
        put_u32(out, planned.subkey_list)
        put_u32(out, NONE)
        put_u32(out, len(key.values))
        put_u32(out, planned.value_list)
        put_u32(out, self._security)
        put_u32(out, planned.class_cell)
        put_u32(out, longest_subkey)
        put_u32(out, longest_class)
        put_u32(out, planned.longest_name)
        put_u32(out, longest_data)
        put_u32(out, 0)
        put_u16(out, len(name))
        put_u16(out, 2 * units(key.class_name))
        out.write(name)
        self._pad(NK_NAME + len(name))
        self._write_lists(planned)

    def _write_lists(self, planned: Planned) -> None:
        """What a key has besides its node."""
        key = planned.key
        if key.class_name:
            self._write_cell(key.class_name.encode("utf-16-le", "surrogatepass"))
        if key.values:
            self._write_array([self._write_value(value) for value in key.values.values()])
        if planned.subkeys:
            self._write_list(planned.subkeys)

    def _write_value(self, value: Value) -> int:
        """The record of a value, and its data before it; the record's cell."""
        raw = value.raw
        size: i64 = len(raw)
        data: i64 = NONE
        if size > DATA_INLINE_MOST:
            data = self._write_data(raw)
        name, compressed = encode_name(value.name)
        cell = self._write_header(VK_NAME + len(name))
        out = self._out
        put_u16(out, VK)
        put_u16(out, len(name))
        if size > DATA_INLINE_MOST:
            put_u32(out, size)
            put_u32(out, data)
        else:
            put_u32(out, size | DATA_INLINE)
            out.write(raw)
            out.write(_ZEROS[4 - size])
        put_u32(out, value.type)
        # The default value has no name, and Windows leaves its flag clear.
        put_u16(out, VALUE_COMPRESSED if compressed and name else 0)
        put_u16(out, 0)
        out.write(name)
        self._pad(VK_NAME + len(name))
        return cell

    def _write_data(self, raw: bytes) -> i64:
        """The cell that a value of more than four bytes names."""
        if not self._is_segmented(len(raw)):
            return self._write_cell(raw, self._room(len(raw)))
        parts = [raw[at : at + SEGMENT] for at in range(0, len(raw), SEGMENT)]
        listed = self._write_array([self._write_cell(part, SEGMENT) for part in parts])
        cell = self._write_header(DB_RECORD)
        put_u16(self._out, DB)
        put_u16(self._out, len(parts))
        put_u32(self._out, listed)
        self._pad(DB_RECORD)
        return cell

    def _write_list(self, keys: list[Planned]) -> None:
        if len(keys) <= MAX_LEAF:
            self._write_leaf(keys, leaf_signature(self._minor, len(keys)))
            return
        signature = leaf_signature(self._minor, len(keys))
        leaves = [
            self._write_leaf(keys[first : first + _HALF_LEAF], signature)
            for first in range(0, len(keys), _HALF_LEAF)
        ]
        self._write_header(LIST_ENTRIES + 4 * len(leaves))
        put_u16(self._out, RI)
        put_u16(self._out, len(leaves))
        for leaf in leaves:
            put_u32(self._out, leaf)
        self._pad(LIST_ENTRIES + 4 * len(leaves))

    def _write_leaf(self, keys: list[Planned], signature: i64) -> int:
        size = LIST_ENTRIES + entry_size(signature) * len(keys)
        cell = self._write_header(size)
        out = self._out
        put_u16(out, signature)
        put_u16(out, len(keys))
        for planned in keys:
            put_u32(out, planned.cell)
            if signature == LH:
                put_u32(out, lh_hash(planned.key.name))
            elif signature == LF:
                out.write(lf_hint(planned.key.name))
        self._pad(size)
        return cell

    def _write_array(self, cells: list[int]) -> int:
        cell = self._write_header(4 * len(cells))
        for number in cells:
            put_u32(self._out, number)
        self._pad(4 * len(cells))
        return cell

    def _write_cell(self, payload: bytes, room: i64 = 0) -> int:
        """A cell with this payload, and room for more if it is told."""
        size = max(len(payload), room)
        cell = self._write_header(size)
        self._out.write(payload)
        if size > len(payload):
            self._out.write(bytes(size - len(payload)))
        self._pad(size)
        return cell

    def _write_header(self, payload: i64) -> int:
        """The size that a cell begins with, in a new bin if need be; the cell."""
        size = (payload + CELL_HEADER + 7) & -8
        if self._at + size > self._end:
            self._close_bin()
            if self._end - self._stretch >= STRETCH:
                self._close_stretch()
            total = bin_size(size)
            self._out.write(build_bin_header(self._end, total))
            self._at = self._end + BIN_HEADER
            self._end += total
        offset = self._at
        self._at = offset + size
        put_i32(self._out, -size)
        return offset

    def _pad(self, payload: i64) -> None:
        """Zeros up to the end of a cell with a payload of so many bytes."""
        self._out.write(_ZEROS[-(payload + CELL_HEADER) & 7])

    def _close_bin(self) -> None:
        """Make what is left of the last bin a free cell."""
        left = self._end - self._at
        if left:
            put_i32(self._out, left)
            self._out.write(bytes(left - CELL_HEADER))
            self._at = self._end

    def _close_stretch(self) -> None:
        """Put the bins that are written with the others."""
        if self._end > self._stretch:
            self.bins.append(self._out.getvalue())
            self._out.truncate(0)
            self._stretch = self._end


def _planned(keys: Iterable[NewKey], parent: i64) -> list[Planned]:
    """Keys in the order of their names."""
    found = [Planned(key, parent) for key in keys]
    if len(found) > 1:
        found.sort(key=_order_of)
    return found


def _order_of(planned: Planned) -> bytes:
    return order_key(planned.key.name)


def _sizes(name: str) -> tuple[i64, i64]:
    """Bytes of a name in a record, and in UTF-16."""
    if name.isascii():
        size: i64 = len(name)
        return size, 2 * size
    return len(encode_name(name)[0]), 2 * units(name)
