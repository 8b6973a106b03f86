"""Keys and values out of an image: reads fields in place, goes on where a hive is damaged.

What makes a walk end, whatever the bytes say:

1. Every key cell shows up under one parent only: the one that its parent field names.  Where that
   field is wrong, under the first key that lists it, unless the key it names lists it too.
2. No cell shows up twice in one list, and the root in none.
3. A list holds no more entries than fit into its cell, all lists of a key no more than the hive
   has room for; the data of a key's values is never more than the hive itself.

Every departure from the format that reading meets goes into `problems`; a record that makes no
sense is left out, and all others are given.

This is the inner path of everything that reads.  Fields that stand side by side are read as one
64-bit number and taken apart, which is the cheapest way both compiled and plain.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import Image
from anyreg.engine.problems import Problems
from anyreg.errors import CorruptHiveError
from anyreg.names import decode_utf16, fold, lh_hash, order_key
from anyreg.regf.layout import (
    BINS_START,
    CELL_HEADER,
    DATA_INLINE,
    DATA_INLINE_MOST,
    DB,
    DB_COUNT,
    DB_LIST,
    DB_RECORD,
    KEY_COMPRESSED,
    KEY_PREDEFINED,
    LF,
    LH,
    LI,
    LIST_ENTRIES,
    MINOR_BIG_DATA,
    NK,
    NK_CLASS,
    NK_CLASS_SIZE,
    NK_FLAGS,
    NK_LAST_WRITTEN,
    NK_NAME,
    NK_NAME_SIZE,
    NK_PARENT,
    NK_SECURITY,
    NK_SUBKEY_LIST,
    NK_SUBKEYS,
    NK_VALUES,
    NONE,
    RI,
    SEGMENT,
    SK,
    SK_DESCRIPTOR,
    SK_SIZE,
    VALUE_COMPRESSED,
    VK,
    VK_DATA,
    VK_FLAGS,
    VK_NAME,
)
from anyreg.regf.lists import build_array
from anyreg.regf.reads import read_i64_le, u16, u32
from anyreg.regf.records import signature_text
from anyreg.values import Node, Value

_SMALLEST_KEY: Final = 80  # bytes of a key cell with a name of one letter
_FEW_VALUES: Final = 16
_SMALLEST_VALUE: Final = 24  # bytes of the cell of the default value
_NOTHING: Final[i64] = 0  # typed, or the reads beside it would become slow ints
_U16: Final = 0xFFFF
_U32: Final = 0xFFFFFFFF


class KeyNode(Node):
    """A key of a hive: its name, time, and where its cell stands.

    Attributes:
        cell: Cell offset.
        data: Bytes that hold the payload of its cell, from index `at` on.
        size: Bytes of the payload.
        serial: The moment at which it was read (see Tree.serial).
    """

    __slots__ = ("at", "cell", "data", "serial", "size")

    def __init__(
        self, name: str, last_written: int, cell: i64, data: bytes, at: i64, size: i64, serial: i64
    ) -> None:
        self.name = name
        self.last_written = last_written
        self.cell: i64 = cell
        self.data = data
        self.at: i64 = at
        self.size: i64 = size
        self.serial: i64 = serial


class SubkeyList:
    """One subkey list (li, lf, lh) or an index of lists (ri), and where its entries stand."""

    __slots__ = ("at", "count", "data", "signature", "step")

    def __init__(self, signature: i64, data: bytes, at: i64, count: i64, step: i64) -> None:
        self.signature: i64 = signature
        self.data = data
        self.at: i64 = at
        self.count: i64 = count
        self.step: i64 = step


class Tree:
    """The keys of one image.

    Attributes:
        image: The bins.
        minor: Format version.
        root_cell: Cell offset of the root key.
        problems: What reading met that is not as it should be.
        serial: Which moment of a hive that changes this is; every node remembers it.
        is_frozen: Whether the image never changes, as all do but a transaction's.
    """

    def __init__(
        self,
        image: Image,
        minor: int,
        root_cell: int,
        problems: Problems,
        serial: int = 0,
        is_frozen: bool = True,
    ) -> None:
        self.image = image
        self.minor: i64 = minor
        self.root_cell: i64 = root_cell
        self.problems = problems
        self.serial: i64 = serial
        self.is_frozen = is_frozen
        self._adopted: dict[int, int] = {}
        # The last key that a child named as its parent, with its subkeys.
        self._claimed_parent: i64 = -1
        self._claimed_cells: set[int] = set()
        # The last key that a value was asked of, and its values by name once it is asked again.
        self._asked: i64 = -1
        self._by_name: dict[str, int] | None = None

    def begin_again(self, serial: int) -> None:
        """The image has changed altogether: forget what was read, for the nodes of a new moment."""
        self.serial = serial
        if self._adopted:
            self._adopted = {}
        self._claimed_parent = -1
        self._asked = -1
        self._by_name = None

    def root(self) -> KeyNode:
        """The root key.

        Raises:
            CorruptHiveError: There is none to be read.
        """
        return self.key(self.root_cell)

    def key(self, cell: i64) -> KeyNode:
        """The key whose cell stands at this offset.

        Raises:
            CorruptHiveError: None that could be read stands there.
        """
        data, at, size = self.image.cell(cell)
        if size < 0:
            self._note(cell, "key node in a free cell", "", "")
            size = -size
        first: i64 = read_i64_le(data, at) if size >= NK_NAME else _NOTHING
        if first & _U16 != NK:
            raise _bad_record(cell, "key node", NK, data, at)
        length = u16(data, at + NK_NAME_SIZE)
        if length > size - NK_NAME:
            self._note(cell, "key name beyond its cell", f"{size - NK_NAME} bytes", f"{length}")
            length = size - NK_NAME
        start = at + NK_NAME
        stored = data[start : start + length]
        compressed = first & KEY_COMPRESSED << 16 != 0
        name = stored.decode("latin-1") if compressed else decode_utf16(stored)
        written: int = read_i64_le(data, at + NK_LAST_WRITTEN)
        if written < 0:
            written += 1 << 64
        return KeyNode(name, written, cell, data, at, size, self.serial)

    def children(self, node: KeyNode) -> list[KeyNode]:
        """The subkeys of a key, in stored order; what cannot be read is left out and noted."""
        result: list[KeyNode] = []
        for cell in self.subkey_cells(node):
            try:
                child = self.key(cell)
            except CorruptHiveError as error:
                self.problems.note_error(error)
                continue
            if self._belongs(node, child):
                result.append(child)
            elif self._has_list_of(node, child):
                break
        return result

    def child(self, node: KeyNode, name: str) -> KeyNode | None:
        """The subkey of this name, compared as Windows compares names; None if there is none.

        Hashes and hints narrow the search; the order of the lists is used to choose a leaf, but
        not relied on, so that a hive with lists in a wrong order is still searched completely.
        Some writers give a wrong hash: what no hash leads to is searched by name at last.
        """
        lists = self._lists(node)
        if not lists:
            return None
        wanted = fold(name)
        likely = self._likely_list(lists, name) if len(lists) > 1 else 0
        found = self._child_in_list(node, lists[likely], name, wanted, False)
        if found is not None:
            return found
        for index, subkeys in enumerate(lists):
            if index != likely:
                found = self._child_in_list(node, subkeys, name, wanted, False)
                if found is not None:
                    return found
        for subkeys in lists:
            found = self._child_in_list(node, subkeys, name, wanted, True)
            if found is not None:
                return found
        return None

    def records(self, node: KeyNode) -> list[Value]:
        """The values of a key, in stored order; what cannot be read is left out and noted."""
        result: list[Value] = []
        data, at, count = self._value_list(node)
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
                self._note(cell, "values with more data than the hive holds", "", "")
                break
            result.append(value)
        return result

    def value(self, node: KeyNode, name: str) -> Value | None:
        """The value of this name ("" is the default value), or None; the first if there are two."""
        wanted = fold(name)
        data, at, count = self._value_list(node)
        if count > _FEW_VALUES and self.is_frozen:
            return self._indexed_value(node, wanted)
        for _ in range(count):
            cell = u32(data, at)
            at += 4
            try:
                found = self._value(cell, wanted)
            except CorruptHiveError as error:
                self.problems.note_error(error)
                continue
            if found is not None:
                return found
        return None

    def _indexed_value(self, node: KeyNode, wanted: str) -> Value | None:
        """As value(), for keys of many values: the second question makes an index of them."""
        if self._asked != node.cell or self._by_name is None:
            self._by_name = {} if self._asked == node.cell else None
            self._asked = node.cell
            for cell in self.value_cells(node):
                try:
                    folded = fold(self.value_name(cell))
                    if self._by_name is not None:
                        self._by_name.setdefault(folded, cell)
                    elif folded == wanted:
                        return self.value_at(cell)
                except CorruptHiveError as error:
                    self.problems.note_error(error)
        found = self._by_name.get(wanted) if self._by_name is not None else None
        return self.value_at(found) if found is not None else None

    # For the writer: the same records by their cells, in a hive that is trusted to be in order

    def child_in_order(self, node: KeyNode, name: str) -> KeyNode | None:
        """As child(), relying on the order of the lists: cheap also where there is no such key."""
        lists = self._lists(node)
        if not lists:
            return None
        likely = self._likely_list(lists, name) if len(lists) > 1 else 0
        subkeys = lists[likely]
        if subkeys.signature == LH:
            return self._child_in_list(node, subkeys, name, fold(name), False)
        return self._child_by_order(node, subkeys, name)

    def _child_by_order(self, node: KeyNode, subkeys: SubkeyList, name: str) -> KeyNode | None:
        """The subkey of this name in a list without hashes, by halving."""
        wanted = order_key(name)
        low: i64 = 0
        high = subkeys.count
        while low < high:
            middle = (low + high) // 2
            child = self.key(u32(subkeys.data, subkeys.at + middle * subkeys.step))
            found = order_key(child.name)
            if found == wanted:
                return child if self._belongs(node, child) else None
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        return None

    def list_cells(self, node: KeyNode) -> list[int]:
        """The cells of a key's subkey lists, the index included."""
        if u32(node.data, node.at + NK_SUBKEYS) == 0:
            return []
        top = u32(node.data, node.at + NK_SUBKEY_LIST)
        index = self.subkey_list(top)
        cells: list[int] = [top]
        if index.signature == RI:
            for number in range(index.count):
                cells.append(u32(index.data, index.at + 4 * number))
        return cells

    def value_cells(self, node: KeyNode) -> list[int]:
        """The cells of a key's values, in stored order."""
        data, at, count = self._value_list(node)
        cells: list[int] = []
        for _ in range(count):
            cells.append(u32(data, at))
            at += 4
        return cells

    def value_name(self, cell: i64) -> str:
        """The name of the value at this offset."""
        data, at, size = self.image.cell(cell)
        first: i64 = read_i64_le(data, at) if size >= VK_NAME else _NOTHING
        length = first >> 16 & _U16
        if first & _U16 != VK or length > size - VK_NAME:
            raise _bad_record(cell, "key value", VK, data, at)
        stored = data[at + VK_NAME : at + VK_NAME + length]
        compressed = u16(data, at + VK_FLAGS) & VALUE_COMPRESSED != 0
        return stored.decode("latin-1") if compressed else decode_utf16(stored)

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
            data, at, _ = self.image.cell(cell)
            values.append(value)
            flags.append(u16(data, at + VK_FLAGS) & ~VALUE_COMPRESSED)
        return values, flags

    def value_at(self, cell: i64) -> Value:
        """The value at this offset."""
        found = self._value(cell, None)
        assert found is not None
        return found

    # Facts on one key

    def parent_cell(self, node: KeyNode) -> int:
        """The cell that a key names as its parent's."""
        return u32(node.data, node.at + NK_PARENT)

    def subkey_count(self, node: KeyNode) -> int:
        """The number of subkeys that the key claims to have."""
        return u32(node.data, node.at + NK_SUBKEYS)

    def value_count(self, node: KeyNode) -> int:
        """The number of values that the key claims to have."""
        return 0 if self._is_predefined(node) else u32(node.data, node.at + NK_VALUES)

    def flags(self, node: KeyNode) -> int:
        """The KEY_ flags of the layout."""
        return u16(node.data, node.at + NK_FLAGS)

    def class_name(self, node: KeyNode) -> str:
        """The key's class name, "" where it has none."""
        cell = u32(node.data, node.at + NK_CLASS)
        size = u16(node.data, node.at + NK_CLASS_SIZE)
        if cell == NONE or size == 0:
            return ""
        try:
            return decode_utf16(self._payload(cell, size, "class name"))
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return ""

    def descriptor(self, node: KeyNode) -> bytes:
        """The key's self-relative security descriptor, b"" where it has none that can be read."""
        cell = u32(node.data, node.at + NK_SECURITY)
        if cell == NONE:
            return b""
        try:
            record = self._payload(cell, SK_DESCRIPTOR, "security record")
            if len(record) < SK_DESCRIPTOR or u16(record, 0) != SK:
                raise _bad_record(cell, "security record", SK, record, 0)
            size = SK_DESCRIPTOR + u32(record, SK_SIZE)
            return self._payload(cell, size, "security descriptor")[SK_DESCRIPTOR:]
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return b""

    # Where a key belongs (rule 1)

    def _belongs(self, node: KeyNode, child: KeyNode) -> bool:
        """Whether a child that a key lists is really its own."""
        if child.cell == self.root_cell:
            self._note(node.cell, "the root among its subkeys", "", "")
            return False
        return u32(child.data, child.at + NK_PARENT) == node.cell or self._adopt(node, child)

    def _adopt(self, node: KeyNode, child: KeyNode) -> bool:
        """Whether a child whose parent field names another key belongs to this one."""
        claimed = u32(child.data, child.at + NK_PARENT)
        self._note(child.cell, "wrong parent", f"0x{node.cell:x}", f"0x{claimed:x}")
        owner = self._adopted.get(child.cell)
        if owner is None:
            owner = claimed if self._has_child(claimed, child.cell) else node.cell
            self._adopted[child.cell] = owner
        return owner == node.cell

    def _has_child(self, parent: i64, cell: i64) -> bool:
        """Whether a key at this offset lists the cell as its subkey."""
        if self._claimed_parent != parent:
            try:
                cells = self.subkey_cells(self.key(parent))
            except CorruptHiveError:
                cells = []
            self._claimed_parent = parent
            self._claimed_cells = set(cells)
        return cell in self._claimed_cells

    def _has_list_of(self, node: KeyNode, child: KeyNode) -> bool:
        """Whether a key has the very list of the key that its child names as its parent."""
        try:
            claimed = self.key(u32(child.data, child.at + NK_PARENT))
        except CorruptHiveError:
            return False
        mine = u32(node.data, node.at + NK_SUBKEY_LIST)
        if claimed.cell == node.cell or u32(claimed.data, claimed.at + NK_SUBKEY_LIST) != mine:
            return False
        self._note(node.cell, "the subkey list of another key", "", "")
        return True

    # Subkey lists

    def subkey_cells(self, node: KeyNode) -> list[int]:
        """The cell offsets of a key's subkeys, each once, in stored order."""
        count = read_i64_le(node.data, node.at + NK_SUBKEYS) & _U32
        cells: list[int] = []
        if count == 0:
            return cells
        for subkeys in self._lists(node):
            data = subkeys.data
            at = subkeys.at
            step = subkeys.step
            for _ in range(subkeys.count):
                cells.append(u32(data, at))
                at += step
        if not _is_ascending(cells) and len(set(cells)) != len(cells):
            self._note(node.cell, "the same subkey twice in its lists", "", "")
            cells = list(dict.fromkeys(cells))
        if len(cells) != count:
            self._note(node.cell, "wrong number of subkeys", f"{count}", f"{len(cells)}")
        return cells

    def _lists(self, node: KeyNode) -> list[SubkeyList]:
        """The lists that name a key's subkeys: one, or those that an index names."""
        if u32(node.data, node.at + NK_SUBKEYS) == 0:
            return []
        cell = u32(node.data, node.at + NK_SUBKEY_LIST)
        try:
            top = self.subkey_list(cell)
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return []
        return self._indexed_lists(cell, top) if top.signature == RI else [top]

    def _indexed_lists(self, cell: i64, index: SubkeyList) -> list[SubkeyList]:
        """The lists that an index names, each once."""
        lists: list[SubkeyList] = []
        room: i64 = self.image.size // _SMALLEST_KEY
        seen: set[int] = set()
        for number in range(index.count):
            inner = u32(index.data, index.at + number * index.step)
            if inner in seen:
                self._note(cell, "the same list twice in an index", "", "")
                continue
            seen.add(inner)
            try:
                subkeys = self.subkey_list(inner)
                if subkeys.signature == RI:
                    raise _bad_record(inner, "list in an index", LH, subkeys.data, subkeys.at - 4)
            except CorruptHiveError as error:
                self.problems.note_error(error)
                continue
            room -= subkeys.count
            if room < 0:
                self._note(cell, "more subkeys than the hive has room for", "", "")
                break
            lists.append(subkeys)
        return lists

    def subkey_list(self, cell: i64) -> SubkeyList:
        """The subkey list, or the index of lists, at this offset.

        Raises:
            CorruptHiveError: None that could be read stands there.
        """
        data, at, size = self.image.cell(cell)
        if size < 0:
            self._note(cell, "subkey list in a free cell", "", "")
            size = -size
        first = u32(data, at)
        signature = first & _U16
        if signature == LH or signature == LF:
            step: i64 = 8
        elif signature == LI or signature == RI:
            step = 4
        else:
            raise _bad_record(cell, "subkey list", LH, data, at)
        count = first >> 16
        room = (size - LIST_ENTRIES) // step
        if count > room:
            self._note(cell, "list beyond its cell", f"at most {room} entries", f"{count}")
            count = room
        need = LIST_ENTRIES + count * step
        if at + need > len(data):
            data = self.image.read(cell + CELL_HEADER, need)
            at = 0
        return SubkeyList(signature, data, at + LIST_ENTRIES, count, step)

    def _likely_list(self, lists: list[SubkeyList], name: str) -> int:
        """The list in which a name stands if all are in order."""
        wanted = order_key(name)
        low = 0
        high = len(lists) - 1
        while low < high:
            middle = (low + high) // 2
            subkeys = lists[middle]
            if subkeys.count == 0:
                return low
            try:
                last = self.key(u32(subkeys.data, subkeys.at + (subkeys.count - 1) * subkeys.step))
            except CorruptHiveError:
                return low
            if order_key(last.name) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _child_in_list(
        self, node: KeyNode, subkeys: SubkeyList, name: str, wanted: str, by_name: bool
    ) -> KeyNode | None:
        data = subkeys.data
        at = subkeys.at
        step = subkeys.step
        signature = subkeys.signature
        hashed: i64 = lh_hash(name) if signature == LH else 0
        for _ in range(subkeys.count):
            if by_name or signature == LI:
                possible = True
            elif signature == LH:
                possible = u32(data, at + 4) == hashed
            else:
                possible = _hint_fits(data[at + 4 : at + 8], wanted)
            if possible:
                found = self._named_child(node, u32(data, at), wanted)
                if found is not None:
                    return found
            at += step
        return None

    def _named_child(self, node: KeyNode, cell: i64, wanted: str) -> KeyNode | None:
        """The key at this offset if it has the name and belongs here."""
        try:
            child = self.key(cell)
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return None
        if fold(child.name) != wanted:
            return None
        return child if self._belongs(node, child) else None

    # Values

    def _is_predefined(self, node: KeyNode) -> bool:
        """Such a key stands for a predefined handle, and its value fields mean something else."""
        return u16(node.data, node.at + NK_FLAGS) & KEY_PREDEFINED != 0

    def _value_list(self, node: KeyNode) -> tuple[bytes, i64, i64]:
        """Where the cell offsets of a key's values stand: bytes, index of the first, count."""
        fields = read_i64_le(node.data, node.at + NK_VALUES)
        count = fields & _U32
        if count == 0 or self._is_predefined(node):
            return b"", 0, 0
        cell = fields >> 32 & _U32
        try:
            data, at, size = self.image.cell(cell)
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
        data, at, size = self.image.cell(cell)
        if size < 0:
            self._note(cell, "key value in a free cell", "", "")
            size = -size
        first: i64 = read_i64_le(data, at) if size >= VK_NAME else _NOTHING
        if first & _U16 != VK:
            raise _bad_record(cell, "key value", VK, data, at)
        length = first >> 16 & _U16
        if length > size - VK_NAME:
            self._note(cell, "value name beyond its cell", f"{size - VK_NAME} bytes", f"{length}")
            length = size - VK_NAME
        stored = data[at + VK_NAME : at + VK_NAME + length]
        compressed = u16(data, at + VK_FLAGS) & VALUE_COMPRESSED != 0
        name = stored.decode("latin-1") if compressed else decode_utf16(stored)
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

    def _payload(self, cell: i64, size: i64, what: str) -> bytes:
        """The first bytes of a cell's payload, as many as asked for and there."""
        data, at, room = self.image.cell(cell)
        if room < 0:
            self._note(cell, f"{what} in a free cell", "", "")
            room = -room
        if size > room:
            self._note(cell, f"{what} beyond its cell", f"at most {room} bytes", f"{size}")
            size = room
        if at + size > len(data):
            return self.image.read(cell + CELL_HEADER, size)
        return data[at : at + size]

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
            return False  # data that only begins with these letters
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

    def _note(self, cell: i64, what: str, expected: str, actual: str) -> None:
        self.problems.note(BINS_START + cell, what, expected, actual)


def _is_ascending(cells: list[int]) -> bool:
    """Whether no cell can be among these twice, as each stands behind the one before."""
    last: i64 = -1
    for number in cells:
        cell: i64 = number
        if cell <= last:
            return False
        last = cell
    return True


def _each_once(array: bytes) -> tuple[bytes, i64, i64]:
    """An array of cell offsets without those that come again; as Tree._value_list."""
    cells: dict[int, None] = {}
    for at in range(0, len(array), 4):
        cells[u32(array, at)] = None
    return build_array(list(cells)), 0, len(cells)


def _hint_fits(hint: bytes, wanted: str) -> bool:
    """Whether a key with this lf hint can have this (folded) name."""
    if hint == b"\0\0\0\0":
        return True
    return fold(hint.decode("latin-1")).rstrip("\0") == wanted[:4].rstrip("\0")


def _bad_record(cell: i64, what: str, signature: i64, data: bytes, at: i64) -> CorruptHiveError:
    return CorruptHiveError(
        f"bad {what}",
        offset=BINS_START + cell,
        expected=signature_text(signature),
        actual=signature_text(u16(data, at)),
    )
