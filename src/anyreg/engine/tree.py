"""The keys of an image below each other: all that a key lists, and the one of a name.

A key is looked for where the order of the lists leads to, and found there in nearly every hive.
Where it is not, the lists are read from end to end, once: in lists that are in order it is nowhere
else, which is remembered (see orders), so that a name that is missing costs what any other does.
Other lists are searched completely each time, by hash and at last by name, so a lookup finds
whatever a walk shows.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.image import Image
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.sorted_lists import HASHED, IN_ORDER, UNKNOWN, SortedLists
from anyreg.engine.subkey_reader import SubkeyList, SubkeyReader
from anyreg.errors import CorruptHiveError
from anyreg.names import fold, folded_hash, is_before
from anyreg.problems import Problems
from anyreg.regf.layout import LH, LI, NK_PARENT, NK_SUBKEY_LIST, NK_SUBKEYS, RI
from anyreg.regf.reads import read_i64_le, u32

_FEW: Final = 256  # entries that are looked through by hash; more are halved by name
_U32: Final = 0xFFFFFFFF


class Tree(SubkeyReader):
    """The keys of one image, with their values, as they stand below each other.

    Attributes:
        orders: Which keys' lists were seen to be in order.
    """

    def __init__(
        self,
        image: Image,
        minor: int,
        root_cell: int,
        problems: Problems,
        serial: int = 0,
    ) -> None:
        super().__init__(image, minor, root_cell, problems, serial)
        self.orders = SortedLists()

    def begin_over(self, committed: Tree) -> None:
        """A transaction begins anew, whose state this tree reads: over the state of another."""
        self.begin_again(committed.serial)
        self.orders.restart(committed.orders)
        self.known.restart(committed.known)

    def follow(self, changed: Tree) -> None:
        """This is the state that a transaction has left: what its tree knows is true of it."""
        self.orders = changed.orders.committed()
        self.known = changed.known.committed()

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

    def child_at(self, node: KeyNode, index: i64) -> KeyNode | None:
        """The subkey at an index of children(), None behind the last.

        In lists that were seen to be in order no other key is read.
        """
        if self.orders.kind(node.cell) == UNKNOWN:
            lists = self._lists(node)
            kind = self._order_of(node, lists) if lists else UNKNOWN
            if kind == UNKNOWN:
                children = self.children(node)
                return children[index] if index < len(children) else None
            self.orders.note(node.cell, kind)
        if u32(node.data, node.at + NK_SUBKEYS) == 0:
            return None
        top = self.subkey_list(u32(node.data, node.at + NK_SUBKEY_LIST))
        leaves = top.count if top.signature == RI else 1
        for number in range(leaves):
            subkeys = top
            if top.signature == RI:
                subkeys = self.subkey_list(u32(top.data, top.at + number * top.step))
            if index < subkeys.count:
                return self.key(u32(subkeys.data, subkeys.at + index * subkeys.step))
            index -= subkeys.count
        return None

    def child(self, node: KeyNode, name: str) -> KeyNode | None:
        """The subkey of this name, compared as Windows compares names; None if there is none."""
        wanted = fold(name)
        kind = self.orders.kind(node.cell)
        found = self._child_in_place(node, wanted, kind != IN_ORDER)
        if found is None and kind == UNKNOWN:
            found = self._child_anywhere(node, wanted)
        return found

    def child_in_order(self, node: KeyNode, name: str) -> KeyNode | None:
        """As child(), in a hive whose lists are trusted to be in order and rightly hashed."""
        return self._child_in_place(node, fold(name), True)

    # Where a key stands if the lists are in order

    def _child_in_place(self, node: KeyNode, wanted: str, by_hash: bool) -> KeyNode | None:
        """The subkey of this name, where order, and hashes if they are to be used, lead to it."""
        if u32(node.data, node.at + NK_SUBKEYS) == 0:
            return None
        try:
            subkeys = self.subkey_list(u32(node.data, node.at + NK_SUBKEY_LIST))
            if subkeys.signature == RI:
                subkeys = self._likely_leaf(subkeys, wanted)
            if subkeys.signature == RI:
                return None
            if subkeys.signature == LH and by_hash and subkeys.count <= _FEW:
                return self._child_by_hash(node, subkeys, wanted)
            at = self._place(subkeys, wanted)
            if at == subkeys.count:
                return None
            cell = u32(subkeys.data, subkeys.at + at * subkeys.step)
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return None
        return self._named_child(node, cell, wanted)

    def _likely_leaf(self, index: SubkeyList, wanted: str) -> SubkeyList:
        """The first list of an index whose last name is not before this one; else the last list."""
        low: i64 = 0
        high = index.count - 1
        while low < high:
            middle = (low + high) // 2
            subkeys = self.subkey_list(u32(index.data, index.at + middle * index.step))
            if subkeys.count == 0:
                return subkeys
            if self._is_before(subkeys, subkeys.count - 1, wanted):
                low = middle + 1
            else:
                high = middle
        return (
            self.subkey_list(u32(index.data, index.at + low * index.step)) if high >= 0 else index
        )

    def _place(self, subkeys: SubkeyList, wanted: str) -> i64:
        """The index of the first entry whose name is not before this one."""
        low: i64 = 0
        high = subkeys.count
        while low < high:
            middle = (low + high) // 2
            if self._is_before(subkeys, middle, wanted):
                low = middle + 1
            else:
                high = middle
        return low

    def _is_before(self, subkeys: SubkeyList, index: i64, wanted: str) -> bool:
        """Whether the name of an entry stands before another, which is folded."""
        child = self.key(u32(subkeys.data, subkeys.at + index * subkeys.step))
        return is_before(fold(child.name), wanted)

    # Where nothing is known of the lists

    def _child_anywhere(self, node: KeyNode, wanted: str) -> KeyNode | None:
        """The subkey of this name, which does not stand where order and hashes lead to."""
        lists = self._lists(node)
        if not lists:
            return None
        kind = self._order_of(node, lists)
        if kind != UNKNOWN:
            self.orders.note(node.cell, kind)
            return None if kind == HASHED else self._child_in_place(node, wanted, False)
        for by_name in (False, True):
            for subkeys in lists:
                found = self._child_in_list(node, subkeys, wanted, by_name)
                if found is not None:
                    return found
        return None

    def _order_of(self, node: KeyNode, lists: list[SubkeyList]) -> int:
        """Whether the lists of a key are sound, in order, and rightly hashed."""
        top = self.subkey_list(u32(node.data, node.at + NK_SUBKEY_LIST))
        if top.signature == RI and top.count != len(lists):
            return UNKNOWN
        kind = HASHED
        before = ""
        is_first = True
        for subkeys in lists:
            if subkeys.count == 0:
                return UNKNOWN
            at = subkeys.at
            for _ in range(subkeys.count):
                folded = self._own_name(node, u32(subkeys.data, at))
                if folded is None or not (is_first or is_before(before, folded)):
                    return UNKNOWN
                if subkeys.signature == LH and u32(subkeys.data, at + 4) != folded_hash(folded):
                    kind = IN_ORDER
                before = folded
                is_first = False
                at += subkeys.step
        return kind

    def _own_name(self, node: KeyNode, cell: i64) -> str | None:
        """The folded name of a subkey that is without doubt the key's own, else None."""
        try:
            child = self.key(cell)
        except CorruptHiveError as error:
            self.problems.note_error(error)
            return None
        if u32(child.data, child.at + NK_PARENT) != node.cell or cell == self.root_cell:
            return None
        return fold(child.name)

    def _child_in_list(
        self, node: KeyNode, subkeys: SubkeyList, wanted: str, by_name: bool
    ) -> KeyNode | None:
        """The subkey of this name in any list, by what the list tells of names or by them alone."""
        if subkeys.signature == LH and not by_name:
            return self._child_by_hash(node, subkeys, wanted)
        data = subkeys.data
        at = subkeys.at
        for _ in range(subkeys.count):
            if by_name or subkeys.signature == LI or _hint_fits(data[at + 4 : at + 8], wanted):
                found = self._named_child(node, u32(data, at), wanted)
                if found is not None:
                    return found
            at += subkeys.step
        return None

    def _child_by_hash(self, node: KeyNode, subkeys: SubkeyList, wanted: str) -> KeyNode | None:
        """The subkey of this name in an lh list."""
        hashed: i64 = folded_hash(wanted)
        data = subkeys.data
        at = subkeys.at
        end = at + subkeys.count * 8
        while at < end:
            entry: i64 = read_i64_le(data, at)
            if entry >> 32 & _U32 == hashed:
                found = self._named_child(node, entry & _U32, wanted)
                if found is not None:
                    return found
            at += 8
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


def _hint_fits(hint: bytes, wanted: str) -> bool:
    """Whether a key with this lf hint can have this (folded) name."""
    if hint == b"\0\0\0\0":
        return True
    return fold(hint.decode("latin-1")).rstrip("\0") == wanted[:4].rstrip("\0")
