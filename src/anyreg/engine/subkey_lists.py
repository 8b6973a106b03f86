"""The lists that name a key's subkeys, changed as Windows changes them.

Entries stand in the order of the names.  A list has room to grow and is rewritten in place while
it fits; a full leaf is halved under an index.  lf lists of more than 506 become li.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from anyreg.engine.key_reader import KeyNode
from anyreg.engine.transaction import Transaction
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError
from anyreg.names import lf_hint, lh_hash, order_key
from anyreg.regf.layout import (
    BINS_START,
    LF,
    LH,
    LI,
    LIST_COUNT,
    LIST_ENTRIES,
    MAX_FAST_LEAF,
    MAX_LEAF,
    NK_SUBKEY_LIST,
    NK_SUBKEYS,
    NONE,
    RI,
)
from anyreg.regf.lists import build_index, entry_size, leaf_signature
from anyreg.regf.reads import dword, u16, u32, word

_FEW_LISTS: Final = 4  # whose entries are counted again at each change
_FIRST_ROOM: Final = 4  # entries that a new list has room for


class SubkeyLists:
    """Insert and remove entries in the lists of any key of a transaction."""

    def __init__(self, changes: Transaction, tree: Tree) -> None:
        """Work on a transaction.

        Args:
            changes: The transaction.
            tree: A tree that reads it.
        """
        self._changes = changes
        self._tree = tree
        self._counted: set[int] = set()  # keys of many lists whose number of subkeys is right

    def insert(self, key: int, name: str, child: int) -> None:
        """Name a new subkey in a key's lists.

        Args:
            key: Cell of the key.
            name: The subkey's name; it is not in the lists yet.
            child: Cell of the subkey.
        """
        payload = self._changes.payload(key)
        top = u32(payload, NK_SUBKEY_LIST)
        if top == NONE or not u32(payload, NK_SUBKEYS):  # what no key is in means nothing
            leaf = self._new_leaf(key, leaf_signature(self._tree.minor, 1), [(child, name)])
            self._set_top(key, leaf)
            return
        payload = self._changes.payload(top)
        if u16(payload, 0) != RI:
            self._insert_in_only_leaf(key, top, payload, name, child)
        else:
            self._insert_below_index(key, top, payload, name, child)

    def remove(self, key: int, name: str, child: int) -> None:
        """Take a subkey out of a key's lists.

        Raises:
            CorruptHiveError: The lists do not name it where it should stand.
        """
        top = u32(self._changes.payload(key), NK_SUBKEY_LIST)
        payload = self._changes.payload(top)
        if u16(payload, 0) != RI:
            if self._remove_from(top, payload, name, child) == 0:
                self._changes.free(top)
                self._set_top(key, NONE)
            return
        number = self._leaf_for(payload, name)
        leaf = u32(payload, LIST_ENTRIES + 4 * number)
        if self._remove_from(leaf, self._changes.payload(leaf), name, child):
            return
        self._changes.free(leaf)
        leaves = _index_entries(payload)
        del leaves[number]
        if leaves:
            self._changes.put(top, build_index(leaves))
        else:
            self._changes.free(top)
            self._set_top(key, NONE)

    def require_counted(self, key: int) -> None:
        """See that a key counts its subkeys rightly before its lists change.

        A wrong number is mended where all that the lists name is this key's own.

        Raises:
            CorruptHiveError: It cannot be told which subkeys the key has.
        """
        if key in self._counted:
            return
        node = self._tree.key(key)
        count, lists = self._tree.listed_count(node)
        if count != self._tree.subkey_count(node):
            self._mend_count(node, count)
        if lists > _FEW_LISTS:
            self._counted.add(key)

    def _mend_count(self, node: KeyNode, count: int) -> None:
        claimed = self._tree.subkey_count(node)
        if self._tree.own_children(node) != count or not claimed or not count:
            raise CorruptHiveError(
                f"the key {node.name!r} has another number of subkeys than it says",
                offset=BINS_START + node.cell,
                expected=f"{count}",
                actual=f"{claimed}",
            )
        self._changes.patch(node.cell, NK_SUBKEYS, dword(count))

    # One leaf

    def _insert_in_only_leaf(
        self, key: int, leaf: int, payload: bytes, name: str, child: int
    ) -> None:
        count = u16(payload, LIST_COUNT)
        signature = u16(payload, 0)
        if signature == LF and count >= MAX_FAST_LEAF:
            payload = _without_hints(payload)
            moved = self._changes.add(payload, key, _leaf_bytes(LI, MAX_LEAF // 2 + _FIRST_ROOM))
            self._changes.free(leaf)
            self._set_top(key, moved)
            leaf = moved
        if count < MAX_LEAF:
            placed = self._insert_in(key, leaf, payload, name, child)
            if placed != leaf:
                self._set_top(key, placed)
            return
        left, right = self._halve(key, leaf, payload)
        index = self._changes.add(build_index([left, right]), key, LIST_ENTRIES + 4 * _FIRST_ROOM)
        self._set_top(key, index)
        self._insert_below_index(key, index, self._changes.payload(index), name, child)

    def _insert_in(self, key: int, leaf: int, payload: bytes, name: str, child: int) -> int:
        """Put an entry into a leaf that is not full; the leaf's cell, which may be a new one."""
        signature = u16(payload, 0)
        count = u16(payload, LIST_COUNT)
        step = entry_size(signature)
        at = LIST_ENTRIES + step * self._position(payload, name)
        end = LIST_ENTRIES + step * count
        head = payload[:LIST_COUNT] + word(count + 1)
        entry = _entry(signature, child, name)
        changed = head + payload[LIST_ENTRIES:at] + entry + payload[at:end]
        if len(changed) <= len(payload):
            self._changes.put(leaf, changed)
            return leaf
        room = _leaf_bytes(signature, min(MAX_LEAF, count + count // 2 + _FIRST_ROOM))
        self._changes.free(leaf)
        return self._changes.add(changed, key, room)

    def _remove_from(self, leaf: int, payload: bytes, name: str, child: int) -> int:
        """Take an entry out of a leaf; how many are left.  An empty leaf is left to the caller."""
        count = u16(payload, LIST_COUNT)
        step = entry_size(u16(payload, 0))
        index = self._position(payload, name)
        at = LIST_ENTRIES + step * index
        if index >= count or u32(payload, at) != child:
            raise CorruptHiveError(
                f"subkey {name!r} is not where the order of its list puts it",
                offset=BINS_START + leaf,
            )
        if count > 1:
            head = payload[:LIST_COUNT] + word(count - 1)
            end = LIST_ENTRIES + step * count
            self._changes.put(leaf, head + payload[LIST_ENTRIES:at] + payload[at + step : end])
        return count - 1

    def _position(self, payload: bytes, name: str) -> int:
        """The index of the first entry whose name is not less than this one."""
        step = entry_size(u16(payload, 0))
        wanted = order_key(name)
        low = 0
        high: int = u16(payload, LIST_COUNT)
        # Names often come in order: look behind the last entry first.
        if high and self._order_at(payload, high - 1, step) < wanted:
            return high
        while low < high:
            middle = (low + high) // 2
            if self._order_at(payload, middle, step) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _order_at(self, payload: bytes, index: int, step: int) -> bytes:
        return order_key(self._tree.key(_entry_at(payload, index, step)).name)

    # Leaves below an index

    def _insert_below_index(
        self, key: int, index: int, payload: bytes, name: str, child: int
    ) -> None:
        number = self._leaf_for(payload, name)
        leaf = u32(payload, LIST_ENTRIES + 4 * number)
        listed = self._changes.payload(leaf)
        if u16(listed, LIST_COUNT) >= MAX_LEAF:
            leaves = _index_entries(payload)
            leaves[number : number + 1] = self._halve(key, leaf, listed)
            index = self._replace_index(key, index, leaves)
            self._insert_below_index(key, index, self._changes.payload(index), name, child)
            return
        placed = self._insert_in(key, leaf, listed, name, child)
        if placed != leaf:
            self._changes.patch(index, LIST_ENTRIES + 4 * number, dword(placed))

    def _leaf_for(self, payload: bytes, name: str) -> int:
        """The number of the leaf in which a name stands or would stand."""
        wanted = order_key(name)
        low = 0
        high: int = u16(payload, LIST_COUNT) - 1
        while low < high:
            middle = (low + high) // 2
            listed = self._changes.payload(_entry_at(payload, middle, 4))
            last = u16(listed, LIST_COUNT) - 1
            if self._order_at(listed, last, entry_size(u16(listed, 0))) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _halve(self, key: int, leaf: int, payload: bytes) -> list[int]:
        """Replace a full leaf by two of half its entries; their cells."""
        signature = u16(payload, 0)
        count = u16(payload, LIST_COUNT)
        step = entry_size(signature)
        middle: i64 = count // 2
        halves: list[int] = []
        for first, behind in ((0, middle), (middle, count)):
            head = payload[:LIST_COUNT] + word(behind - first)
            entries = payload[LIST_ENTRIES + step * first : LIST_ENTRIES + step * behind]
            halves.append(
                self._changes.add(head + entries, key, _leaf_bytes(signature, middle + middle // 2))
            )
        self._changes.free(leaf)
        return halves

    def _replace_index(self, key: int, index: int, leaves: list[int]) -> int:
        payload = build_index(leaves)
        if len(payload) <= self._changes.capacity(index):
            self._changes.put(index, payload)
            return index
        moved = self._changes.add(payload, key, LIST_ENTRIES + 8 * len(leaves))
        self._changes.free(index)
        self._set_top(key, moved)
        return moved

    # Making

    def _new_leaf(self, key: int, signature: int, entries: list[tuple[int, str]]) -> int:
        parts = [word(signature) + word(len(entries))]
        parts.extend([_entry(signature, child, name) for child, name in entries])
        return self._changes.add(b"".join(parts), key, _leaf_bytes(signature, _FIRST_ROOM))

    def _set_top(self, key: int, cell: int) -> None:
        self._changes.patch(key, NK_SUBKEY_LIST, dword(cell))


def _entry(signature: int, child: int, name: str) -> bytes:
    offset = dword(child)
    if signature == LH:
        return offset + dword(lh_hash(name))
    return offset + lf_hint(name) if signature == LF else offset


def _leaf_bytes(signature: int, entries: int) -> int:
    return LIST_ENTRIES + entry_size(signature) * entries


def _entry_at(payload: bytes, index: i64, step: i64) -> i64:
    """The cell that an entry of a list names.

    Raises:
        CorruptHiveError: The list ends before it.
    """
    at = LIST_ENTRIES + step * index
    if index < 0 or at + 4 > len(payload):
        raise CorruptHiveError("a subkey list counts entries that it has not")
    return u32(payload, at)


def _index_entries(payload: bytes) -> list[int]:
    return [u32(payload, LIST_ENTRIES + 4 * n) for n in range(u16(payload, LIST_COUNT))]


def _without_hints(payload: bytes) -> bytes:
    """An lf list as the li list with the same entries."""
    count = u16(payload, LIST_COUNT)
    parts = [word(LI) + word(count)]
    for index in range(count):
        at = LIST_ENTRIES + 8 * index
        parts.append(payload[at : at + 4])
    return b"".join(parts)
