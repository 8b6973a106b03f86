"""The values of keys out of an image: lists, records, and data in one cell or in segments.

A list holds no more entries than fit into its cell, and no more than the hive has room for; the
data of a key's values is never more than the hive itself.  So a read ends, whatever the bytes say,
and takes no more memory than the hive; see key_reader for what becomes of damage.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import Image
from anyreg.engine.key_reader import KeyNode, KeyReader, bad_record
from anyreg.engine.value_names import KnownNames, ValueNames
from anyreg.errors import CorruptHiveError
from anyreg.names import decode_utf16, fold
from anyreg.problems import Problems
from anyreg.regf.layout import (
    CELL_HEADER,
    DATA_INLINE,
    DATA_INLINE_MOST,
    DB,
    DB_COUNT,
    DB_LIST,
    DB_RECORD,
    KEY_PREDEFINED,
    MINOR_BIG_DATA,
    NK_FLAGS,
    NK_VALUES,
    SEGMENT,
    VALUE_COMPRESSED,
    VK,
    VK_DATA,
    VK_FLAGS,
    VK_NAME,
    VK_NAME_SIZE,
)
from anyreg.regf.lists import build_array
from anyreg.regf.reads import read_i16_le, read_i64_le, u16, u32
from anyreg.regf.records import signature_text
from anyreg.values import Value

TOO_MUCH_DATA: Final = "values with more data than the hive holds"
_FEW_VALUES: Final = 16
_SMALLEST_VALUE: Final = 24  # bytes of the cell of the default value
_NOTHING: Final[i64] = 0  # typed, or the reads beside it would become slow ints
_U16: Final = 0xFFFF
_U32: Final = 0xFFFFFFFF


class ValueReader(KeyReader):
    """The keys of one image, and their values.

    Attributes:
        minor: Format version.
        known: The values of keys that have many, by name.
    """

    def __init__(
        self,
        image: Image,
        minor: int,
        root_cell: int,
        problems: Problems,
        serial: int,
    ) -> None:
        super().__init__(image, root_cell, problems, serial)
        self.minor: i64 = minor
        self.known = KnownNames()

    def begin_again(self, serial: int) -> None:
        """The image has changed altogether: forget what was read, for the nodes of a new moment."""
        self.serial = serial

    def records(self, node: KeyNode) -> list[Value]:
        """The values of a key, in stored order; what cannot be read is left out and noted."""
        result: list[Value] = []
        data, at, count = self.value_list(node)
        budget: i64 = self.image.size
        for _ in range(count):
            cell = u32(data, at)
            at += 4
            try:
                value = self._value(cell, None)
            except CorruptHiveError as error:
                self.problems.note_error(error)
                continue
            if value is None:
                continue
            budget -= len(value.raw)
            if budget < 0:
                self._note(cell, TOO_MUCH_DATA, "", "")
                break
            result.append(value)
        return result

    def record_at(self, node: KeyNode, index: i64) -> Value | None:
        """The value at an index of records(), None behind the last.

        Where many values are known by name, and all of them are sound, no other one is read.
        """
        names = self.names_of(node)
        if names is None or not names.is_sound:
            found = self.records(node)
            return found[index] if index < len(found) else None
        data, at, count = self.value_list(node)
        return self.value_at(u32(data, at + 4 * index)) if index < count else None

    def value(self, node: KeyNode, name: str) -> Value | None:
        """The value of this name ("" is the default value), or None; the first if there are two."""
        wanted = fold(name)
        data, at, count = self.value_list(node)
        if count > _FEW_VALUES:
            names = self.names_of(node)
            if names is not None:
                found = names.cell(wanted)
                return self.value_at(found) if found >= 0 else None
        for _ in range(count):
            cell = u32(data, at)
            at += 4
            try:
                value = self._value(cell, wanted)
            except CorruptHiveError as error:
                self.problems.note_error(error)
                continue
            if value is not None:
                return value
        return None

    def names_of(self, node: KeyNode) -> ValueNames | None:
        """The values of a key by name; None where they are few, or not asked for a second time."""
        names = self.known.names(node.cell)
        if names is not None or self.value_count(node) <= _FEW_VALUES:
            return names
        if not self.known.is_asked_again(node.cell):
            return None
        names = self._put_together(node)
        self.known.know(node.cell, names)
        return names

    def _put_together(self, node: KeyNode) -> ValueNames:
        cells: dict[str, int] = {}
        listed = self.value_cells(node)
        sound = 0
        for cell in listed:
            try:
                name = self.value_name(cell)
                sound += 1
            except CorruptHiveError:
                try:
                    name = self.value_at(cell).name  # as records() gives it
                except CorruptHiveError as error:
                    self.problems.note_error(error)
                    continue
            cells.setdefault(fold(name), cell)
        return ValueNames(cells, len(cells) == sound == len(listed))

    # By their cells

    def value_cells(self, node: KeyNode) -> list[int]:
        """The cells of a key's values, in stored order."""
        data, at, count = self.value_list(node)
        cells: list[int] = []
        for _ in range(count):
            cells.append(u32(data, at))
            at += 4
        return cells

    def value_list_of(self, node: KeyNode) -> bytes:
        """The cells of a key's values, in stored order, four bytes each."""
        data, at, count = self.value_list(node)
        return data[at : at + 4 * count]

    def value_name(self, cell: i64) -> str:
        """The name of the value at this offset.

        Raises:
            CorruptHiveError: No value that could be read without doubt stands there.
        """
        data, at, size = self._cell(cell, VK_NAME, VK_NAME_SIZE)
        first: i64 = read_i64_le(data, at) if size >= VK_NAME else _NOTHING
        length = first >> 16 & _U16
        if first & _U16 != VK or length > size - VK_NAME:
            raise bad_record(cell, "key value", VK, data, at)
        return _stored_name(data, at, length)

    def flagged_records(self, node: KeyNode) -> tuple[list[Value], list[int]]:
        """As records(), and the flags of each value's record."""
        values: list[Value] = []
        flags: list[int] = []
        for cell in self.value_cells(node):
            try:
                value = self.value_at(cell)
            except CorruptHiveError as error:
                self.problems.note_error(error)
                continue
            data, at, _ = self._cell(cell, VK_NAME, VK_NAME_SIZE)
            values.append(value)
            flags.append(u16(data, at + VK_FLAGS) & ~VALUE_COMPRESSED)
        return values, flags

    def value_at(self, cell: i64) -> Value:
        """The value at this offset."""
        found = self._value(cell, None)
        assert found is not None
        return found

    def value_count(self, node: KeyNode) -> int:
        """The number of values that the key claims to have."""
        return 0 if self._is_predefined(node) else u32(node.data, node.at + NK_VALUES)

    # Lists and records

    def _is_predefined(self, node: KeyNode) -> bool:
        """Such a key stands for a predefined handle, and its value fields mean something else."""
        return u16(node.data, node.at + NK_FLAGS) & KEY_PREDEFINED != 0

    def value_list(self, node: KeyNode) -> tuple[bytes, i64, i64]:
        """Where the cell offsets of a key's values stand: bytes, index of the first, count."""
        fields = read_i64_le(node.data, node.at + NK_VALUES)
        count = fields & _U32
        if count == 0 or self._is_predefined(node):
            return b"", 0, 0
        cell = fields >> 32 & _U32
        try:
            data, at, size = self._cell(cell, 4 * count)
            if size < 0:
                self._note(cell, "value list in a free cell", "", "")
                size = -size
            if count > size // 4:
                self._note(
                    cell, "value list beyond its cell", f"at most {size // 4} entries", f"{count}"
                )
                count = size // 4
            if at + count * 4 > len(data):
                data = self.image.read(cell + CELL_HEADER, count * 4)
                at = 0
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return b"", 0, 0
        if count > self.image.size // _SMALLEST_VALUE:
            self._note(cell, "more values than the hive has room for", "", "")
            return _each_once(data[at : at + count * 4])
        return data, at, count

    def _value(self, cell: i64, wanted: str | None) -> Value | None:
        """The value at this offset; None if another (folded) name is wanted."""
        data, at, size = self._cell(cell, VK_NAME, VK_NAME_SIZE)
        if size < 0:
            self._note(cell, "key value in a free cell", "", "")
            size = -size
        if size < VK_NAME or u16(data, at + VK_NAME_SIZE) > size - VK_NAME:
            data, at, size = self._larger_cell(cell, VK, VK_NAME, VK_NAME_SIZE, data, at, size)
        first: i64 = read_i64_le(data, at) if size >= VK_NAME else _NOTHING
        if first & _U16 != VK:
            raise bad_record(cell, "key value", VK, data, at)
        length = first >> 16 & _U16
        if length > size - VK_NAME:
            self._note(cell, "value name beyond its cell", f"{size - VK_NAME} bytes", f"{length}")
            length = size - VK_NAME
        name = _stored_name(data, at, length)
        if wanted is not None and fold(name) != wanted:
            return None
        second = read_i64_le(data, at + VK_DATA)
        length = first >> 32 & _U32
        if length & DATA_INLINE:
            length &= ~DATA_INLINE
            if length > DATA_INLINE_MOST:
                self._note(
                    cell, "inline data too long", f"at most {DATA_INLINE_MOST} bytes", f"{length}"
                )
                length = DATA_INLINE_MOST
            raw = data[at + VK_DATA : at + VK_DATA + length]
        elif length == 0:
            raw = b""
        else:
            raw = self._data(second & _U32, length, cell)
        return Value(name, second >> 32 & _U32, raw)

    # Data

    def _data(self, cell: i64, size: i64, owner: i64) -> bytes:
        """A value's data out of its own cell, or out of the segments of a db record."""
        try:
            if size > SEGMENT and self._is_big_data(cell, size):
                return self._big_data(cell, size)
            return self._payload(cell, size, "value data")
        except CorruptHiveError as error:
            self._note(
                owner, f"value data cannot be read ({error.message})", error.expected, error.actual
            )
            return b""

    def _is_big_data(self, cell: i64, size: i64) -> bool:
        """Whether data of this size, over 16,344 bytes, stands in segments."""
        data, at, room = self.image.cell(cell)
        if room < 0:
            room = -room
        if room < DB_RECORD or u16(data, at) != DB:
            if self.minor >= MINOR_BIG_DATA and room < size:
                self._note(cell, "bad big data record", "db", signature_text(u16(data, at)))
            return False
        if self.minor >= MINOR_BIG_DATA:
            return True
        if room >= size:
            return False  # data that only begins with these characters
        self._note(cell, "big data record in a version without them", "", "")
        return True

    def _big_data(self, cell: i64, size: i64) -> bytes:
        record = self._payload(cell, DB_RECORD, "big data record")
        count = u16(record, DB_COUNT)
        listed = self._payload(u32(record, DB_LIST), count * 4, "segment list")
        left: i64 = min(size, self.image.size)
        parts: list[bytes] = []
        for index in range(len(listed) // 4):
            part = self._payload(u32(listed, index * 4), min(left, SEGMENT), "segment")
            parts.append(part)
            left -= len(part)
            if left <= 0 or len(part) == 0:
                break
        raw = b"".join(parts)
        if len(raw) != size:
            self._note(cell, "big data cut short", f"{size} bytes", f"{len(raw)}")
        return raw


def _stored_name(data: bytes, at: i64, length: i64) -> str:
    """The name that stands in the record of a value, in so many bytes."""
    stored = data[at + VK_NAME : at + VK_NAME + length]
    compressed = read_i16_le(data, at + VK_FLAGS) & VALUE_COMPRESSED != 0
    return stored.decode("latin-1") if compressed else decode_utf16(stored)


def _each_once(array: bytes) -> tuple[bytes, i64, i64]:
    """An array of cell offsets without those that come again; as ValueReader._value_list."""
    cells: dict[int, None] = {}
    for at in range(0, len(array), 4):
        cells[u32(array, at)] = None
    return build_array(list(cells)), 0, len(cells)
