"""Bulk insert: a tree of new keys laid out as whole bins, behind those that there are.

Two passes over the keys, each in the same order.  The first gives every cell its place, which
takes nothing but sizes; the second writes them from front to back, since by then each key knows
the cells of its lists, of its subkeys and of the key above it.  A key's cells stand together: its
node, its values with their data, the list of them, and the list of its subkeys.

A cell that does not fit into the last bin opens a new one, just large enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mypy_extensions import i64, mypyc_attr

from anyreg.engine.image import STRETCH
from anyreg.errors import HiveFullError
from anyreg.names import encode_name, order_key, units
from anyreg.new_keys import NewKey
from anyreg.regf.cells import (
    bin_size,
    build_bin_header,
    cell_size,
    put_cell_end,
    put_cell_header,
    put_free_cell,
)
from anyreg.regf.data import (
    data_room,
    inline_data,
    is_segmented,
    segment_count,
    segments,
    size_field,
)
from anyreg.regf.layout import (
    BIN_HEADER,
    DATA_INLINE_MOST,
    DB_RECORD,
    MAX_BINS_SIZE,
    NK_NAME,
    NONE,
    RI,
    SEGMENT,
    VK_NAME,
)
from anyreg.regf.lists import (
    leaf_parts,
    leaf_signature,
    list_size,
    put_array,
    put_entry,
    put_list_header,
)
from anyreg.regf.records import KeyRecord, put_big_data, put_value
from anyreg.regf.writes import BytesWriter
from anyreg.values import Value


@mypyc_attr(acyclic=True)  # a tree: Python need not look for circles of them
class PlannedKey:
    """A key, and where its cells are going to be.

    Attributes:
        key: What it is to be.
        parent: The cell of the key above it.
        level: How many new keys stand above it.
        cell: Its own.
        subkeys: The keys below it, in the order of their names.
        longest_name: Bytes of the longest name of its values, in UTF-16.
    """

    def __init__(self, key: NewKey, parent: i64, level: i64) -> None:
        self.key = key
        self.parent: i64 = parent
        self.level: i64 = level
        self.cell: i64 = NONE
        self.class_cell: i64 = NONE
        self.value_list: i64 = NONE
        self.subkey_list: i64 = NONE
        self.subkeys: list[PlannedKey] = _NO_KEYS
        self.longest_name: i64 = 0


class BulkInsert:
    """A tree of new keys, laid out.

    Attributes:
        keys: The keys, each behind the one above it.
        tops: Those right below the key that they are inserted below, in the order of their names.
        top_list: The cell of the list of these, if it was asked for.
        bins: The bytes of the bins, so many at a time as make a stretch.
        sizes: The bytes of each bin.
    """

    def __init__(self, start: i64, minor: int, now: int, security: list[int]) -> None:
        """Begin one.

        Args:
            start: Where its bins begin: the end of those that there are.
            minor: Format version of the hive.
            now: FILETIME of all its keys.
            security: Cells of the security records of its keys, level by level; the last is
                that of all keys below, too.
        """
        self.keys: list[PlannedKey] = []
        self.tops: list[PlannedKey] = []
        self.top_list: i64 = NONE
        self.bins: list[bytes] = []
        self.sizes: list[int] = []
        self._minor: i64 = minor
        self._record = KeyRecord("", NONE, now)  # of one key after the other
        self._record.security = security[0]
        self._security = security
        self._last_level: i64 = len(security) - 1
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
        self.tops = _planned(keys, parent, 0)
        stack = self.tops[::-1]
        while stack:
            planned = stack.pop()
            self.keys.append(planned)
            self._plan_key(planned)
            if planned.key.subkeys:
                below = planned.key.subkeys.values()
                planned.subkeys = _planned(below, planned.cell, planned.level + 1)
                stack.extend(planned.subkeys[::-1])
        if with_list:
            self.top_list = self._plan_list(len(self.tops))

    def _plan_key(self, planned: PlannedKey) -> None:
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
        if is_segmented(size, self._minor):
            count = segment_count(size)
            for _ in range(count):
                self._plan_cell(SEGMENT)
            self._plan_cell(4 * count)
            self._plan_cell(DB_RECORD)
        elif size > DATA_INLINE_MOST:
            self._plan_cell(data_room(size))

    def _plan_list(self, count: i64) -> i64:
        """The place of the list of so many subkeys."""
        signature = leaf_signature(self._minor, count)
        parts = leaf_parts(count)
        cell: i64 = NONE
        for first, end in parts:
            cell = self._plan_cell(list_size(signature, end - first))
        return cell if len(parts) == 1 else self._plan_cell(list_size(RI, len(parts)))

    def _plan_cell(self, payload: i64) -> i64:
        size = cell_size(payload)
        if self._at + size > self._end:
            total = bin_size(size)
            self._at = self._end + BIN_HEADER
            self._end += total
            self.sizes.append(total)
        offset = self._at
        self._at = offset + size
        return offset

    # Second pass: bytes

    def _write_key(self, planned: PlannedKey) -> None:
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
        record = self._record
        record.parent = planned.parent
        record.subkeys = len(planned.subkeys)
        record.subkey_list = planned.subkey_list
        record.values = len(key.values)
        record.value_list = planned.value_list
        record.class_cell = planned.class_cell
        record.class_size = 2 * units(key.class_name)
        record.max_subkey_name = longest_subkey
        record.max_class = longest_class
        record.max_value_name = planned.longest_name
        record.max_value_data = longest_data
        if self._last_level:
            record.security = self._security[min(planned.level, self._last_level)]
        self._open_cell(NK_NAME + len(name))
        record.put(self._out, name, compressed)
        put_cell_end(self._out, NK_NAME + len(name))
        self._write_lists(planned)

    def _write_lists(self, planned: PlannedKey) -> None:
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
        data = inline_data(raw) if size <= DATA_INLINE_MOST else self._write_data(raw)
        name, compressed = encode_name(value.name)
        cell = self._open_cell(VK_NAME + len(name))
        put_value(self._out, name, compressed, value.type, size_field(size), data)
        put_cell_end(self._out, VK_NAME + len(name))
        return cell

    def _write_data(self, raw: bytes) -> i64:
        """The cell that a value of more than four bytes names."""
        if not is_segmented(len(raw), self._minor):
            return self._write_cell(raw, data_room(len(raw)))
        cells = [self._write_cell(part, SEGMENT) for part in segments(raw)]
        listed = self._write_array(cells)
        cell = self._open_cell(DB_RECORD)
        put_big_data(self._out, len(cells), listed)
        put_cell_end(self._out, DB_RECORD)
        return cell

    def _write_list(self, keys: list[PlannedKey]) -> None:
        signature = leaf_signature(self._minor, len(keys))
        parts = leaf_parts(len(keys))
        leaves = [self._write_leaf(keys[first:end], signature) for first, end in parts]
        if len(leaves) > 1:
            size = list_size(RI, len(leaves))
            self._open_cell(size)
            put_list_header(self._out, RI, len(leaves))
            put_array(self._out, leaves)
            put_cell_end(self._out, size)

    def _write_leaf(self, keys: list[PlannedKey], signature: i64) -> int:
        size = list_size(signature, len(keys))
        cell = self._open_cell(size)
        put_list_header(self._out, signature, len(keys))
        for planned in keys:
            put_entry(self._out, signature, planned.cell, planned.key.name)
        put_cell_end(self._out, size)
        return cell

    def _write_array(self, cells: list[int]) -> int:
        cell = self._open_cell(4 * len(cells))
        put_array(self._out, cells)
        put_cell_end(self._out, 4 * len(cells))
        return cell

    def _write_cell(self, payload: bytes, room: i64 = 0) -> int:
        """A cell with this payload, and room for more if that is asked for."""
        size = max(len(payload), room)
        cell = self._open_cell(size)
        self._out.write(payload)
        if size > len(payload):
            self._out.write(bytes(size - len(payload)))
        put_cell_end(self._out, size)
        return cell

    def _open_cell(self, payload: i64) -> int:
        """The header of a cell, in a new bin if need be; the cell."""
        size = cell_size(payload)
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
        put_cell_header(self._out, size)
        return offset

    def _close_bin(self) -> None:
        """Make what is left of the last bin a free cell."""
        left = self._end - self._at
        if left:
            put_free_cell(self._out, left)
            self._at = self._end

    def _close_stretch(self) -> None:
        """Put the bins that are written with the others."""
        if self._end > self._stretch:
            self.bins.append(self._out.getvalue())
            self._out.truncate(0)
            self._stretch = self._end


_NO_KEYS: Final[list[PlannedKey]] = []


def _planned(keys: Iterable[NewKey], parent: i64, level: i64) -> list[PlannedKey]:
    """Keys in the order of their names."""
    found = [PlannedKey(key, parent, level) for key in keys]
    if len(found) > 1:
        found.sort(key=_order_of)
    return found


def _order_of(planned: PlannedKey) -> bytes:
    return order_key(planned.key.name)


def _sizes(name: str) -> tuple[i64, i64]:
    """Bytes of a name in a record, and in UTF-16."""
    if name.isascii():
        size: i64 = len(name)
        return size, 2 * size
    return len(encode_name(name)[0]), 2 * units(name)
