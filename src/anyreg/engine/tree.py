"""Keys and values out of an image: reads fields in place, goes on where a hive is damaged.

What makes a walk end, whatever the bytes say:

1. Every key cell shows up under one parent only: the one that its parent field names.  Where that
   field is wrong, under the first key that lists it, unless the key it names lists it too.
2. No cell shows up twice in one list, and the root in none.
3. A list holds no more entries than fit into its cell, all lists of a key no more than the hive
   has room for; the data of a key's values is never more than the hive itself.

Every departure from the format that reading meets goes into `problems`; a record that makes no
sense is left out, and all others are given.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64, mypyc_attr

from anyreg.engine.image import Image
from anyreg.engine.problems import Problems
from anyreg.errors import CorruptHiveError
from anyreg.names import decode_utf16, fold, lh_hash
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
    LIST_COUNT,
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
    NK_VALUE_LIST,
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
    VK_DATA_SIZE,
    VK_FLAGS,
    VK_NAME,
    VK_NAME_SIZE,
    VK_TYPE,
)
from anyreg.regf.reads import i32, u16, u32, u64
from anyreg.regf.records import signature_text
from anyreg.values import Node, Value

_SMALLEST_KEY: Final = 80  # bytes of a key cell with a name of one letter


@mypyc_attr(acyclic=True)
class KeyNode(Node):
    """A key of a hive: its name, time, and where its cell stands.

    Attributes:
        cell: Cell offset.
        data: Bytes that hold the payload of its cell, from index `at` on.
        size: Bytes of the payload.
    """

    __slots__ = ("at", "cell", "data", "size")

    def __init__(
        self, name: str, last_written: int, cell: i64, data: bytes, at: i64, size: i64
    ) -> None:
        self.name = name
        self.last_written = last_written
        self.cell: i64 = cell
        self.data = data
        self.at: i64 = at
        self.size: i64 = size


@mypyc_attr(acyclic=True)
class Leaf:
    """One subkey list that names keys (li, lf, lh), where its entries stand."""

    __slots__ = ("at", "count", "data", "signature", "step")

    def __init__(self, signature: i64, data: bytes, at: i64, count: i64) -> None:
        self.signature: i64 = signature
        self.data = data
        self.at: i64 = at
        self.count: i64 = count
        self.step: i64 = 4 if signature == LI else 8


class Tree:
    """The keys of one image.

    Attributes:
        image: The bins.
        minor: Format version.
        root_cell: Cell offset of the root key.
        problems: What reading met that is not as it should be.
    """

    def __init__(self, image: Image, minor: int, root_cell: int, problems: Problems) -> None:
        self.image = image
        self.minor: i64 = minor
        self.root_cell: i64 = root_cell
        self.problems = problems
        self._adopted: dict[int, int] = {}

    def root(self) -> KeyNode:
        """The root key.

        Raises:
            CorruptHiveError: There is none to be read.
        """
        return self._key(self.root_cell)

    def children(self, node: KeyNode) -> list[KeyNode]:
        """The subkeys of a key, in stored order; what cannot be read is left out and noted."""
        result: list[KeyNode] = []
        for cell in self._subkey_cells(node):
            try:
                child = self._key(cell)
            except CorruptHiveError as error:
                self.problems.note_error(error)
                continue
            if u32(child.data, child.at + NK_PARENT) == node.cell or self._adopt(node, child):
                result.append(child)
        return result

    def child(self, node: KeyNode, name: str) -> KeyNode | None:
        """The subkey of this name, compared as Windows compares names; None if there is none.

        Hashes and hints narrow the search; the order of the lists is used to choose a leaf, but
        not relied on, so that a hive with lists in a wrong order is still searched completely.
        """
        leaves = self._leaves(node)
        wanted = fold(name)
        first = self._likely_leaf(leaves, name) if len(leaves) > 1 else 0
        order = [first, *[index for index in range(len(leaves)) if index != first]]
        for index in order[: len(leaves)]:
            found = self._child_in_leaf(node, leaves[index], name, wanted)
            if found is not None:
                return found
        return None

    def records(self, node: KeyNode) -> list[Value]:
        """The values of a key, in stored order; what cannot be read is left out and noted."""
        result: list[Value] = []
        budget: i64 = self.image.size
        for cell in self._value_cells(node):
            try:
                value = self._value(cell)
            except CorruptHiveError as error:
                self.problems.note_error(error)
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
        for cell in self._value_cells(node):
            try:
                if fold(self._value_name(cell)) == wanted:
                    return self._value(cell)
            except CorruptHiveError as error:
                self.problems.note_error(error)
        return None

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
            data, at, size = self.image.cell(cell)
            if size < SK_DESCRIPTOR or u16(data, at) != SK:
                raise _bad_record(cell, "security record", SK, data, at)
            length = u32(data, at + SK_SIZE)
            if length > size - SK_DESCRIPTOR:
                self._note(cell, "security descriptor beyond its cell", "", "")
                length = size - SK_DESCRIPTOR
            return self.image.read(cell + CELL_HEADER + SK_DESCRIPTOR, length)
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return b""

    # Keys

    def _key(self, cell: i64) -> KeyNode:
        data, at, size = self.image.cell(cell)
        if size < NK_NAME or u16(data, at) != NK:
            raise _bad_record(cell, "key node", NK, data, at)
        if i32(data, at - CELL_HEADER) > 0:
            self._note(cell, "key node in a free cell", "", "")
        length = u16(data, at + NK_NAME_SIZE)
        if length > size - NK_NAME:
            self._note(cell, "key name beyond its cell", f"{size - NK_NAME} bytes", f"{length}")
            length = size - NK_NAME
        start = at + NK_NAME
        stored = data[start : start + length]
        if u16(data, at + NK_FLAGS) & KEY_COMPRESSED:
            name = stored.decode("latin-1")
        else:
            name = decode_utf16(stored)
        return KeyNode(name, u64(data, at + NK_LAST_WRITTEN), cell, data, at, size)

    def _adopt(self, node: KeyNode, child: KeyNode) -> bool:
        """Whether a child whose parent field names another key belongs to this one (rule 1)."""
        claimed = u32(child.data, child.at + NK_PARENT)
        self._note(child.cell, "wrong parent", f"0x{node.cell:x}", f"0x{claimed:x}")
        if child.cell == self.root_cell:
            return False
        owner = self._adopted.get(child.cell)
        if owner is None:
            owner = claimed if self._lists(claimed, child.cell) else node.cell
            self._adopted[child.cell] = owner
        return owner == node.cell

    def _lists(self, parent: i64, cell: i64) -> bool:
        """Whether a key at this offset lists the cell as its subkey."""
        try:
            return cell in self._subkey_cells(self._key(parent))
        except CorruptHiveError:
            return False

    # Subkey lists

    def _subkey_cells(self, node: KeyNode) -> list[int]:
        """The cell offsets of a key's subkeys, each once, in stored order."""
        if u32(node.data, node.at + NK_SUBKEYS) == 0:
            return []
        cells: list[int] = []
        for leaf in self._leaves(node):
            data = leaf.data
            at = leaf.at
            step = leaf.step
            for _ in range(leaf.count):
                cells.append(u32(data, at))
                at += step
        if len(cells) > 1 and len(set(cells)) != len(cells):
            self._note(node.cell, "the same subkey twice in its lists", "", "")
            cells = list(dict.fromkeys(cells))
        count = u32(node.data, node.at + NK_SUBKEYS)
        if len(cells) != count:
            self._note(node.cell, "wrong number of subkeys", f"{count}", f"{len(cells)}")
        return cells

    def _leaves(self, node: KeyNode) -> list[Leaf]:
        """The lists that name a key's subkeys: one, or those that an ri names."""
        count = u32(node.data, node.at + NK_SUBKEYS)
        cell = u32(node.data, node.at + NK_SUBKEY_LIST)
        if count == 0:
            return []
        leaves: list[Leaf] = []
        try:
            top = self._list(cell)
            if top.signature != RI:
                return [top]
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return []
        room: i64 = self.image.size // _SMALLEST_KEY
        seen: set[int] = set()
        at = top.at
        for _ in range(top.count):
            inner = u32(top.data, at)
            at += 4
            if inner in seen:
                self._note(cell, "the same list twice in an index", "", f"0x{inner:x}")
                continue
            seen.add(inner)
            try:
                leaf = self._list(inner)
                if leaf.signature == RI:
                    raise _bad_record(inner, "list in an index", LH, leaf.data, leaf.at - 4)
            except CorruptHiveError as error:
                self.problems.note_error(error)
                continue
            room -= leaf.count
            if room < 0:
                self._note(cell, "more subkeys than the hive has room for", "", "")
                break
            leaves.append(leaf)
        return leaves

    def _list(self, cell: i64) -> Leaf:
        """A subkey list, or an index of lists; its step is then 4."""
        data, at, size = self.image.cell(cell)
        signature = u16(data, at)
        if signature == LH or signature == LF:
            step: i64 = 8
        elif signature == LI or signature == RI:
            step = 4
        else:
            raise _bad_record(cell, "subkey list", LH, data, at)
        if i32(data, at - CELL_HEADER) > 0:
            self._note(cell, "subkey list in a free cell", "", "")
        count = u16(data, at + LIST_COUNT)
        room = (size - LIST_ENTRIES) // step
        if count > room:
            self._note(cell, "list beyond its cell", f"at most {room} entries", f"{count}")
            count = room
        need = LIST_ENTRIES + count * step
        if at + need > len(data):
            data = self.image.read(cell + CELL_HEADER, need)
            at = 0
        return Leaf(signature, data, at + LIST_ENTRIES, count)

    def _likely_leaf(self, leaves: list[Leaf], name: str) -> int:
        """The leaf in which a name stands if the leaves are in order."""
        wanted = _order(name)
        low = 0
        high = len(leaves) - 1
        while low < high:
            middle = (low + high) // 2
            leaf = leaves[middle]
            try:
                last = self._key(u32(leaf.data, leaf.at + (leaf.count - 1) * leaf.step))
            except (CorruptHiveError, IndexError, ValueError):
                return low
            if _order(last.name) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _child_in_leaf(self, node: KeyNode, leaf: Leaf, name: str, wanted: str) -> KeyNode | None:
        data = leaf.data
        at = leaf.at
        signature = leaf.signature
        hashed: i64 = lh_hash(name) if signature == LH else 0
        for _ in range(leaf.count):
            if signature == LH:
                possible = u32(data, at + 4) == hashed
            elif signature == LF:
                possible = _hint_fits(data[at + 4 : at + 8], wanted)
            else:
                possible = True
            if possible:
                found = self._named_child(node, u32(data, at), wanted)
                if found is not None:
                    return found
            at += leaf.step
        return None

    def _named_child(self, node: KeyNode, cell: i64, wanted: str) -> KeyNode | None:
        """The key at this offset if it has the name and belongs here."""
        try:
            child = self._key(cell)
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return None
        if fold(child.name) != wanted:
            return None
        if u32(child.data, child.at + NK_PARENT) == node.cell or self._adopt(node, child):
            return child
        return None

    # Values

    def _is_predefined(self, node: KeyNode) -> bool:
        """Such a key stands for a predefined handle, and its value fields mean something else."""
        return u16(node.data, node.at + NK_FLAGS) & KEY_PREDEFINED != 0

    def _value_cells(self, node: KeyNode) -> list[int]:
        """The cell offsets of a key's values, in stored order."""
        count = u32(node.data, node.at + NK_VALUES)
        if count == 0 or self._is_predefined(node):
            return []
        cell = u32(node.data, node.at + NK_VALUE_LIST)
        try:
            data, at, size = self.image.cell(cell)
            if i32(data, at - CELL_HEADER) > 0:
                self._note(cell, "value list in a free cell", "", "")
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
            return []
        cells: list[int] = []
        for _ in range(count):
            cells.append(u32(data, at))
            at += 4
        return cells

    def _value_name(self, cell: i64) -> str:
        data, at, size = self.image.cell(cell)
        if size < VK_NAME or u16(data, at) != VK:
            raise _bad_record(cell, "key value", VK, data, at)
        length = u16(data, at + VK_NAME_SIZE)
        if length > size - VK_NAME:
            self._note(cell, "value name beyond its cell", f"{size - VK_NAME} bytes", f"{length}")
            length = size - VK_NAME
        stored = data[at + VK_NAME : at + VK_NAME + length]
        if u16(data, at + VK_FLAGS) & VALUE_COMPRESSED:
            return stored.decode("latin-1")
        return decode_utf16(stored)

    def _value(self, cell: i64) -> Value:
        name = self._value_name(cell)
        data, at, _ = self.image.cell(cell)
        if i32(data, at - CELL_HEADER) > 0:
            self._note(cell, "key value in a free cell", "", "")
        size = u32(data, at + VK_DATA_SIZE)
        if size & DATA_INLINE:
            size &= ~DATA_INLINE
            if size > DATA_INLINE_MOST:
                self._note(
                    cell, "inline data too long", f"at most {DATA_INLINE_MOST} bytes", f"{size}"
                )
                size = DATA_INLINE_MOST
            raw = data[at + VK_DATA : at + VK_DATA + size]
        elif size == 0:
            raw = b""
        else:
            raw = self._data(u32(data, at + VK_DATA), size, cell)
        return Value(name, u32(data, at + VK_TYPE), raw)

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
        if i32(data, at - CELL_HEADER) > 0:
            self._note(cell, f"{what} in a free cell", "", "")
        if size > room:
            self._note(cell, f"{what} beyond its cell", f"at most {room} bytes", f"{size}")
            size = room
        if at + size > len(data):
            return self.image.read(cell + CELL_HEADER, size)
        return data[at : at + size]

    def _is_big_data(self, cell: i64, size: i64) -> bool:
        """Whether data of this size, over 16,344 bytes, stands in segments."""
        data, at, room = self.image.cell(cell)
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
        data, at, _ = self.image.cell(cell)
        count = u16(data, at + DB_COUNT)
        listed = self._payload(u32(data, at + DB_LIST), count * 4, "segment list")
        left: i64 = min(size, self.image.size)
        parts: list[bytes] = []
        for index in range(len(listed) // 4):
            if left <= 0:
                break
            part = self._payload(u32(listed, index * 4), min(left, SEGMENT), "segment")
            parts.append(part)
            left -= len(part)
            if len(part) == 0:
                break
        raw = b"".join(parts)
        if len(raw) != size:
            self._note(cell, "big data cut short", f"{size} bytes", f"{len(raw)}")
        return raw

    def _note(self, cell: i64, what: str, expected: str, actual: str) -> None:
        self.problems.note(BINS_START + cell, what, expected, actual)


def _order(name: str) -> bytes:
    return fold(name).encode("utf-16-be", "surrogatepass")


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
