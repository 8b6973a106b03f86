"""Composing: a whole tree of keys laid out as a new, dense hive, in memory.

The keys come in the order of a walk: enter() a key, give its values, enter and leave its subkeys,
leave() it.  A key's own cell is reserved when it is entered, because its subkeys must name it, and
filled when it is left, because only then are its lists known.  Security records are shared by
all keys with the same descriptor, and joined in their circle at the end.
"""

from __future__ import annotations

from typing import Final

from anyreg.errors import RegistryError
from anyreg.names import encode_name, order_key, units
from anyreg.regf.base_block import new_base_block
from anyreg.regf.cells import bin_size, build_bin_header, build_cell, build_free_cell, cell_size
from anyreg.regf.data import data_room, is_segmented, segments
from anyreg.regf.layout import (
    BIN_HEADER,
    CELL_HEADER,
    DATA_INLINE_MOST,
    KEY_NO_DELETE,
    KEY_ROOT,
    NK_NAME,
    NONE,
    PAGE,
    SEGMENT,
    SK_DESCRIPTOR,
)
from anyreg.regf.lists import build_array, build_index, build_leaf, leaf_parts, leaf_signature
from anyreg.regf.records import KeyRecord, SecurityRecord, build_big_data, build_value
from anyreg.values import Value

_MOST_GAPS: Final = 64


class BinWriter:
    """Bins that are filled from front to back.

    A cell that does not fit into the last bin opens a new one, just large enough.  What is left of
    a bin is kept in mind as a gap, if wanted, and filled by the next cell that fits.
    """

    def __init__(self, last_written: int, fill_gaps: bool) -> None:
        self._last_written = last_written
        self._fill_gaps = fill_gaps
        self._gaps: list[tuple[int, int]] = []
        self._bins: list[bytearray] = []
        self._starts: list[int] = []
        self._bin_of_block: list[int] = []
        self._room = 0

    def reserve(self, payload: int) -> int:
        """The offset of a new cell for a payload of this many bytes; fill() must follow."""
        size = cell_size(payload)
        if size > self._room:
            offset = self._take_gap(size)
            if offset >= 0:
                return offset
            self._open_bin(size)
        offset = self._starts[-1] + len(self._bins[-1]) - self._room
        self._room -= size
        self._put(offset, build_cell(b"", size))
        return offset

    def _take_gap(self, size: int) -> int:
        """The offset of a cell in the smallest gap that has the room, -1 if none has."""
        fitting = [(room, offset) for offset, room in self._gaps if room >= size]
        if not fitting:
            return -1
        room, offset = min(fitting)
        self._gaps.remove((offset, room))
        self._put(offset, build_cell(b"", size))
        if room > size:
            self._leave_gap(offset + size, room - size)
        return offset

    def _leave_gap(self, offset: int, room: int) -> None:
        """Make room a free cell, and remember it if it is one of the largest."""
        self._put(offset, build_free_cell(room))
        if self._fill_gaps:
            self._gaps.append((offset, room))
            if len(self._gaps) > _MOST_GAPS:
                self._gaps.remove(min(self._gaps, key=_room_of))

    def _put(self, offset: int, cell: bytes) -> None:
        number = self._bin_of_block[offset // PAGE]
        at = offset - self._starts[number]
        self._bins[number][at : at + len(cell)] = cell

    def fill(self, offset: int, payload: bytes) -> None:
        """Put the payload into a reserved cell."""
        number = self._bin_of_block[offset // PAGE]
        at = offset - self._starts[number] + CELL_HEADER
        self._bins[number][at : at + len(payload)] = payload

    def add(self, payload: bytes, room: int = 0) -> int:
        """A new cell with this payload, and room for more if that is asked for; its offset."""
        offset = self.reserve(max(len(payload), room))
        self.fill(offset, payload)
        return offset

    def _open_bin(self, size: int) -> None:
        self._close_bin()
        start = self._starts[-1] + len(self._bins[-1]) if self._bins else 0
        total = bin_size(size)
        header = build_bin_header(start, total, 0 if start else self._last_written)
        self._bin_of_block.extend([len(self._bins)] * (total // PAGE))
        self._bins.append(bytearray(header.ljust(total, b"\0")))
        self._starts.append(start)
        self._room = total - BIN_HEADER

    def _close_bin(self) -> None:
        """Make what is left of the last bin a free cell."""
        if self._room:
            self._leave_gap(self._starts[-1] + len(self._bins[-1]) - self._room, self._room)
            self._room = 0

    def finish(self) -> bytes:
        """All bins."""
        self._close_bin()
        return b"".join(self._bins)


def _room_of(gap: tuple[int, int]) -> int:
    return gap[1]


class _OpenKey:
    """A key that was entered and not yet left."""

    def __init__(self, record: KeyRecord, cell: int) -> None:
        self.record = record
        self.cell = cell
        self.values: list[int] = []
        self.subkeys: list[tuple[str, int]] = []


class Composer:
    """Builds one hive; see the module's text for the order of calls."""

    def __init__(
        self, minor: int, last_written: int, descriptor: bytes, fill_gaps: bool = False
    ) -> None:
        """Begin a hive.

        Args:
            minor: Format version, 2 to 6.
            last_written: FILETIME of the hive itself.
            descriptor: Self-relative security descriptor of keys that are given none.
            fill_gaps: Look for room in earlier bins too: denser, and a little slower.
        """
        self._minor = minor
        self._last_written = last_written
        self._descriptor = descriptor
        self._bins = BinWriter(last_written, fill_gaps)
        self._open: list[_OpenKey] = []
        self._security: dict[bytes, tuple[int, SecurityRecord]] = {}
        self._root: int = NONE

    def enter(
        self,
        name: str,
        last_written: int,
        class_name: str = "",
        descriptor: bytes = b"",
        flags: int = 0,
        access_bits: int = 0,
        user_flags: int = 0,
    ) -> int:
        """Begin a key below the one that is open; the first is the root.

        Args:
            name: Its name; among its siblings no other may be equal to it.
            last_written: FILETIME.
            class_name: "" for none.
            descriptor: Its security descriptor; b"" for the hive's default.
            flags: KEY_ flags of the layout, such as KEY_LINK.
            access_bits: As Windows 8 and later keep them.
            user_flags: The upper half of the field for the longest subkey name.

        Returns:
            The key's cell in the hive to be.
        """
        parent = self._open[-1] if self._open else None
        record = KeyRecord(name, parent.cell if parent else NONE, last_written)
        record.flags = flags if parent else flags | KEY_ROOT | KEY_NO_DELETE
        record.access_bits = access_bits
        record.max_subkey_name = user_flags << 16
        cell = self._bins.reserve(NK_NAME + len(encode_name(name)[0]))
        record.security = self._secure(descriptor or self._descriptor)
        if class_name:
            text = class_name.encode("utf-16-le", "surrogatepass")
            record.class_cell = self._bins.add(text)
            record.class_size = len(text)
        if parent is None:
            self._root = cell
        else:
            above = parent.record
            parent.subkeys.append((name, cell))
            longest = max(above.max_subkey_name & 0xFFFF, 2 * units(name))
            above.max_subkey_name = above.max_subkey_name & ~0xFFFF | longest
            above.max_class = max(above.max_class, record.class_size)
        self._open.append(_OpenKey(record, cell))
        return cell

    def value(self, value: Value, flags: int = 0) -> None:
        """Add a value to the open key, behind those it has.

        Args:
            value: Its name, type and bytes.
            flags: Flags of the record, such as a tombstone's; that of the name's form is set.
        """
        key = self._open[-1]
        raw = value.raw
        cell = self._data(raw) if len(raw) > DATA_INLINE_MOST else NONE
        key.values.append(self._bins.add(build_value(value.name, value.type, raw, cell, flags)))
        above = key.record
        above.max_value_name = max(above.max_value_name, 2 * units(value.name))
        above.max_value_data = max(above.max_value_data, len(raw))

    def leave(self) -> None:
        """End the open key.

        Raises:
            RegistryError: Two of its subkeys have the same name.
        """
        key = self._open.pop()
        record = key.record
        record.values = len(key.values)
        if key.values:
            record.value_list = self._bins.add(build_array(key.values))
        record.subkeys = len(key.subkeys)
        if key.subkeys:
            record.subkey_list = self._subkey_list(key)
        self._bins.fill(key.cell, record.build())

    def finish(self) -> bytes:
        """The hive's file, clean, both numbers 1."""
        self._join_security()
        bins = self._bins.finish()
        base = new_base_block(self._minor, self._root, len(bins), self._last_written)
        return base.build() + bins

    def _secure(self, descriptor: bytes) -> int:
        """The cell of the record with this descriptor, counting one more key."""
        known = self._security.get(descriptor)
        if known is None:
            record = SecurityRecord(descriptor, 0, 0, 0)
            known = (self._bins.reserve(SK_DESCRIPTOR + len(descriptor)), record)
            self._security[descriptor] = known
        known[1].references += 1
        return known[0]

    def _join_security(self) -> None:
        """Fill all security records, each naming the next and the one before."""
        records = list(self._security.values())
        for index, (cell, record) in enumerate(records):
            record.previous = records[index - 1][0]
            record.next = records[(index + 1) % len(records)][0]
            self._bins.fill(cell, record.build())

    def _data(self, raw: bytes) -> int:
        """The cell that a value of more than four bytes names."""
        if not is_segmented(len(raw), self._minor):
            return self._bins.add(raw, data_room(len(raw)))
        cells = [self._bins.add(part, SEGMENT) for part in segments(raw)]
        return self._bins.add(build_big_data(len(cells), self._bins.add(build_array(cells))))

    def _subkey_list(self, key: _OpenKey) -> int:
        ordered = sorted([(order_key(name), name, cell) for name, cell in key.subkeys])
        for index in range(1, len(ordered)):
            if ordered[index - 1][0] == ordered[index][0]:
                raise RegistryError(f"two subkeys named {ordered[index][1]!r}")
        subkeys = [(name, cell) for _, name, cell in ordered]
        signature = leaf_signature(self._minor, len(subkeys))
        leaves = [
            self._bins.add(build_leaf(signature, subkeys[first:end]))
            for first, end in leaf_parts(len(subkeys))
        ]
        return leaves[0] if len(leaves) == 1 else self._bins.add(build_index(leaves))
