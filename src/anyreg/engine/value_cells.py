"""The cells of values - list and records - changed inside a transaction.

The list is a plain array in the order of creation, with room to grow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mypy_extensions import i64

from anyreg.engine.cell_changes import CellChanges
from anyreg.engine.data_cells import DataCells
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.engine.value_names import ValueNames
from anyreg.errors import CorruptHiveError, LimitError, NotSupportedError
from anyreg.names import fold, units
from anyreg.regf.data import most_data
from anyreg.regf.layout import (
    BINS_START,
    DATA_INLINE_MOST,
    KEY_PREDEFINED,
    MAX_VALUE_NAME,
    NK_FLAGS,
    NK_MAX_VALUE_DATA,
    NK_MAX_VALUE_NAME,
    NK_VALUE_LIST,
    NK_VALUES,
    NONE,
    VK_TYPE,
)
from anyreg.regf.lists import build_array
from anyreg.regf.reads import dword, read_i64_le, u16, u32
from anyreg.regf.records import build_value
from anyreg.values import Value, encode_over

_U32: Final = 0xFFFFFFFF
_ENTRY: Final = 4  # bytes in a list of values
_FIRST_ROOM: Final = 4  # values that a new list has room for
_MANY: Final = 8  # new values of one key that are put together
_SMALL: Final = 1024  # bytes of data that is put together


class ValueCells:
    """Sets and removes values of any key of a transaction.

    Attributes:
        rewritten: The cells of values that were given another type or other data.
        data: What they hold.
    """

    def __init__(self, changes: CellChanges, tree: Tree, minor: int) -> None:
        """Work on a transaction.

        Args:
            changes: The transaction.
            tree: A tree that reads it.
            minor: Format version of the hive.
        """
        self._changes = changes
        self._tree = tree
        self._minor = minor
        self.data = DataCells(changes, minor)
        self.rewritten: set[int] = set()

    def set(self, node: KeyNode, value: Value) -> bool:
        """Make or change a value; whether anything changed."""
        self._check(value)
        cell = self._find(node, fold(value.name))
        before = self._tree.value_at(cell) if cell >= 0 else None
        return self._put(node, cell, before, value)

    def assign(self, node: KeyNode, name: str, datum: object) -> bool:
        """Make or change a value by Python data; whether anything changed."""
        cell = self._find(node, fold(name))
        before = self._tree.value_at(cell) if cell >= 0 else None
        kind, raw = encode_over(datum, before)
        value = Value(name, kind, raw)
        self._check(value)
        return self._put(node, cell, before, value)

    def _put(self, node: KeyNode, cell: int, before: Value | None, value: Value) -> bool:
        """Change the value in a cell, or make it where there is none."""
        if before is None:
            self._append(node, [value])
        elif not self._change(cell, before, value):
            return False
        if before is None or len(value.raw) > len(before.raw):
            self._raise_maxima(node.cell, [value])
        return True

    def set_many(self, key: int, values: list[Value]) -> bool:
        """Make or change several values; whether anything changed."""
        self.check(values)
        node = self._tree.key(key)
        known = self._finder(node)
        new: dict[str, Value] = {}
        changed = False
        for value in values:
            folded = fold(value.name)
            cell = known.cell(folded)
            if cell >= 0:
                changed = self._change(cell, self._tree.value_at(cell), value) or changed
            elif folded in new:  # the last one counts, in the first one's spelling and place
                new[folded] = Value(new[folded].name, value.type, value.raw)
            else:
                new[folded] = value
        if new:
            self._append(node, list(new.values()))
        if changed or new:
            self._raise_maxima(key, values)
        return changed or bool(new)

    def remove(self, key: int, name: str) -> bool:
        """Delete a value; whether there was one."""
        node = self._tree.key(key)
        folded = fold(name)
        cell = self._find(node, folded)
        if cell < 0:
            return False
        self.data.free(cell)
        self._changes.free(cell)
        self._take_out(node, cell)
        known = self._tree.known.changing(key)
        if known is not None and known.is_sound:
            known.remove(folded)
        else:
            self._tree.known.forget(key)  # of two of one name the other is the first now
        return True

    def arrange(self, key: int, values: list[Value]) -> bool:
        """Give a key just these values in this order; whether anything changed.

        A value that is there with the same name, type and bytes keeps its cells.
        """
        self.check(values)
        if values:
            self._require_values(key)
        before = self.cells(key)
        known: dict[tuple[str, int, bytes], list[int]] = {}
        for cell in reversed(before):
            found = self._tree.value_at(cell)
            known.setdefault((found.name, found.type, found.raw), []).append(cell)
        self._tree.known.forget(key)
        after: list[int] = []
        for value in values:
            same = known.get((value.name, value.type, value.raw))
            after.append(same.pop() if same else self._add_record(key, value))
        if after == before:
            return False
        node = self._tree.key(key)
        for spare in known.values():
            for cell in spare:
                self.data.free(cell)
                self._changes.free(cell)
        self._put_list(node, build_array(after))
        if values:
            self._raise_maxima(key, values)
        return True

    def move_list(self, key: int) -> None:
        """Put a key's list of values, if it has any, into another cell."""
        node = self._tree.key(key)
        if self._tree.value_list(node)[2]:
            listed = self._tree.value_list_of(node)
            before = self._list_of(key)
            moved = self._changes.add(listed, key)
            self._changes.patch(key, NK_VALUE_LIST, dword(moved))
            self._changes.free(before)

    def cells(self, key: int) -> list[int]:
        """The cells of a key's values, in order."""
        return self._tree.value_cells(self._tree.key(key))

    def _require_values(self, key: int) -> None:
        """Refuse a key that can have no values.

        Raises:
            NotSupportedError: It stands for a predefined handle: where its values would be
                counted stands the handle.
        """
        if u16(self._changes.payload(key), NK_FLAGS) & KEY_PREDEFINED:
            raise NotSupportedError("this key stands for a predefined handle and holds no values")

    # Checks

    def check(self, values: Iterable[Value]) -> None:
        """Refuse values that no key can have.

        Raises:
            LimitError: A name is too long, or the data.
        """
        for value in values:
            self._check(value)

    def _check(self, value: Value) -> None:
        if units(value.name) > MAX_VALUE_NAME:
            raise LimitError(
                f"a value name has at most {MAX_VALUE_NAME} UTF-16 units, "
                f"this one {units(value.name)}"
            )
        most = most_data(self._minor)
        if len(value.raw) > most:
            raise LimitError(f"a value has at most {most} bytes, this one {len(value.raw)}")

    # Records

    def _find(self, node: KeyNode, folded: str) -> int:
        """The cell of the value of this name, -1 if there is none.

        Raises:
            CorruptHiveError: A record before it is damaged.
        """
        self._require_listed(node)
        known = self._tree.names_of(node)
        if known is not None and known.is_sound:
            return known.cell(folded)
        for cell in self._tree.value_cells(node):
            if fold(self._tree.value_name(cell)) == folded:
                return cell
        return -1

    def _require_listed(self, node: KeyNode) -> None:
        """Refuse to change the values of a key whose list is lost, or shorter than it says."""
        count = self._tree.value_count(node)
        listed = self._tree.value_list(node)[2]
        if count != listed:
            raise CorruptHiveError(
                f"the key {node.name!r} has another number of values than its list",
                offset=BINS_START + node.cell,
                expected=f"{listed}",
                actual=f"{count}",
            )

    def _finder(self, node: KeyNode) -> ValueNames:
        """All values of a key by name, as _find() finds them."""
        self._require_listed(node)
        known = self._tree.names_of(node)
        if known is not None and known.is_sound:
            return known
        cells = self._tree.value_cells(node)
        cells.reverse()
        return ValueNames({fold(self._tree.value_name(cell)): cell for cell in cells}, False)

    def _append(self, node: KeyNode, values: list[Value]) -> None:
        key = node.cell
        self._require_values(key)
        if len(values) >= _MANY:
            cells = self._add_many(key, values)
        else:
            cells = [self._add_record(key, value) for value in values]
        self._lengthen(node, build_array(cells))
        known = self._tree.known.changing(key)
        if known is not None:
            for value, cell in zip(values, cells, strict=True):
                known.add(fold(value.name), cell)

    def _add_record(self, key: int, value: Value) -> int:
        """The record of a new value, and its data."""
        raw = value.raw
        cell = self.data.add(key, raw) if len(raw) > DATA_INLINE_MOST else NONE
        return self._changes.add(build_value(value.name, value.type, raw, cell), key)

    # Their list

    def _list_of(self, key: int) -> int:
        return u32(self._changes.payload(key), NK_VALUE_LIST)

    def _lengthen(self, node: KeyNode, entries: bytes) -> None:
        """Put entries behind the last of a key's list: in place, while the list has room."""
        size = _ENTRY * self._tree.value_list(node)[2]
        cell = self._list_of(node.cell)
        if size and size + len(entries) <= self._changes.capacity(cell):
            self._changes.patch(cell, size, entries)
            count = (size + len(entries)) // _ENTRY
            self._changes.patch(node.cell, NK_VALUES, dword(count))
        else:
            self._put_list(node, self._tree.value_list_of(node) + entries)

    def _take_out(self, node: KeyNode, cell: int) -> None:
        """Take an entry out of a key's list."""
        data, first, count = self._tree.value_list(node)
        if count == 1:
            self._put_list(node, b"")
            return
        at = _place(data, first, first + _ENTRY * count, cell)
        behind = data[at + _ENTRY : first + _ENTRY * count]
        self._changes.patch(self._list_of(node.cell), at - first, behind + bytes(_ENTRY))
        self._changes.patch(node.cell, NK_VALUES, dword(count - 1))

    def _put_list(self, node: KeyNode, listed: bytes) -> None:
        """Write a key's list of values, where another one stands that is that of the node."""
        key = node.cell
        cell = self._list_of(key)
        is_first = not self._tree.value_list(node)[2]
        if not listed:
            self._changes.free(cell)
            self._changes.patch(key, NK_VALUE_LIST, dword(NONE))
        elif not is_first and len(listed) <= self._changes.capacity(cell):
            self._changes.put(cell, listed)
        else:
            count = len(listed) // _ENTRY
            room = 0 if is_first else _ENTRY * max(_FIRST_ROOM, count + count // 2)
            moved = self._changes.add(listed, key, room)
            if not is_first:
                self._changes.free(cell)
            self._changes.patch(key, NK_VALUE_LIST, dword(moved))
        self._changes.patch(key, NK_VALUES, dword(len(listed) // _ENTRY))

    def _add_many(self, key: int, values: list[Value]) -> list[int]:
        """The cells of new values, whose small data is put together, and so are the records."""
        small = [value.raw for value in values if DATA_INLINE_MOST < len(value.raw) <= _SMALL]
        places = self._changes.add_all(small, key)
        places.reverse()
        records: list[bytes] = []
        for value in values:
            raw = value.raw
            cell: int = NONE
            if len(raw) > DATA_INLINE_MOST:
                cell = places.pop() if len(raw) <= _SMALL else self.data.add(key, raw)
            records.append(build_value(value.name, value.type, raw, cell))
        return self._changes.add_all(records, key)

    def _change(self, cell: int, before: Value, value: Value) -> bool:
        """Give a value another type and data; whether it had others before."""
        if before.type == value.type and before.raw == value.raw:
            return False
        self.rewritten.add(cell)
        if before.raw != value.raw:
            self.data.change(cell, value.raw)
        if before.type != value.type:
            self._changes.patch(cell, VK_TYPE, dword(value.type))
        return True

    def _raise_maxima(self, key: int, values: list[Value]) -> None:
        name = max([2 * units(value.name) for value in values])
        data = max([len(value.raw) for value in values])
        payload = self._changes.payload(key)
        if u32(payload, NK_MAX_VALUE_NAME) < name:
            self._changes.patch(key, NK_MAX_VALUE_NAME, dword(name))
        if u32(payload, NK_MAX_VALUE_DATA) < data:
            self._changes.patch(key, NK_MAX_VALUE_DATA, dword(data))


def _place(data: bytes, first: i64, end: i64, cell: i64) -> i64:
    """Where between two indexes the entry stands that names this cell, which one does."""
    at = first
    while at + 8 <= end:  # two at a time
        pair: i64 = read_i64_le(data, at)
        if pair & _U32 == cell:
            return at
        if pair >> 32 & _U32 == cell:
            return at + _ENTRY
        at += 8
    return at
