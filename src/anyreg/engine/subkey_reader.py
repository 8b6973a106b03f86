"""The subkey lists of keys out of an image: which cells a key lists, and whose keys these are.

What makes a walk end, whatever the bytes say:

1. Every key cell shows up under one parent only: the one that its parent field names.  Where that
   field is wrong, under the first key that lists it, unless the key it names lists it too.
2. No cell shows up twice in one list, and the root in none.
3. A list holds no more entries than fit into its cell, all lists of a key no more than the hive
   has room for; and so it is with values (see value_reader).
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import Image
from anyreg.engine.key_reader import KeyNode, bad_record
from anyreg.engine.senseless_sizes import length_of
from anyreg.engine.value_reader import ValueReader
from anyreg.errors import CorruptHiveError
from anyreg.problems import Problems
from anyreg.regf.layout import (
    CELL_HEADER,
    LF,
    LH,
    LI,
    LIST_COUNT,
    LIST_ENTRIES,
    NK_PARENT,
    NK_SUBKEY_LIST,
    NK_SUBKEYS,
    NONE,
    RI,
)
from anyreg.regf.lists import entry_size
from anyreg.regf.reads import read_i64_le, u16, u32

_SMALLEST_KEY: Final = 80  # bytes of a key cell with a name of one character
_U16: Final = 0xFFFF
_U32: Final = 0xFFFFFFFF


class SubkeyList:
    """One subkey list (li, lf, lh) or an index of lists (ri), and where its entries stand."""

    __slots__ = ("at", "count", "data", "signature", "step")

    def __init__(self, signature: i64, data: bytes, at: i64, count: i64, step: i64) -> None:
        self.signature: i64 = signature
        self.data = data
        self.at: i64 = at
        self.count: i64 = count
        self.step: i64 = step


class SubkeyReader(ValueReader):
    """The keys of one image, their values, and which subkeys each of them lists."""

    def __init__(
        self,
        image: Image,
        minor: int,
        root_cell: int,
        problems: Problems,
        serial: int = 0,
    ) -> None:
        super().__init__(image, minor, root_cell, problems, serial)
        self._adopted: dict[int, int] = {}
        # The last key that a child named as its parent, with its subkeys.
        self._claimed_parent: i64 = -1
        self._claimed_cells: set[int] = set()

    def begin_again(self, serial: int) -> None:
        """The image has changed altogether: forget what was read, for the nodes of a new moment."""
        super().begin_again(serial)
        if self._adopted:
            self._adopted = {}
        self._claimed_parent = -1

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

    def subkey_cells(self, node: KeyNode) -> list[int]:
        """The cell offsets of a key's subkeys, each once, in stored order."""
        count = read_i64_le(node.data, node.at + NK_SUBKEYS) & _U32
        if count == 0:
            return []
        cells = self.listed_cells(node)
        if not _is_ascending(cells) and len(set(cells)) != len(cells):
            self._note(node.cell, "the same subkey twice in its lists", "", "")
            cells = list(dict.fromkeys(cells))
        if len(cells) != count:
            self._note(node.cell, "wrong number of subkeys", f"{count}", f"{len(cells)}")
        return cells

    def listed_cells(self, node: KeyNode) -> list[int]:
        """As subkey_cells(), but whatever the lists name, be it twice."""
        cells: list[int] = []
        for subkeys in self._lists(node):
            data = subkeys.data
            at = subkeys.at
            step = subkeys.step
            for _ in range(subkeys.count):
                cells.append(u32(data, at))
                at += step
        return cells

    def listed_count(self, node: KeyNode) -> tuple[int, int]:
        """How many entries the lists of a key have, and how many lists those are.

        Unlike reading it looks at them also where the key says that it has no subkeys: a list
        that names keys of this key is its own all the same.

        Raises:
            CorruptHiveError: One of its lists cannot be read.
        """
        top = u32(node.data, node.at + NK_SUBKEY_LIST)
        claimed = u32(node.data, node.at + NK_SUBKEYS)
        if claimed == 0 and (top == NONE or not self._is_own_list(node, top)):
            return 0, 0
        index = self.subkey_list(top)
        if index.signature != RI:
            return index.count, 1
        count: i64 = 0
        for number in range(index.count):
            count += self.subkey_list(u32(index.data, index.at + 4 * number)).count
        return count, index.count

    def _is_own_list(self, node: KeyNode, top: i64) -> bool:
        """Whether the first entry of a list is a key that names this one as its parent."""
        try:
            subkeys = self.subkey_list(top)
            if subkeys.signature == RI and subkeys.count:
                subkeys = self.subkey_list(u32(subkeys.data, subkeys.at))
            if subkeys.count == 0:
                return False
            child = self.key(u32(subkeys.data, subkeys.at))
        except CorruptHiveError:
            return False
        return u32(child.data, child.at + NK_PARENT) == node.cell

    def own_children(self, node: KeyNode) -> int:
        """How many keys that name this one as their parent its lists name."""
        cells: set[int] = set()
        for cell in self.listed_cells(node):
            try:
                child = self.key(cell)
            except CorruptHiveError:
                continue
            if u32(child.data, child.at + NK_PARENT) == node.cell:
                cells.add(cell)
        return len(cells)

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
                    raise bad_record(inner, "list in an index", LH, subkeys.data, subkeys.at - 4)
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
        data, at, size = self._list_cell(cell)
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
            raise bad_record(cell, "subkey list", LH, data, at)
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

    def _list_cell(self, cell: i64) -> tuple[bytes, i64, i64]:
        """As Image.cell; of a list in a cell whose size makes no sense, what its entries take."""
        try:
            return self.image.cell(cell)
        except CorruptHiveError:
            if length_of(self.image, cell, LIST_ENTRIES, 0) < 0:
                raise
            head = self.image.read(cell + CELL_HEADER, LIST_ENTRIES)
            step = entry_size(u16(head, 0))
            return self._cell(cell, LIST_ENTRIES + step * u16(head, LIST_COUNT))


def _is_ascending(cells: list[int]) -> bool:
    """Whether no cell can be among these twice, as each stands behind the one before."""
    last: i64 = -1
    for number in cells:
        cell: i64 = number
        if cell <= last:
            return False
        last = cell
    return True
